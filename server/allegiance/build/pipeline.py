"""The stages of a build in their order, each timed and counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from allegiance import terms
from allegiance.build import remembered, vocabulary
from allegiance.build.compose import Composition, compose
from allegiance.build.derive import date_bounds, derive
from allegiance.build.infer import Schema, clashes, closed_schema, infer
from allegiance.build.meta import describe
from allegiance.build.shapes import ShapeGraph
from allegiance.build.validate import Nonconforming, Result, problems, validate_engine
from allegiance.build.write import prepare, write
from allegiance.engine import Engine
from allegiance.errors import DataError
from allegiance.terms import SH


@dataclass
class Stage:
    """One stage of a build: its name, wall time in seconds, and the triples it left or added."""

    name: str
    seconds: float = 0.0
    triples: int = 0


@dataclass
class Build:
    """What a build has made: the engine that holds the dataset, and its stages."""

    engine: Engine
    composition: Composition
    stages: list[Stage] = field(default_factory=list)
    version: str = ""
    dataset: Path | None = None
    new_schema: tuple[str, Schema] | None = None


Report = Callable[[Stage, bool], None]


def silent(stage: Stage, done: bool) -> None:
    """Report nothing."""


@contextmanager
def _stage(build: Build, name: str, report: Report) -> Iterator[Stage]:
    stage = Stage(name)
    report(stage, False)
    start = time.perf_counter()
    yield stage
    stage.seconds = time.perf_counter() - start
    build.stages.append(stage)
    report(stage, True)


def assemble(root: Path, report: Report = silent, extra: Sequence[Path] = ()) -> Build:
    """Compose, date, derive and infer, in memory; DataError where the data does not hold together.

    `extra` are instance files to take in beside those of the root.
    """
    return _assembled(root, report, extra)


def _assembled(root: Path, report: Report, extra: Sequence[Path] = (), out: Path | None = None) -> Build:
    """The same; held to the shapes as well where it is to be written to `out`."""
    build = Build(Engine.in_memory(), Composition())
    with _stage(build, "compose", report) as stage:
        build.composition = compose(root, extra)
        build.engine.add(build.composition.quads)
        stage.triples = len(build.engine)
    try:
        _complete(build, root, report, out is not None, out)
    except Nonconforming as found:
        raise DataError(problems(found.results, build.composition)) from None
    return build


def _complete(build: Build, root: Path, report: Report, shapes: bool, out: Path | None = None) -> None:
    """Add to the asserted quads what is generated from them; Nonconforming where dates, classes or shapes forbid it.

    The shapes are held against the data before the closure is added, which they do not look at; what they find is told
    when the classes are known to agree, because a clash explains it better.
    """
    with _stage(build, "date bounds", report) as stage:
        quads, undated = date_bounds(build.composition.quads)
        if undated:
            component = SH + "PatternConstraintComponent"
            raise Nonconforming([Result(claim, "", component, "", "", message) for claim, message in undated])
        build.engine.add(quads)
        stage.triples = len(quads)
    with _stage(build, "derived edges", report) as stage:
        stage.triples = sum(count for _, count in derive(build.engine, root))
    broken: list[Result] = []
    if shapes:
        with _stage(build, "SHACL", report):
            broken = validate_engine(build.engine, ShapeGraph.read(root))
    with _stage(build, "OWL 2 RL closure", report) as stage:
        key = remembered.key(build.composition.quads)
        known = remembered.recall(out, key) if out else None
        schema = known or closed_schema(build.engine)
        build.new_schema = None if known else (key, schema)
        stage.triples = infer(build.engine, schema)
        found = [_clash(*clash.split("\t")) for clash in clashes(build.engine)]
    if found or broken:
        raise Nonconforming(found or broken)


def _clash(thing: str, one: str, other: str) -> Result:
    message = f"is both {terms.shorten(one)} and {terms.shorten(other)}, which exclude each other; "
    message += "correct its class, or the role it is used in"
    return Result(thing, "", SH + "NotConstraintComponent", "", "", message)


def check(build: Build, root: Path, report: Report = silent) -> None:
    """Validate an assembled build against the shapes; DataError with every result."""
    with _stage(build, "SHACL", report):
        found = validate_engine(build.engine, ShapeGraph.read(root))
    if found:
        raise DataError(problems(found, build.composition))


def rebuild(asserted: Sequence[ox.Quad], root: Path, report: Report = silent) -> Build:
    """A build from its asserted quads, without the files they came from; Nonconforming where it breaks a rule.

    The same quads, rules and shapes give the same dataset as a build of files that say the same.
    """
    build = Build(Engine.in_memory(), Composition(quads=list(asserted)))
    build.engine.add(build.composition.quads)
    _complete(build, root, report, shapes=True)
    return build


def prepared(build: Build, root: Path, out: Path) -> str:
    """Write a checked build as a version below `out` that is not yet the current one; returns the version's name.

    The caller holds the lock of `out`.
    """
    build.engine.add(describe(build.engine))
    build.version = prepare(build.engine, out, vocabulary.written(build.engine, root))
    return build.version


def run(root: Path, out: Path, report: Report = silent) -> Build:
    """The whole build. Nothing below `out` changes unless every stage has passed."""
    build = _assembled(root, report, out=out)
    with _stage(build, "write", report) as stage:
        build.engine.add(describe(build.engine))
        build.version, build.dataset = write(build.engine, out, vocabulary.written(build.engine, root))
        stage.triples = len(build.engine)
    if build.new_schema:
        remembered.remember(out, *build.new_schema)
    return build
