"""Occurrences in time: what the claims of some actors say happened or held, in lanes, with soft dates as marks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from allegiance import terms
from allegiance.record.ask import Ask, Row, local, values
from allegiance.record.claims import Bounds, Thing, joined, named

FAMILIES: dict[str, tuple[str, ...]] = {
    "lineage": ("Founding", "Declaration", "Merger", "Absorption", "Split", "ComponentOf"),
    "loyalty": ("Pledge", "Allegiance", "Recognition", "Defection", "Membership", "Support"),
    "cooperation": ("Alliance", "Ties", "Negotiation", "PeaceAgreement", "Ceasefire", "PersonalTie"),
    "violence": ("Attack", "MilitaryOperation", "Losses", "Hostility", "Conflict"),
    "people": ("Tenure", "Appointment", "Dismissal", "Death", "Arrest", "Release"),
    "place": ("Presence", "Deployment", "Relocation"),
    "means": ("Strength", "Composition", "Recruitment", "Funding", "Pay"),
    "words": ("Communique", "Publication", "Designation", "Orientation", "Conduct", "Assessment"),
}
"""Kinds of occurrences that are drawn alike; a kind that is in none is drawn as the last."""
FAMILY_OF = {kind: family for family, kinds in FAMILIES.items() for kind in kinds}
LAST = "words"

STATED, VOICED, PLANNED, DENIED = "stated", "voiced", "planned", "denied"
STANCES = {"Asserted": STATED, "Planned": PLANNED, "OutcomeUnknown": PLANNED, "Denied": DENIED}
"""How firmly a mark stands, by mode; a mode that is not here is somebody's word for it."""
GROUPS = ("ArmedGroup", "Organisation", "LeadershipBody", "PoliticalParty", "StateBody", "MediaOutlet", "AcademicBody")
PEOPLE = ("Person",)
ACTORS = frozenset((*GROUPS, *PEOPLE, "UnnamedCollective"))
MOST_CLAIMS = 4000
MOST_UNDATED = 150
OFFERED = 60
DOZEN = 12
_DATED = "VALUES ?bound { alg:earliestBegin alg:latestBegin alg:earliestEnd alg:latestEnd }"
_TAKES_PART = "?role rdfs:subPropertyOf alg:participant . ?claim ?role ?who ."


@dataclass(frozen=True)
class Told:
    """A dated claim, as much of it as a mark needs."""

    iri: str
    about: Thing
    mode: str
    denied: bool
    contested: bool
    written: str
    bounds: Bounds
    source: str

    @property
    def stance(self) -> str:
        return DENIED if self.denied else STANCES.get(self.mode, VOICED)


@dataclass
class Mark:
    """One occurrence as some of its claims date it: those of one stance whose bounds leave a common day."""

    about: Thing
    event: bool
    stance: str
    bounds: Bounds
    claims: list[Told]
    lanes: list[str] = field(default_factory=list)
    differs: bool = False
    """Other claims of this occurrence give it another date."""

    @property
    def family(self) -> str:
        return family(self.about.kind)

    @property
    def contested(self) -> bool:
        return any(claim.contested for claim in self.claims)

    @property
    def modes(self) -> list[str]:
        """Its modes; a claim that something is not so is not told apart from a denial here."""
        return list(dict.fromkeys("Negated" if _is_negated(claim) else claim.mode for claim in self.claims))

    @property
    def written(self) -> list[str]:
        return list(dict.fromkeys(claim.written for claim in self.claims if claim.written))

    @property
    def sources(self) -> list[str]:
        return sorted({claim.source for claim in self.claims})

    @property
    def first(self) -> str:
        """The first day it may have been; empty where that is open."""
        return self.bounds.earliestBegin

    @property
    def last(self) -> str:
        """The last day it may have been; empty where that is open."""
        return self.bounds.latestEnd

    def within(self, start: str, end: str) -> bool:
        """Whether it can have been between two days. An open side reaches to the side's other bound, not for ever."""
        first = self.first or self.bounds.latestBegin or self.bounds.earliestEnd or self.last
        last = self.last or self.bounds.earliestEnd or self.bounds.latestBegin or self.first
        return (not end or min(first, last) <= end) and (not start or max(first, last) >= start)


def _is_negated(claim: Told) -> bool:
    return claim.denied and claim.mode != "Denied"


