"""What the page of one thing tells: its kind, names, facts, look-alikes and links, and what rests on it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from allegiance import terms
from allegiance.record.ask import Ask, Row, local, path, values
from allegiance.record.claims import BOUNDS, At, Bounds, Thing

# The kinds of page; what is none of these is an occurrence where it is one, and else a plain table.
_OWN = {
    "Claim": "claim",
    "Passage": "passage",
    "Label": "name",
    "DerivedEdge": "edge",
    "Mapping": "mapping",
    "IdentityJudgement": "judgement",
    "EditorialNote": "note",
    "Source": "source",
    "Person": "person",
    "Place": "place",
    "Occurrence": "occurrence",
    "Actor": "group",
    "Post": "concept",
    "Ideology": "concept",
    "Community": "concept",
}
_ABSTRACT = {"Actor", "Organisation", "Occurrence", "Event", "Relationship", "NamedIndividual", "Concept"}


@dataclass
class Head:
    """A thing as its page begins. `values` has every statement about it by local name of the property, but inferred."""

    iri: str
    kinds: list[str]
    page: str
    label: str
    lang: str
    values: dict[str, list[Thing]] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return path(self.iri)

    @property
    def slug(self) -> str:
        return self.path.partition("/")[2]

    def text(self, name: str) -> str:
        """The first literal of a property."""
        return next(iter(self.texts.get(name, [])), "")

    def thing(self, name: str) -> Thing | None:
        """The first thing of a property."""
        return next(iter(self.values.get(name, [])), None)

    @property
    def bounds(self) -> Bounds:
        return Bounds(*(self.text(name) for name in BOUNDS))


def head(ask: Ask, iri: str) -> Head | None:
    """What the record says of a thing itself; None where it says nothing."""
    rows = ask(
        "What the record says of the thing itself",
        f"""SELECT ?graph ?property ?value ?label WHERE {{
  GRAPH ?graph {{ <{iri}> ?property ?value }}
  OPTIONAL {{ ?value rdfs:label|dcterms:title ?label }}
}}""",
    )
    if not rows:
        return None
    kinds, asserted = set[str](), set[str]()
    made = Head(iri, [], "plain", "", "")
    for row in rows:
        name, inferred = local(row["property"]), row["graph"] == terms.INFERRED_GRAPH
        if name == "type":
            kinds.add(local(row["value"]))
            if not inferred:
                asserted.add(local(row["value"]))
        elif not inferred:
            _put(made, name, row)
    made.kinds = sorted(asserted - _ABSTRACT) or sorted(asserted)
    made.page = next((page for kind, page in _OWN.items() if kind in kinds), "plain")
    name = next(
        (name for name in ("prefLabel", "label", "title", "literalForm", "statement") if name in made.texts), ""
    )
    made.label = made.text(name) or terms.shorten(iri)
    made.lang = next((row.get("@value", "") for row in rows if row["value"] == made.label), "")
    return made


def _put(made: Head, name: str, row: Row) -> None:
    value = row["value"]
    if value.startswith(("http://", "https://")) and "@value" not in row:
        thing = Thing(row.get("label", "") or terms.shorten(value), value, lang=row.get("@label", ""))
        if thing.iri not in {other.iri for other in made.values.get(name, [])}:
            made.values.setdefault(name, []).append(thing)
            made.values[name].sort()
    elif value not in made.texts.setdefault(name, []):
        made.texts[name].append(value)
        made.texts[name].sort()


@dataclass
class Name:
    """One spelling of a name, with the passages that use it."""

    form: str
    lang: str
    iri: str
    preferred: bool
    passages: list[At] = field(default_factory=list)

    @property
    def path(self) -> str:
        return path(self.iri)


def names(ask: Ask, iri: str) -> list[Name]:
    """Every spelling of a thing's name, the preferred one first."""
    rows = ask(
        "Its names, and where each is used",
        f"""SELECT ?name ?property ?form ?passage WHERE {{
  VALUES ?property {{ skosxl:prefLabel skosxl:altLabel skosxl:hiddenLabel }}
  <{iri}> ?property ?name . ?name skosxl:literalForm ?form . OPTIONAL {{ ?name alg:passage ?passage }}
}} LIMIT 500""",
    )
    places = _places(ask, sorted({row["passage"] for row in rows if "passage" in row}))
    found: dict[str, Name] = {}
    for row in rows:
        preferred = local(row["property"]) == "prefLabel"
        name = found.setdefault(row["name"], Name(row["form"], row.get("@form", ""), row["name"], preferred))
        at = places.get(row.get("passage", ""))
        if at is not None and at not in name.passages:
            name.passages.append(at)
    return sorted(found.values(), key=lambda name: (not name.preferred, name.form.casefold()))


_STANDS = "?passage alg:paragraph ?paragraph ; alg:sha256 ?sha256 ; oa:hasSource ?source . ?source dcterms:title ?title"


