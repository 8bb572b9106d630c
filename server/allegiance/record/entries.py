"""What the record tells of a thing as a dated list: one entry for each occurrence, however many claims speak of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from allegiance.record.ask import Ask, local
from allegiance.record.claims import Bounds, Thing, agreed, joined

MOST = 4000
"""The claims of one thing that are read; a page says where there are more."""
# From the firmest: an entry speaks by the claim that its source stands behind most.
MODES = ("Asserted", "SelfClaimed", "Reported", "Alleged", "Speculated", "OutcomeUnknown", "Planned", "Denied")
_SAID = ("statement", "mode", "polarity", "dateAsWritten", "earliestBegin", "latestBegin", "earliestEnd", "latestEnd")


@dataclass(frozen=True)
class Said:
    """A claim as a line shows it."""

    iri: str
    statement: str
    mode: str
    negated: bool
    contested: bool
    written: str
    bounds: Bounds

    @property
    def stance(self) -> tuple[str, bool, bool]:
        """How it is said."""
        return self.mode, self.negated, self.contested

    @property
    def rank(self) -> tuple[bool, bool, int, int, str]:
        """The firmest and dated first, then in the order of the curators."""
        firm = MODES.index(self.mode) if self.mode in MODES else len(MODES)
        number = self.iri.rpartition("-")[2]
        return self.negated, not self.bounds, firm, int(number) if number.isdigit() else 0, self.iri


@dataclass
class Entry:
    """An occurrence, or what is said of the thing itself, with the claims that make it a matter of this page."""

    about: Thing
    said: list[Said] = field(default_factory=list)
    roles: dict[str, list[Thing]] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    """Slugs of the sources."""

    @property
    def kind(self) -> str:
        return self.about.kind

    @property
    def lead(self) -> Said:
        """The claim that speaks for it."""
        return self.said[0]

    @property
    def dated(self) -> Said | None:
        """The claim whose date is shown."""
        return next((said for said in self.said if said.bounds), None)

    @property
    def _alike(self) -> list[Said]:
        """The claims that are as firm as the one whose date is shown, that one first."""
        first = self.dated
        if first is None:
            return []
        return [first, *(said for said in self.said if said is not first and said.stance == first.stance)]

    @property
    def bounds(self) -> Bounds:
        """The bounds of the claim whose date is shown, and what others as firm add to them: one may say when it began
        and another when it ended."""
        common = Bounds()
        for said in self._alike:
            common = joined(common, said.bounds) or common
        return common

    @property
    def differs(self) -> bool:
        """Whether claims as firm as the one whose date is shown leave it no day in common."""
        return agreed(said.bounds for said in self._alike) is None

    @property
    def written(self) -> str:
        return (self.dated.written if self.dated else "") or self.lead.written

    @property
    def contested(self) -> bool:
        """Whether a claim disputes another, or one denies or negates what another affirms."""
        against = [said.negated or said.mode == "Denied" for said in self.said]
        return any(said.contested for said in self.said) or (any(against) and not all(against))

    @property
    def modes(self) -> list[str]:
        """Every way in which it is said, that of the lead first; what is said not to be so counts as Negated."""
        return list(dict.fromkeys("Negated" if said.negated else said.mode for said in self.said))

    @property
    def hedged(self) -> bool:
        """Whether no claim states it plainly."""
        return not any(said.mode == "Asserted" and not said.negated and not said.contested for said in self.said)

    @property
    def order(self) -> tuple[str, str]:
        """By time, and what has no date last."""
        return self.bounds.first or "9999", self.about.label

    @property
    def weight(self) -> tuple[bool, bool, int]:
        """What a short list keeps: what is contested, what has a date, what much is said of."""
        return self.contested, bool(self.bounds), len(self.said)

    def others(self, iri: str, leave: tuple[str, ...] = ("post", "orientation")) -> list[Thing]:
        """Who and what else has a part in it."""
        found = {thing for role, things in self.roles.items() if role not in leave for thing in things}
        return sorted(thing for thing in found if thing.iri != iri)

    def has(self, iri: str) -> list[str]:
        """The roles of a thing in it."""
        return [role for role, things in self.roles.items() if any(thing.iri == iri for thing in things)]


def picked(iri: str) -> str:
    """The claims about a thing, those in which it has a part, and those in its voice, with what they are about."""
    return (
        f"{{ SELECT DISTINCT ?claim ?about WHERE {{ {{ ?claim alg:about <{iri}> }} "
        f"UNION {{ ?claim alg:participant <{iri}> }} UNION {{ ?claim alg:attributedTo <{iri}> }} "
        f"?claim alg:about ?about }} LIMIT {MOST} }}"
    )


def entries(ask: Ask, iri: str) -> list[Entry]:
    """What is said of a thing and of all it has a part in, in order of time."""
    pick = picked(iri)
    properties = " ".join(f"alg:{name}" for name in _SAID)
    lines = ask(
        "What is said, how, and of which time",
        f"SELECT ?claim ?about ?property ?value WHERE {{\n  {pick}\n"
        f"  VALUES ?property {{ {properties} }}\n  ?claim ?property ?value\n}}",
    )
    if not lines:
        return []
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for line in lines:
        found[line["claim"]]["about"] = line["about"]
        found[line["claim"]][local(line["property"])] = line["value"]
    disputes = ask("What is disputed", "SELECT ?one ?other WHERE { ?one alg:disputes ?other } LIMIT 20000")
    contested = {row[side] for row in disputes for side in ("one", "other")}
    made = _abouts(ask, pick)
    for name, record in found.items():
        if "statement" in record and record["about"] in made:
            made[record["about"]].said.append(_said(name, record, name in contested))
    _add_roles(ask, pick, made)
    for entry in made.values():
        entry.said.sort(key=lambda said: said.rank)
        entry.sources.sort()
    return sorted((entry for entry in made.values() if entry.said), key=lambda entry: entry.order)


def _said(name: str, record: dict[str, str], contested: bool) -> Said:
    bounds = Bounds(*(record.get(bound, "") for bound in _SAID[-4:]))
    negated = local(record.get("polarity", "")) == "Negated"
    written = record.get("dateAsWritten", "")
    return Said(name, record["statement"], local(record["mode"]), negated, contested, written, bounds)


def _abouts(ask: Ask, pick: str) -> dict[str, Entry]:
    rows = ask(
        "What they are about, and in which source",
        f"SELECT ?about ?kind ?label ?graph WHERE {{\n  {{ SELECT DISTINCT ?about ?graph WHERE {{\n"
        f"    {pick}\n    GRAPH ?graph {{ ?claim alg:about ?about }} }} }}\n"
        "  GRAPH algg:entities { ?about a ?kind }\n  ?about rdfs:label ?label\n}",
    )
    made: dict[str, Entry] = {}
    for row in rows:
        entry = made.setdefault(row["about"], Entry(Thing(row["label"], row["about"], local(row["kind"]))))
        source = row["graph"].rpartition("/")[2]
        if source not in entry.sources:
            entry.sources.append(source)
    return made


def _add_roles(ask: Ask, pick: str, made: dict[str, Entry]) -> None:
    rows = ask(
        "Who and what has a part in it",
        f"SELECT ?about ?role ?thing ?label WHERE {{\n  {{ SELECT DISTINCT ?about ?role ?thing WHERE {{\n    {pick}\n"
        "    ?role rdfs:subPropertyOf alg:participant .\n    ?claim ?role ?thing } }\n  ?thing rdfs:label ?label\n}",
    )
    for row in rows:
        role = local(row["role"])
        if row["about"] in made and role != "participant":
            things = made[row["about"]].roles.setdefault(role, [])
            thing = Thing(row["label"], row["thing"], lang=row.get("@label", ""))
            if thing.iri not in {other.iri for other in things}:
                things.append(thing)


@dataclass
class Section:
    """Entries of some kinds: those that a short list keeps, and the rest; `cut` are not shown at all."""

    name: str
    shown: list[Entry]
    rest: list[Entry]
    cut: int = 0

    @property
    def size(self) -> int:
        return len(self.shown) + len(self.rest) + self.cut


SHORT, LONG = 6, 120


def section(name: str, found: list[Entry], short: int = SHORT) -> Section:
    """A section of entries in order of time, of which the `short` weightiest are shown at once."""
    if len(found) <= short + 2:
        return Section(name, found, [])
    kept = sorted(found, key=lambda entry: entry.weight, reverse=True)
    shown = {entry.about.iri for entry in kept[:short]}
    rest = {entry.about.iri for entry in kept[short:LONG]}
    return Section(
        name,
        [entry for entry in found if entry.about.iri in shown],
        [entry for entry in found if entry.about.iri in rest],
        max(len(found) - LONG, 0),
    )


def sections(plan: tuple[tuple[str, tuple[str, ...]], ...], found: list[Entry], rest: str) -> list[Section]:
    """The sections of a plan that have entries; what no section takes goes into the last, `rest`."""
    placed = {kind: name for name, kinds in plan for kind in kinds}
    by_name: dict[str, list[Entry]] = defaultdict(list)
    for entry in found:
        by_name[placed.get(entry.kind, rest)].append(entry)
    return [section(name, by_name[name]) for name in dict.fromkeys((*placed.values(), rest)) if by_name[name]]


def spread(found: list[Entry]) -> dict[str, int]:
    """How many claims there are of each mode."""
    count = Counter("Negated" if said.negated else said.mode for entry in found for said in entry.said)
    return {mode: count[mode] for mode in (*MODES, "Negated") if count[mode]}