@dataclass
class Timeline:
    """The lanes, their marks, what has no date, and how much there is."""

    lanes: list[Thing]
    offered: list[tuple[Thing, int]]
    """Actors that may be lanes, with the number of their dated claims."""
    marks: list[Mark]
    undated: list[tuple[Thing, list[str]]]
    sources: list[Thing]
    cut: bool = False

    @property
    def span(self) -> tuple[str, str]:
        """The first and the last day of all bounds."""
        days = sorted(
            day for mark in self.marks for day in (*vars(mark.bounds).values(),) if isinstance(day, str) and day
        )
        return (days[0], days[-1]) if days else ("", "")


def family(kind: str) -> str:
    """The family of a kind of occurrence."""
    return FAMILY_OF.get(kind, LAST)


def iri_of(slug: str) -> str:
    """The IRI of a thing by its slug."""
    return f"{terms.W3ID}id/{slug}"


def timeline(ask: Ask, people: bool, chosen: Sequence[str] = (), source: str = "") -> Timeline:
    """The occurrences of the chosen actors (slugs), or of the dozen with the most dated claims."""
    counted = _offered(ask, PEOPLE if people else GROUPS)
    wanted = [iri_of(slug) for slug in chosen] or [iri for iri, _ in counted[:DOZEN]]
    names = named(ask, "Their names", [*wanted, *(iri for iri, _ in counted)])
    lanes = [names[iri] for iri in dict.fromkeys(wanted) if iri in names and names[iri].kind in ACTORS]
    offered = [(names[iri], number) for iri, number in counted if iri in names]
    told_by = sources(ask)
    if not lanes:
        return Timeline([], offered, [], [], told_by)
    events = {
        local(row["kind"])
        for row in ask("Kinds of events", "SELECT ?kind { GRAPH algg:ontology { ?kind rdfs:subClassOf alg:Event } }")
    }
    rows = _claims(ask, [lane.iri for lane in lanes], source)
    found = marks(rows, events)
    order = {lane.iri: at for at, lane in enumerate(lanes)}
    for mark in found:
        mark.lanes.sort(key=lambda iri: order[iri])
    undated = _undated(ask, [lane.iri for lane in lanes], source)
    return Timeline(lanes, offered, found, undated, told_by, len(rows) == MOST_CLAIMS)


def _offered(ask: Ask, kinds: Iterable[str]) -> list[tuple[str, int]]:
    rows = ask(
        "Who has the most dated claims",
        f"""SELECT ?who (COUNT(DISTINCT ?claim) AS ?number) WHERE {{
  {_DATED}
  GRAPH algg:derived {{ ?claim ?bound ?day }}
  ?claim alg:about ?about .
  {_TAKES_PART}
  VALUES ?kind {{ {" ".join(f"alg:{kind}" for kind in kinds)} }}
  GRAPH algg:entities {{ ?who a ?kind }}
}} GROUP BY ?who ORDER BY DESC(?number) ?who LIMIT {OFFERED}""",
    )
    return [(row["who"], int(row["number"])) for row in rows if "who" in row]


def sources(ask: Ask) -> list[Thing]:
    """The sources of the record."""
    rows = ask("The sources", "SELECT DISTINCT ?source ?title { ?source a alg:Source ; dcterms:title ?title }")
    return sorted(Thing(row["title"], row["source"], "Source", row.get("@title", "")) for row in rows)


def _only(source: str) -> str:
    """What narrows a query to the claims of a source."""
    return f"VALUES ?graph {{ <{terms.ALGG}source/{source}> }}" if source else ""


def _claims(ask: Ask, lanes: list[str], source: str) -> list[Row]:
    return ask(
        "What is dated, and how it is said",
        f"""SELECT ?claim ?about ?label ?kind ?mode ?polarity ?written ?contested ?who ?graph
       ?earliestBegin ?latestBegin ?earliestEnd ?latestEnd WHERE {{
  VALUES ?who {{ {values(lanes)} }}
  {_only(source)}
  {{ SELECT DISTINCT ?claim WHERE {{ {_DATED} GRAPH algg:derived {{ ?claim ?bound ?day }} }} }}
  {_TAKES_PART}
  GRAPH ?graph {{ ?claim alg:about ?about ; alg:mode ?mode }}
  GRAPH algg:entities {{ ?about a ?kind ; rdfs:label ?label }}
  OPTIONAL {{ ?claim alg:polarity ?polarity }}
  OPTIONAL {{ ?claim alg:dateAsWritten ?written }}
  OPTIONAL {{ ?claim alg:earliestBegin ?earliestBegin }}
  OPTIONAL {{ ?claim alg:latestBegin ?latestBegin }}
  OPTIONAL {{ ?claim alg:earliestEnd ?earliestEnd }}
  OPTIONAL {{ ?claim alg:latestEnd ?latestEnd }}
  BIND(EXISTS {{ ?claim alg:disputes|^alg:disputes ?other }} AS ?contested)
}} LIMIT {MOST_CLAIMS}""",
    )


