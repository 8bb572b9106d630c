"""Time of a text search against a scan of the labels in the engine, as a ratio.

    python benchmarks/search.py                    the shipped data, 44,000 and 500,000 generated labels
    python benchmarks/search.py --labels 100000    the shipped data and another number

A search is what the service does on a request: the first page of hits, their number, and the facets. A scan is the
SPARQL that does the least of that over the same labels, FILTER(CONTAINS(LCASE(STR(?label)), "…")) read to its end, with
the engine in memory and on disk. Every text is looked for once a round, more of them than the index remembers, so that
nothing is answered from a cache. Times are medians in milliseconds; the target of the ratio is 0.02.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyoxigraph as ox

from allegiance import terms
from allegiance.build import pipeline
from allegiance.build.search_index import write_index
from allegiance.engine import Engine, text_of
from allegiance.folders import data_root
from allegiance.search import Index

TARGET = 0.02
ROUNDS = 3
TEXTS = 12  # a shape
SCANNED = 4  # texts a shape of which the scan is timed, since it takes as long for any text
_ONSETS = ["b", "d", "f", "g", "h", "j", "k", "kh", "l", "m", "n", "q", "r", "s", "sh", "t", "w", "y", "z"]
_VOWELS = ["a", "a", "a", "e", "i", "i", "o", "u", "u", "aa", "ee"]
_ENDS = ["", "", "n", "r", "d", "l", "m", "k", "t", "h", "b", "sh", "ullah", "uddin", "i", "yar"]
_LABELS = """PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX alg: <https://w3id.org/allegiance/ontology#> SELECT DISTINCT ?s ?label WHERE {
{ ?s rdfs:label ?label } UNION { ?s skos:altLabel ?label } UNION { ?s alg:statement ?label } }"""


def generated(number: int, seed: int = 4) -> Engine:
    """An engine with so many labels: names of persons and groups, and occurrences named after them."""
    chance = random.Random(seed)
    words = sorted(
        {
            "".join(chance.choice(_ONSETS) + chance.choice(_VOWELS) for _ in range(chance.choice((1, 2, 2, 3))))
            + chance.choice(_ENDS)
            for _ in range(int(40 * number**0.5))
        }
    )
    # A few names are borne by many, as they are in the field.
    weights = [1 / (rank + 3) for rank in range(len(words))]
    chance.shuffle(words)
    drawn = iter(chance.choices(words, weights, k=number * 4))

    def name() -> str:
        return f"{next(drawn).title()} {next(drawn).title()}"

    shapes: list[tuple[str, Callable[[], str]]] = [
        ("Person", name),
        ("ArmedGroup", lambda: f"{name()} Group"),
        ("Pledge", lambda: f"Pledge of {name()} to {next(drawn).title()}"),
        ("Presence", lambda: f"Presence of {name()} in {next(drawn).title()}"),
    ]
    graph = ox.NamedNode(terms.ENTITIES_GRAPH)
    label, kind = ox.NamedNode(terms.RDFS + "label"), ox.NamedNode(terms.RDF + "type")
    engine = Engine.in_memory()
    quads = []
    for at in range(number):
        of, make = shapes[at % len(shapes)]
        thing = ox.NamedNode(f"{terms.ALGID}generated-{at}")
        quads.append(ox.Quad(thing, label, ox.Literal(make(), language="en"), graph))
        quads.append(ox.Quad(thing, kind, ox.NamedNode(terms.ALG + of), graph))
    engine.add(quads)
    return engine


def texts(labels: Sequence[str], seed: int = 4) -> dict[str, list[str]]:
    """What people look for: by shape, made of labels that there are."""
    chance = random.Random(seed)
    named = [label for label in labels if len(label.split()) > 1 and label.isascii()]

    def slipped(word: str) -> str:
        at = chance.randrange(1, max(2, len(word) - 1))
        return word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]

    def some(change: Callable[[str], str]) -> list[str]:
        return [change(chance.choice(named)) for _ in range(TEXTS)]

    return {
        "a whole name": some(lambda label: label),
        "one word": some(lambda label: chance.choice(label.split())),
        "three letters": some(lambda label: chance.choice(label.split())[:3]),
        "first words": some(lambda label: " ".join(label.split()[:2])[:-1]),
        "a slip": some(lambda label: " ".join(map(slipped, label.split()[:2]))),
        "what is in many": [chance.choice(("of", "in", "to", "a", "k", "m", "ha", "pr")) for _ in range(TEXTS)],
        "nothing": ["".join(chance.choice("qwxzjv") for _ in range(9)) for _ in range(TEXTS)],
    }


def milliseconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def scan(engine: Engine, text: str) -> int:
    """How many labels contain a text, by the engine."""
    wanted = ox.Literal(text.lower())
    return sum(1 for _ in engine.rows(f"{_LABELS[:-1]} FILTER(CONTAINS(LCASE(STR(?label)), {wanted})) }}"))


def measure(name: str, memory: Engine, folder: Path) -> float:
    """Print the times and ratios for one dataset; the ratio to the scan on disk over all texts."""
    file, nquads, store = folder / "search.sqlite", folder / "dataset.nq", folder / "store"
    writing = milliseconds(lambda: write_index(memory, file))
    with nquads.open("wb") as out:
        memory.dump(out)
    Engine.write_disk(store, nquads)
    disk = Engine.on_disk(store)
    labels = sorted({text_of(row["label"]) for row in memory.rows(_LABELS)})
    start = time.perf_counter()
    index = Index.open(file)
    opening = (time.perf_counter() - start) * 1000
    print(
        f"\n{name}: {len(labels):,} labels; index written in {writing / 1000:.1f} s, {file.stat().st_size >> 20} MiB, "
    )
    print(f"opened in {opening:.0f} ms")
    print(f"{'text':<16} {'search':>9} {'longest':>9} {'in memory':>10} {'on disk':>9} {'ratio':>8} {'to disk':>8}")
    searched: dict[str, list[float]] = {}
    shapes = texts(labels)
    for _ in range(ROUNDS):
        for shape, asked in shapes.items():
            searched.setdefault(shape, []).extend(
                milliseconds(lambda text=text: (index.search(text), index.facets(text)))  # type: ignore[misc]
                for text in asked
            )
    totals = [0.0, 0.0, 0.0]
    for shape, asked in shapes.items():
        ours = statistics.median(searched[shape])
        scans = [
            statistics.median(milliseconds(lambda t=text, e=engine: scan(e, t)) for text in asked[:SCANNED])  # type: ignore[misc]
            for engine in (memory, disk)
        ]
        totals = [total + add for total, add in zip(totals, (ours, *scans), strict=True)]
        print(
            f"{shape:<16} {ours:>9.2f} {max(searched[shape]):>9.2f} {scans[0]:>10.1f} {scans[1]:>9.1f}"
            f" {ours / scans[0]:>8.4f} {ours / scans[1]:>8.4f}"
        )
    ratio = totals[0] / totals[2]
    print(f"{'all alike':<16} {'':>9} {'':>9} {'':>10} {'':>9} {totals[0] / totals[1]:>8.4f} {ratio:>8.4f}", end="")
    print(f"  target {TARGET}", flush=True)
    index.close()
    return ratio


def main() -> None:
    """Measure each dataset and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", nargs="*", type=int, default=[44_000, 500_000], help="numbers of generated labels")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shipped = pipeline.assemble(data_root()).engine
        measure("shipped data", shipped, Path(folder))
    for number in arguments.labels:
        with tempfile.TemporaryDirectory() as folder:
            measure(f"{number:,} generated", generated(number), Path(folder))


if __name__ == "__main__":
    main()
