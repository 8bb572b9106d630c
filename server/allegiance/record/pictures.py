"""What can be drawn of an answer, by its columns: a chart, a map, a network or a timeline, and the data of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from allegiance.record.answer import (
    EMPTY,
    SPANS,
    Answer,
    Cell,
    Row,
    bounds_of,
    brief,
    look,
    quantity,
)
from allegiance.record.ask import Ask, local, values
from allegiance.record.claims import BOUNDS

MOST = 300
"""Marks in a picture, at most; it says where it left some out."""
_POINT = re.compile(r"POINT ?\((-?[0-9.]+) (-?[0-9.]+)\)")
_ENDS = (("subjectName", "objectName"), ("fromName", "toName"), ("fromName", "intoName"))
_RELATIONS = ("relation", "step", "verdict", "kind")
_NO_MEASURE = ("paragraph",)


def offered(answer: Answer) -> list[str]:
    """The pictures that the columns allow, in the order in which they are offered."""
    return [name for name, allowed in _ALLOWED.items() if answer.rows and allowed(answer)]


def drawn(name: str, answer: Answer, ask: Ask) -> dict[str, Any]:
    """The data of a picture."""
    return _DRAWN[name](answer, ask)


def _things(answer: Answer, kind: str) -> list[str]:
    """The columns that name things of a kind, in order; spellings (`names`) stand for what they spell and do not."""
    names = [name for name in answer.variables if name.endswith("Name")]
    return [name for name in names if any(answer.cell(row, name).kind == kind for row in answer.rows)]


def _title(answer: Answer, row: Row) -> str:
    """What a mark is called: the names in its row, the first two where there are more."""
    names = [name for name in answer.variables if name.endswith(("Name", "Label", "Title")) or name == "preferred"]
    found = [cell.text for name in names if (cell := answer.cell(row, name)).text]
    if not found:
        found = [cell.text for cell in row.values() if cell.text and not cell.is_iri]
    return " · ".join(dict.fromkeys(found[:2]))


# ---------------------------------------------------------------- timeline


def _span(answer: Answer) -> tuple[str, ...]:
    return next((span for span in SPANS if any(map(answer.has, span))), ())


def _timeline(answer: Answer, _ask: Ask) -> dict[str, Any]:
    """A bar for each row that has a day, between its bounds; a bound that is missing is unknown."""
    span = _span(answer)
    is_spell = len(span) == len(BOUNDS) and any(map(answer.has, span[2:]))
    bars = []
    for number, row in enumerate(answer.rows):
        bounds = bounds_of(row, span, answer)
        if bounds:
            days = {name: getattr(bounds, name) for name in BOUNDS}
            bars.append({**brief(number, row), "label": _title(answer, row), "bounds": days})
    return {"spell": is_spell, "bars": bars[:MOST], "cut": len(bars) - len(bars[:MOST]), "undated": _left(answer, bars)}


def _left(answer: Answer, marks: list[dict[str, Any]]) -> int:
    return len(answer.rows) - len(marks)


# ---------------------------------------------------------------- chart


def _measure(answer: Answer) -> str:
    """The column of numbers that a chart shows; `low` stands for low and high."""
    if answer.has("low") or answer.has("high"):
        return "low" if answer.has("low") else "high"
    numbers = [
        name
        for name in answer.variables
        if name not in _NO_MEASURE
        and any(name in row for row in answer.rows)
        and all(row[name].number is not None for row in answer.rows if name in row)
    ]
    return numbers[-1] if numbers else ""


def _chart(answer: Answer, _ask: Ask) -> dict[str, Any]:
    """A mark for each row with a number, grouped by what is counted, since fighters and dollars share no axis."""
    measure = _measure(answer)
    groups: dict[str, list[dict[str, Any]]] = {}
    count = 0
    for number, row in enumerate(answer.rows):
        least, most = quantity(row) if measure in ("low", "high") else (row.get(measure, EMPTY).number,) * 2
        if least is None and most is None:
            continue
        count += 1
        if count > MOST:
            continue
        mark = {**brief(number, row), "label": _title(answer, row), "low": least, "high": most, "by": _by(row)}
        if "paragraph" in row:
            mark["paragraph"] = row["paragraph"].text
            mark["label"] = ""
        groups.setdefault(_unit(answer, row), []).append(mark)
    series = [{"unit": unit, "marks": marks} for unit, marks in groups.items()]
    return {"measure": measure, "series": series, "cut": max(count - MOST, 0), "unmeasured": len(answer.rows) - count}


def _unit(answer: Answer, row: Row) -> str:
    """What a number counts; where paragraphs are counted, each source is a chart of its own."""
    return answer.cell(row, "sourceTitle" if answer.has("paragraph") else "counted").text


def _by(row: Row) -> str:
    return row.get("attributedTo", EMPTY).text


# ---------------------------------------------------------------- network


def _ends(answer: Answer) -> tuple[str, str] | None:
    """The two columns of actors that the lines run between."""
    actors = _things(answer, "Actor")
    pairs = [pair for pair in _ENDS if set(pair) <= {*actors}] or [(actors[0], actors[1])] if len(actors) > 1 else []
    return next((pair for pair in pairs if any(True for _ in _lines(answer, *pair))), None)


def _lines(answer: Answer, start: str, end: str) -> Iterator[tuple[int, Row, Cell, Cell]]:
    for number, row in enumerate(answer.rows):
        one, other = answer.cell(row, start), answer.cell(row, end)
        if one.path and other.path and one.iri != other.iri:
            yield number, row, one, other


def _network(answer: Answer, ask: Ask) -> dict[str, Any]:
    """Actors and the lines between them; rows that say the same of the same two are one line."""
    start, end = _ends(answer) or ("", "")
    relation = next((name for name in _RELATIONS if answer.has(name)), "")
    mutual = _symmetric(ask) if relation == "relation" else set()
    nodes: dict[str, dict[str, str]] = {}
    edges: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for number, row, one, other in _lines(answer, start, end):
        said = answer.cell(row, relation).text
        key = (one.path, other.path, said, look(row))
        if key not in edges and len(edges) == MOST:
            continue
        for cell in (one, other):
            nodes.setdefault(cell.path, {"id": cell.path, "label": cell.text, "lang": cell.lang})
        made = {"source": one.path, "target": other.path, "relation": said, "mutual": said in mutual, "rows": []}
        edges.setdefault(key, made | {"look": look(row)})["rows"].append(brief(number, row))
    shown = sum(len(edge["rows"]) for edge in edges.values())
    cut = sum(1 for _ in _lines(answer, start, end)) - shown
    return {
        "start": start,
        "end": end,
        "relation": relation,
        "nodes": [*nodes.values()],
        "edges": [*edges.values()],
        "cut": cut,
        "unlinked": len(answer.rows) - shown - cut,
    }


def _symmetric(ask: Ask) -> set[str]:
    rows = ask("Relations without a direction", "SELECT ?p { ?p a owl:SymmetricProperty }")
    return {local(row["p"]) for row in rows}


# ---------------------------------------------------------------- map


def _place(answer: Answer) -> str:
    places = _things(answer, "Place")
    return "placeName" if "placeName" in places else next(iter(places), "")


def _map(answer: Answer, ask: Ask) -> dict[str, Any]:
    """Places with a point and the rows at each; a place without a point is listed and never guessed."""
    column = _place(answer)
    found: dict[str, dict[str, Any]] = {}
    unplaced = 0
    for number, row in enumerate(answer.rows):
        cell = answer.cell(row, column)
        if cell.kind != "Place":
            unplaced += 1
            continue
        made = {"id": cell.path, "label": cell.text, "lang": cell.lang, "rows": []}
        place = found.setdefault(cell.iri, made)
        place["rows"].append({**brief(number, row), "label": _title(answer, row)})
    points = _points(ask, [*found])
    placed = [place | {"at": points[iri]} for iri, place in found.items() if iri in points]
    return {
        "places": placed[:MOST],
        "pointless": [place for iri, place in found.items() if iri not in points],
        "cut": len(placed) - len(placed[:MOST]),
        "placeless": unplaced,
    }


def _points(ask: Ask, iris: list[str]) -> dict[str, tuple[float, float]]:
    rows = ask(
        "Where the places are",
        f"SELECT ?place ?wkt WHERE {{ VALUES ?place {{ {values(iris)} }} ?place geo:hasGeometry/geo:asWKT ?wkt }}",
    )
    found = {}
    for row in rows:
        if match := _POINT.fullmatch(row["wkt"].rpartition(">")[2].strip()):
            found[row["place"]] = (float(match[1]), float(match[2]))
    return found


_ALLOWED: dict[str, Callable[[Answer], bool]] = {
    "timeline": lambda answer: (
        any(bounds_of(row, _span(answer), answer) for row in answer.rows) if _span(answer) else False
    ),
    "chart": lambda answer: bool(_measure(answer)),
    "map": lambda answer: bool(_place(answer)),
    "network": lambda answer: _ends(answer) is not None,
}
_DRAWN: dict[str, Callable[[Answer, Ask], dict[str, Any]]] = {
    "timeline": _timeline,
    "chart": _chart,
    "map": _map,
    "network": _network,
}
