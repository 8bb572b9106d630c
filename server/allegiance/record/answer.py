"""The answer of a question as people read it: names lead to things, bounds are spans, rows have their claims."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from allegiance import terms
from allegiance.passages import Passage
from allegiance.record.ask import Ask, local, path, values
from allegiance.record.claims import BOUNDS, Bounds

KINDS = ("Actor", "Place", "Source", "Claim", "Occurrence")
"""What a name may stand for, by the classes that pictures tell apart."""
SPANS: tuple[tuple[str, ...], ...] = (
    BOUNDS,
    ("earliestDate", "latestDate"),
    ("pledgeEarliest", "pledgeLatest"),
    ("diedEarliest", "diedLatest"),
)
"""Columns that together say when, in the order in which `Bounds` has them."""
_NUMERIC = {f"{terms.XSD}{name}" for name in ("integer", "decimal", "double", "float", "int", "long")}
_WHEN = {"earliestBegin": "when", "earliestDate": "date", "pledgeEarliest": "pledged", "diedEarliest": "died"}
_MUCH = ("low", "high", "counted", "approximate")


@dataclass(frozen=True)
class Cell:
    """A value: its text, the thing it names where it names one, and its number where it is one."""

    text: str = ""
    lang: str = ""
    iri: str = ""
    kind: str = ""
    number: float | None = None
    is_iri: bool = False

    @property
    def path(self) -> str:
        """The local path of the thing, empty where it is not of ours."""
        found = path(self.iri)
        return "" if found == self.iri or "#" in found else found


Row = dict[str, Cell]
EMPTY = Cell()


@dataclass(frozen=True)
class Column:
    """A column as it is shown: `parts` are the variables in it, `shape` says how they are written."""

    name: str
    shape: str
    parts: tuple[str, ...]

    def is_empty(self, row: Row) -> bool:
        """Whether a row has nothing in it."""
        return not any(part in row for part in self.parts)


@dataclass
class Answer:
    """Rows by variable, and the columns to show."""

    variables: list[str]
    rows: list[Row]
    columns: list[Column] = field(default_factory=list)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    """The title of its source and its paragraph there, for each passage by name."""

    def cell(self, row: Row, name: str) -> Cell:
        return row.get(name, EMPTY)

    def has(self, name: str) -> bool:
        """Whether a variable has a value in some row."""
        return name in self.variables


def read(ask: Ask, results: bytes, most: int) -> Answer:
    """The rows of SPARQL results JSON, `most` of them, with the things that they name looked up."""
    found = json.loads(results)
    bindings = found["results"]["bindings"][:most]
    # A column without a value would only push the others off the screen.
    variables = [name for name in found["head"]["vars"] if any(name in binding for binding in bindings)]
    rows = [{name: _cell(value) for name, value in binding.items()} for binding in bindings]
    _link(ask, rows)
    answer = Answer(variables, rows)
    answer.columns = _columns(answer)
    answer.places = _places(ask, rows)
    return answer


def _cell(value: dict[str, str]) -> Cell:
    if value["type"] == "uri":
        return Cell(terms.shorten(value["value"]), iri=value["value"], is_iri=True)
    number = float(value["value"]) if value.get("datatype") in _NUMERIC else None
    return Cell(value["value"], value.get("xml:lang", ""), number=number)


def _link(ask: Ask, rows: list[Row]) -> None:
    """Give each name the thing it names, where it names exactly one."""
    named = {(cell.text, cell.lang) for row in rows for cell in row.values() if cell.lang}
    iris = sorted({cell.iri for row in rows for cell in row.values() if cell.is_iri and cell.path})
    things, kinds = _named(ask, sorted(named)), _kinds(ask, iris)
    for row in rows:
        for name, cell in row.items():
            if cell.is_iri:
                row[name] = replace(cell, kind=kinds.get(cell.iri, ""))
        for name, cell in row.items():
            known = row.get(name.removesuffix("Name"), EMPTY)
            if name.endswith("Name") and known.is_iri:
                row[name] = replace(cell, iri=known.iri, kind=known.kind)
            elif len(candidates := things.get((cell.text, cell.lang), {})) == 1:
                iri, kind = next(iter(candidates.items()))
                row[name] = replace(cell, iri=iri, kind=kind)


def _named(ask: Ask, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], dict[str, str]]:
    """The things that each name is the label, the title or the statement of, with their kinds."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    if not names:
        return found
    listed = " ".join(f"{json.dumps(text, ensure_ascii=False)}@{lang}" for text, lang in names)
    rows = ask(
        "What the names stand for",
        f"""SELECT DISTINCT ?label ?thing ?kind WHERE {{
  VALUES ?label {{ {listed} }}
  ?thing rdfs:label|dcterms:title|alg:statement ?label .
  OPTIONAL {{ ?thing a ?kind . FILTER(?kind IN ({", ".join(f"alg:{kind}" for kind in KINDS)})) }}
}}""",
    )
    for row in rows:
        kinds = found[row["label"], row["@label"]]
        kinds[row["thing"]] = _sooner(kinds.get(row["thing"], ""), local(row.get("kind", "")))
    return found


