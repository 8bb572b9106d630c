"""The command line. Results on standard output, the rest on standard error.

Exit status: 0 done, 1 the data does not conform, 2 usage or environment.
"""

from __future__ import annotations

import importlib
import os
import sys

import click

from allegiance import __version__
from allegiance.errors import DataError, UsageError

# Imported when they are run: what builds needs a second to load, and a server should not wait for it.
COMMANDS = {
    "build": "allegiance.commands:build",
    "check-links": "allegiance.commands:check_links",
    "check-sources": "allegiance.commands:check_sources",
    "describe": "allegiance.commands:describe_",
    "load": "allegiance.remote_command:load_",
    "locate": "allegiance.commands:locate",
    "query": "allegiance.commands:query",
    "serve": "allegiance.web.command:serve",
    "validate": "allegiance.commands:validate",
    "writes": "allegiance.writes.command:writes",
}


class _Lazy(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found = getattr(importlib.import_module(module), name)
        assert isinstance(found, click.Command)
        return found


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "ALLEGIANCE"})
@click.version_option(__version__, message="allegiance %(version)s")
def cli() -> None:
    """A citable knowledge graph of armed groups.

    \b
    allegiance build && allegiance query pledges
    """


def main() -> None:
    """Run the command line; every failure becomes one sentence and an exit status."""
    status = 2
    try:
        result = cli.main(standalone_mode=False)
        status = result if isinstance(result, int) else 0
    except DataError as error:
        click.echo(error.summary(), err=True)
        status = 1
    except UsageError as error:
        click.echo(str(error), err=True)
    except click.ClickException as error:
        where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "allegiance"
        click.echo(f"{error.format_message().rstrip('.')}; see “{where} --help”.", err=True)
    except click.Abort:
        click.echo("stopped", err=True)
        status = 130
    except BrokenPipeError:
        # The reader has left (head, less): not an error, and nothing more can be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    sys.exit(status)


if __name__ == "__main__":
    main()
