"""The network as of a day: groups as nodes, relations as edges, what is certain apart from what is possible."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from allegiance import __version__, terms
from allegiance.record.ask import Ask
from allegiance.record.claims import BOUNDS, Claim, Thing
from allegiance.record.network import (
    FAMILIES,
    KINDS,
    LASTING,
    MODES,
    MOST_ROWS,
    NEGATED,
    ON,
    USUAL_MODES,
    Network,
    Relation,
    Standing,
    entries,
    network,
    say,
)
from allegiance.web import texts
from allegiance.web.views import gexf
from allegiance.web.views.view import Given, Parameter, Shown, View, day, slug

DAY = "2016-10-01"
"""A day with much in it; another record than ours may end before it or begin after it."""
COLUMNS = (
    *("day", "on", "from", "kind", "to", "directed", "statement", "mode", "polarity", "contested"),
    *("dateAsWritten", *BOUNDS, "source", "occurrence", "claim", "fromId", "toId"),
)
_NODE = ("kind", "iri")
_EDGE = ("kind", "family", "certainty", "mark", "modes", "contested", *BOUNDS, "claims", "sources")


def day_words(iso: str) -> str:
    """A day as people write it; the scripts of the page do it by the same sentence."""
    year, month, number = iso.split("-")
    return texts.text("network-day", year=year.lstrip("0") or "0", month=f"m{month}", day=number.lstrip("0"))


def _usual_day(found: Network) -> str:
    first, last = found.period
    return DAY if not first or first <= DAY <= last else last


def _address(given: Given, **more: str) -> str:
    kept = {name: value for name, value in {**given, **more}.items() if value}
    return f"{terms.W3ID}network?{urlencode(kept)}"


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "id": claim.path,
        "mode": claim.mode,
        "polarity": claim.polarity,
        "contested": claim.contested,
        "source": claim.source.path,
        "bounds": {name: value for name, value in vars(claim.bounds).items() if value},
    }


def _relation(relation: Relation, standing: Standing | None) -> dict[str, Any]:
    return {
        "id": relation.slug,
        "occurrence": relation.about.path,
        "label": relation.about.label,
        "kind": relation.kind,
        "family": relation.family,
        "source": relation.source.path,
        "target": relation.target.path,
        "directed": relation.directed,
        "lasting": relation.kind in LASTING,
        "on": standing.on if standing else "",
        "mark": standing.mark if standing else "",
        "contested": bool(standing and standing.contested),
        "spells": _spells(relation),
        "claims": [_claim(claim) for claim in relation.claims],
    }


def _row(iso: str, standing: Standing, claim: Claim) -> dict[str, Any]:
    relation = standing.relation
    return {
        "day": iso,
        "on": standing.on,
        "from": relation.source.label,
        "kind": relation.kind,
        "to": relation.target.label,
        "directed": relation.directed,
        "statement": claim.statement,
        "mode": claim.mode,
        "polarity": claim.polarity,
        "contested": claim.contested,
        "dateAsWritten": claim.written,
        **vars(claim.bounds),
        "source": claim.source.path,
        "occurrence": relation.about.path,
        "claim": claim.path,
        "fromId": relation.source.path,
        "toId": relation.target.path,
    }


def _thing(thing: Thing) -> dict[str, str]:
    return {"id": thing.path, "label": thing.label, "kind": thing.kind, "lang": thing.lang}


def show(ask: Ask, given: Given) -> Shown:
    """The relations of the record, and those of one day apart."""
    group = terms.ALGID + given["group"] if given["group"] else ""
    whole = network(ask, group, bool(given["people"]), bool(given["undated"]))
    kinds = given["kinds"].split(",") if given["kinds"] else list(KINDS)
    modes = set(given["modes"].split(",")) if given["modes"] else set(USUAL_MODES)
    found = whole.narrowed(kinds, modes, given["source"])
    iso = given["day"] or _usual_day(whole)
    standings = found.on(iso)
    listed = standings[:MOST_ROWS]
    say(ask, listed)
    counts = {on: sum(standing.on == on for standing in standings) for on in ON}
    on_day = {standing.relation.slug: standing for standing in standings}
    first, last = whole.period
    data = {
        "note": texts.text("not-screening"),
        "version": __version__,
        "address": _address(given, day=iso),
        "day": iso,
        "period": [first, last],
        "counts": counts,
        "undatedClaims": whole.undated,
        "cut": whole.cut,
        "nodes": [_thing(thing) for thing in found.nodes],
        "relations": [_relation(relation, on_day.get(relation.slug)) for relation in found.relations],
    }
    context = {
        "wide": True,
        "day": iso,
        "day_words": day_words,
        "network": whole,
        "counts": counts,
        "outside": bool(first) and not first <= iso <= last,
        "unknown": bool(group) and not any(actor.iri == group for actor in whole.offered),
        "sections": [(on, [entry for entry in entries(listed) if entry.on == on]) for on in ON if counts[on]],
        "left_out": len(standings) - len(listed),
        "families": FAMILIES,
        "kinds": kinds,
        "modes": modes,
        "all_modes": (*MODES, NEGATED),
    }
    return Shown(data, [_row(iso, each, claim) for each in listed for claim in each.claims], COLUMNS, context)


def _spells(relation: Relation) -> list[tuple[str, str]]:
    """For each dated claim, the whole time in which it may be so: an event that lasts has no end."""
    lasting = relation.kind in LASTING
    found = {(bounds.earliestBegin, "" if lasting else bounds.latestEnd) for _, bounds in relation.dated}
    return sorted(span for span in found if any(span))


def _joined(values: list[str]) -> str:
    return "; ".join(dict.fromkeys(value for value in values if value))


def as_gexf(shown: Shown) -> str:
    """What is shown on the day, for Gephi."""
    data = shown.data
    there = [relation for relation in data["relations"] if relation["on"]]
    ends = {relation[end] for relation in there for end in ("source", "target")}
    edges = [
        gexf.Edge(
            relation["id"],
            relation["source"],
            relation["target"],
            relation["directed"],
            relation["occurrence"],
            relation["label"],
            [
                relation["kind"],
                relation["family"],
                relation["on"],
                relation["mark"],
                _joined([claim["mode"] for claim in relation["claims"]])
                + ("; Negated" if any(claim["polarity"] == NEGATED for claim in relation["claims"]) else ""),
                "true" if relation["contested"] else "",
                *(_joined([claim["bounds"].get(name, "") for claim in relation["claims"]]) for name in BOUNDS),
                _joined([claim["id"] for claim in relation["claims"]]),
                _joined([claim["source"] for claim in relation["claims"]]),
            ],
            relation["spells"],
        )
        for relation in there
    ]
    return gexf.write(
        texts.text("network-note", day=data["day"], version=data["version"], address=data["address"]),
        [
            gexf.Node(node["id"], node["label"], [node["kind"], terms.W3ID + node["id"]])
            for node in data["nodes"]
            if node["id"] in ends
        ],
        _NODE,
        edges,
        _EDGE,
    )


VIEW = View(
    "network",
    "Who stood in which relation to whom on a day: what is certain, and what is possible.",
    show,
    (
        day("day", "The day; what had happened by then, and what held on it.", DAY),
        slug("group", "Only this group or person and those related to it.", "islamic-state-khorasan"),
        Parameter("kinds", "Kinds of relation; all where none is given.", "Alliance", choices=KINDS, many=True),
        Parameter(
            "modes",
            "How it is said; all but denials where none is given.",
            "Asserted",
            choices=(*MODES, NEGATED),
            many=True,
        ),
        slug("source", "Only what this source says.", "isis-k-article"),
        Parameter("people", "1: with persons, not only in pledges.", "1", choices=("1",)),
        Parameter("undated", "1: with what carries no date.", "1", choices=("1",)),
    ),
    further={"gexf": (gexf.MEDIA_TYPE, as_gexf)},
)
