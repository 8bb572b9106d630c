"""Who came from whom: splits, mergers, absorptions, foundings out of a group and belonging, as dated steps."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

from allegiance.record.ask import Ask, Row, local, values
from allegiance.record.claims import Bounds, Thing, named
from allegiance.record.timeline import DENIED, STATED, Mark, marks, sources

MERGER, ABSORPTION, SPLIT, FOUNDING, COMPONENT = "Merger", "Absorption", "Split", "Founding", "ComponentOf"
KINDS = (MERGER, ABSORPTION, SPLIT, FOUNDING, COMPONENT)
JOINING = (MERGER, ABSORPTION)
BODIES = ("LeadershipBody", "MediaOutlet", "StateBody", "AcademicBody")
"""What belongs to a group without being one: councils, periodicals. Their belonging is no lineage."""
MOST = 4000
_BOUNDS = ("earliestBegin", "latestBegin", "earliestEnd", "latestEnd")


@dataclass(frozen=True)
class Step:
    """One step from a group to a group, as claims of one stance date it."""

    source: str
    target: str
    mark: Mark

    @property
    def kind(self) -> str:
        return self.mark.about.kind

    @property
    def dated(self) -> bool:
        return bool(self.mark.bounds)

    @property
    def junior(self) -> str:
        """The group whose step it is: the one that joins, or the one that comes out."""
        return self.target if self.kind in (SPLIT, FOUNDING) else self.source


@dataclass
class Life:
    """The days on which claims show a group: at all (`first`, `last`), and for certain (`sure_first`, `sure_last`)."""

    first: str = ""
    last: str = ""
    sure_first: str = ""
    sure_last: str = ""


@dataclass
class Group:
    """A group of the picture, in the order of its rows."""

    thing: Thing
    life: Life
    foundings: list[Mark] = field(default_factory=list)
    """Its dated foundings that are no dated step from another group."""
    merged_by: str = ""
    """The last day by which it had certainly merged or been taken in; empty where it had not, or no day is known."""

    @property
    def goes_on(self) -> bool:
        """Whether it is shown acting after it had merged."""
        return bool(self.merged_by) and self.life.sure_last > self.merged_by


@dataclass
class Lineage:
    """The groups that are kin to one, and the steps between them."""

    focus: Thing | None
    groups: list[Group]
    steps: list[Step]
    offered: list[Thing]
    """All groups that have a step."""
    sources: list[Thing]
    cut: bool = False


def lineage(ask: Ask, focus: str) -> Lineage:
    """The ancestors and descendants of a group (an IRI), with the steps between them."""
    rows = _claims(ask)
    names = named(ask, "The groups", [row[end] for row in rows for end in ("from", "to") if end in row])
    rows = [row for row in rows if row["to"] in names and ("from" not in row or row["from"] in names)]
    every = [step for step in _steps(rows) if not _is_body(step, names)]
    kin = _kin(every, focus)
    steps = [step for step in every if step.source in kin and step.target in kin]
    offered = sorted({names[end] for step in every for end in (step.source, step.target)})
    cut = len(rows) == MOST
    if focus not in names:
        return Lineage(None, [], [], offered, [], cut)
    lives = _lives(ask, sorted(kin))
    drawn = {(step.target, step.mark.about.iri) for step in steps if step.dated}
    founded = _foundings(rows)
    _begin(lives, founded)
    foundings = {iri: [mark for mark in of if (iri, mark.about.iri) not in drawn] for iri, of in founded.items()}
    groups = [
        Group(names[iri], lives.get(iri, Life()), foundings.get(iri, []), _merged_by(steps, iri))
        for iri in _order(steps, focus, names)
    ]
    return Lineage(names[focus], groups, steps, offered, sources(ask), cut)


def _claims(ask: Ask) -> list[Row]:
    return ask(
        "Steps of lineage and foundings, and how they are said",
        f"""SELECT ?claim ?about ?label ?kind ?from ?to ?mode ?polarity ?written ?contested ?graph
       ?earliestBegin ?latestBegin ?earliestEnd ?latestEnd ?sharedEarliest ?sharedLatest WHERE {{
  {{
    VALUES ?kind {{ alg:Merger alg:Absorption }}
    GRAPH algg:entities {{ ?about a ?kind }}
    ?claim alg:about ?about ; alg:input ?from ; alg:output ?to .
  }} UNION {{
    VALUES ?kind {{ alg:Split }}
    GRAPH algg:entities {{ ?about a ?kind }}
    ?claim alg:about ?about ; alg:parentGroup ?from ; alg:splinter ?to .
  }} UNION {{
    VALUES ?kind {{ alg:Founding }}
    GRAPH algg:entities {{ ?about a ?kind }}
    ?claim alg:about ?about ; alg:group ?to .
    OPTIONAL {{ ?claim alg:parentGroup ?from }}
  }} UNION {{
    VALUES ?kind {{ alg:ComponentOf }}
    GRAPH algg:entities {{ ?about a ?kind }}
    ?claim alg:about ?about ; alg:component ?from ; alg:umbrella ?to .
  }}
  GRAPH ?graph {{ ?claim alg:mode ?mode }}
  ?about rdfs:label ?label .
  OPTIONAL {{ ?claim alg:polarity ?polarity }}
  OPTIONAL {{ ?claim alg:dateAsWritten ?written }}
  OPTIONAL {{ ?claim alg:earliestBegin ?earliestBegin }}
  OPTIONAL {{ ?claim alg:latestBegin ?latestBegin }}
  OPTIONAL {{ ?claim alg:earliestEnd ?earliestEnd }}
  OPTIONAL {{ ?claim alg:latestEnd ?latestEnd }}
  OPTIONAL {{ ?about alg:earliestBegin ?sharedEarliest }}
  OPTIONAL {{ ?about alg:latestBegin ?sharedLatest }}
  BIND(EXISTS {{ ?claim alg:disputes|^alg:disputes ?other }} AS ?contested)
}} LIMIT {MOST}""",
    )


def _steps(rows: list[Row]) -> list[Step]:
    pairs: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if "from" in row and row["from"] != row["to"]:
            pairs[row["about"], row["from"], row["to"]].append({**row, "who": row["to"]})
    found = []
    for (_, source, target), told in pairs.items():
        for mark in marks(told, {MERGER, ABSORPTION, SPLIT, FOUNDING}):
            if not mark.bounds and mark.stance == STATED:
                # A claim without a date of its own stands with the bounds of its occurrence.
                first, last = told[0].get("sharedEarliest", ""), told[0].get("sharedLatest", "")
                event = mark.about.kind != COMPONENT
                shared = Bounds(first, last, first if event else "", last if event else "")
                found.append(Step(source, target, replace(mark, bounds=shared)))
            else:
                found.append(Step(source, target, mark))
    return sorted(found, key=lambda step: (step.mark.bounds.first or "9999", step.mark.about.label, step.source))


def _is_body(step: Step, names: dict[str, Thing]) -> bool:
    return step.kind == COMPONENT and names[step.source].kind in BODIES


def _foundings(rows: list[Row]) -> dict[str, list[Mark]]:
    """The dated foundings of groups."""
    told: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if local(row["kind"]) == FOUNDING:
            told[row["to"]].append({**row, "who": row["to"]})
    return {iri: [mark for mark in marks(of, {FOUNDING}) if mark.bounds] for iri, of in told.items()}


def _kin(steps: list[Step], focus: str) -> set[str]:
    """A group with all it comes from and all that comes from it.

    Who is said not to have come from or joined a group is shown beside it, and nothing that lies beyond.
    What belongs to a group is no forebear of those that split from it, and what splits from a group does not come from
    those that belong to it: a way over a split or founding goes on over no belonging, nor the other way about.
    """
    kin = {focus}
    outward = (SPLIT, FOUNDING)
    for near_end, far_end, first, never_after in (
        ("target", "source", outward, (COMPONENT,)),
        ("source", "target", (COMPONENT,), outward),
    ):
        near: dict[str, list[Step]] = defaultdict(list)
        for step in steps:
            near[getattr(step, near_end)].append(step)
        seen, left = {(focus, False)}, [(focus, False)]
        while left:
            iri, turned = left.pop()
            for step in near[iri]:
                if turned and step.kind in never_after:
                    continue
                following = (getattr(step, far_end), turned or step.kind in first)
                if step.mark.stance == DENIED:
                    kin.add(following[0])
                elif following not in seen:
                    seen.add(following)
                    left.append(following)
        kin |= {iri for iri, _ in seen}
    return kin


def _lives(ask: Ask, groups: list[str]) -> dict[str, Life]:
    rows = ask(
        "When the groups are shown",
        f"""SELECT ?who ?bound (MIN(?day) AS ?first) (MAX(?day) AS ?last) WHERE {{
  VALUES ?who {{ {values(groups)} }}
  VALUES ?mode {{ alg:Asserted alg:SelfClaimed alg:Reported }}
  VALUES ?bound {{ alg:earliestBegin alg:latestBegin alg:earliestEnd alg:latestEnd }}
  ?role rdfs:subPropertyOf alg:participant .
  ?claim ?role ?who ; alg:mode ?mode .
  GRAPH algg:derived {{ ?claim ?bound ?day }}
  FILTER NOT EXISTS {{ ?claim alg:polarity alg:Negated }}
}} GROUP BY ?who ?bound""",
    )
    shown: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for row in rows:
        if "who" in row:
            shown[row["who"]][local(row["bound"])] = (row["first"], row["last"])
    return {iri: _life(bounds) for iri, bounds in shown.items()}


def _begin(lives: dict[str, Life], foundings: dict[str, list[Mark]]) -> None:
    """What claims say of a group before any founding that is stated may be, but is not how long it certainly was."""
    for iri, life in lives.items():
        days = [
            mark.bounds.latestBegin or mark.bounds.earliestBegin for mark in foundings.get(iri, []) if _stated(mark)
        ]
        if life.sure_first and any(days):
            life.sure_first = max(life.sure_first, min(filter(None, days)))


def _stated(mark: Mark) -> bool:
    return mark.stance == STATED


def _life(bounds: dict[str, tuple[str, str]]) -> Life:
    firsts = [first for first, _ in bounds.values()]
    lasts = [last for _, last in bounds.values()]
    # What had begun or was over by a day was there by then; what did not begin or end before a day was there still.
    by = [bounds[name][0] for name in ("latestBegin", "latestEnd") if name in bounds]
    still = [bounds[name][1] for name in ("earliestBegin", "earliestEnd") if name in bounds]
    return Life(min(firsts), max(lasts), min(by, default=""), max(still, default=""))


def _merged_by(steps: list[Step], group: str) -> str:
    days = [
        step.mark.bounds.latestBegin
        for step in steps
        if step.source == group and step.kind in JOINING and step.mark.stance == STATED and not step.mark.contested
    ]
    return max(filter(None, days), default="")


def _order(steps: list[Step], focus: str, names: dict[str, Thing]) -> list[str]:
    """The rows, from top to bottom: kin of one side above, of the other below, and a group's own kin beside it."""
    near: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for step in steps:
        for one, other in ((step.source, step.target), (step.target, step.source)):
            rank = (step.mark.bounds.first or "9999", names[other].label)
            near[one][other] = min(near[one].get(other, rank), rank)
    # Breadth first, so that a group stands beside the nearest of its kin to the focus.
    parents: dict[str, list[str]] = defaultdict(list)
    seen, level = {focus}, [focus]
    while level:
        following = []
        for iri in level:
            for other in sorted(near[iri], key=lambda each: near[iri][each]):
                if other not in seen:
                    seen.add(other)
                    parents[iri].append(other)
                    following.append(other)
        level = following
    above: list[str] = []
    below: list[str] = []
    for child in parents[focus]:
        branch = _branch(parents, child)
        side = above if len(above) <= len(below) else below
        partner = next((other for other in near[child] if other in above or other in below), None)
        if partner is None:
            at = len(above) if side is above else 0
        else:
            side = above if partner in above else below
            at = side.index(partner) + (0 if side is above else 1)
        side[at:at] = reversed(branch) if side is above else branch
    return [*above, focus, *below]


def _branch(parents: dict[str, list[str]], top: str) -> list[str]:
    """A group and what hangs on it, the group first, without recursion however long the chain."""
    found, left = [], [top]
    while left:
        iri = left.pop()
        found.append(iri)
        left += reversed(parents[iri])
    return found


def names_of(found: Lineage) -> dict[str, Thing]:
    """The groups of a lineage by IRI."""
    return {group.thing.iri: group.thing for group in found.groups}
