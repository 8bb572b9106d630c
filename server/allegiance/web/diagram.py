"""The class diagram: the topmost classes as boxes, and between them the relations that the data has, drawn as SVG.

Nothing is placed by hand. A class stands to the right of those that point to it; what points to little is left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from allegiance.record.vocabulary import Vocabulary
from allegiance.terms import ALG

WIDTH, GAP, ROW, HEAD, BETWEEN, MARGIN = 192, 62, 24, 46, 26, 10
_SHARE = 0.015
"""A relation is drawn to a class that at least this share of its statements lead to."""
_LEAST = 0.001
"""A relation is drawn where it is at least this share of all statements between classes."""

_FEW = 2
"""So many kinds of a class are named in its box; of more only those that have kinds themselves."""


@dataclass
class Row:
    """A line of a box: a property, or all roles, or all derived edges; `to` are the classes it leads to."""

    kind: str
    name: str
    count: int
    to: list[str] = field(default_factory=list)
    itself: bool = False
    many: int = 1
    y: float = 0


@dataclass
class Box:
    """A class with its relations and where it stands."""

    name: str
    count: int
    kinds: list[dict[str, Any]]
    rows: list[Row] = field(default_factory=list)
    column: int = 0
    colour: int = 1
    x: float = 0
    y: float = 0

    @property
    def height(self) -> float:
        """How high it is."""
        return HEAD + ROW * (len(self.rows) + len(self.kinds)) + (6 if self.rows or self.kinds else 0)


@dataclass(frozen=True)
class Line:
    """A relation as a curve from a row to a box."""

    start: str
    end: str
    path: str
    colour: int
    tip: tuple[float, float]


@dataclass(frozen=True)
class Diagram:
    """Boxes and lines, and the size they take."""

    boxes: list[Box]
    lines: list[Line]
    width: float
    height: float


def _grouped(found: Vocabulary) -> dict[str, list[Row]]:
    """The rows of each class: roles and derived edges each as one."""
    counts: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    members: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for one in found.relations:
        name = one["property"].removeprefix(ALG)
        term = found.terms.get(name)
        if term is None:
            key = ("other", one["property"])
        elif "participant" in term["ancestors"]:
            key = ("roles", "participant")
        elif term["edge"]:
            key = ("edges", "DerivedEdge")
        else:
            key = ("property", name)
        counts[(one["from"], *key)][one["to"]] += one["count"]
        members[(one["from"], *key)].add(name)
    least = _LEAST * sum(one["count"] for one in found.relations)
    rows: dict[str, list[Row]] = defaultdict(list)
    for (start, kind, name), leads in counts.items():
        total = sum(leads.values())
        if total < least and kind == "other":
            continue
        to = sorted(end for end, count in leads.items() if end != start and count >= max(_SHARE * total, 2))
        many = len(members[(start, kind, name)])
        rows[start].append(Row(kind, name, total, to, start in leads, many))
    for group in rows.values():
        group.sort(key=lambda row: (-row.count, row.name))
    return rows


def _columns(rows: dict[str, list[Row]], names: list[str]) -> dict[str, int]:
    """How many relations, one after the other, lead to each class; a relation that leads back is not counted."""
    weights: Counter[tuple[str, str]] = Counter()
    for start, group in rows.items():
        for row in group:
            for end in row.to:
                weights[(start, end)] += row.count
    kept: dict[str, set[str]] = {name: set() for name in names}

    def leads(start: str, end: str) -> bool:
        return start == end or any(leads(one, end) for one in kept[start])

    for (start, end), _ in sorted(weights.items(), key=lambda item: (-item[1], item[0])):
        if not leads(end, start):
            kept[start].add(end)
    column = dict.fromkeys(names, 0)
    for _ in names:
        for start in names:
            for end in kept[start]:
                column[end] = max(column[end], column[start] + 1)
    # What leads only far to the right stands next to what it leads to.
    for start in names:
        if kept[start] and not any(start in ends for ends in kept.values()):
            column[start] = min(column[end] for end in kept[start]) - 1
    return column


def draw(found: Vocabulary) -> Diagram:
    """The diagram of a vocabulary; without a box where it has no relations."""
    rows = _grouped(found)
    names = sorted({*rows, *(end for group in rows.values() for row in group for end in row.to)})
    boxes = {name: _box(found, name, rows.get(name, [])) for name in names}
    column = _columns(rows, names)
    columns: dict[int, list[Box]] = defaultdict(list)
    for name, box in boxes.items():
        box.column = column[name]
        columns[box.column].append(box)
    for number, at in enumerate(sorted(columns)):
        _stack(columns[at], number, rows, boxes)
    tallest = max((_tall(group) for group in columns.values()), default=0)
    for group in columns.values():
        shift = (tallest - _tall(group)) / 2
        for box in group:
            box.y += shift
            for number, row in enumerate(box.rows):
                row.y = box.y + HEAD + ROW * (len(box.kinds) + number) + ROW / 2
    by_size = sorted(boxes.values(), key=lambda box: (-sum(row.count for row in box.rows), box.name))
    for number, box in enumerate(by_size):
        box.colour = number % 8 + 1
    lines = [
        _line(box, row, boxes[end]) for box in boxes.values() for row in box.rows for end in row.to if end in boxes
    ]
    width = len(columns) * (WIDTH + GAP) - GAP + 2 * MARGIN if columns else 0
    return Diagram(sorted(boxes.values(), key=lambda box: (box.x, box.y)), lines, width, tallest + 2 * MARGIN)


def _box(found: Vocabulary, name: str, rows: list[Row]) -> Box:
    term = found.terms[name]
    kinds = []
    for child in term["below"]:
        below = found.terms[child]["below"]
        if below or len(term["below"]) <= _FEW:
            kinds.append({"name": child, "label": found.terms[child]["label"], "many": len(below)})
    return Box(name, term["uses"], kinds, rows)


def _tall(group: list[Box]) -> float:
    """How high a column is."""
    return sum(box.height for box in group) + BETWEEN * (len(group) - 1)


def _stack(group: list[Box], number: int, rows: dict[str, list[Row]], boxes: dict[str, Box]) -> None:
    """Place the boxes of a column below each other, each near the middle of what leads to it."""

    def middle(box: Box) -> float:
        from_ = [boxes[start].y for start, leads in rows.items() for row in leads if box.name in row.to]
        placed = [y for y in from_ if y]
        return sum(placed) / len(placed) if placed else 0

    y = float(MARGIN)
    for box in sorted(group, key=lambda box: (middle(box), -box.height, box.name)):
        box.x, box.y = MARGIN + number * (WIDTH + GAP), y
        y += box.height + BETWEEN


def _line(box: Box, row: Row, end: Box) -> Line:
    back = end.x <= box.x
    start_x, end_x = box.x + (0 if back else WIDTH), end.x + (WIDTH if back else 0)
    end_y = end.y + HEAD / 2
    bend = (end_x - start_x) * 0.5 if abs(end_x - start_x) > 1 else 60
    points = ((start_x, row.y), (start_x + bend, row.y), (end_x - bend, end_y), (end_x, end_y))
    first, *rest = (f"{x:.0f},{y:.0f}" for x, y in points)
    return Line(box.name, end.name, f"M{first} C{' '.join(rest)}", box.colour, (end_x, end_y))