def _undated(ask: Ask, lanes: list[str], source: str) -> list[tuple[Thing, list[str]]]:
    """What no claim dates at all, with its lanes; at most some, which the page says."""
    rows = ask(
        "What has no date",
        f"""SELECT DISTINCT ?about ?label ?kind ?who WHERE {{
  VALUES ?who {{ {values(lanes)} }}
  {_only(source)}
  {_TAKES_PART}
  GRAPH ?graph {{ ?claim alg:about ?about ; alg:mode ?mode }}
  GRAPH algg:entities {{ ?about a ?kind ; rdfs:label ?label }}
  MINUS {{ SELECT DISTINCT ?about WHERE {{ {_DATED} GRAPH algg:derived {{ ?dated ?bound ?day }}
    ?dated alg:about ?about }} }}
}} LIMIT {MOST_CLAIMS}""",
    )
    found: dict[Thing, list[str]] = defaultdict(list)
    for row in rows:
        thing = Thing.of(row, "about")
        if row["who"] not in found[thing]:
            found[thing].append(row["who"])
    return sorted(found.items(), key=lambda item: item[0])


def marks(rows: Iterable[Row], events: set[str]) -> list[Mark]:
    """The marks of dated claims, in order of time."""
    told: dict[str, Told] = {}
    lanes: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        claim = _told(row)
        told[claim.iri] = claim
        if row["who"] not in lanes[claim.iri]:
            lanes[claim.iri].append(row["who"])
    by_thing: dict[str, list[Told]] = defaultdict(list)
    for claim in told.values():
        by_thing[claim.about.iri].append(claim)
    made = [mark for claims in by_thing.values() for mark in _marks(claims, claims[0].about.kind in events)]
    for mark in made:
        mark.lanes = list(dict.fromkeys(lane for claim in mark.claims for lane in lanes[claim.iri]))
    return sorted(made, key=lambda mark: (mark.bounds.first, mark.last or "9999", mark.about.label, mark.stance))


def _told(row: Row) -> Told:
    polarity = local(row.get("polarity", ""))
    return Told(
        row["claim"],
        Thing.of(row, "about"),
        local(row["mode"]),
        polarity == "Negated" or local(row["mode"]) == "Denied",
        row.get("contested") == "true",
        row.get("written", ""),
        Bounds(*(row.get(name, "") for name in ("earliestBegin", "latestBegin", "earliestEnd", "latestEnd"))),
        row["graph"].rpartition("/")[2],
    )


def _marks(claims: list[Told], event: bool) -> list[Mark]:
    """The marks of one occurrence: statements first, so that a looser word for the same joins them."""
    made: list[Mark] = []
    ranks = {STATED: 0, VOICED: 1, PLANNED: 2, DENIED: 3}
    for claim in sorted(claims, key=lambda claim: (ranks[claim.stance], _width(claim.bounds), claim.iri)):
        for mark in made:
            common = joined(mark.bounds, claim.bounds)
            # Somebody's word may stand beside a statement, but it does not narrow what is stated.
            same = mark.stance == claim.stance or (
                {mark.stance, claim.stance} == {STATED, VOICED} and common == mark.bounds
            )
            if common is not None and same:
                mark.bounds = common
                mark.claims.append(claim)
                break
        else:
            made.append(Mark(claim.about, event, claim.stance, claim.bounds, [claim]))
    for mark in made:
        mark.differs = any(
            other is not mark and other.stance == mark.stance and joined(mark.bounds, other.bounds) is None
            for other in made
        )
    return made


def _width(bounds: Bounds) -> tuple[int, str]:
    """Sharper first: more bounds known, and then by day."""
    return (-sum(1 for day in vars(bounds).values() if day), bounds.first)
