"""Claims with everything that belongs to them: what, who in which role, mode, voice, dates, passages, disputes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from allegiance import terms
from allegiance.passages import Passage
from allegiance.record.ask import Ask, Row, local, path, values

LINKS = ("disputes", "qualifies", "tensionWith")
DATES = ("date", "began", "ended", "reportedOn")
BOUNDS = ("earliestBegin", "latestBegin", "earliestEnd", "latestEnd")
CERTAIN, POSSIBLE = "certain", "possible"


@dataclass(frozen=True, order=True)
class Thing:
    """Anything that has a label: an actor, a place, an occurrence, a source, a term."""

    label: str
    iri: str
    kind: str = ""
    lang: str = ""

    @property
    def path(self) -> str:
        """Its local path, such as `id/taliban`."""
        return path(self.iri)

    @classmethod
    def of(cls, row: Row, name: str) -> Thing:
        """The thing in a variable of a row that has its label and kind too."""
        return cls(row["label"], row[name], local(row["kind"]), row.get("@label", ""))


def things(rows: Iterable[Row], name: str) -> dict[str, Thing]:
    """The things in a variable, by IRI, each once: one may have several kinds, and a label in more than one graph."""
    found: dict[str, Thing] = {}
    for row in rows:
        thing = Thing.of(row, name)
        found[thing.iri] = min(found.get(thing.iri, thing), thing)
    return found


def named(ask: Ask, title: str, iris: Iterable[str]) -> dict[str, Thing]:
    """Actors, places or occurrences by IRI."""
    query = f"""SELECT ?thing ?label ?kind WHERE {{
  VALUES ?thing {{ {values(sorted(set(iris)))} }}
  GRAPH algg:entities {{ ?thing a ?kind }}
  ?thing rdfs:label ?label .
}}"""
    return things(ask(title, query), "thing")


@dataclass(frozen=True)
class At:
    """Where a claim is said: a passage, its source and its paragraph there (from 1; 0 where unknown)."""

    name: str
    source: Thing
    paragraph: int
    sha256: str = ""

    @property
    def place(self) -> Passage:
        return Passage.named(self.name)


@dataclass(frozen=True)
class Bounds:
    """The days between which something began and ended, as ISO dates; empty is unknown (allegiance.dates)."""

    earliestBegin: str = ""  # noqa: N815 - the names of the ontology, which the data of the views have too
    latestBegin: str = ""  # noqa: N815
    earliestEnd: str = ""  # noqa: N815
    latestEnd: str = ""  # noqa: N815

    def __bool__(self) -> bool:
        return bool(self.earliestBegin or self.latestBegin or self.earliestEnd or self.latestEnd)

    @property
    def first(self) -> str:
        """A day to sort by: the earliest that is known."""
        return self.earliestBegin or self.latestBegin or self.earliestEnd or self.latestEnd

    def on(self, day: str) -> str:
        """`certain`, `possible` or empty: whether what has these bounds held on a day (design, Dates)."""
        if not self:
            return ""
        if self.latestBegin and self.latestBegin <= day and self.earliestEnd and day <= self.earliestEnd:
            return CERTAIN
        begun = not self.earliestBegin or self.earliestBegin <= day
        return POSSIBLE if begun and (not self.latestEnd or day <= self.latestEnd) else ""

    def by(self, day: str) -> str:
        """`certain`, `possible` or empty: whether an event with these bounds had happened by the end of a day."""
        if not self:
            return ""
        last = self.latestBegin or self.latestEnd
        if last and last <= day:
            return CERTAIN
        first = self.earliestBegin
        return POSSIBLE if not first or first <= day else ""


def joined(one: Bounds, other: Bounds) -> Bounds | None:
    """The days that both admit, as the rules of the derived graph have it; None where there is none."""
    common = Bounds(
        max(one.earliestBegin, other.earliestBegin),
        _sooner(one.latestBegin, other.latestBegin),
        max(one.earliestEnd, other.earliestEnd),
        _sooner(one.latestEnd, other.latestEnd),
    )
    pairs = (
        (common.earliestBegin, common.latestBegin),
        (common.earliestEnd, common.latestEnd),
        (common.earliestBegin, common.latestEnd),
    )
    return common if all(not first or not last or first <= last for first, last in pairs) else None


def agreed(several: Iterable[Bounds]) -> Bounds | None:
    """The days that all admit; None where they leave none."""
    common: Bounds | None = Bounds()
    for bounds in several:
        common = joined(common, bounds) if common is not None else None
    return common


def _sooner(one: str, other: str) -> str:
    return min(one, other) if one and other else one or other


@dataclass
class Claim:
    """What one source says about one thing. Values of the ontology by their local names, things as `Thing`."""

    iri: str
    about: Thing
    statement: str
    mode: str
    polarity: str = "Affirmed"
    plain: bool = False
    """Affirmed, asserted and disputed by no other claim: an edge of the derived graph may rest on it."""
    voices: list[str] = field(default_factory=list)
    attributed: list[Thing] = field(default_factory=list)
    roles: dict[str, list[Thing]] = field(default_factory=dict)
    written: str = ""
    dates: dict[str, str] = field(default_factory=dict)
    bounds: Bounds = field(default_factory=Bounds)
    others: dict[str, list[str]] = field(default_factory=dict)
    """Further values by property: low, high, unit, approximate, presenceKind, shareOf …"""
    passages: list[At] = field(default_factory=list)
    links: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """`disputes`, `qualifies`, `tensionWith` and, read the other way, `disputedBy`, `qualifiedBy`: IRI, statement."""

    @property
    def path(self) -> str:
        return path(self.iri)

    @property
    def source(self) -> Thing:
        """The source that says it; all passages of a claim stand in one."""
        return self.passages[0].source

    @property
    def contested(self) -> bool:
        return bool(self.links.get("disputes") or self.links.get("disputedBy"))

    @property
    def order(self) -> tuple[str, str, int]:
        """By time, what has no date last, and then as in the text."""
        first = self.passages[0].place if self.passages else None
        return (self.bounds.first or "9999", first.source if first else "", first.start if first else 0)

    def number(self, name: str) -> float | None:
        """A quantity, such as `low`; None where there is none."""
        found = self.others.get(name)
        return float(found[0]) if found else None

    def has(self, iri: str) -> list[str]:
        """The roles in which a thing stands in it."""
        return [role for role, things in self.roles.items() if any(thing.iri == iri for thing in things)]


def about(iri: str) -> str:
    """The claims about a thing: a pattern that binds ?claim."""
    return f"?claim alg:about <{iri}> ."


def concerning(iri: str) -> str:
    """The claims about a thing, and those in which it has a part."""
    return (
        f"{{ ?claim alg:about <{iri}> }} UNION "
        f"{{ ?role rdfs:subPropertyOf alg:participant . ?claim ?role <{iri}> . ?claim a alg:Claim }} UNION "
        f"{{ ?claim alg:attributedTo <{iri}> }}"
    )


def of_kinds(kinds: Iterable[str]) -> str:
    """The claims about occurrences of some kinds, by local name."""
    listed = " ".join(f"alg:{kind}" for kind in kinds)
    return f"VALUES ?ofKind {{ {listed} }} GRAPH algg:entities {{ ?ofThing a ?ofKind }} ?claim alg:about ?ofThing ."


def these(iris: list[str]) -> str:
    """Claims by name."""
    return f"VALUES ?claim {{ {values(iris)} }}"


def claims(ask: Ask, where: str) -> list[Claim]:
    """The claims that a pattern binds to ?claim, in order of time and text."""
    pick = f"{{ SELECT DISTINCT ?claim WHERE {{ {where} }} }}"
    said = ask(
        "Everything said in these claims",
        f"""SELECT ?claim ?property ?value WHERE {{
  {pick}
  GRAPH ?graph {{ ?claim ?property ?value }}
  FILTER(?graph != algg:inferred)
}}""",
    )
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in said:
        found[row["claim"]][local(row["property"])].append(row["value"])
    if not found:
        return []
    things = _things(ask, pick)
    roles = {
        local(row["role"]) for row in ask("The roles", "SELECT ?role { ?role rdfs:subPropertyOf alg:participant }")
    }
    passages = _passages(ask, pick, things)
    links = _links(ask, pick)
    made = [_claim(iri, record, things, roles, passages, links[iri]) for iri, record in found.items()]
    return sorted((claim for claim in made if claim is not None), key=lambda claim: (claim.order, claim.iri))


def _things(ask: Ask, pick: str) -> dict[str, Thing]:
    rows = ask(
        "Names and kinds of what they speak of",
        f"""SELECT DISTINCT ?thing ?label ?kind WHERE {{
  {{ SELECT DISTINCT ?thing WHERE {{
    {pick}
    {{ ?claim alg:about ?thing }} UNION {{ ?claim alg:participant ?thing }} UNION {{ ?claim alg:attributedTo ?thing }}
  }} }}
  GRAPH algg:entities {{ ?thing a ?kind }}
  {{ ?thing rdfs:label ?label }} UNION {{ ?thing dcterms:title ?label }}
}}""",
    )
    return things(rows, "thing")


def _passages(ask: Ask, pick: str, things: dict[str, Thing]) -> dict[str, At]:
    # A join with what each passage has would take three times as long as to ask for its properties one by one.
    rows = ask(
        "Where it is said",
        f"""SELECT ?passage ?property ?value WHERE {{
  {{ SELECT DISTINCT ?passage WHERE {{ {pick} ?claim alg:passage ?passage }} }}
  VALUES ?property {{ alg:paragraph alg:sha256 oa:hasSource }}
  ?passage ?property ?value
}}""",
    )
    titles = ask("The sources", "SELECT ?source ?title WHERE { ?source a alg:Source ; dcterms:title ?title }")
    for row in titles:
        things.setdefault(row["source"], Thing(row["title"], row["source"], "Source"))
    found: dict[str, Row] = defaultdict(dict)
    for row in rows:
        found[row["passage"]][local(row["property"])] = row["value"]
    return {
        name: At(local(name), things[row["hasSource"]], int(row["paragraph"]), row["sha256"])
        for name, row in found.items()
        if row.keys() >= {"paragraph", "sha256", "hasSource"} and row["hasSource"] in things
    }


def _links(ask: Ask, pick: str) -> dict[str, dict[str, list[tuple[str, str]]]]:
    rows = ask(
        "What contradicts, qualifies or strains them",
        f"""SELECT DISTINCT ?claim ?link ?back ?other ?statement WHERE {{
  {pick}
  VALUES (?link ?back) {{ {" ".join(f'(alg:{name} "{_BACK[name]}")' for name in LINKS)} }}
  {{ ?claim ?link ?other BIND(false AS ?turned) }} UNION {{ ?other ?link ?claim BIND(true AS ?turned) }}
  ?other alg:statement ?statement .
  BIND(IF(?turned, ?back, STRAFTER(STR(?link), "#")) AS ?name)
}}""".replace("?claim ?link ?back ?other", "?claim ?name ?other"),
    )
    found: dict[str, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        pair = (row["other"], row["statement"])
        if pair not in found[row["claim"]][row["name"]]:
            found[row["claim"]][row["name"]].append(pair)
    return found


_BACK = {"disputes": "disputedBy", "qualifies": "qualifiedBy", "tensionWith": "tensionWith"}
_PLACED = {"about", "statement", "mode", "polarity", "voice", "attributedTo", "dateAsWritten", "passage", "type"}


def _claim(
    iri: str,
    record: dict[str, list[str]],
    things: dict[str, Thing],
    roles: set[str],
    passages: dict[str, At],
    links: dict[str, list[tuple[str, str]]],
) -> Claim | None:
    if "statement" not in record:
        return None

    def thing(named: str) -> Thing:
        return things.get(named, Thing(local(named), named))

    placed = _PLACED | roles | {*DATES, *BOUNDS, *LINKS}
    return Claim(
        iri,
        thing(record["about"][0]),
        record["statement"][0],
        local(record["mode"][0]),
        local(record["polarity"][0]) if "polarity" in record else "Affirmed",
        any(local(kind) == "PlainClaim" for kind in record.get("type", [])),
        sorted(map(local, record.get("voice", []))),
        sorted(map(thing, record.get("attributedTo", []))),
        {role: sorted(map(thing, set(record[role]))) for role in sorted(roles & record.keys())},
        " · ".join(record.get("dateAsWritten", [])),
        {name: record[name][0] for name in DATES if name in record},
        Bounds(*(record.get(name, [""])[0] for name in BOUNDS)),
        {name: sorted(map(local, vals)) for name, vals in record.items() if name not in placed},
        sorted((passages[name] for name in record["passage"] if name in passages), key=lambda at: at.place),
        dict(links),
    )


def plain_data(claim: Claim) -> dict[str, Any]:
    """A claim as JSON has it: for the data of the views."""

    def ref(thing: Thing) -> dict[str, str]:
        return {"id": thing.path, "label": thing.label, "kind": thing.kind}

    return {
        "id": claim.path,
        "about": ref(claim.about),
        "statement": claim.statement,
        "mode": claim.mode,
        "polarity": claim.polarity,
        "contested": claim.contested,
        "attributedTo": [ref(thing) for thing in claim.attributed],
        "voice": claim.voices,
        "dateAsWritten": claim.written,
        **claim.dates,
        "bounds": {name: getattr(claim.bounds, name) for name in BOUNDS if getattr(claim.bounds, name)},
        "roles": {role: [ref(thing) for thing in things] for role, things in claim.roles.items()},
        "values": claim.others,
        "source": claim.source.path if claim.passages else terms.W3ID,
        "passages": [{"id": f"passage/{at.name}", "paragraph": at.paragraph} for at in claim.passages],
    }
