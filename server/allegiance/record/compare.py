"""Two groups, or one group in several sources, side by side: what is said of each in the same respects."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from allegiance import terms
from allegiance.passages import Passage
from allegiance.record.ask import Ask, local, values
from allegiance.record.claims import At, Claim, Thing, claims
from allegiance.record.places import ACTORS

RESPECTS: dict[str, tuple[str, ...]] = {
    "founding": ("Founding", "Declaration"),
    "leaders": ("Tenure", "Appointment", "Dismissal"),
    "pledges": ("Pledge", "Allegiance", "Recognition"),
    "mergers": ("Merger", "Absorption", "Split", "Defection"),
    "parts": ("ComponentOf", "Membership", "Composition"),
    "allies": ("Alliance", "Ties", "Support"),
    "enemies": ("Hostility", "Conflict", "Attack", "MilitaryOperation"),
    "truces": ("Ceasefire", "PeaceAgreement", "Negotiation"),
    "funding": ("Funding", "Pay"),
    "strength": ("Strength", "Recruitment", "Losses"),
    "presence": ("Presence", "Deployment", "Relocation"),
    "orientation": ("Orientation",),
    "designations": ("Designation",),
}
"""In which respects groups are compared, by the kinds of occurrence; what is of no such kind is only counted."""
_RESPECT = {kind: respect for respect, kinds in RESPECTS.items() for kind in kinds}
_COUNTERPARTS = {"presence": {"Place"}, "orientation": {"Ideology"}}
_AGAINST = {"Hostility": ({"belligerent", "agent", "party"}, {"belligerent", "target", "party"})}
_ATTACK = ({"perpetrator", "agent", "belligerent"}, {"target"})


MOST = 1_200
"""So many claims are compared at most; the answer of more would be too long for a page."""


@dataclass(frozen=True)
class Name:
    """A spelling of a name, and where it stands."""

    iri: str
    form: str
    lang: str
    preferred: bool
    passages: tuple[str, ...]

    @property
    def sources(self) -> list[str]:
        """The slugs of the sources that spell it so."""
        return sorted({Passage.named(name).source for name in self.passages})


@dataclass(frozen=True)
class Link:
    """A judged link to an outside register, or the judgement that something there is not the same."""

    iri: str
    label: str
    relation: str
    verification: str
    negated: bool
    comment: str


@dataclass
class Column:
    """One side of the comparison: a group, or a group as one source has it."""

    thing: Thing
    source: Thing | None = None
    names: list[Name] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    said: dict[str, list[Claim]] = field(default_factory=lambda: defaultdict(list))
    further: Counter[str] = field(default_factory=Counter)
    """Claims of kinds that are not compared, by kind."""


@dataclass(frozen=True)
class Shared:
    """What all columns name in the same respect; `firm` where each has it in an undisputed statement."""

    thing: Thing
    firm: bool


@dataclass
class Respect:
    """A row: what each column says, and what they share."""

    name: str
    cells: list[list[Claim]]
    shared: list[Shared] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Every column says something."""
        return all(self.cells)


@dataclass(frozen=True)
class Judgement:
    """Whether two names mean one body: verdict, reason and where the texts show it."""

    iri: str
    label: str
    left: Thing
    right: Thing
    verdict: str
    reason: str
    passages: tuple[At, ...] = ()


@dataclass
class Comparison:
    """The columns, what is said of both at once, and the rows, those where every column says something first."""

    columns: list[Column]
    judgements: list[Judgement] = field(default_factory=list)
    between: list[Claim] = field(default_factory=list)
    rows: list[Respect] = field(default_factory=list)
    cut: bool = False
    """More is said of them than is read."""


def two(ask: Ask, left: Thing, right: Thing) -> Comparison:
    """Two groups side by side."""
    said = _claims(ask, [left.iri, right.iri])
    columns = [Column(left), Column(right)]
    _name(ask, columns)
    for column in columns:
        for claim in said:
            if claim.has(column.thing.iri) or claim.about.iri == column.thing.iri:
                column.said[_RESPECT[claim.about.kind]].append(claim)
    _count_further(ask, columns)
    between = [claim for claim in said if all(claim.has(thing.iri) for thing in (left, right))]
    return Comparison(columns, _judgements(ask, columns), between, _rows(columns), len(said) >= MOST)


def by_source(ask: Ask, thing: Thing, sources: Sequence[Thing]) -> Comparison:
    """One group as each source has it; sources that say nothing of it in any respect are left out."""
    said = _claims(ask, [thing.iri])
    named = Column(thing)
    _name(ask, [named])
    columns = []
    for source in sources:
        own = [claim for claim in said if claim.passages and claim.source.iri == source.iri]
        if not own:
            continue
        column = Column(thing, source, [name for name in named.names if local(source.iri) in name.sources])
        for claim in own:
            column.said[_RESPECT[claim.about.kind]].append(claim)
        columns.append(column)
    _count_further(ask, columns)
    return Comparison(columns, rows=_rows(columns), cut=len(said) >= MOST)


