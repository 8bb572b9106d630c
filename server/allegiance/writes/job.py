"""One write from beginning to end, as a process of its own: python -m allegiance.writes.job

Standard input: one line of JSON, then the body.

    {"out", "root": folders, "operation": "update" | "put" | "post" | "delete" | "patch", "graph": IRI or null,
     "media_type", "using": [IRI], "using_named": [IRI], "length": bytes of the body,
     "limits": {"seconds", "memory" (bytes above the dataset): of the evaluation,
                "rebuild_seconds", "rebuild_memory": of completing and checking the result, "wait": for the lock}}

Standard output: one line of JSON.

    {"outcome", "sentence", "version", "number", "graph", "created", "added", "removed", "report"}

| outcome | |
|---|---|
| applied | it is on the disk and current; `number` is its place in the log |
| unchanged | it changes nothing, or nothing that a record would differ by |
| absent | there is no graph to delete |
| syntax | it does not parse, or cannot be carried out |
| refused | it touches what cannot be written, or asks for what is not done here |
| timeout, memory | the evaluation, or the check of its result, took more than it may |
| nonconforming | the dataset would not conform; `report` is a sh:ValidationReport in N-Triples |
| busy | another process is writing |
| failed | the folder, not the request, is at fault; exit status 2 |

A write is on the disk in the log before `current` is changed and before this answers; a process that dies in between
leaves a write that the next `restore` completes, and before that leaves nothing.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from allegiance.build import pipeline
from allegiance.build.validate import Nonconforming
from allegiance.build.write import Locked, current_version, lock, publish
from allegiance.errors import DataError, UsageError
from allegiance.writes import box, log
from allegiance.writes.evaluate import NotWritten, Request, evaluate
from allegiance.writes.patch import Patch, asserted, graph_of, read_quads
from allegiance.writes.report import report
from allegiance.writes.settle import settle
from allegiance.writes.state import dataset_file, recover, settled


@dataclass(frozen=True)
class Limits:
    """Bounds of one write: seconds and bytes of its evaluation and of what follows from it, seconds for the lock."""

    seconds: float = 10.0
    memory: int = 512 << 20
    rebuild_seconds: float = 600.0
    rebuild_memory: int = 4 << 30
    wait: float = 30.0


@dataclass
class Outcome:
    """What came of a write; the fields are those of the answer (see the module)."""

    outcome: str
    sentence: str = ""
    version: str = ""
    number: int | None = None
    graph: str | None = None
    created: bool = False
    added: int = 0
    removed: int = 0
    report: str | None = None


def perform(out: Path, root: Path, request: Request, limits: Limits) -> Outcome:
    """Carry out a write. UsageError where the folder has no dataset, or is damaged or not to be written."""
    if not current_version(out):
        raise UsageError(f"There is no dataset in {out}; run “allegiance build --out {out}” first.")
    try:
        with lock(out, limits.wait):
            recover(out)
            return _perform(out, root, request, limits)
    except Locked as error:
        return Outcome("busy", str(error), current_version(out), graph=request.target or None)


def _perform(out: Path, root: Path, request: Request, limits: Limits) -> Outcome:
    base = settled(out, root)
    answer = Outcome("unchanged", version=base, graph=request.target or None)
    dataset = read_quads(dataset_file(out, base))
    try:
        patch = evaluate(request, dataset, box.Box(limits.seconds, limits.memory))
    except NotWritten as error:
        answer.outcome, answer.sentence = error.outcome, str(error)
        return answer
    before = set(asserted(dataset))
    existed = any(graph_of(quad) == request.target for quad in before)
    after, faults = settle(before, patch.applied(before), root)
    patch = Patch.between(before, after)
    answer.added, answer.removed = len(patch.added), len(patch.removed)
    if faults:
        return _nonconforming(answer, report(faults))
    if not patch:
        answer.sentence = "Nothing is changed by it."
        return answer
    del dataset
    result = _rebuilt(out, root, after, limits)
    if "report" in result:
        return _nonconforming(answer, result["report"])
    if "outcome" in result:
        answer.outcome, answer.sentence = result["outcome"], result["sentence"]
        return answer
    entry = log.append(out, request.operation, request.target, base, result["version"], patch)
    publish(out, entry.version)
    answer.outcome, answer.version, answer.number = "applied", entry.version, entry.number
    answer.created = bool(request.target) and not existed
    count = f"{answer.added} quads added and {answer.removed} removed"
    answer.sentence = f"Write {entry.number}: {count}; the dataset is now version {entry.version}."
    return answer


def _nonconforming(answer: Outcome, found: str) -> Outcome:
    answer.outcome, answer.report = "nonconforming", found
    answer.sentence = "The dataset would not conform to the shapes with it; the report says where, and what to change."
    return answer


def _rebuilt(out: Path, root: Path, after: set[ox.Quad], limits: Limits) -> dict[str, Any]:
    """Complete and check the asserted quads and write them as a version, in a process that can be ended."""

    def work() -> bytes:
        try:
            version = pipeline.prepared(pipeline.rebuild(list(after), root), root, out)
        except Nonconforming as error:
            return json.dumps({"report": report(error.results)}).encode()
        except (DataError, UsageError) as error:
            return json.dumps({"outcome": "failed", "sentence": str(error)}).encode()
        return json.dumps({"version": version}).encode()

    bounds = box.Box(limits.rebuild_seconds, limits.rebuild_memory, files=True)
    try:
        found: dict[str, Any] = json.loads(box.run(work, bounds))
        return found
    except box.TookTooLong:
        sentence = f"Checking the result took longer than {limits.rebuild_seconds:g} s; write less at a time."
        return {"outcome": "timeout", "sentence": sentence}
    except (box.NeedsMemory, box.Crashed):
        size = limits.rebuild_memory >> 20
        return {
            "outcome": "memory",
            "sentence": f"Checking the result needs more than {size} MiB; write less at a time.",
        }


def _read() -> tuple[Path, Path, Request, Limits]:
    header = json.loads(sys.stdin.buffer.readline())
    body = sys.stdin.buffer.read(header["length"])
    if len(body) != header["length"]:
        raise UsageError(f"The body has {len(body)} of {header['length']} bytes; it was broken off.")
    request = Request(
        operation=header["operation"],
        body=body,
        graph=header.get("graph"),
        media_type=header.get("media_type") or "",
        using=tuple(header.get("using") or ()),
        using_named=tuple(header.get("using_named") or ()),
    )
    return Path(header["out"]), Path(header["root"]), request, Limits(**header.get("limits") or {})


def main() -> None:
    """Do what standard input says and answer on standard output."""
    try:
        answer = perform(*_read())
    except UsageError as error:
        answer = Outcome("failed", str(error))
    except OSError as error:
        answer = Outcome(
            "failed", f"The write cannot be put on the disk: {error.strerror}; nothing is answered as done."
        )
    sys.stdout.write(json.dumps(asdict(answer)) + "\n")
    sys.stdout.flush()
    sys.exit(2 if answer.outcome == "failed" else 0)


if __name__ == "__main__":
    main()
