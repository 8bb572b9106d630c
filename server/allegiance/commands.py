"""The commands that work on data: a few lines each over the library (allegiance.cli runs them)."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import click

from allegiance import coverage, describe, library, links, recheck, sources, terms
from allegiance.build import pipeline
from allegiance.dataset import has_writes
from allegiance.engine import Engine, kind_of, write_answer
from allegiance.errors import DataError, UsageError
from allegiance.folders import data_root
from allegiance.guard import refuse_unsafe
from allegiance.passages import add_rows
from allegiance.writes.state import restore

FORMATS = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "turtle": "text/turtle",
    "ntriples": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdfxml": "application/rdf+xml",
}
GRAPH_FORMATS = ("turtle", "ntriples", "jsonld", "rdfxml")

_data = click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder with ontology, instances, shapes and queries, instead of the shipped one.",
)
_store = click.option(
    "--store",
    type=click.Path(path_type=Path),
    default=Path("build"),
    show_default=True,
    help="Folder that “allegiance build” wrote to.",
)
_sources = click.option(
    "--sources",
    "folder",
    type=click.Path(path_type=Path),
    envvar="ALLEGIANCE_SOURCES",
    required=True,
    help="Folder that holds the source texts; or set ALLEGIANCE_SOURCES.",
)


def _root(data: Path | None) -> Path:
    if data is None:
        return data_root()
    if not (data / "ontology").is_dir() or not os.access(data, os.R_OK):
        raise UsageError(f"{data} has no readable folder ontology; name the folder that holds ontology and instances.")
    return data


def _tell(stage: pipeline.Stage, done: bool) -> None:
    terminal = sys.stderr.isatty()
    if done:
        start = "\r" if terminal else ""
        click.echo(f"{start}{stage.name:<18} {stage.seconds:8.2f} s {stage.triples:>10,} triples", err=True)
    elif terminal:
        click.echo(f"{stage.name} …", err=True, nl=False)


def _engine(store: Path, data: Path | None) -> Engine:
    """The built store, or the shipped data put together in memory where nothing has been built."""
    if data is None and (store / "store").is_dir():
        return Engine.on_disk(store / "store")
    if data is None and store != Path("build"):
        raise UsageError(f"There is no store in {store}; run “allegiance build --out {store}” first.")
    click.echo("nothing is built here; putting the data together in memory …", err=True)
    return pipeline.assemble(_root(data)).engine


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("build"), show_default=True, help="Where to.")
@_data
def build(out: Path, data: Path | None) -> None:
    """Compose, derive, infer, validate, and write the dataset.

    \b
    allegiance build --out build
    """
    made = pipeline.run(_root(data), out, _tell)
    click.echo(f"version {made.version}", err=True)
    if has_writes(out):
        click.echo("putting the writes since the files were written over it …", err=True)
        click.echo(f"version {restore(out, _root(data))}", err=True)
    click.echo(str(made.dataset))


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@_data
def validate(files: tuple[Path, ...], data: Path | None) -> None:
    """Check the data, or FILES in their place among it, against ontology and shapes.

    \b
    allegiance validate instances/organisations/khilafat-afghan.ttl
    """
    root = _root(data)
    made = pipeline.assemble(root, _tell, files)
    pipeline.check(made, root, _tell)
    click.echo("conforms")


@click.command()
@click.argument("name", required=False)
@click.option("-p", "--param", "params", multiple=True, metavar="NAME=TERM", help="Bind a parameter; repeatable.")
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), help="csv for tables, turtle for graphs.")
@click.option("--list", "listing", is_flag=True, help="List the questions.")
@_store
@_data
def query(
    name: str | None, params: tuple[str, ...], format_: str | None, listing: bool, store: Path, data: Path | None
) -> None:
    """Answer the question NAME of the library, or the SPARQL query in a file.

    \b
    allegiance query leaders -p group=khilafat-afghan
    """
    if listing:
        for question in library.questions().values():
            click.echo(f"{question.name}\t{question.question}")
        return
    if name is None:
        raise UsageError("Say which question: “allegiance query NAME”; “allegiance query --list” lists them.")
    question = library.find(name)
    values = {}
    for param in params:
        key, equals, value = param.partition("=")
        if not equals:
            raise UsageError(f"“{param}” binds nothing; write --param NAME=TERM.")
        values[key] = value
    text = question.bound(values)
    refuse_unsafe(text)
    engine = _engine(store, data)
    question.refuse_unknown(values, engine.ask, lambda name: describe.near(engine, name))
    answer = engine.query(text)
    graph = kind_of(answer) == "graph"
    chosen = format_ or ("turtle" if graph else "csv")
    if graph != (chosen in GRAPH_FORMATS):
        offered = GRAPH_FORMATS if graph else [known for known in FORMATS if known not in GRAPH_FORMATS]
        raise UsageError(f"This answer is not to be had as {chosen}; choose {', '.join(offered)}.")
    out = io.BytesIO()
    write_answer(answer, FORMATS[chosen], out, terms.PREFIXES)
    sys.stdout.buffer.write(out.getvalue())


@click.command("describe")
@click.argument("thing")
@click.option("--format", "format_", type=click.Choice(["text", "turtle"]), default="text", show_default=True)
@_store
@_data
def describe_(thing: str, format_: str, store: Path, data: Path | None) -> None:
    """Show what is said of THING: an IRI, a slug or a name in any spelling.

    \b
    allegiance describe "Khliafat Afghan"
    """
    engine = _engine(store, data)
    iri = describe.resolve(engine, thing)
    if format_ == "turtle":
        click.echo(describe.turtle(engine, iri), nl=False)
        return
    for line in describe.plain(engine, iri):
        click.echo(line)


@click.command()
@click.argument("source")
@click.argument("words")
@_sources
@click.option("--nth", type=click.IntRange(min=1), help="Which one, where the words stand in several places.")
@click.option("--dry-run", is_flag=True, help="Print the passage without adding it to passages.tsv.")
@_data
def locate(source: str, words: str, folder: Path, nth: int | None, dry_run: bool, data: Path | None) -> None:
    """Find WORDS in the text of SOURCE, print the passage and add it to instances/passages.tsv.

    \b
    allegiance locate isis-k-article "joined Khliafat Afghan" --sources texts
    """
    root = _root(data)
    texts, missing = sources.open_texts(root, folder)
    text = texts.get(source)
    if text is None:
        known = sorted([*texts, *missing])
        reason = "its text is not in that folder" if source in missing else f"the sources are {', '.join(known)}"
        raise UsageError(f"{source} cannot be searched: {reason}.")
    found = text.find(words)
    if not found:
        raise UsageError(f"These words do not stand in {source} as whole words of one paragraph; copy them from it.")
    if nth is None and len(found) > 1:
        for number, passage in enumerate(found, start=1):
            around = " ".join(text.text[max(passage.start - 40, 0) : passage.end + 40].split())
            click.echo(f"{number}\tparagraph {text.paragraph(passage.start)}\t…{around}…", err=True)
        raise UsageError(f"These words stand in {len(found)} places; choose one with --nth.")
    if nth is not None and nth > len(found):
        raise UsageError(f"These words stand in {len(found)} places only; choose --nth 1 to {len(found)}.")
    passage = found[(nth or 1) - 1]
    if not dry_run:
        try:
            add_rows(root / "instances" / "passages.tsv", [(passage.name, text.row(passage))])
        except OSError as error:
            raise UsageError(f"passages.tsv cannot be written: {error.strerror}; use --dry-run.") from None
    click.echo(f"algp:{passage.name}")


@click.command("check-sources")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--update", is_flag=True, help="Write passages.tsv anew from the passages that are used.")
@click.option(
    "--coverage", "covering", is_flag=True, help="Print each sentence that no claim points into, and the share."
)
@_data
def check_sources(folder: Path, update: bool, covering: bool, data: Path | None) -> None:
    """Verify every passage and spelling against the texts in FOLDER.

    \b
    allegiance check-sources texts --coverage
    """
    root = _root(data)
    if update:
        click.echo(f"{sources.update(root, folder)} passages written to passages.tsv")
        return
    problems, rows = sources.check(root, folder)
    if problems:
        raise DataError(problems)
    click.echo(f"{len(rows)} passages verified")
    if covering:
        texts, _ = sources.open_texts(root, folder)
        found = coverage.coverage(root, texts)
        for sentence in found:
            if not sentence.covered:
                passage = sentence.passage
                start = " ".join(texts[passage.source].text[passage.start : passage.end].split()[:8])
                click.echo(f"{passage.source}\tparagraph {sentence.paragraph}\t{passage.name}\t{start} …")
        share = sum(sentence.covered for sentence in found) / len(found) if found else 0
        click.echo(f"{share:.1%} of {len(found)} sentences covered")


@click.command("check-links")
@click.option("--endpoint", default="https://www.wikidata.org", show_default=True, help="Wikidata, or a copy of it.")
@click.option("--cache", type=click.Path(path_type=Path), help="File to keep answers in for a day.")
@click.option("--delay", type=click.FloatRange(0, 60), default=1.0, show_default=True, help="Seconds between requests.")
@_data
def check_links(endpoint: str, cache: Path | None, delay: float, data: Path | None) -> None:
    """Recheck every Wikidata id of the links table: label, type, redirects, deleted items.

    \b
    allegiance check-links --cache build/wikidata
    """
    mappings, problems = links.read_mappings(_root(data) / "instances")
    if problems:
        raise DataError(problems)
    found = list(recheck.recheck(mappings, endpoint, recheck.session(cache), delay=delay))
    for finding in found:
        click.echo(f"{finding.identifier}\t{finding.state}\t{finding.detail}")
    bad = sum(finding.state != "ok" for finding in found)
    click.echo(f"{len(found)} ids checked, {bad} to judge again", err=True)
    if bad:
        sys.exit(1)
