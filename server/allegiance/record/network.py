"""The network: who stands in which relation to whom, what of it held on a day, and how surely."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations, product

from allegiance import terms
from allegiance.record.ask import Ask, local, values
from allegiance.record.claims import BOUNDS, CERTAIN, POSSIBLE, At, Bounds, Claim, Thing, agreed, things

FAMILIES: dict[str, tuple[str, ...]] = {
    "loyalty": ("Pledge", "Allegiance", "Recognition"),
    "enmity": ("Hostility", "Attack", "MilitaryOperation", "Conflict"),
    "friendship": ("Alliance", "Ties"),
    "form": ("ComponentOf", "Merger", "Absorption", "Split"),
    "truce": ("Ceasefire", "PeaceAgreement", "Negotiation"),
    "means": ("Funding", "Support", "Deployment"),
    "recruits": ("Recruitment", "Defection"),
    "persons": ("Tenure", "Membership"),
}
FAMILY_OF = {kind: family for family, kinds in FAMILIES.items() for kind in kinds}
KINDS = tuple(FAMILY_OF)

_DIRECTED: dict[str, tuple[str, str]] = {
    "Pledge": ("pledger", "pledgee"),
    "Allegiance": ("pledger", "pledgee"),
    "Recognition": ("recogniser", "recognised"),
    "Hostility": ("belligerent", "target"),
    "Attack": ("perpetrator", "target"),
    "MilitaryOperation": ("belligerent", "target"),
    "Conflict": ("belligerent", "target"),
    "ComponentOf": ("component", "umbrella"),
    "Merger": ("input", "output"),
    "Absorption": ("input", "output"),
    "Split": ("splinter", "parentGroup"),
    "Funding": ("funder", "recipient"),
    "Support": ("supporter", "recipient"),
    "Deployment": ("sender", "toGroup"),
    "Recruitment": ("recruiter", "recruitedFrom"),
    "Defection": ("fromGroup", "toGroup"),
    "Tenure": ("person", "group"),
    "Membership": ("person", "group"),
}
# Belligerents of one conflict or operation may stand on the same side; only a hostility sets them against each other.
_MUTUAL = {
    "Hostility": "belligerent",
    **dict.fromkeys(("Alliance", "Ties", "Ceasefire", "PeaceAgreement", "Negotiation"), "party"),
}
_ROLES = tuple(dict.fromkeys((*(role for pair in _DIRECTED.values() for role in pair), *_MUTUAL.values())))

LASTING = frozenset(("Pledge", "Recognition", "Merger", "Absorption", "Split", "Defection", "PeaceAgreement"))
"""Events that leave things otherwise than they were: the question is whether they had happened by a day.