def _claims(ask: Ask, iris: list[str]) -> list[Claim]:
    kinds = " ".join(f"alg:{kind}" for kind in _RESPECT)
    found = claims(
        ask,
        f"""{{ SELECT DISTINCT ?claim WHERE {{
    VALUES ?one {{ {values(iris)} }}
    ?role rdfs:subPropertyOf alg:participant .
    ?claim ?role ?one ; alg:mode ?anyMode ; alg:about ?ofThing .
    VALUES ?ofKind {{ {kinds} }}
    GRAPH algg:entities {{ ?ofThing a ?ofKind }}
  }} ORDER BY ?claim LIMIT {MOST} }}""",
    )
    return [claim for claim in found if claim.about.kind in _RESPECT]


def _name(ask: Ask, columns: list[Column]) -> None:
    """Give the columns their names and their links to outside registers."""
    by_iri = {column.thing.iri: column for column in columns}
    spelled: dict[tuple[str, str], Name] = {}
    for row in ask(
        "Their names, and where each spelling stands",
        f"""SELECT ?thing ?name ?property ?form ?passage WHERE {{
  VALUES ?thing {{ {values(list(by_iri))} }}
  VALUES ?property {{ skosxl:prefLabel skosxl:altLabel skosxl:hiddenLabel }}
  GRAPH algg:entities {{ ?thing ?property ?name . ?name skosxl:literalForm ?form }}
  OPTIONAL {{ GRAPH algg:entities {{ ?name alg:passage ?passage }} }}
}} ORDER BY ?thing DESC(?property) ?form ?passage""",
    ):
        key = (row["thing"], row["name"])
        before = spelled.get(key)
        at = (local(row["passage"]),) if "passage" in row else ()
        spelled[key] = Name(
            row["name"],
            row["form"],
            row.get("@form", ""),
            local(row["property"]) == "prefLabel",
            (*(before.passages if before else ()), *at),
        )
    for (thing, _), name in sorted(spelled.items(), key=lambda item: (not item[1].preferred, item[1].form)):
        by_iri[thing].names.append(name)
    for row in ask(
        "What they are in outside registers",
        f"""SELECT ?thing ?target ?relation ?verification ?label ?negated ?comment WHERE {{
  VALUES ?thing {{ {values(list(by_iri))} }}
  ?mapping owl:annotatedSource ?thing ; owl:annotatedTarget ?target ; owl:annotatedProperty ?relation ;
    alg:verification ?verification .
  OPTIONAL {{ ?mapping sssom:object_label ?label }}
  OPTIONAL {{ ?mapping sssom:predicate_modifier ?negated }}
  OPTIONAL {{ ?mapping rdfs:comment ?comment }}
}} ORDER BY ?thing ?negated ?target""",
    ):
        by_iri[row["thing"]].links.append(
            Link(
                row["target"],
                row.get("label", ""),
                local(row["relation"]),
                row["verification"],
                "negated" in row,
                row.get("comment", ""),
            )
        )


def _count_further(ask: Ask, columns: list[Column]) -> None:
    """Count the claims that are not compared, by kind."""
    iris = list(dict.fromkeys(column.thing.iri for column in columns))
    rows = ask(
        "What else is said of them, by kind",
        f"""SELECT ?thing ?graph ?kind (COUNT(DISTINCT ?claim) AS ?n) WHERE {{
  VALUES ?thing {{ {values(iris)} }}
  ?role rdfs:subPropertyOf alg:participant .
  GRAPH ?graph {{ ?claim ?role ?thing ; alg:mode ?mode ; alg:about ?about }}
  GRAPH algg:entities {{ ?about a ?kind }}
}} GROUP BY ?thing ?graph ?kind""",
    )
    for row in rows:
        for column in columns:
            mine = column.source is None or local(row["graph"]) == local(column.source.iri)
            if column.thing.iri == row["thing"] and mine and local(row["kind"]) not in _RESPECT:
                column.further[local(row["kind"])] += int(row["n"])


def _rows(columns: list[Column]) -> list[Respect]:
    rows = [_row(name, columns) for name in RESPECTS if any(column.said.get(name) for column in columns)]
    return sorted(rows, key=lambda row: not row.full)


def _row(name: str, columns: list[Column]) -> Respect:
    cells = [column.said.get(name, []) for column in columns]
    met = [_counterparts(name, cell, column.thing.iri) for cell, column in zip(cells, columns, strict=True)]
    themselves = {column.thing.iri for column in columns}
    common = set.intersection(*(set(one) for one in met)) if len(met) > 1 else set()
    shared = [Shared(thing, all(one[thing] for one in met)) for thing in sorted(common) if thing.iri not in themselves]
    return Respect(name, cells, shared)


def _counterparts(respect: str, said: list[Claim], of: str) -> dict[Thing, bool]:
    """Whom or what a group meets in some respect, and whether an undisputed statement has it."""
    kinds = _COUNTERPARTS.get(respect, ACTORS)
    met: dict[Thing, bool] = {}
    for claim in said:
        # What is denied or only planned, as far as anyone knows, is no common ground.
        if claim.polarity == "Negated" or claim.mode in ("Denied", "Planned", "OutcomeUnknown"):
            continue
        for role, things in claim.roles.items():
            for thing in things:
                if thing.iri != of and thing.kind in kinds and _opposed(respect, claim, of, role):
                    met[thing] = met.get(thing, False) or claim.plain
    return met


