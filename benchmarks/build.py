"""Time, peak memory and triples of each build stage, for the shipped data and for multiples of it.

    python benchmarks/build.py            1, 10 and 100 times
    python benchmarks/build.py 1 10       other multiples

A multiple repeats every instance file under renamed IRIs, so that nothing but size changes. Each multiple runs in a
process of its own. The last column is the growth of a stage's time against the multiple before, over the growth of
size: 1 is linear.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from allegiance.build import pipeline
from allegiance.folders import data_root

STAGES = ("compose", "date bounds", "derived edges", "OWL 2 RL closure", "SHACL", "write")
_NAME = re.compile(r"\b(algid|algc|algn):([a-z0-9][\w-]*)")


def multiply(root: Path, times: int, target: Path) -> None:
    """Write a data root whose instances are those of `root` so many times."""
    for part in ("ontology", "shapes", "queries"):
        shutil.copytree(root / part, target / part)
    shutil.copytree(root / "instances", target / "instances")
    # Sources stay what they are: passages point into them, and a copy of a claim is a claim of the same text.
    sources = (root / "instances" / "sources.ttl").read_text(encoding="utf-8")
    kept = {line.split()[0] for line in sources.splitlines() if _NAME.match(line)}
    for copy in range(1, times):

        def renamed(match: re.Match[str], copy: int = copy) -> str:
            return match[0] if match[0] in kept else f"{match[0]}-copy-{copy}"

        for path in sorted((root / "instances").rglob("*.ttl")):
            if path.name == "sources.ttl":
                continue
            text = _NAME.sub(renamed, path.read_text(encoding="utf-8"))
            to = target / "instances" / f"copy-{copy}" / path.relative_to(root / "instances")
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_text(text, encoding="utf-8")


class Peak(threading.Thread):
    """Samples resident memory, in MiB, so that each stage has a peak of its own."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = resident()
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.wait(0.02):
            self.peak = max(self.peak, resident())


def resident() -> float:
    """The memory this process has, in MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def measure(times: int) -> None:
    """Build the data so many times over and print one JSON object a stage."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "data"
        multiply(data_root(), times, root)
        sampler = Peak()
        sampler.start()

        def report(stage: pipeline.Stage, done: bool) -> None:
            if done:
                row = {"stage": stage.name, "seconds": stage.seconds, "triples": stage.triples, "mib": sampler.peak}
                print(json.dumps(row), flush=True)
                sampler.peak = resident()

        pipeline.run(root, Path(folder) / "out", report)
        sampler.stop.set()


def main() -> None:
    """Measure each multiple and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("multiples", nargs="*", type=int, default=[1, 10, 100])
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        measure(arguments.one)
        return
    before: dict[str, float] = {}
    last = 0
    print(f"{'times':>5} {'stage':<18} {'seconds':>9} {'peak MiB':>9} {'triples':>11} {'growth':>7}")
    for times in arguments.multiples:
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, __file__, "--one", str(times)], stdout=subprocess.PIPE, text=True, check=True
        )
        for row in map(json.loads, done.stdout.splitlines()):
            name, seconds = row["stage"], row["seconds"]
            growth = f"{seconds / before[name] / (times / last):7.2f}" if before.get(name) else ""
            before[name] = seconds
            print(f"{times:>5} {name:<18} {seconds:>9.2f} {row['mib']:>9.0f} {row['triples']:>11,} {growth:>7}")
        print(f"{times:>5} {'in all':<18} {time.perf_counter() - start:>9.2f}", flush=True)
        last = times


if __name__ == "__main__":
    main()
