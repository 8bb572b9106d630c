"""The stages of a build in their order, each timed and counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from allegiance import terms
from allegiance.build.compose import Composition, compose
from allegiance.build.derive import date_bounds, derive
from allegiance.build.infer import clashes, infer
from allegiance.build.meta import describe
from allegiance.build.validate import problems, read_shapes, validate_engine
from allegiance.build.write import write
from allegiance.engine import Engine
from allegiance.errors import DataError


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
    build = Build(Engine.in_memory(), Composition())
    with _stage(build, "compose", report) as stage:
        build.composition = compose(root, extra)
        build.engine.add(build.composition.quads)
        stage.triples = len(build.engine)
    with _stage(build, "date bounds", report) as stage:
        quads, bad_dates = date_bounds(build.composition)
        if bad_dates:
            raise DataError(bad_dates)
        build.engine.add(quads)
        stage.triples = len(quads)
    with _stage(build, "derived edges", report) as stage:
        stage.triples = sum(count for _, count in derive(build.engine, root))
    with _stage(build, "OWL 2 RL closure", report) as stage:
        stage.triples = infer(build.engine)
        _refuse_clashes(build)
    return build


def _refuse_clashes(build: Build) -> None:
    found = []
    for clash in clashes(build.engine):
        thing, one, other = clash.split("\t")
        message = f"is both {terms.shorten(one)} and {terms.shorten(other)}, which exclude each other; "
        message += "correct its class, or the role it is used in"
        found.append(build.composition.problem(thing, message))
    if found:
        raise DataError(found)


def check(build: Build, root: Path, report: Report = silent) -> None:
    """Validate against the shapes; DataError with every result."""
    with _stage(build, "SHACL", report) as stage:
        found = validate_engine(build.engine, read_shapes(root))
        stage.triples = 0
        if found:
            raise DataError(problems(found, build.composition))


def run(root: Path, out: Path, report: Report = silent) -> Build:
    """The whole build. Nothing below `out` changes unless every stage has passed."""
    build = assemble(root, report)
    check(build, root, report)
    with _stage(build, "write", report) as stage:
        build.engine.add(list(describe(build.engine)))
        build.version, build.dataset = write(build.engine, out)
        stage.triples = len(build.engine)
    return build