Every other kind, also an event that passes, such as an attack, is asked whether it was on that day."""
_WITH_PERSONS = ("Pledge", "Allegiance")

MODES = ("Asserted", "SelfClaimed", "Reported", "Alleged", "Speculated", "Planned", "OutcomeUnknown", "Denied")
NEGATED = "Negated"
USUAL_MODES = frozenset(MODES) - {"Denied"}
UNDATED = "undated"
ON = (CERTAIN, POSSIBLE, UNDATED)
SAID, PLANNED, ALLEGED, DENIED = "said", "planned", "alleged", "denied"
_MARKS = {
    "Asserted": "",
    "SelfClaimed": SAID,
    "Reported": SAID,
    "Planned": PLANNED,
    "OutcomeUnknown": PLANNED,
    "Alleged": ALLEGED,
    "Speculated": ALLEGED,
    "Denied": DENIED,
}
MARKS = ("", SAID, PLANNED, ALLEGED, DENIED)
"""How a relation is drawn by the firmest of its claims; empty is plainly."""

MOST_CLAIMS, MOST_RELATIONS, MOST_ROWS = 1200, 1500, 500
_ACTORS = (
    *("ArmedGroup", "LeadershipBody", "PoliticalParty", "StateBody", "MediaOutlet", "AcademicBody"),
    *("UnnamedCollective", "Organisation", "Person"),
)


@dataclass
class Relation:
    """One occurrence between two actors, with the claims that name both."""

    about: Thing
    source: Thing
    target: Thing
    directed: bool
    claims: list[Claim] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.about.kind

    @property
    def family(self) -> str:
        return FAMILY_OF[self.kind]

    @property
    def slug(self) -> str:
        """A name of its own: occurrence and both ends."""
        return ".".join(thing.path.rpartition("/")[2] for thing in (self.about, self.source, self.target))

    @property
    def dated(self) -> list[tuple[Claim, Bounds]]:
        """Its claims, each with the bounds it stands with.

        One plain claim may say when it began and another when it ended: those that leave a common day share what all
        of them say, as the occurrence does in the derived graph.
        """
        shared = agreed(claim.bounds for claim in self.claims if firm(claim))
        return [
            (claim, shared if shared is not None and claim.bounds and firm(claim) else claim.bounds)
            for claim in self.claims
        ]

    def on(self, day: str) -> Standing | None:
        """What of it held on a day, or had happened by then; None where nothing of it can have."""
        found = [(claim, held(self.kind, bounds, day)) for claim, bounds in self.dated]
        if not any(claim.bounds for claim in self.claims):
            return Standing(self, UNDATED, self.claims)
        there = [claim for claim, sure in found if sure]
        if not there:
            return None
        certain = any(sure == CERTAIN and firm(claim) for claim, sure in found)
        return Standing(self, CERTAIN if certain else POSSIBLE, there)


@dataclass(frozen=True)
class Standing:
    """A relation on a day: how surely, and the claims that it then rests on."""

    relation: Relation
    on: str
    claims: list[Claim]

    @property
    def mark(self) -> str:
        """How its firmest claim says it."""
        return min((mark(claim) for claim in self.claims), key=MARKS.index)

    @property
    def contested(self) -> bool:
        return any(claim.contested for claim in self.claims)


@dataclass
class Network:
    """All relations that were asked for, whatever their day, and what there is besides."""

    relations: list[Relation]
    sources: list[Thing]
    offered: list[Thing]
    """The actors on which the network can be focused."""
    undated: int
    """Claims about such relations that carry no date."""
    cut: bool = False

    @property
    def nodes(self) -> list[Thing]:
        return sorted({thing for relation in self.relations for thing in (relation.source, relation.target)})

    @property
    def period(self) -> tuple[str, str]:
        """The first and the last day of all bounds; empty where nothing is dated."""
        days = sorted(
            day
            for relation in self.relations
            for claim in relation.claims
            for day in vars(claim.bounds).values()
            if day
        )
        return (days[0], days[-1]) if days else ("", "")

    def on(self, day: str) -> list[Standing]:
        """What held on a day: certain first, then possible, then what has no date."""
        found = [standing for relation in self.relations if (standing := relation.on(day)) is not None]
        return sorted(
            found,
            key=lambda each: (
                ON.index(each.on),
                KINDS.index(each.relation.kind),
                MARKS.index(each.mark),
                each.relation.about,
                each.relation.source,
                each.relation.target,
            ),
        )

    def narrowed(self, kinds: Collection[str], modes: Collection[str], source: str) -> Network:
        """The same with only the claims of some kinds and modes and, where one is given, of a source by slug."""
        kept: list[Relation] = []
        for relation in self.relations:
            claims = [claim for claim in relation.claims if _passes(claim, modes, source)]
            if relation.kind in kinds and claims:
                kept.append(Relation(relation.about, relation.source, relation.target, relation.directed, claims))
        return Network(kept, self.sources, self.offered, self.undated, self.cut)


def held(kind: str, bounds: Bounds, day: str) -> str:
    """`certain`, `possible` or empty: by the dates alone, whether it was on a day or had happened by then."""
    return bounds.by(day) if kind in LASTING else bounds.on(day)


def firm(claim: Claim) -> bool:
    """Whether a source states it plainly, so that its dates alone decide on certainty."""
    return claim.mode == "Asserted" and claim.polarity != NEGATED and not claim.contested


def mark(claim: Claim) -> str:
    """How a claim's relation is drawn."""
    return DENIED if claim.polarity == NEGATED else _MARKS.get(claim.mode, ALLEGED)


@dataclass
class Entry:
    """An occurrence on a day as a row of the table: its pairs, and the claims that say so."""

    about: Thing
    on: str
    mark: str
    contested: bool
    pairs: list[Relation]
    claims: list[Claim]


