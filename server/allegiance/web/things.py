"""The page of each kind of thing: what it asks the record, and the template that shows it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup

from allegiance import describe, terms
from allegiance.passages import Passage
from allegiance.record import claims, entries, source, thing
from allegiance.record.ask import Ask
from allegiance.record.claims import BOUNDS, Bounds, Thing
from allegiance.record.entries import Entry
from allegiance.web import texts
from allegiance.web.replies import HttpError
from allegiance.web.views import VIEWS

# The sections of a page, in order, and the kinds of occurrence that stand in each.
_GROUP = (
    ("beginnings", ("Founding", "Declaration", "Recognition", "Designation")),
    ("leaders", ("Tenure", "Appointment", "Dismissal")),
    ("pledges", ("Pledge", "Allegiance")),
    ("mergers", ("Merger", "Absorption")),
    ("splits", ("Split", "Defection")),
    ("parts", ("ComponentOf", "Membership", "Composition")),
    ("alliances", ("Alliance", "Support")),
    ("hostilities", ("Hostility", "Conflict", "Attack", "MilitaryOperation", "Losses")),
    ("ceasefires", ("Ceasefire", "PeaceAgreement", "Negotiation")),
    ("ties", ("Ties", "PersonalTie")),
    ("presence", ("Presence", "Deployment", "Relocation")),
    ("numbers", ("Strength", "Recruitment", "Funding", "Pay")),
    ("fates", ("Death", "Arrest", "Release")),
    ("words", ("Communique", "Publication")),
    ("aims", ("Orientation",)),
    ("conduct", ("Conduct",)),
    ("assessments", ("Assessment",)),
)
_PERSON = (
    ("path", ("Tenure", "Appointment", "Dismissal", "Membership", "Pledge", "Allegiance", "Defection", "Death")),
    ("path", ("Arrest", "Release", "Founding", "Relocation", "Split", "Merger", "Absorption", "Deployment")),
    ("path", ("Declaration", "Recognition")),
    ("ties", ("Ties", "PersonalTie", "Alliance", "Support", "Hostility", "Funding", "Recruitment", "Negotiation")),
    ("words", ("Communique", "Publication")),
    ("aims", ("Orientation",)),
    ("conduct", ("Conduct",)),
    ("assessments", ("Assessment",)),
)
_PLACE = (
    ("happened", ("Attack", "MilitaryOperation", "Losses", "Death", "Arrest", "Declaration", "Founding", "Pledge")),
    ("happened", ("Relocation", "Deployment", "Merger", "Split", "Defection", "Release", "Communique", "Recognition")),
    ("presence", ("Presence",)),
    ("ceasefires", ("Ceasefire", "PeaceAgreement", "Negotiation")),
    ("leaders", ("Tenure", "Appointment", "Dismissal")),
    ("hostilities", ("Hostility", "Conflict")),
    ("numbers", ("Strength", "Recruitment", "Funding", "Pay")),
    ("conduct", ("Conduct",)),
    ("assessments", ("Assessment",)),
)
_REST = "further"
_DRAWN = ("Strength", "Funding", "Pay", "Composition", "Recruitment")
"""What numbers are drawn of: the rest stand in the table."""
# The plain edges of the summary, in the order in which they are shown.
_FACTS = (
    *("componentOf", "mergedInto", "splitFrom", "ledBy", "leads", "memberOf", "pledgedTo", "recognisedBy", "fundedBy"),
    *("supportedBy", "alliedWith", "ceasefireWith", "hostileTo", "defectedTo", "designatedBy", "presentIn", "within"),
    *("creator", "sourceKind"),
)
_SPANS = 40


@dataclass
class Page:
    """A page to render: its template and what it shows."""

    template: str
    context: dict[str, Any]


def ends(first: str, last: str) -> tuple[str, str]:
    """Two days as years or months where they begin the one and end the other, and else as they are."""
    if first[4:] == "-01-01" and last[4:] == "-12-31":
        return first[:4], last[:4]
    is_last = int(last[8:]) == monthrange(int(last[:4]), int(last[5:7]))[1]
    return (first[:7], last[:7]) if first[8:] == "01" and is_last else (first, last)


def _side(side: str, earliest: str, latest: str) -> str:
    if earliest and latest:
        first, last = ends(earliest, latest) if earliest != latest else (earliest, latest)
        key = f"thing-{side}"
        return texts.text(key, day=first) if first == last else texts.text(f"{key}-between", first=first, last=last)
    if latest:
        return texts.text(f"thing-{side}-by", day=latest)
    return texts.text(f"thing-{side}-after", day=earliest) if earliest else ""


def when(bounds: Bounds) -> str:
    """Bounds in few words: “2015-01”, “2013 to 2015 · end unknown”."""
    begin, end = (bounds.earliestBegin, bounds.latestBegin), (bounds.earliestEnd, bounds.latestEnd)
    if begin == end:
        return _side("on", *begin)
    if not begin[0] and not end[1] and begin[1] and end[0]:
        # It held on some day, or from one to another; when it began and ended is not known.
        if end[0] > begin[1]:
            return texts.text("thing-at-least", first=begin[1], last=end[0])
        return _side("on", end[0], begin[1])
    if not any(end):
        return _side("from", *begin)
    sides = (_side("from", *begin), _side("until", *end))
    return texts.text("thing-span", first=sides[0], last=sides[1]) if sides[0] else sides[1]


def _bounds_data(bounds: Bounds) -> dict[str, str]:
    return {name: getattr(bounds, name) for name in BOUNDS}


def _ref(it: Thing) -> dict[str, str]:
    return {"path": it.path, "label": it.label, "lang": it.lang}


def _mark(entry: Entry, label: str, sub: str, end: Thing | None = None) -> dict[str, Any]:
    """An entry as the pictures have it."""
    return {
        "path": entry.about.path,
        "label": label,
        "sub": sub,
        "to": end.path if end else entry.about.path,
        "lang": end.lang if end else "",
        "when": when(entry.bounds),
        "bounds": _bounds_data(entry.bounds),
        "mode": entry.modes[0],
        "hedged": entry.hedged,
        "contested": entry.contested,
        "statement": entry.lead.statement,
    }


def _tenures(found: list[Entry], iri: str) -> list[dict[str, Any]]:
    """Who held which post in a group, as bars of time; who has no date comes last."""
    marks = []
    for entry in found:
        if entry.kind != "Tenure" or "group" not in entry.has(iri):
            continue
        posts = ", ".join(post.label for post in entry.roles.get("post", []))
        marks += [_mark(entry, person.label, posts, person) for person in entry.roles.get("person", [])]
    return marks[:_SPANS]


def _path(found: list[Entry]) -> list[dict[str, Any]]:
    """What a person did and went through, as marks in time."""
    dated = [entry for entry in found if entry.bounds]
    return [_mark(entry, entry.about.label, texts.named("thing-kind", entry.kind)) for entry in dated][:_SPANS]


# In which role the thing stands, and in which role what came before or after it stands.
_KIN = {
    "before": (("output", "input"), ("splinter", "parentGroup")),
    "after": (("input", "output"), ("parentGroup", "splinter")),
}


def kin(found: list[Entry], iri: str) -> dict[str, list[dict[str, Any]]]:
    """What a group came out of and what came out of it: its immediate predecessors and successors, with dates."""
    made: dict[str, list[dict[str, Any]]] = {"before": [], "after": []}
    for entry in found:
        if entry.kind not in ("Merger", "Absorption", "Split"):
            continue
        mine = entry.has(iri)
        for side, pairs in _KIN.items():
            for own, other in pairs:
                if own in mine:
                    kind = texts.named("thing-kind", entry.kind)
                    others = [it for it in entry.roles.get(other, []) if it.iri != iri]
                    made[side] += [_mark(entry, it.label, kind, it) for it in others]
    return made


def _ways(head: thing.Head) -> list[tuple[str, str]]:
    """The views that show a thing, as address and view; those that take such a parameter only."""
    wanted = {
        "group": {"network": "group", "timeline": "group", "lineage": "group", "map": "group", "compare": "left"},
        "person": {"network": "group", "timeline": "person", "compare": "left"},
        "place": {"map": "place"},
    }.get(head.page, {})
    ways = []
    for view in VIEWS:
        name = wanted.get(view.name)
        names = {parameter.name for parameter in view.parameters}
        if name in names:
            ways.append((f"/{view.name}?{name}={head.slug}", view.name))
    return ways


def _facts(ask: Ask, head: thing.Head) -> list[tuple[str, list[Thing]]]:
    """The summary: plain edges of the derived graph, and the seat."""
    facts = [(name, head.values[name]) for name in _FACTS if name in head.values]
    seats = thing.seats(ask, head.iri) if head.page == "group" else []
    return [*facts, ("seat", seats)] if seats else facts


def _actor(ask: Ask, head: thing.Head, plan: Any) -> dict[str, Any]:
    found = entries.entries(ask, head.iri)
    said_of = [entry for entry in found if entry.about.iri == head.iri]
    listed = [entry for entry in found if entry.about.iri != head.iri]
    return {
        "found": found,
        "said_of": entries.section("itself", said_of) if said_of else None,
        "sections": entries.sections(plan, listed, _REST),
        "spread": entries.spread(found),
        "claim_count": sum(len(entry.said) for entry in found),
        "cut": sum(len(entry.said) for entry in found) >= entries.MOST,
        "names": thing.names(ask, head.iri),
        "judgements": thing.judgements(ask, head.iri),
        "matches": thing.matches(ask, head.iri),
        "facts": _facts(ask, head),
    }


def _group(ask: Ask, head: thing.Head) -> dict[str, Any]:
    context = _actor(ask, head, _GROUP)
    found = context["found"]
    counted = thing.quantities(ask, head.iri)
    charts: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for it in counted:
        it["when"] = when(it["bounds"])
        it["claimant"] = ", ".join(voice.label for voice in it["voices"])
        charts.setdefault((it["kind"], it["unit"]), []).append(it)
    context |= {
        "counted": counted,
        "tenures": _tenures(found, head.iri),
        "kin": kin(found, head.iri),
        "data": {
            "self": head.label,
            "tenures": _tenures(found, head.iri),
            "kin": kin(found, head.iri),
            "charts": [_chart(kind, unit, its) for (kind, unit), its in charts.items() if kind in _DRAWN],
        },
    }
    return context


def _chart(kind: str, unit: str, its: list[dict[str, Any]]) -> dict[str, Any]:
    left = ("voices", "bounds")
    return {
        "kind": texts.named("thing-kind", kind),
        "unit": texts.named("thing-unit", unit) if unit else "",
        "marks": [{name: value for name, value in it.items() if name not in left} for it in its[:_SPANS]],
    }


def _person(ask: Ask, head: thing.Head) -> dict[str, Any]:
    context = _actor(ask, head, _PERSON)
    path = [entry for entry in context["found"] if entry.kind in {kind for _, kinds in _PERSON[:3] for kind in kinds}]
    return context | {"path": _path(path), "data": {"path": _path(path)}}


def _place(ask: Ask, head: thing.Head) -> dict[str, Any]:
    context = _actor(ask, head, _PLACE)
    above, below = thing.around(ask, head.iri)
    at = thing.point(ask, head.iri)
    context["facts"] = [(name, its) for name, its in context["facts"] if name != "within"]
    return context | {"above": above, "below": below, "point": at, "data": {"point": at, "self": head.label}}


def _concept(ask: Ask, head: thing.Head) -> dict[str, Any]:
    return _actor(ask, head, _GROUP)


def _occurrence(ask: Ask, head: thing.Head) -> dict[str, Any]:
    found = claims.claims(ask, claims.about(head.iri))
    roles: dict[str, dict[str, Thing]] = {}
    for claim in found:
        for role, things in claim.roles.items():
            roles.setdefault(role, {}).update({it.iri: it for it in things})
    return {
        "claims": found,
        "roles": {role: sorted(things.values()) for role, things in roles.items()},
        "status": head.values["status"][0].iri.rpartition("#")[2] if "status" in head.values else "",
        "edges": thing.edges(ask, f"?edge alg:edgeOf <{head.iri}> ."),
        "notes": thing.notes(ask, [claim.iri for claim in found]),
        "sources": sorted({claim.source for claim in found if claim.passages}),
    }


def _claim(ask: Ask, head: thing.Head) -> dict[str, Any]:
    found = claims.claims(ask, claims.these([head.iri]))
    return {
        "claim": found[0] if found else None,
        "edges": thing.edges(ask, f"?edge prov:wasDerivedFrom <{head.iri}> ."),
        "notes": thing.notes(ask, [head.iri]),
    }


def _passage(ask: Ask, head: thing.Head) -> dict[str, Any]:
    name = head.iri.removeprefix(terms.ALGP)
    place = Passage.named(name)
    its = ask(
        "The source of the passage",
        f"SELECT ?source ?title WHERE {{ <{head.iri}> oa:hasSource ?source . ?source dcterms:title ?title }} LIMIT 1",
    )
    where = (
        Thing(its[0]["title"], its[0]["source"], "Source") if its else Thing(place.source, terms.ALGID + place.source)
    )
    used = ask(
        "What else rests on the passage",
        f"""SELECT DISTINCT ?thing ?label ?kind WHERE {{
  ?thing alg:passage <{head.iri}> . GRAPH algg:entities {{ ?thing a ?kind }}
  ?thing rdfs:label|skosxl:literalForm ?label
}} LIMIT 200""",
    )
    return {
        "at": claims.At(name, where, int(head.text("paragraph") or 0), head.text("sha256")),
        "place": place,
        "claims": claims.claims(ask, f"?claim alg:passage <{head.iri}> ; alg:mode ?mode ."),
        "used": sorted(Thing(row["label"], row["thing"], row["kind"].rpartition("#")[2]) for row in used),
    }


def _name(ask: Ask, head: thing.Head) -> dict[str, Any]:
    rows = ask(
        "Whose name it is",
        f"""SELECT DISTINCT ?thing ?label WHERE {{
  ?thing skosxl:prefLabel|skosxl:altLabel <{head.iri}> ; rdfs:label ?label
}}""",
    )
    owners = sorted(Thing(row["label"], row["thing"], lang=row.get("@label", "")) for row in rows)
    return {"owners": owners, "passages": thing.passages_of(ask, head.iri)}


def _edge(ask: Ask, head: thing.Head) -> dict[str, Any]:
    found = thing.edges(ask, f"VALUES ?edge {{ <{head.iri}> }}")
    behind = [it.iri for it in head.values.get("wasDerivedFrom", [])]
    return {"edge": found[0] if found else None, "claims": claims.claims(ask, claims.these(behind)) if behind else []}


def _mapping(ask: Ask, head: thing.Head) -> dict[str, Any]:
    of = head.thing("annotatedSource")
    found = [match for match in (thing.matches(ask, of.iri) if of else []) if match.iri == head.iri]
    return {"match": found[0] if found else None, "of": of}


def _judgement(ask: Ask, head: thing.Head) -> dict[str, Any]:
    return {
        "verdict": head.values["verdict"][0].iri.rpartition("#")[2] if "verdict" in head.values else "",
        "passages": thing.passages_of(ask, head.iri),
        "claims": claims.claims(ask, claims.about(head.iri)),
    }


def _note(ask: Ask, head: thing.Head) -> dict[str, Any]:
    annotated = [it.iri for it in head.values.get("annotates", [])][:200]
    return {"claims": claims.claims(ask, claims.these(annotated)) if annotated else []}


def _source(ask: Ask, head: thing.Head, asked: str) -> dict[str, Any]:
    counts = source.paragraphs(ask, head.iri)
    if asked and not (asked.isascii() and asked.isdigit() and int(asked) in counts):
        raise HttpError(
            404, f"{head.path} has no claims in a paragraph {asked[:20]!r}; its page lists those that have."
        )
    span = (int(asked), int(asked)) if asked else source.first_lines(counts)
    numbers = sorted(counts)
    return {
        "counts": counts,
        "chosen": int(asked) if asked else 0,
        "total": sum(counts.values()),
        "span": span,
        "following": next((number for number in numbers if number > span[1]), 0),
        "lines": source.lines(ask, head.iri, *span) if counts else {},
        "origins": source.origins(ask, head.iri),
        "descendants": source.descendants(ask, head.iri),
    } | {"actor": _actor(ask, head, _GROUP)}


_SHOWN: dict[str, Callable[[Ask, thing.Head], dict[str, Any]]] = {
    "group": _group,
    "person": _person,
    "place": _place,
    "concept": _concept,
    "occurrence": _occurrence,
    "claim": _claim,
    "passage": _passage,
    "name": _name,
    "edge": _edge,
    "mapping": _mapping,
    "judgement": _judgement,
    "note": _note,
}


def called(ask: Ask, head: thing.Head) -> str:
    """What a thing is called at the head of its page and where it is cited: also where it has no label of its own."""
    if head.page == "edge":
        for edge in thing.edges(ask, f"VALUES ?edge {{ <{head.iri}> }}"):
            verb = texts.named("thing-edge", edge.verb)
            return texts.text("thing-edge-title", left=edge.left.label, verb=verb, right=edge.right.label)
    source, target = head.thing("hasSource"), head.thing("annotatedTarget")
    if head.page == "passage" and source is not None:
        place = Passage.named(head.iri.removeprefix(terms.ALGP))
        words = {"source": source.label, "number": head.text("paragraph"), "at": f"{place.start}–{place.end}"}
        return texts.text("thing-passage-name", **words)
    of = head.thing("annotatedSource")
    if head.page == "mapping" and of is not None and target is not None:
        return texts.text("thing-mapping-name", left=of.label, right=target.iri.rstrip("/").rpartition("/")[2])
    return head.label


def page(ask: Ask, head: thing.Head, paragraph: str, table: Callable[[str], Any]) -> Page:
    """What the page of a thing shows; `table` answers a query as a plain table, for what has no page of its own."""
    shared: dict[str, Any] = {"head": head, "when": when, "ways": _ways(head)}
    if head.page == "source":
        return Page("thing_source.html", shared | _source(ask, head, paragraph))
    show = _SHOWN.get(head.page)
    if show is None:
        return Page("thing_plain.html", shared | {"table": table(describe.facts_query(head.iri))})
    return Page(f"thing_{head.page}.html", shared | show(ask, head))


class Words:
    """What every row of a list says, worded once: a page has hundreds of them."""

    def __init__(self) -> None:
        self.undated = texts.text("thing-undated")
        self.contested = _badge("contested", texts.text("contested"))
        self.differs = _badge("contested", texts.text("thing-differs"))
        self.badges = {mode: _badge(f"mode-{mode}", texts.named("mode", mode)) for mode in entries.MODES}
        self.badges["Negated"] = _badge("mode-Negated", texts.named("polarity", "Negated"))
        self.count = _Counted("thing-count-claims")
        self.more = _Counted("thing-more")


class _Counted(dict[int, str]):
    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key

    def __missing__(self, count: int) -> str:
        self[count] = texts.text(self.key, count=count)
        return self[count]


def _badge(kind: str, said: str) -> Markup:
    return Markup('<span class="mode {}">{}</span>').format(kind, said)


@cache
def words() -> Words:
    """The words of the rows."""
    return Words()


def titles(ask: Ask) -> dict[str, str]:
    """The titles of the sources by slug."""
    rows = ask(
        "The titles of the sources", "SELECT ?source ?title WHERE { ?source a alg:Source ; dcterms:title ?title }"
    )
    return {row["source"].rpartition("/")[2]: row["title"] for row in rows}


def number(value: float) -> str:
    """A quantity with its thousands set apart."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,}"
