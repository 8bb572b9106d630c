"""What happened where: places with the points they have, and the claims that put an occurrence in a place.

A place without a point keeps none: it is named with the nearest place around it that has one (alg:within).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from allegiance.record.ask import Ask, Row, local
from allegiance.record.claims import BOUNDS, CERTAIN, POSSIBLE, Bounds, Thing, things

ROLES = ("place", "fromPlace", "originPlace", "target")
"""The roles in which a place says where something happened; as the subject of a judgement it does not."""
MOST = 6_000
"""So many claims are read at most; a map of more cannot be read either."""

FAMILIES: dict[str, tuple[str, ...]] = {
    "presence": ("Presence",),
    "force": ("Attack", "MilitaryOperation", "Conflict", "Hostility"),
    "losses": ("Losses", "Death", "Arrest", "Release"),
    "movement": ("Deployment", "Relocation", "Recruitment", "Defection"),
    "bodies": (
        "Founding", "Declaration", "Merger", "Absorption", "Split", "Appointment", "Dismissal", "Tenure", "Membership",
        "ComponentOf", "Strength", "Composition", "Recognition", "Designation",
    ),
    "relations": (
        "Pledge", "Allegiance", "Alliance", "Ties", "Ceasefire", "Negotiation", "PeaceAgreement", "Funding", "Pay",
        "Support", "PersonalTie",
    ),
    "words": ("Communique", "Publication", "Orientation", "Conduct", "Assessment"),
}  # fmt: skip
"""Kinds of occurrence that a map tells apart; a person's or a group's origin counts with the bodies."""
_FAMILY = {kind: family for family, kinds in FAMILIES.items() for kind in kinds}

ACTORS = frozenset({
    "ArmedGroup", "LeadershipBody", "PoliticalParty", "StateBody", "MediaOutlet", "AcademicBody", "UnnamedCollective",
    "Organisation", "Person",
})  # fmt: skip
STATED, HEDGED, PLANNED, DENIED = "stated", "hedged", "planned", "denied"
SAID = (STATED, HEDGED, PLANNED, DENIED)
"""How firmly it is said, from the firmest: stated and undisputed, hedged or contested, only planned (also where nobody
knows the outcome), denied."""

_POINT = re.compile(r"POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)\s*\)")
_UNUSED = "rdf:type, alg:passage, alg:reviewStatus, alg:voice, alg:attributedTo, alg:date, alg:began, alg:ended"
AT_ONCE = 1_500
"""So many claims are asked for in one query, whose answer would else be too long for a page."""


def _pick(after: int) -> str:
    """The pattern that binds some of the claims to ?claim, and the graph of their source to ?graph."""
    return f"""{{ SELECT DISTINCT ?claim ?graph WHERE {{
    VALUES ?role {{ {" ".join(f"alg:{role}" for role in ROLES)} }}
    GRAPH algg:entities {{ ?place a alg:Place }}
    GRAPH ?graph {{ ?claim ?role ?place ; alg:mode ?mode }}
  }} ORDER BY ?claim LIMIT {AT_ONCE} OFFSET {after} }}"""


@dataclass
class Place:
    """A place of the record: where it lies, by a gazetteer, and what it lies in, by the sources."""

    iri: str
    label: str
    lang: str = ""
    point: tuple[float, float] | None = None
    """Longitude and latitude in WGS84 degrees."""
    gazetteer: str = ""
    licence: str = ""
    within: list[str] = field(default_factory=list)
    around: str = ""
    """For a place without a point: the IRI of the nearest place around it that has one; empty where none has."""
    whole: bool = False
    """Other places with points lie in it: its point is where its label goes, not where something happened."""

    @property
    def slug(self) -> str:
        return local(self.iri)

    @property
    def thing(self) -> Thing:
        return Thing(self.label, self.iri, "Place", self.lang)


@dataclass(frozen=True)
class Happening:
    """One claim that puts one thing in one place."""

    place: Place
    role: str
    claim: str
    what: Thing
    who: tuple[Thing, ...]
    statement: str
    mode: str
    polarity: str
    plain: bool
    written: str
    bounds: Bounds
    source: str
    """The slug of the source."""

    @property
    def family(self) -> str:
        """The family of its kind."""
        return _FAMILY.get(self.what.kind, "bodies")

    @property
    def contested(self) -> bool:
        """Asserted and affirmed, and yet no edge rests on it: another claim disputes it."""
        return self.mode == "Asserted" and self.polarity == "Affirmed" and not self.plain

    @property
    def said(self) -> str:
        """One of SAID."""
        if self.mode == "Denied" or self.polarity == "Negated":
            return DENIED
        if self.mode in ("Planned", "OutcomeUnknown"):
            return PLANNED
        return STATED if self.plain else HEDGED

    def in_year(self, year: str) -> str:
        """`certain`, `possible` or empty: whether it happened or held in a year; empty too where nothing dates it."""
        return in_year(self.bounds, year)


def in_year(bounds: Bounds, year: str) -> str:
    """`certain`, `possible` or empty: whether what has these bounds held on some day of a year."""
    if not bounds:
        return ""
    first, last = f"{year}-01-01", f"{year}-12-31"
    begin, end = bounds.latestBegin, bounds.earliestEnd
    # What may have been on any day of a span has no day on which it certainly was, and yet its year is certain.
    inside = bool(
        bounds.earliestBegin and bounds.latestEnd and first <= bounds.earliestBegin and bounds.latestEnd <= last
    )
    if inside or (begin and end and begin <= end and begin <= last and end >= first):
        return CERTAIN
    begun = not bounds.earliestBegin or bounds.earliestBegin <= last
    return POSSIBLE if begun and (not bounds.latestEnd or bounds.latestEnd >= first) else ""


def places(ask: Ask) -> dict[str, Place]:
    """All places of the record by IRI, in the order of their labels."""
    rows = ask(
        "The places",
        """SELECT ?place ?label WHERE {
  GRAPH algg:entities { ?place a alg:Place }
  ?place rdfs:label ?label .
} ORDER BY ?label ?place""",
    )
    found = {row["place"]: Place(row["place"], row["label"], row.get("@label", "")) for row in rows}
    for row in ask(
        "What they lie in",
        "SELECT ?place ?whole WHERE { GRAPH algg:entities { ?place alg:within ?whole } } ORDER BY ?place ?whole",
    ):
        if row["place"] in found and row["whole"] in found:
            found[row["place"]].within.append(row["whole"])
    for row in ask(
        "Their points, with source and licence",
        """SELECT ?place ?wkt ?source ?licence WHERE {
  ?place geo:hasGeometry ?geometry .
  ?geometry geo:asWKT ?wkt ; dcterms:source ?source ; dcterms:license ?licence .
}""",
    ):
        match = _POINT.fullmatch(row["wkt"])
        if match and row["place"] in found:
            place = found[row["place"]]
            place.point, place.gazetteer, place.licence = (
                (float(match[1]), float(match[2])),
                row["source"],
                row["licence"],
            )
    for place in found.values():
        for whole in place.within if place.point else ():
            found[whole].whole = True
        if place.point is None:
            place.around = _around(place, found)
    return found


def _around(place: Place, known: dict[str, Place]) -> str:
    """The nearest place with a point, going outwards; of several as near, one that has itself more around it."""
    ring, seen = [place.iri], {place.iri}
    while ring:
        ring = [whole for iri in ring for whole in known[iri].within if whole not in seen]
        seen.update(ring)
        located = [iri for iri in ring if known[iri].point is not None]
        if located:
            return max(located, key=lambda iri: (len(known[iri].within), iri))
    return ""


@dataclass
class Happenings:
    """What happened where, and whether there was more than is read."""

    places: dict[str, Place]
    all: list[Happening]
    cut: bool = False

    @property
    def years(self) -> tuple[int, int] | None:
        """The first and the last year that a bound names."""
        named = [int(day[:4]) for one in self.all for name in BOUNDS if (day := getattr(one.bounds, name))]
        return (min(named), max(named)) if named else None


def happenings(ask: Ask) -> Happenings:
    """Every claim that puts something in a place, place by place, in order of time."""
    known = places(ask)
    roles = {local(row["role"]) for row in ask("Roles", "SELECT ?role { ?role rdfs:subPropertyOf alg:participant }")}
    found: list[Happening] = []
    read = 0
    while read < MOST:
        some = _read(ask, _pick(read), known, roles)
        found += some.all
        read += some.claims
        if some.claims < AT_ONCE:
            break
    found.sort(key=lambda one: (one.place.label, one.bounds.first or "9999", one.what.label, one.claim, one.role))
    return Happenings(known, found, read >= MOST)


@dataclass
class _Part:
    all: list[Happening]
    claims: int


def _read(ask: Ask, pick: str, known: dict[str, Place], roles: set[str]) -> _Part:
    """The happenings of the claims that a pattern picks."""
    said = ask(
        "What claims put in a place",
        f"""SELECT ?claim ?graph ?property ?value WHERE {{
  {pick}
  GRAPH ?graph {{ ?claim ?property ?value }}
  FILTER(?property NOT IN ({_UNUSED}))
}}""",
    )
    derived = ask(
        "Bounds of their dates, and which are undisputed",
        f"""SELECT ?claim ?property ?value WHERE {{
  {pick}
  GRAPH algg:derived {{ ?claim ?property ?value }}
}}""",
    )
    things = _things(ask, pick)
    values: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    graphs: dict[str, str] = {}
    for row in said:
        values[row["claim"]][local(row["property"])].append(row["value"])
        graphs[row["claim"]] = row["graph"]
    for row in derived:
        values[row["claim"]][local(row["property"])].append(row["value"])
    return _Part(
        [one for claim, record in values.items() for one in _of(claim, record, graphs, known, things, roles)],
        len(values),
    )


def _things(ask: Ask, pick: str) -> dict[str, Thing]:
    rows: list[Row] = ask(
        "Names and kinds of what these claims speak of",
        f"""SELECT DISTINCT ?thing ?label ?kind WHERE {{
  {{ SELECT DISTINCT ?thing WHERE {{ {pick} GRAPH ?graph {{ ?claim ?any ?thing }} FILTER(ISIRI(?thing)) }} }}
  GRAPH algg:entities {{ ?thing a ?kind }}
  ?thing rdfs:label ?label .
}}""",
    )
    return things(rows, "thing")


def _of(
    claim: str,
    record: dict[str, list[str]],
    graphs: dict[str, str],
    known: dict[str, Place],
    things: dict[str, Thing],
    roles: set[str],
) -> Iterable[Happening]:
    about = things.get(record["about"][0]) if "about" in record else None
    # What lies in what, and which places a name takes in, is geography and nothing that happened.
    if about is None or about.kind == "Place" or "statement" not in record:
        return
    filled = {iri for role in roles & record.keys() for iri in record[role]}
    who = {things[iri] for iri in filled if iri in things and things[iri].kind in ACTORS}
    for role in ROLES:
        for iri in sorted(set(record.get(role, []))):
            if iri in known:
                yield Happening(
                    known[iri],
                    role,
                    claim,
                    about,
                    tuple(sorted(who)),
                    record["statement"][0],
                    local(record["mode"][0]),
                    local(record["polarity"][0]) if "polarity" in record else "Affirmed",
                    any(local(kind) == "PlainClaim" for kind in record.get("type", [])),
                    " · ".join(record.get("dateAsWritten", [])),
                    Bounds(*(record.get(name, [""])[0] for name in BOUNDS)),
                    graphs[claim].rpartition("/")[2],
                )
