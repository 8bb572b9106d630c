"""Claims that dispute each other or strain each other, in pairs with the notes on them; and what registers mix up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from allegiance import terms
from allegiance.record.ask import Ask, local, path, values
from allegiance.record.claims import Claim, Thing, claims, named, plain_data, these

BETWEEN, WITHIN, REGISTERS = GROUPS = ("between", "within", "registers")
DISPUTES, TENSION, APART = LINKS = ("disputes", "tension", "apart")
"""`apart`: our thing and an item of a register that must not be taken for it (a negative mapping)."""
_NAMES = {"disputes": DISPUTES, "tensionWith": TENSION}
_AT_ONCE = 200
"""Claims that are asked for in one query, so that no answer grows with the record."""
SUBJECTS = 40
_SSSOM = "https://w3id.org/sssom/"


@dataclass(frozen=True, order=True)
class Note:
    """What the editors say of some claims, without deciding between them."""

    label: str
    iri: str
    words: str

    @property
    def path(self) -> str:
        return path(self.iri)


@dataclass(frozen=True)
class Found:
    """A pair as it is counted and ordered, before anything is read of it. `one` is what disputes the other."""

    group: str
    link: str
    notes: tuple[str, ...]
    one: str
    other: str

    @property
    def order(self) -> tuple[int, int, tuple[str, ...], str, str]:
        """By group, disputes first, what one note speaks of together."""
        return GROUPS.index(self.group), LINKS.index(self.link), self.notes, self.one, self.other


@dataclass(frozen=True)
class Pair:
    """Two claims that are hard to hold together, with the notes on both."""

    group: str
    link: str
    one: Claim
    other: Claim
    notes: tuple[Note, ...] = ()

    @property
    def about(self) -> list[Thing]:
        """What the two speak of: one thing or two."""
        return sorted({self.one.about, self.other.about})


@dataclass(frozen=True)
class Mapping:
    """A thing of ours and an item of an outside register that is not the same, with the reason."""

    thing: Thing
    item: str
    register: str
    why: str
    evidence: str
    confidence: str
    group: str = REGISTERS
    link: str = APART

    @property
    def name(self) -> str:
        """The item as its register names it: Q2429253, 1149424."""
        return local(self.item.rstrip("/"))


@dataclass
class Selection:
    """Which pairs are looked at; empty is all."""

    group: str = ""
    link: str = ""
    about: str = ""
    source: str = ""


@dataclass
class Contradictions:
    """Everything that a selection finds, of which only what is shown is read."""

    pairs: list[Found]
    mappings: list[Mapping]
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    """By group, how many of each link, whatever group and link are selected."""

    @property
    def total(self) -> int:
        return len(self.pairs) + len(self.mappings)

    def of(self, group: str) -> list[Found] | list[Mapping]:
        """What one group has."""
        if group == REGISTERS:
            return self.mappings
        return [found for found in self.pairs if found.group == group]


def contradictions(ask: Ask, selection: Selection) -> Contradictions:
    """What a selection finds: pairs of claims and negative mappings, in their order."""
    pairs = _pairs(ask, selection)
    # A mapping stands in no source, so that a choice of sources leaves none.
    mappings = _mappings(ask, selection.about) if not selection.source else []
    counts: dict[str, Counter[str]] = {group: Counter() for group in GROUPS}
    everything: list[Found | Mapping] = [*pairs, *mappings]
    for one in everything:
        counts[one.group][one.link] += 1

    def wanted(one: Found | Mapping) -> bool:
        return selection.group in ("", one.group) and selection.link in ("", one.link)

    return Contradictions(
        sorted(filter(wanted, pairs), key=lambda found: found.order), [*filter(wanted, mappings)], counts
    )


def _pairs(ask: Ask, selection: Selection) -> list[Found]:
    narrowed = ""
    if selection.source:
        source = f"<{terms.ALGG}source/{selection.source}>"
        narrowed += f"\n  FILTER({source} IN (?oneGraph, ?otherGraph))"
    if selection.about:
        thing = f"<{terms.ALGID}{selection.about}>"
        narrowed += (
            f"\n  {{ ?one alg:about {thing} }} UNION {{ ?other alg:about {thing} }}"
            f" UNION {{ ?one alg:participant {thing} }} UNION {{ ?other alg:participant {thing} }}"
        )
    # Tension holds both ways and the other way is inferred: the asserted links alone give each pair once.
    rows = ask(
        "Every disputed or tense pair",
        f"""SELECT DISTINCT ?link ?one ?other ?oneGraph ?otherGraph ?note WHERE {{
  VALUES ?link {{ alg:disputes alg:tensionWith }}
  GRAPH ?oneGraph {{ ?one ?link ?other ; alg:statement ?said }}
  GRAPH ?otherGraph {{ ?other alg:statement ?alsoSaid }}
  OPTIONAL {{ GRAPH algg:entities {{ ?note alg:annotates ?one , ?other }} }}{narrowed}
}}""",
    )
    notes: dict[tuple[str, str, str, str], set[str]] = {}
    for row in rows:
        group = WITHIN if row["oneGraph"] == row["otherGraph"] else BETWEEN
        known = notes.setdefault((group, _NAMES[local(row["link"])], row["one"], row["other"]), set())
        if "note" in row:
            known.add(row["note"])
    return [Found(group, link, tuple(sorted(of)), one, other) for (group, link, one, other), of in notes.items()]


def _mappings(ask: Ask, about: str) -> list[Mapping]:
    narrowed = f"VALUES ?thing {{ <{terms.ALGID}{about}> }}\n  " if about else ""
    rows = ask(
        "What must not be taken for an item of a register",
        f"""SELECT ?thing ?item ?why ?evidence ?confidence WHERE {{
  {narrowed}GRAPH algg:links {{
    ?mapping <{_SSSOM}predicate_modifier> ?negated ;
      <{terms.OWL}annotatedSource> ?thing ;
      <{terms.OWL}annotatedTarget> ?item ;
      <{_SSSOM}confidence> ?confidence ;
      dcterms:source ?evidence .
    OPTIONAL {{ ?mapping rdfs:comment ?why }}
  }}
}}""",
    )
    things = _things(ask, {row["thing"] for row in rows})
    found = {
        (row["thing"], row["item"]): Mapping(
            things.get(row["thing"], Thing(local(row["thing"]), row["thing"])),
            row["item"],
            "geonames" if "geonames" in row["item"] else "wikidata",
            row.get("why", ""),
            row["evidence"],
            row["confidence"],
        )
        for row in rows
    }
    return sorted(found.values(), key=lambda mapping: (mapping.thing.label.casefold(), mapping.item))


def _things(ask: Ask, iris: Iterable[str]) -> dict[str, Thing]:
    """Some things with label and kind."""
    if not (wanted := sorted(iris)):
        return {}
    return named(ask, "Their names and kinds", wanted)


def labels(ask: Ask, iris: Iterable[str]) -> dict[str, str]:
    """The preferred labels of some things."""
    if not (wanted := sorted(iris)):
        return {}
    rows = ask(
        "What they are called",
        f"SELECT ?thing ?label WHERE {{ VALUES ?thing {{ {values(wanted)} }} ?thing rdfs:label ?label }}",
    )
    return {row["thing"]: row["label"] for row in rows}


def read(ask: Ask, found: Sequence[Found]) -> list[Pair]:
    """Pairs with everything said in their claims, and the words of their notes."""
    wanted = sorted({iri for pair in found for iri in (pair.one, pair.other)})
    known: dict[str, Claim] = {}
    for begin in range(0, len(wanted), _AT_ONCE):
        known |= {claim.iri: claim for claim in claims(ask, these(wanted[begin : begin + _AT_ONCE]))}
    notes = _notes(ask, sorted({iri for pair in found for iri in pair.notes}))
    return [
        Pair(
            pair.group,
            pair.link,
            known[pair.one],
            known[pair.other],
            tuple(sorted(notes[iri] for iri in pair.notes if iri in notes)),
        )
        for pair in found
        if pair.one in known and pair.other in known
    ]


def _notes(ask: Ask, iris: list[str]) -> dict[str, Note]:
    if not iris:
        return {}
    rows = ask(
        "The editorial notes on them",
        f"""SELECT ?note ?label ?words WHERE {{
  VALUES ?note {{ {values(iris)} }}
  GRAPH algg:entities {{ ?note alg:note ?words ; rdfs:label ?label }}
}}""",
    )
    return {row["note"]: Note(row["label"], row["note"], row["words"]) for row in rows}


def subjects(ask: Ask) -> list[Thing]:
    """Things that have a part in pairs, those in most first: a choice for a reader, not a list of all."""
    often: Counter[str] = Counter()
    # One side at a time: the engine plans a union of the two badly.
    for side in ("one", "other"):
        rows = ask(
            f"What the pairs speak of most: the {side}",
            f"""SELECT ?thing (COUNT(*) AS ?often) WHERE {{
  VALUES ?link {{ alg:disputes alg:tensionWith }}
  GRAPH ?graph {{ ?one ?link ?other ; alg:statement ?said }}
  GRAPH algg:inferred {{ ?{side} alg:participant ?thing }}
}} GROUP BY ?thing ORDER BY DESC(?often) ?thing LIMIT {SUBJECTS}""",
        )
        for row in rows:
            often[row["thing"]] += int(row["often"])
    chosen = [iri for iri, _ in often.most_common(SUBJECTS)]
    named = labels(ask, chosen)
    return [Thing(named[iri], iri) for iri in chosen if iri in named]


def sources(ask: Ask) -> list[Thing]:
    """The sources that have claims, for a choice among them."""
    rows = ask(
        "The sources",
        f"""SELECT ?source ?title WHERE {{
  GRAPH algg:entities {{ ?source a alg:Source ; dcterms:title ?title }}
  BIND(IRI(CONCAT("{terms.ALGG}source/", STRAFTER(STR(?source), "/id/"))) AS ?graph)
  FILTER EXISTS {{ GRAPH ?graph {{ ?claim alg:statement ?said }} }}
}}""",
    )
    return sorted({Thing(row["title"], row["source"], "Source") for row in rows})


def clusters(pairs: Sequence[Pair]) -> list[tuple[tuple[Note, ...], list[Pair]]]:
    """Pairs in their order, what the same notes speak of together."""
    found: list[tuple[tuple[Note, ...], list[Pair]]] = []
    for pair in pairs:
        if not found or found[-1][0] != pair.notes:
            found.append((pair.notes, []))
        found[-1][1].append(pair)
    return found


# ------------------------------------------------------------ as data

COLUMNS = (
    "group", "link",
    "one", "oneStatement", "oneMode", "onePolarity", "oneAttributedTo", "oneDateAsWritten", "oneSource", "onePassages",
    "other", "otherStatement", "otherMode", "otherPolarity", "otherAttributedTo", "otherDateAsWritten", "otherSource",
    "otherPassages", "about", "note",
)  # fmt: skip


def _side(name: str, claim: Claim) -> dict[str, Any]:
    return {
        name: claim.iri,
        f"{name}Statement": claim.statement,
        f"{name}Mode": claim.mode,
        f"{name}Polarity": claim.polarity,
        f"{name}AttributedTo": [thing.label for thing in claim.attributed],
        f"{name}DateAsWritten": claim.written,
        f"{name}Source": claim.source.label if claim.passages else "",
        f"{name}Passages": [at.name for at in claim.passages],
    }


def rows(pairs: Iterable[Pair], mappings: Iterable[Mapping]) -> list[dict[str, Any]]:
    """One row a pair."""
    return [
        *(
            {
                "group": pair.group,
                "link": pair.link,
                **_side("one", pair.one),
                **_side("other", pair.other),
                "about": [thing.label for thing in pair.about],
                "note": [note.words for note in pair.notes],
            }
            for pair in pairs
        ),
        *(
            {
                "group": mapping.group,
                "link": mapping.link,
                "one": mapping.thing.iri,
                "oneStatement": mapping.thing.label,
                "other": mapping.item,
                "note": mapping.why,
            }
            for mapping in mappings
        ),
    ]


def data(pairs: Iterable[Pair], mappings: Iterable[Mapping]) -> list[dict[str, Any]]:
    """The pairs as JSON has them."""
    return [
        *(
            {
                "group": pair.group,
                "link": pair.link,
                "one": plain_data(pair.one),
                "other": plain_data(pair.other),
                "notes": [{"id": note.path, "label": note.label, "note": note.words} for note in pair.notes],
            }
            for pair in pairs
        ),
        *(
            {
                "group": mapping.group,
                "link": mapping.link,
                "one": {"id": mapping.thing.path, "label": mapping.thing.label, "kind": mapping.thing.kind},
                "other": {"id": mapping.item, "register": mapping.register},
                "why": mapping.why,
                "evidence": mapping.evidence,
                "confidence": float(mapping.confidence),
            }
            for mapping in mappings
        ),
    ]