def _sooner(one: str, other: str) -> str:
    """Of two kinds of a thing the one that comes first; a source may be an actor of the record too."""
    return min((kind for kind in (one, other) if kind), key=KINDS.index, default="")


def _kinds(ask: Ask, iris: list[str]) -> dict[str, str]:
    if not iris:
        return {}
    rows = ask(
        "What kind of thing each is",
        f"""SELECT DISTINCT ?thing ?kind WHERE {{
  VALUES ?thing {{ {values(iris)} }}
  ?thing a ?kind .
  FILTER(?kind IN ({", ".join(f"alg:{kind}" for kind in KINDS)}))
}}""",
    )
    found: dict[str, str] = {}
    for row in rows:
        found[row["thing"]] = _sooner(found.get(row["thing"], ""), local(row["kind"]))
    return found


def is_passage(name: str) -> bool:
    """Whether a variable holds the name of a passage."""
    return name == "passage" or name.endswith("Passage")


def _places(ask: Ask, rows: list[Row]) -> dict[str, tuple[str, int]]:
    names = {cell.text for row in rows for name, cell in row.items() if is_passage(name)}
    iris = [f"{terms.ALGP}{name}" for name in sorted(names) if _is_name(name)]
    if not iris:
        return {}
    found = ask(
        "Where the passages stand",
        f"""SELECT ?passage ?paragraph ?title WHERE {{
  VALUES ?passage {{ {values(iris)} }}
  ?passage alg:paragraph ?paragraph ; oa:hasSource/dcterms:title ?title .
}}""",
    )
    return {local(row["passage"]): (row["title"], int(row["paragraph"])) for row in found}


def _is_name(name: str) -> bool:
    try:
        Passage.named(name)
    except ValueError:
        return False
    return True


def _columns(answer: Answer) -> list[Column]:
    """The columns to show: bounds become spans, quantities with their unit one column, polarity part of the mode."""
    shown: list[Column] = []
    done: set[str] = set()
    for name in answer.variables:
        if name in done:
            continue
        column = _column(name, answer)
        done.update(column.parts)
        shown.append(column)
    return shown


def _column(name: str, answer: Answer) -> Column:
    span = next((span for span in SPANS if name in span), None)
    if span is not None:
        return Column(_WHEN[span[0]], "when", span)
    if name in ("low", "high"):
        return Column("quantity", "quantity", tuple(part for part in _MUCH if answer.has(part)))
    if name in ("mode", "polarity") and answer.has("mode"):
        return Column("mode", "mode", ("mode", "polarity"))
    cells = [row[name] for row in answer.rows if name in row]
    if answer.has(f"{name}Name") and all(cell.is_iri for cell in cells):
        return Column(f"{name}Name", "thing", (f"{name}Name", name))
    return Column(name, _shape(name, cells), (name,))


def _shape(name: str, cells: list[Cell]) -> str:
    if is_passage(name):
        return "passage"
    if all(cell.number is not None for cell in cells):
        return "number"
    if name in ("polarity", "status", "certainty") or name.endswith("Mode"):
        return "value"
    return "statement" if name == "statement" or name.endswith("Statement") else "thing"


def bounds_of(row: Row, span: Sequence[str], answer: Answer) -> Bounds:
    """The bounds of a row in some columns; where the columns have no end, it is an event, which ends as it begins."""
    days = [answer.cell(row, name).text for name in span]
    return Bounds(*(days if len(days) == len(BOUNDS) and any(map(answer.has, span[2:])) else days[:2] * 2))


def quantity(row: Row) -> tuple[float | None, float | None]:
    """The least and the greatest number of a row; either may be unknown."""
    return row.get("low", EMPTY).number, row.get("high", EMPTY).number


def look(row: Row) -> str:
    """How firmly a row is said, as pictures draw it: certain, hedged, planned, contested or denied."""
    mode, polarity = row.get("mode", EMPTY).text, row.get("polarity", EMPTY).text
    if mode == "Denied" or polarity == "Negated":
        return "denied"
    if row.get("status", EMPTY).text == "Contested":
        return "contested"
    if mode in ("Planned", "OutcomeUnknown"):
        return "planned"
    if mode not in ("", "Asserted") or row.get("certainty", EMPTY).text == "possible":
        return "hedged"
    return "certain"


def behind(row: Row) -> str:
    """The local path of the claim of a row, or of the occurrence that its claims are about; empty where none is."""
    for kind in ("Claim", "Occurrence"):
        for cell in row.values():
            if cell.kind == kind and cell.path:
                return cell.path
    return ""


def brief(number: int, row: Row) -> dict[str, Any]:
    """What every mark of a picture knows of a row behind it."""
    return {"row": number, "path": behind(row), "look": look(row), "mode": row.get("mode", EMPTY).text}
