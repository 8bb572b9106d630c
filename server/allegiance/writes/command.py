"""The commands on writes: list them, export them, take the last ones back."""

from __future__ import annotations

from pathlib import Path

import click

from allegiance.errors import UsageError
from allegiance.folders import data_root
from allegiance.writes import export, log, state

_store = click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="Folder that “allegiance build” wrote to.  [default: build]",
)
_data = click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder with ontology, instances, shapes and queries, instead of the shipped one.",
)

_STORE = "allegiance.writes.store"


def _existing(store: Path | None) -> Path:
    """The folder given to the command, else to the group before it; UsageError where nothing is built there."""
    store = store or click.get_current_context().meta.get(_STORE) or Path("build")
    if not (store / "current").exists():
        raise UsageError(f"There is no dataset in {store}; run “allegiance build --out {store}” first.")
    return store


def _root(data: Path | None) -> Path:
    if data is None:
        return data_root()
    if not (data / "ontology").is_dir():
        raise UsageError(f"{data} has no folder ontology; name the folder that holds ontology and instances.")
    return data


@click.group(invoke_without_command=True)
@_store
@click.pass_context
def writes(context: click.Context, store: Path | None) -> None:
    """List the writes that were made over HTTP since the files were written.

    \b
    allegiance writes
    allegiance writes export > writes.patch && git apply writes.patch
    """
    context.meta[_STORE] = store
    if context.invoked_subcommand is not None:
        return
    for entry in log.entries(_existing(store)):
        size = f"+{len(entry.added)} −{len(entry.removed)}"
        click.echo("\t".join([str(entry.number), entry.time, entry.operation, entry.graph, size, entry.version]))


@writes.command("export")
@click.argument("numbers", nargs=-1, type=click.IntRange(min=1))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["patch", "update"]),
    default="patch",
    show_default=True,
    help="A patch against the instance files, or one SPARQL Update.",
)
@_store
@_data
def export_(numbers: tuple[int, ...], format_: str, store: Path | None, data: Path | None) -> None:
    """Print the writes NUMBERS, or all, as a patch for git apply, or as SPARQL Update.

    \b
    allegiance writes export > writes.patch && git apply writes.patch
    """
    out = _existing(store)
    text = export.patch(out, _root(data), numbers) if format_ == "patch" else export.update(out, numbers)
    click.echo(text, nl=False)
    if not text:
        reason = "the files hold them already" if log.entries(out) else "there are no writes"
        click.echo(f"nothing to export: {reason}", err=True)


@writes.command()
@click.argument("number", type=click.IntRange(min=1))
@_store
@_data
def drop(number: int, store: Path | None, data: Path | None) -> None:
    """Take write NUMBER and all after it out of the log, and make the dataset what it was before them.

    \b
    allegiance writes drop 3
    """
    dropped, version = state.drop(_existing(store), _root(data), number)
    click.echo(f"{len(dropped)} dropped", err=True)
    click.echo(version)


@writes.command()
@_store
@_data
def restore(store: Path | None, data: Path | None) -> None:
    """Put the writes over what was built, as “serve” does by itself, and name the version that comes of it.

    \b
    allegiance writes restore
    """
    click.echo(state.restore(_existing(store), _root(data)))
