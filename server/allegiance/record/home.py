"""What the front page draws from the record: claims by the year they date, and five questions with their answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from allegiance import terms
from allegiance.record.ask import Ask, local
from allegiance.record.claims import BOUNDS, CERTAIN, Bounds, Claim, Thing, claims, these

GROUP = terms.ALGID + "islamic-state-khorasan"
DAY = "2016-10-01"
ROWS = 5
MOST = 300
YEARS = 12
STATED, VOICED, DOUBTFUL, OPEN, DENIED = TONES = ("stated", "voiced", "doubtful", "open", "denied")
_TONE = {
    "Asserted": STATED,
    "SelfClaimed": VOICED,
    "Reported": VOICED,
    "Alleged": DOUBTFUL,
    "Speculated": DOUBTFUL,
    "Planned": OPEN,
    "OutcomeUnknown": OPEN,
    "Denied": DENIED,
}
_MERGERS = "GRAPH algg:entities { ?of a alg:Merger } ?claim alg:about ?of"
_FOUNDINGS = f"GRAPH algg:entities {{ ?of a alg:Founding }} ?claim alg:about ?of ; alg:group <{GROUP}>"
_BACKED = terms.ALGID + "support-of-isis-k-by-hig"
_SIDES = {"alliedWith": "with", "ceasefireWith": "truce", "hostileTo": "against"}


@dataclass
class Year:
    """How many claims date something within a year, by tone."""

    year: int
    tones: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.tones.values())


@dataclass
class Dated:
    """The years of the record: the last ones, how many claims are of earlier years, and how many of any."""

    years: list[Year]
    earlier: int
    first: int

    @property
    def total(self) -> int:
        return sum(year.total for year in self.years)


def dated(ask: Ask) -> Dated:
    """Claims whose beginning lies within one year, by that year; what may be of either of two years is in none."""
    rows = ask(
        "Claims by the year they date",
        """SELECT ?year ?mode (COUNT(DISTINCT ?claim) AS ?count) WHERE {
  ?claim alg:earliestBegin ?from ; alg:latestBegin ?until ; alg:mode ?mode .
  FILTER(YEAR(?from) = YEAR(?until))
  BIND(YEAR(?from) AS ?year)
} GROUP BY ?year ?mode""",
    )
    found: dict[int, Year] = {}
    for row in rows:
        year = found.setdefault(int(row["year"]), Year(int(row["year"])))
        tone = _TONE.get(local(row["mode"]), VOICED)
        year.tones[tone] = year.tones.get(tone, 0) + int(row["count"])
    if not found:
        return Dated([], 0, 0)
    last = max(found)
    shown = range(max(min(found), last - YEARS + 1), last + 1)
    earlier = sum(year.total for number, year in found.items() if number not in shown)
    return Dated([found.get(number, Year(number)) for number in shown], earlier, min(found))


@dataclass(frozen=True)
class Line:
    """A line of an answer: the thing it is of, the claim that says it best, and the modes of all that say it."""

    thing: Thing
    claim: Claim
    modes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Held:
    """A relation on a day: with whom, by which occurrence, and whether that is certain or only possible."""

    side: str
    other: Thing
    of: str
    bounds: Bounds
    certainty: str

    @property
    def order(self) -> tuple[bool, str]:
        return (self.certainty != CERTAIN, self.other.label)


@dataclass
class Answers:
    """The answers to the five questions; an empty one has nothing in the record."""

    became: list[Line]
    founded: list[Line]
    backed: list[Line]
    denied: list[Line]
    planned: list[Line]
    held: dict[str, list[Held]]
    left: dict[str, int]
    """How many more lines the full answer of a question has."""


def answers(ask: Ask) -> Answers:
    """The five questions, answered from the record as it is now."""
    # Named first: the engine plans what follows far better for claims by name than for a union of patterns.
    rows = ask(
        "The claims that answer the questions",
        f"""SELECT DISTINCT ?claim WHERE {{
  {{ {_MERGERS} }} UNION
  {{ {_FOUNDINGS} }} UNION
  {{ ?claim alg:about <{_BACKED}> }}
}} LIMIT {MOST}""",
    )
    said = claims(ask, these([row["claim"] for row in rows])) if rows else []
    mergers = [claim for claim in said if claim.about.kind == "Merger"]
    became = _became(mergers)
    founded = _founded(claim for claim in said if claim.about.kind == "Founding")
    backing = [claim for claim in said if claim.about.iri == _BACKED]
    planned = _planned(mergers)
    whole = {"became": became, "founded": founded, "planned": planned}
    held = _held(ask)
    return Answers(
        became[: ROWS + 1],
        founded[:ROWS],
        [_line(claim) for claim in backing if not _denies(claim)][:2],
        [_line(claim) for claim in backing if _denies(claim)][:2],
        planned[:ROWS],
        {side: of[:ROWS] for side, of in held.items()},
        {
            **{name: max(len(lines) - ROWS - (name == "became"), 0) for name, lines in whole.items()},
            "held": sum(max(len(of) - ROWS, 0) for of in held.values()),
        },
    )


def _line(claim: Claim) -> Line:
    return Line(claim.about, claim)


def _denies(claim: Claim) -> bool:
    return claim.mode == "Denied" or claim.polarity == "Negated"


def _became(mergers: Iterable[Claim]) -> list[Line]:
    """What is said plainly to have merged into the group, each with the claim that dates it, the first first."""
    of: dict[Thing, list[Claim]] = defaultdict(list)
    for claim in mergers:
        if claim.plain and claim.has(GROUP) == ["output"]:
            for thing in claim.roles.get("input", []):
                of[thing].append(claim)
    lines = [Line(thing, found[0]) for thing, found in of.items()]
    return sorted(lines, key=lambda line: (line.claim.order[0], line.thing))


def _founded(foundings: Iterable[Claim]) -> list[Line]:
    """The dates that are given for the founding, each once for each source."""
    of: dict[tuple[Bounds, str], list[Claim]] = defaultdict(list)
    for claim in foundings:
        if claim.bounds and claim.passages:
            of[claim.bounds, claim.source.iri].append(claim)
    lines = [Line(found[0].about, found[0]) for found in of.values()]
    return sorted(lines, key=lambda line: (line.claim.bounds.first, line.claim.bounds.latestBegin))


def _planned(mergers: Iterable[Claim]) -> list[Line]:
    """Mergers that were planned, or of which the outcome is unknown, and that no claim says came about."""
    of: dict[Thing, list[Claim]] = defaultdict(list)
    for claim in mergers:
        of[claim.about].append(claim)
    lines = []
    for thing, found in of.items():
        modes = tuple(dict.fromkeys(sorted((claim.mode for claim in found), reverse=True)))
        if "Planned" in modes and not any(claim.plain for claim in found):
            plan = next(claim for claim in found if claim.mode == "Planned")
            lines.append(Line(thing, plan, modes))
    return sorted(lines, key=lambda line: (line.claim.order[0], line.thing))


def _held(ask: Ask) -> dict[str, list[Held]]:
    """Whom the group was allied with, at truce with and fighting on the day."""
    kinds = " ".join(f"alg:{name}" for name in _SIDES)
    rows = ask(
        f"Who was with and against the group on {DAY}",
        f"""SELECT DISTINCT ?property ?other ?label ?of {" ".join(f"?{name}" for name in BOUNDS)} WHERE {{
  VALUES ?property {{ {kinds} }}
  {{ ?edge alg:edgeSubject <{GROUP}> ; alg:edgeProperty ?property ; alg:edgeObject ?other }} UNION
  {{ ?edge alg:edgeObject <{GROUP}> ; alg:edgeProperty ?property ; alg:edgeSubject ?other }}
  ?edge alg:edgeOf ?of .
  ?other rdfs:label ?label .
  {" ".join(f"OPTIONAL {{ ?of alg:{name} ?{name} }}" for name in BOUNDS)}
}}""",
    )
    best: dict[tuple[str, str], Held] = {}
    for row in rows:
        bounds = Bounds(*(row.get(name, "") for name in BOUNDS))
        certainty = bounds.on(DAY)
        if not certainty:
            continue
        one = Held(
            _SIDES[local(row["property"])],
            Thing(row["label"], row["other"], "", row.get("@label", "")),
            row["of"],
            bounds,
            certainty,
        )
        known = best.get((one.side, one.other.iri))
        if known is None or one.order < known.order:
            best[one.side, one.other.iri] = one
    ordered = sorted(best.values(), key=lambda held: held.order)
    by_side = {side: [held for held in ordered if held.side == side] for side in _SIDES.values()}
    return {side: found for side, found in by_side.items() if found}
