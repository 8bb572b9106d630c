"""A source as its page shows it: how many claims each paragraph carries, and the claims of some of them."""

from __future__ import annotations

from dataclasses import dataclass

from allegiance import terms
from allegiance.record.ask import Ask, local, path
from allegiance.record.claims import Thing

SHOWN = 60
"""So many claims are shown where no paragraph is chosen."""


@dataclass(frozen=True)
class Line:
    """A claim of a source, in its paragraph."""

    iri: str
    statement: str
    mode: str
    negated: bool
    paragraph: int

    @property
    def path(self) -> str:
        return path(self.iri)


def _graph(iri: str) -> str:
    return f"<{terms.source_graph(iri.rpartition('/')[2])}>"


def paragraphs(ask: Ask, iri: str) -> dict[int, int]:
    """How many claims each paragraph carries."""
    rows = ask(
        "How many claims each paragraph carries",
        f"""SELECT ?paragraph (COUNT(DISTINCT ?claim) AS ?claims) WHERE {{
  GRAPH {_graph(iri)} {{ ?claim alg:mode ?mode ; alg:passage ?passage . ?passage alg:paragraph ?paragraph }}
}} GROUP BY ?paragraph ORDER BY ?paragraph LIMIT 5000""",
    )
    return {int(row["paragraph"]): int(row["claims"]) for row in rows}


def lines(ask: Ask, iri: str, first: int, last: int) -> dict[int, list[Line]]:
    """The claims of some paragraphs, by paragraph, in the order of the text."""
    rows = ask(
        "The claims of these paragraphs",
        f"""SELECT ?claim ?statement ?mode ?polarity ?paragraph (MIN(?begin) AS ?start) WHERE {{
  GRAPH {_graph(iri)} {{
    ?passage alg:paragraph ?paragraph ; oa:hasSelector/oa:start ?begin .
    FILTER(?paragraph >= {first} && ?paragraph <= {last})
    ?claim alg:passage ?passage ; alg:statement ?statement ; alg:mode ?mode
    OPTIONAL {{ ?claim alg:polarity ?polarity }}
  }}
}} GROUP BY ?claim ?statement ?mode ?polarity ?paragraph ORDER BY ?paragraph ?start ?claim LIMIT 1000""",
    )
    found: dict[int, list[Line]] = {}
    for row in rows:
        negated = local(row.get("polarity", "")) == "Negated"
        line = Line(row["claim"], row["statement"], local(row["mode"]), negated, int(row["paragraph"]))
        found.setdefault(line.paragraph, []).append(line)
    return found


def first_lines(counts: dict[int, int]) -> tuple[int, int]:
    """The first paragraphs that together carry about as many claims as a page shows."""
    if not counts:
        return 0, 0
    numbers, total, last = sorted(counts), 0, 0
    for number in numbers:
        if total and total + counts[number] > SHOWN:
            break
        total, last = total + counts[number], number
    return numbers[0], last


def descendants(ask: Ask, iri: str) -> list[Thing]:
    """The sources that derive from a source, directly or through others."""
    rows = ask(
        "What derives from it",
        f"SELECT DISTINCT ?source ?title WHERE {{ ?source alg:derivesFrom+ <{iri}> ; dcterms:title ?title }} LIMIT 100",
    )
    return sorted(Thing(row["title"], row["source"], "Source", row.get("@title", "")) for row in rows)


def origins(ask: Ask, iri: str) -> list[tuple[Thing, Thing]]:
    """From which source each source of a lineage derives, as pairs (derived, origin)."""
    rows = ask(
        "What it derives from",
        f"""SELECT DISTINCT ?derived ?derivedTitle ?origin ?originTitle WHERE {{
  <{iri}> alg:derivesFrom* ?derived . ?derived alg:derivesFrom ?origin .
  ?derived dcterms:title ?derivedTitle . ?origin dcterms:title ?originTitle
}} LIMIT 100""",
    )
    pairs = [(Thing(row["derivedTitle"], row["derived"]), Thing(row["originTitle"], row["origin"])) for row in rows]
    return sorted(pairs, key=lambda pair: (pair[0].iri != iri, pair))