def _places(ask: Ask, passages: list[str]) -> dict[str, At]:
    """Where some passages stand."""
    if not passages:
        return {}
    rows = ask(
        "Where these passages stand",
        f"""SELECT ?passage ?paragraph ?sha256 ?source ?title WHERE {{
  VALUES ?passage {{ {values(passages)} }}
  {_STANDS}
}}""",
    )
    return {row["passage"]: _at(row) for row in rows}


def _at(row: Row) -> At:
    return At(local(row["passage"]), Thing(row["title"], row["source"]), int(row["paragraph"]), row["sha256"])


def passages_of(ask: Ask, iri: str) -> list[At]:
    """The passages that a thing names."""
    rows = ask("Its passages", f"SELECT ?passage WHERE {{ <{iri}> alg:passage ?passage }} LIMIT 500")
    found = _places(ask, sorted(row["passage"] for row in rows))
    return sorted(found.values(), key=lambda at: at.place)


@dataclass(frozen=True)
class Judgement:
    """Whether two things are one: the other, the verdict and why."""

    iri: str
    other: Thing
    verdict: str
    reason: str

    @property
    def path(self) -> str:
        return path(self.iri)


VERDICTS = ("Different", "Unsure", "Same")


def judgements(ask: Ask, iri: str) -> list[Judgement]:
    """What a thing is not, may be, or is to be confused with."""
    rows = ask(
        "What it is not to be confused with",
        f"""SELECT DISTINCT ?judgement ?other ?label ?verdict ?reason WHERE {{
  {{ ?judgement alg:left <{iri}> ; alg:right ?other }} UNION {{ ?judgement alg:right <{iri}> ; alg:left ?other }}
  ?judgement alg:verdict ?verdict .
  OPTIONAL {{ ?judgement alg:reason ?reason }}
  OPTIONAL {{ ?other rdfs:label|dcterms:title ?label }}
}}""",
    )
    found = {
        row["judgement"]: Judgement(
            row["judgement"],
            Thing(row.get("label", path(row["other"])), row["other"], lang=row.get("@label", "")),
            local(row["verdict"]),
            row.get("reason", ""),
        )
        for row in rows
    }
    return sorted(found.values(), key=lambda it: (VERDICTS.index(it.verdict), it.other))


@dataclass(frozen=True)
class Match:
    """A judged link to another register, with its evidence (SSSOM)."""

    iri: str
    target: str
    relation: str
    label: str
    comment: str
    confidence: str
    verification: str
    negative: bool

    @property
    def path(self) -> str:
        return path(self.iri)

    @property
    def register(self) -> str:
        """Which register: `wikidata`, `geonames` or `other`."""
        return next((name for name in ("wikidata", "geonames") if name in self.target), "other")

    @property
    def number(self) -> str:
        return self.target.rstrip("/").rpartition("/")[2]


def matches(ask: Ask, iri: str) -> list[Match]:
    """What a thing is in other registers, and what it was judged not to be."""
    rows = ask(
        "Links to other registers, with their evidence",
        f"""SELECT ?mapping ?property ?value WHERE {{
  ?mapping owl:annotatedSource <{iri}> ; ?property ?value
}}""",
    )
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        found[row["mapping"]][local(row["property"])] = row["value"]
    made = [
        Match(
            name,
            record.get("annotatedTarget", ""),
            local(record.get("annotatedProperty", "")),
            record.get("object_label", ""),
            record.get("comment", ""),
            record.get("confidence", ""),
            record.get("verification", ""),
            "predicate_modifier" in record,
        )
        for name, record in found.items()
    ]
    return sorted(made, key=lambda match: (match.negative, match.register, match.target))


@dataclass(frozen=True)
class Edge:
    """A plain edge of the derived graph."""

    iri: str
    verb: str
    left: Thing
    right: Thing

    @property
    def path(self) -> str:
        return path(self.iri)


def edges(ask: Ask, pattern: str) -> list[Edge]:
    """The derived edges that a pattern binds to ?edge."""
    rows = ask(
        "The plain edges that rest on it",
        f"""SELECT DISTINCT ?edge ?property ?left ?leftLabel ?right ?rightLabel WHERE {{
  {pattern}
  ?edge alg:edgeSubject ?left ; alg:edgeProperty ?property ; alg:edgeObject ?right .
  ?left rdfs:label ?leftLabel . ?right rdfs:label ?rightLabel
}} LIMIT 200""",
    )
    found = {
        row["edge"]: Edge(
            row["edge"],
            local(row["property"]),
            Thing(row["leftLabel"], row["left"], lang=row.get("@leftLabel", "")),
            Thing(row["rightLabel"], row["right"], lang=row.get("@rightLabel", "")),
        )
        for row in rows
    }
    return sorted(found.values(), key=lambda edge: (edge.verb, edge.left, edge.right))


