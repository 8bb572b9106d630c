"""The options that name another engine, and `allegiance load`, which puts the dataset into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from allegiance.dataset import current
from allegiance.errors import UsageError, readable
from allegiance.remote import AUTH, Remote

Command = TypeVar("Command", bound=Callable[..., Any])
_OPTIONS = (
    click.option("--remote", default="", help="SPARQL address of another engine that holds the dataset."),
    click.option("--graph-store", default="", help="Its Graph Store address, where versions are loaded to."),
    click.option(
        "--remote-auth",
        type=click.Choice(AUTH),
        default="none",
        show_default=True,
        help="How the service shows that engine who it is.",
    ),
    click.option(
        "--remote-secret-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File with user:password, or with the token for bearer.",
    ),
    click.option(
        "--remote-union/--no-remote-union",
        default=False,
        show_default=True,
        help="That engine holds nothing else and its default graph is the union of its graphs: name none.",
    ),
)


def remote_options(command: Command) -> Command:
    """The options of another engine on a command; `remote_of` reads them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def remote_of(given: dict[str, Any]) -> Remote | None:
    """The engine that options name, taken out of them; None where there is none; UsageError where they do not fit."""
    query, graph_store = given.pop("remote"), given.pop("graph_store")
    auth, secret, union = given.pop("remote_auth"), given.pop("remote_secret_file"), given.pop("remote_union")
    if not query:
        if graph_store or auth != "none" or secret is not None:
            raise UsageError("Settings of another engine are given and not its address; name it with --remote.")
        return None
    for address in filter(None, (query, graph_store)):
        if not address.startswith(("http://", "https://")):
            raise UsageError(f"“{address}” is no address of an engine; write one such as http://127.0.0.1:8890/sparql.")
    if (auth == "none") != (secret is None):
        raise UsageError("--remote-auth and --remote-secret-file go together; give both or none.")
    if secret is not None:
        readable(secret)
    return Remote(query, graph_store, auth, secret, union)


@click.command("load")
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    default=Path("build"),
    show_default=True,
    help="Folder that “allegiance build” wrote to.",
)
@remote_options
def load_(store: Path, **given: Any) -> None:
    """Load the built dataset into another SPARQL engine.

    \b
    allegiance load --remote http://127.0.0.1:8890/sparql --graph-store http://127.0.0.1:8890/sparql-graph-crud-auth \\
      --remote-auth digest --remote-secret-file virtuoso.secret
    """
    from allegiance.loading import holds, load  # noqa: PLC0415 - help and mistakes should not wait for it
    from allegiance.sparql_client import RemoteFailure  # noqa: PLC0415

    remote = remote_of(given)
    if remote is None:
        raise UsageError("There is no engine to load into; name its address with --remote.")
    dataset = current(store)
    load(remote, dataset, lambda graph, triples: click.echo(f"{triples:>12,}  {graph}", err=True))
    try:
        if not holds(remote, dataset):
            raise UsageError(f"{remote.query} took the dataset and gives another; is it the same engine?")
    except RemoteFailure as error:
        raise UsageError(f"{remote.query} took the dataset and gives no answer: {error.detail}") from None
    click.echo(dataset.version)