def _opposed(respect: str, claim: Claim, of: str, role: str) -> bool:
    """For enemies, whether the other is on the other side; those who fight in one war may be on the same."""
    if respect != "enemies":
        return True
    ours, theirs = _AGAINST.get(claim.about.kind, _ATTACK)
    own = set(claim.has(of))
    return bool((own & ours and role in theirs) or (own & theirs and role in ours))


def _judgements(ask: Ask, columns: list[Column]) -> list[Judgement]:
    left, right = (column.thing for column in columns)
    ours, theirs = (values([column.thing.iri, *(name.iri for name in column.names)]) for column in columns)
    rows = ask(
        "Whether they are judged to be one body",
        f"""SELECT DISTINCT ?judgement ?label ?verdict ?reason ?passage ?paragraph ?source ?title WHERE {{
  VALUES ?a {{ {ours} }}
  VALUES ?b {{ {theirs} }}
  {{ ?judgement alg:left ?a ; alg:right ?b }} UNION {{ ?judgement alg:left ?b ; alg:right ?a }}
  ?judgement a alg:IdentityJudgement ; alg:verdict ?verdict ; alg:reason ?reason ; rdfs:label ?label .
  OPTIONAL {{
    ?judgement alg:passage ?passage .
    ?passage alg:paragraph ?paragraph ; oa:hasSource ?source .
    ?source dcterms:title ?title .
  }}
}} ORDER BY ?judgement ?passage""",
    )
    found: dict[str, Judgement] = {}
    for row in rows:
        at: tuple[At, ...] = ()
        if "passage" in row:
            source = Thing(row["title"], row["source"], "Source")
            at = (At(local(row["passage"]), source, int(row["paragraph"])),)
        before = found.get(row["judgement"])
        found[row["judgement"]] = Judgement(
            row["judgement"],
            row["label"],
            left,
            right,
            local(row["verdict"]),
            row["reason"],
            (*(before.passages if before else ()), *at),
        )
    return list(found.values())


def worthwhile(ask: Ask, pairs: int, groups: int) -> tuple[list[Judgement], list[tuple[Thing, dict[str, int]]]]:
    """Pairs of groups that are easily taken for one another, and the groups of which several sources say most."""
    judged = ask(
        "Groups that must be told apart",
        """SELECT ?judgement ?label ?left ?leftLabel ?right ?rightLabel ?verdict ?reason WHERE {
  ?judgement a alg:IdentityJudgement ; rdfs:label ?label ;
    alg:left ?left ; alg:right ?right ; alg:verdict ?verdict ; alg:reason ?reason .
  GRAPH algg:entities { ?left a alg:ArmedGroup . ?right a alg:ArmedGroup }
  ?left rdfs:label ?leftLabel . ?right rdfs:label ?rightLabel .
} ORDER BY ?judgement""",
    )
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    named: dict[str, Thing] = {}
    for row in ask(
        "How much each source says of each group",
        """SELECT ?group ?label ?graph (COUNT(DISTINCT ?claim) AS ?n) WHERE {
  GRAPH algg:entities { ?group a alg:ArmedGroup }
  ?group rdfs:label ?label .
  ?role rdfs:subPropertyOf alg:participant .
  GRAPH ?graph { ?claim ?role ?group ; alg:mode ?mode }
} GROUP BY ?group ?label ?graph""",
    ):
        counted[row["group"]][local(row["graph"])] = int(row["n"])
        named[row["group"]] = Thing(row["label"], row["group"], "ArmedGroup", row.get("@label", ""))

    def alike(row: dict[str, str]) -> float:
        return SequenceMatcher(None, row["leftLabel"].casefold(), row["rightLabel"].casefold()).ratio()

    def known(row: dict[str, str]) -> int:
        return min(sum(counted[row[side]].values()) for side in ("left", "right"))

    # Two thirds for those that look alike, the rest for those of which most is said.
    best = sorted(judged, key=lambda row: (-alike(row), row["judgement"]))[: pairs * 2 // 3]
    best += sorted((row for row in judged if row not in best), key=lambda row: (-known(row), row["judgement"]))
    best = list({frozenset((row["left"], row["right"])): row for row in best}.values())[:pairs]
    found = [
        Judgement(
            row["judgement"],
            row["label"],
            Thing(row["leftLabel"], row["left"], "ArmedGroup", row.get("@leftLabel", "")),
            Thing(row["rightLabel"], row["right"], "ArmedGroup", row.get("@rightLabel", "")),
            local(row["verdict"]),
            row["reason"],
        )
        for row in best
    ]
    several = [(named[iri], per) for iri, per in counted.items() if len(per) > 1]
    several.sort(key=lambda item: (-min(item[1].values()), item[0].label))
    return found, several[:groups]


def slug(thing: Thing) -> str:
    """How an address names a thing."""
    return thing.iri.removeprefix(terms.ALGID)