def entries(standings: Iterable[Standing]) -> list[Entry]:
    """The same by occurrence: one that relates many pairs is one row."""
    found: dict[tuple[str, str, str], Entry] = {}
    for each in standings:
        about = each.relation.about
        entry = found.setdefault((each.on, about.iri, each.mark), Entry(about, each.on, each.mark, False, [], []))
        entry.contested = entry.contested or each.contested
        entry.pairs.append(each.relation)
        entry.claims += [claim for claim in each.claims if claim not in entry.claims]
    return list(found.values())


def _passes(claim: Claim, modes: Collection[str], source: str) -> bool:
    # What is said not to be so is asked for by that alone, in whatever mode it is said.
    return (NEGATED in modes if claim.polarity == NEGATED else claim.mode in modes) and (
        not source or claim.source.path == f"id/{source}"
    )


def network(ask: Ask, group: str = "", people: bool = False, undated: bool = False) -> Network:
    """The relations of the record: of one actor, by IRI, where one is given."""
    pick = _pick(group, undated)
    sources = {
        row["source"]: Thing(row["title"], row["source"], "Source", row.get("@title", ""))
        for row in ask("The sources", "SELECT ?source ?title WHERE { ?source a alg:Source ; dcterms:title ?title }")
    }
    claims = _claims(ask, pick, sources)
    # One more than is shown was asked for, and that one says that there are more.
    cut = len(claims) > MOST_CLAIMS
    claims = dict(list(claims.items())[:MOST_CLAIMS])
    actors = _actors(ask)
    made: dict[tuple[str, str, str], Relation] = {}
    for claim, roles in _with_roles(ask, pick, claims):
        for one, other, directed in _pairs(claim.about.kind, roles):
            if one not in actors or other not in actors or (group and group not in (one, other)):
                continue
            ends = actors[one], actors[other]
            if not people and claim.about.kind not in _WITH_PERSONS and any(end.kind == "Person" for end in ends):
                continue
            relation = made.setdefault((claim.about.iri, one, other), Relation(claim.about, *ends, directed))
            relation.claims.append(claim)
    used = {claim.source for relation in made.values() for claim in relation.claims}
    return Network(
        list(made.values())[:MOST_RELATIONS],
        sorted(used),
        sorted(actor for actor in actors.values() if people or actor.kind != "Person"),
        _undated(ask),
        cut or len(made) > MOST_RELATIONS,
    )


def _listed(names: Iterable[str]) -> str:
    return " ".join(f"alg:{name}" for name in names)


def _pick(group: str, undated: bool) -> str:
    """A pattern that binds ?claim, ?about, ?kind and ?graph to the claims about relations."""
    dated = "" if undated else f"VALUES ?bound {{ {_listed(BOUNDS)} }} GRAPH algg:derived {{ ?claim ?bound ?day }} "
    focused = f"?claim alg:participant <{group}> . " if group else ""
    return f"""{{ SELECT DISTINCT ?claim ?about ?kind ?graph WHERE {{
    {dated}{focused}VALUES ?kind {{ {_listed(KINDS)} }}
    GRAPH ?graph {{ ?claim alg:about ?about ; alg:mode ?anyMode }}
    GRAPH algg:entities {{ ?about a ?kind }}
  }} LIMIT {MOST_CLAIMS + 1} }}"""


def _claims(ask: Ask, pick: str, sources: dict[str, Thing]) -> dict[str, Claim]:
    optional = "\n".join(
        f"  OPTIONAL {{ GRAPH {graph} {{ ?claim alg:{name} ?{name} }} }}"
        for graph, name in (("?graph", "polarity"), *(("algg:derived", name) for name in BOUNDS))
    )
    rows = ask(
        "Claims about relations, with mode and bounds",
        f"""SELECT ?claim ?about ?kind ?label ?graph ?mode ?polarity {" ".join(f"?{name}" for name in BOUNDS)} WHERE {{
  {pick}
  GRAPH ?graph {{ ?claim alg:mode ?mode }}
  GRAPH algg:entities {{ ?about rdfs:label ?label }}
{optional}
}}""",
    )
    disputed: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in ask("What disputes what", "SELECT ?claim ?other WHERE { ?claim alg:disputes ?other }"):
        disputed[row["claim"]].append((row["other"], ""))
        disputed[row["other"]].append((row["claim"], ""))
    graphs = {terms.source_graph(local(iri)): source for iri, source in sources.items()}
    found: dict[str, Claim] = {}
    for row in rows:
        source = graphs.get(row["graph"], Thing(local(row["graph"]), row["graph"], "Source"))
        found[row["claim"]] = Claim(
            row["claim"],
            Thing.of(row, "about"),
            "",
            local(row["mode"]),
            local(row["polarity"]) if "polarity" in row else "Affirmed",
            bounds=Bounds(*(row.get(name, "") for name in BOUNDS)),
            passages=[At("", source, 0)],
            links={"disputes": disputed[row["claim"]]} if row["claim"] in disputed else {},
        )
    return found


