"""`allegiance serve`: settings from flags, from the environment and from a file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click

from allegiance import terms
from allegiance.errors import UsageError, readable
from allegiance.folders import data_root
from allegiance.pool import ENGINES, Limits
from allegiance.remote_command import remote_of, remote_options
from allegiance.web.logs import LEVELS
from allegiance.web.settings import Settings


def _from_file(ctx: click.Context, _param: click.Parameter, path: Path | None) -> None:
    """Take the lines of a settings file as defaults; a flag or a variable says otherwise."""
    if path is None:
        return
    try:
        given: dict[str, Any] = tomllib.loads(readable(path))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not TOML: {error}.") from None
    known = {parameter.name for parameter in ctx.command.params} - {"config"}
    unknown = sorted(set(given) - known)
    if unknown:
        raise UsageError(f"{path} has a setting “{unknown[0]}”, which does not exist; see “allegiance serve --help”.")
    ctx.default_map = given


_size = click.IntRange(1, 1 << 20)


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    is_eager=True,
    expose_value=False,
    callback=_from_file,
    help="TOML file of these settings, named as the flags with _ for -.",
)
@click.option("--store", type=click.Path(path_type=Path), default=Path("build"), show_default=True,
              help="Folder that “allegiance build” wrote to.")  # fmt: skip
@click.option("--data", type=click.Path(path_type=Path),
              help="Folder with ontology and shapes that writes are validated against, not the shipped.")  # fmt: skip
@click.option("--sources", type=click.Path(path_type=Path),
              help="Folder with the source texts; pages then show the words of each passage.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
@click.option("--engine", type=click.Choice(ENGINES), default="memory", show_default=True,
              help="Load the dataset into memory, read it from disk, or ask another engine.")  # fmt: skip
@remote_options
@click.option("--workers", type=click.IntRange(1, 64), default=4, show_default=True, help="Queries at a time.")
@click.option("--timeout", type=click.FloatRange(0.1, 3600), default=10.0, show_default=True, help="Seconds a query.")
@click.option("--memory", type=click.IntRange(16, 65536), default=512, show_default=True, help="MiB a query.")
@click.option("--max-result", type=_size, default=64, show_default=True, help="MiB an answer.")
@click.option("--max-request", type=_size, default=1024, show_default=True, help="KiB a request, other than a write.")
@click.option("--queue", type=click.IntRange(0, 10_000), default=64, show_default=True, help="Queries that may wait.")
@click.option("--queue-share", type=click.IntRange(1, 10_000), default=32, show_default=True,
              help="Queries of one client that may wait.")  # fmt: skip
@click.option("--queue-wait", type=click.FloatRange(0.1, 600), default=5.0, show_default=True,
              help="Seconds a query waits at most.")  # fmt: skip
@click.option(
    "--cache", type=click.IntRange(0, 65536), default=64, show_default=True, help="MiB of answers kept; 0 for none."
)
@click.option("--shared-cache", type=click.IntRange(0, 31_536_000), default=0, show_default=True,
              help="Seconds for which a caching proxy may answer without asking here.")  # fmt: skip
@click.option("--rate-limit", default="", help="Requests of one client, such as 600/minute; none by default.")
@click.option("--write-token-file", type=click.Path(path_type=Path, dir_okay=False),
              help="File that holds the token for writing; without one nothing is written.")  # fmt: skip
@click.option("--max-write", type=_size, default=16384, show_default=True, help="KiB a write.")
@click.option("--write-timeout", type=click.FloatRange(1, 36000), default=120.0, show_default=True,
              help="Seconds a write may take with its validation.")  # fmt: skip
@click.option(
    "--base-url", default="", help="Address at which IRIs are to be followed, such as http://127.0.0.1:8000/."
)
@click.option("--proxies", type=click.IntRange(0, 10), default=0, show_default=True,
              help="Trusted proxies in front, which say who the client is.")  # fmt: skip
@click.option(
    "--connections", type=click.IntRange(2, 100_000), default=1000, show_default=True, help="Connections at a time."
)
@click.option("--client-timeout", type=click.FloatRange(0.5, 3600), default=30.0, show_default=True,
              help="Seconds a client may take to send or read the next piece.")  # fmt: skip
@click.option("--stop-timeout", type=click.FloatRange(0, 600), default=20.0, show_default=True,
              help="Seconds that requests under way are given at the end.")  # fmt: skip
@click.option(
    "--log-level", type=click.Choice(LEVELS), default="info", show_default=True, help="What is logged, and above."
)
@click.option("--log-queries/--no-log-queries", default=False, show_default=True, help="Log what is asked, too.")
def serve(**given: Any) -> None:
    """Serve the built dataset over HTTP.

    \b
    allegiance serve --port 8000
    """
    from allegiance.web.running import listen, run  # noqa: PLC0415 - help and mistakes should not wait for it

    settings = _settings(given)
    run(listen(given["host"], given["port"]), settings)


def _settings(given: dict[str, Any]) -> Settings:
    remote = remote_of(given)
    if (remote is None) == (given["engine"] == "remote"):
        raise UsageError("--engine remote and --remote go together; give both or none.")
    token = ""
    if given["write_token_file"] is not None:
        token = readable(given["write_token_file"]).strip()
        if len(token) < 16:
            raise UsageError(
                f"{given['write_token_file']} holds a token of less than 16 characters; make a longer one."
            )
    base = given["base_url"]
    if base:
        base = base if base.endswith("/") else base + "/"
        if not base.startswith(("http://", "https://")) or terms.W3ID in base or any(c in base for c in ' <>"{}|\\^`'):
            raise UsageError(f"“{base}” is no address to follow IRIs at; write one such as http://127.0.0.1:8000/.")
    data = given["data"]
    if data is not None and not (data / "shapes").is_dir():
        raise UsageError(f"{data} has no folder shapes; name the folder that holds ontology and shapes.")
    return Settings(
        store=given["store"],
        root=data if data is not None else data_root(),
        sources=given["sources"],
        engine=given["engine"],
        remote=remote,
        workers=given["workers"],
        limits=Limits(
            seconds=given["timeout"],
            memory=given["memory"] << 20,
            answer=given["max_result"] << 20,
            wait=given["queue_wait"],
            queue=given["queue"],
            share=given["queue_share"],
        ),
        request_bytes=given["max_request"] << 10,
        cache_bytes=given["cache"] << 20,
        shared_cache_seconds=given["shared_cache"],
        rate_limit=given["rate_limit"],
        write_token=token,
        write_bytes=given["max_write"] << 10,
        write_seconds=given["write_timeout"],
        base_url=base,
        proxies=given["proxies"],
        connections=given["connections"],
        client_seconds=given["client_timeout"],
        stop_seconds=given["stop_timeout"],
        log_level=given["log_level"],
        log_queries=given["log_queries"],
    )