def notes(ask: Ask, claims: list[str]) -> list[Thing]:
    """The editorial notes on some claims: label is the note's text."""
    if not claims:
        return []
    rows = ask(
        "Editorial notes on them",
        f"""SELECT DISTINCT ?note ?text WHERE {{
  VALUES ?claim {{ {values(claims[:300])} }}
  ?note alg:annotates ?claim ; alg:note ?text
}}""",
    )
    return [Thing(row["text"], row["note"], "EditorialNote", row.get("@text", "")) for row in rows]


def quantities(ask: Ask, iri: str) -> list[dict[str, Any]]:
    """What is counted of a thing: each number with its range, who says so, and how, in order of time."""
    rows = ask(
        "What is counted, by whom",
        f"""SELECT ?claim ?about ?kind ?low ?high ?unit ?approximate ?share ?mode ?statement ?written
  ?reported ?voice ?voiceLabel
  ?earliestBegin ?latestBegin ?earliestEnd ?latestEnd WHERE {{
  {{ SELECT DISTINCT ?claim ?low WHERE {{
    ?claim alg:low ?low . FILTER EXISTS {{ ?claim alg:participant|alg:about <{iri}> }} }} LIMIT 400 }}
  ?claim alg:about ?about ; alg:mode ?mode ; alg:statement ?statement .
  GRAPH algg:entities {{ ?about a ?kind }}
  OPTIONAL {{ ?claim alg:high ?high }} OPTIONAL {{ ?claim alg:unit ?unit }}
  OPTIONAL {{ ?claim alg:approximate ?approximate }} OPTIONAL {{ ?claim alg:shareOf ?share }}
  OPTIONAL {{ ?claim alg:dateAsWritten ?written }} OPTIONAL {{ ?claim alg:reportedOn ?reported }}
  OPTIONAL {{ ?claim alg:attributedTo ?voice . ?voice rdfs:label ?voiceLabel }}
  OPTIONAL {{ ?claim alg:earliestBegin ?earliestBegin }} OPTIONAL {{ ?claim alg:latestBegin ?latestBegin }}
  OPTIONAL {{ ?claim alg:earliestEnd ?earliestEnd }} OPTIONAL {{ ?claim alg:latestEnd ?latestEnd }}
}} LIMIT 400""",
    )
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        bounds = Bounds(*(row.get(name, "") for name in BOUNDS))
        record = found.setdefault(
            row["claim"],
            {
                "claim": path(row["claim"]),
                "about": path(row["about"]),
                "kind": local(row["kind"]),
                "low": float(row["low"]),
                "high": float(row.get("high", row["low"])),
                "unit": local(row.get("unit", "")),
                "approximate": row.get("approximate") == "true",
                "mode": local(row["mode"]),
                "statement": row["statement"],
                "written": row.get("written", ""),
                "bounds": bounds,
                "order": bounds.first or row.get("reported", "9999"),
                "voices": [],
            },
        )
        if "voice" in row:
            voice = Thing(row["voiceLabel"], row["voice"], lang=row.get("@voiceLabel", ""))
            if voice not in record["voices"]:
                record["voices"].append(voice)
    return sorted(found.values(), key=lambda it: (it["order"], it["low"]))


def seats(ask: Ask, iri: str) -> list[Thing]:
    """Where a group has or had its seat, as stated plainly."""
    rows = ask(
        "Its seat, as stated plainly",
        f"""SELECT DISTINCT ?place ?label WHERE {{
  ?claim alg:group <{iri}> ; alg:presenceKind alg:Seat ; alg:place ?place ; a alg:PlainClaim . ?place rdfs:label ?label
}} LIMIT 20""",
    )
    return sorted(_place(row) for row in rows)


def point(ask: Ask, iri: str) -> tuple[float, float] | None:
    """The longitude and latitude of a place, where the links give it a point."""
    rows = ask("Its point", f"SELECT ?wkt WHERE {{ <{iri}> geo:hasGeometry/geo:asWKT ?wkt }} LIMIT 1")
    for row in rows:
        inside = row["wkt"].partition("(")[2].rstrip(")").split()
        if row["wkt"].startswith("POINT") and len(inside) == 2:
            return float(inside[0]), float(inside[1])
    return None


def around(ask: Ask, iri: str) -> tuple[list[Thing], list[Thing]]:
    """What a place lies within, the nearest first, and what lies directly within it."""
    up = ask(
        "What it lies within",
        f"""SELECT ?place ?label (COUNT(DISTINCT ?above) AS ?height) WHERE {{
  GRAPH algg:entities {{ <{iri}> alg:within+ ?place . OPTIONAL {{ ?place alg:within+ ?above }} }}
  ?place rdfs:label ?label
}} GROUP BY ?place ?label ORDER BY DESC(?height) LIMIT 12""",
    )
    down = ask(
        "What lies within it",
        f"""SELECT ?place ?label WHERE {{
  GRAPH algg:entities {{ ?place alg:within <{iri}> }} ?place rdfs:label ?label }} LIMIT 300""",
    )
    return [_place(row) for row in up], sorted(_place(row) for row in down)


def _place(row: Row) -> Thing:
    return Thing(row["label"], row["place"], "Place", row.get("@label", ""))