def _actors(ask: Ask) -> dict[str, Thing]:
    rows = ask(
        "Names and kinds of those who stand in them",
        f"""SELECT ?actor ?label ?kind WHERE {{
  {{ SELECT DISTINCT ?actor ?kind WHERE {{
    VALUES ?ofKind {{ {_listed(KINDS)} }}
    GRAPH algg:entities {{ ?about a ?ofKind }}
    ?claim alg:about ?about ; alg:participant ?actor .
    VALUES ?kind {{ {_listed(_ACTORS)} }}
    GRAPH algg:entities {{ ?actor a ?kind }}
  }} LIMIT 4000 }}
  ?actor rdfs:label ?label
}}""",
    )
    return things(rows, "actor")


def _with_roles(ask: Ask, pick: str, claims: dict[str, Claim]) -> Iterator[tuple[Claim, dict[str, set[str]]]]:
    rows = ask(
        "Who stands in which role",
        f"""SELECT ?claim ?role ?actor WHERE {{
  {pick}
  VALUES ?role {{ {_listed(_ROLES)} }}
  GRAPH ?graph {{ ?claim ?role ?actor }}
}}""",
    )
    roles: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        roles[row["claim"]][local(row["role"])].add(row["actor"])
    for iri in sorted(roles.keys() & claims.keys()):
        yield claims[iri], roles[iri]


def _pairs(kind: str, roles: dict[str, set[str]]) -> Iterator[tuple[str, str, bool]]:
    """The pairs that a claim relates, and whether one of the two is the first by its role."""
    if kind in _DIRECTED:
        first, second = (sorted(roles.get(role, ())) for role in _DIRECTED[kind])
        for one, other in product(first, second):
            if one != other:
                yield one, other, True
    if kind in _MUTUAL:
        for one, other in combinations(sorted(roles.get(_MUTUAL[kind], ())), 2):
            yield one, other, False


def _undated(ask: Ask) -> int:
    rows = ask(
        "How many such claims carry no date",
        f"""SELECT (COUNT(DISTINCT ?claim) AS ?number) WHERE {{
  VALUES ?kind {{ {_listed(KINDS)} }}
  GRAPH algg:entities {{ ?about a ?kind }}
  GRAPH ?graph {{ ?claim alg:about ?about ; alg:mode ?mode }}
  FILTER NOT EXISTS {{
    VALUES ?bound {{ {_listed(BOUNDS)} }}
    GRAPH algg:derived {{ ?claim ?bound ?day }}
  }}
}}""",
    )
    return int(rows[0]["number"])


def say(ask: Ask, standings: Iterable[Standing]) -> None:
    """Fill in the words and places of the claims that are shown."""
    shown = {claim.iri: claim for standing in standings for claim in standing.claims}
    if not shown:
        return
    rows = ask(
        "What is said in those of this day, and where",
        f"""SELECT ?claim ?statement ?written ?passage WHERE {{
  VALUES ?claim {{ {values([*shown])} }}
  {{ ?claim alg:statement ?statement }}
  UNION {{ ?claim alg:dateAsWritten ?written }}
  UNION {{ ?claim alg:passage ?passage }}
}}""",
    )
    passages = defaultdict(list)
    for row in rows:
        claim = shown[row["claim"]]
        claim.statement = row.get("statement", claim.statement)
        claim.written = row.get("written", claim.written)
        if "passage" in row:
            passages[row["claim"]].append(local(row["passage"]))
    for iri, names in passages.items():
        source = shown[iri].source
        shown[iri].passages = sorted((At(name, source, 0) for name in set(names)), key=lambda at: at.place)
