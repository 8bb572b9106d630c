"""The map: what the record puts in a place, year by year, over the borders of Natural Earth."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any

from allegiance.record.ask import Ask, local
from allegiance.record.claims import BOUNDS, Thing
from allegiance.record.places import FAMILIES, ROLES, SAID, Happening, Happenings, Place, happenings
from allegiance.web import texts
from allegiance.web.views.picked import organisations, pick
from allegiance.web.views.view import SLUG, Given, Parameter, Shown, View, slug

ROWS_SHOWN = 600
"""So many rows the table of the page has; the files have all of them."""
COLUMNS = (
    "place", "placeLabel", "within", "longitude", "latitude", "gazetteer", "licence", "locatedAt", "what", "label",
    "kind", "family", "role", "who", "mode", "polarity", "contested", "inYear", "statement", "dateAsWritten", *BOUNDS,
    "source", "claim",
)  # fmt: skip
PARAMETERS = (
    Parameter("year", "A year; without one, all years and what has no date", "2016", pattern=r"\d{4}"),
    Parameter("kind", "Families of kinds to show", "presence", choices=tuple(FAMILIES), many=True),
    Parameter("said", "How firmly it is said", "stated", choices=SAID, many=True),
    Parameter("group", "Only what an organisation has part in: its slug or its name", "islamic-state-khorasan"),
    slug("source", "Only what one source says", "isis-k-article"),
    Parameter(
        "place", "Only a place, and what lies in it without a point of its own", "nangarhar-province", pattern=SLUG
    ),
    Parameter(
        "view",
        "The part of the earth that the picture shows: all, or longitude, latitude and zoom of its centre",
        "70.5,34.2,6",
        pattern=r"all|-?\d{1,3}(\.\d+)?,-?\d{1,2}(\.\d+)?,\d{1,3}(\.\d+)?",
    ),
)


def _sources(ask: Ask) -> dict[str, Thing]:
    rows = ask(
        "The sources",
        "SELECT ?source ?title WHERE { GRAPH algg:entities { ?source a alg:Source ; dcterms:title ?title } }",
    )
    return {
        local(row["source"]): Thing(row["title"], row["source"], "Source", row.get("@title", ""))
        for row in sorted(rows, key=lambda row: row["title"])
    }


def _wanted(one: Happening, given: Given, group: Thing | None) -> bool:
    """Whether the filters let something through, but for year and place."""
    return (
        (not given["kind"] or one.family in given["kind"].split(","))
        and (not given["said"] or one.said in given["said"].split(","))
        and (group is None or any(thing.iri == group.iri for thing in (*one.who, one.what)))
        and (not given["source"] or one.source == given["source"])
    )


def _row(one: Happening, all_places: dict[str, Place], year: str) -> dict[str, Any]:
    place = one.place
    return {
        "place": place.slug,
        "placeLabel": place.label,
        "within": [all_places[iri].label for iri in place.within],
        "longitude": place.point[0] if place.point else "",
        "latitude": place.point[1] if place.point else "",
        "gazetteer": place.gazetteer,
        "licence": place.licence,
        "locatedAt": place.slug if place.point else local(place.around),
        "what": local(one.what.iri),
        "label": one.what.label,
        "kind": one.what.kind,
        "family": one.family,
        "role": one.role,
        "who": [thing.label for thing in one.who],
        "mode": one.mode,
        "polarity": one.polarity,
        "contested": one.contested,
        "inYear": one.in_year(year) if year else "",
        "statement": one.statement,
        "dateAsWritten": one.written,
        **{name: getattr(one.bounds, name) for name in BOUNDS},
        "source": one.source,
        "claim": f"claim/{local(one.claim)}",
    }


def _happening_data(one: Happening, year: str) -> dict[str, Any]:
    return {
        "place": one.place.slug,
        "role": one.role,
        "what": {"id": one.what.path, "label": one.what.label, "kind": one.what.kind},
        "family": one.family,
        "who": [{"id": thing.path, "label": thing.label} for thing in one.who],
        "said": one.said,
        "mode": one.mode,
        "polarity": one.polarity,
        "contested": one.contested,
        "statement": one.statement,
        "dateAsWritten": one.written,
        "bounds": {name: getattr(one.bounds, name) for name in BOUNDS if getattr(one.bounds, name)},
        **({"inYear": one.in_year(year)} if year else {}),
        "source": one.source,
        "claim": f"claim/{local(one.claim)}",
    }


def _place_data(place: Place, counts: Counter[str]) -> dict[str, Any]:
    return {
        "id": place.slug,
        "label": place.label,
        "lang": place.lang,
        "longitude": place.point[0] if place.point else None,
        "latitude": place.point[1] if place.point else None,
        "gazetteer": place.gazetteer,
        "licence": place.licence,
        "within": [local(iri) for iri in place.within],
        "locatedAt": place.slug if place.point else local(place.around),
        "whole": place.whole,
        "counts": {family: counts[family] for family in FAMILIES if counts[family]},
    }


def show(ask: Ask, given: Given) -> Shown:
    """What happened where, as filtered; a place without a point is named with the nearest around it that has one."""
    found = happenings(ask)
    sources = _sources(ask)
    groups = organisations(ask)
    group = pick("group", given["group"], groups) if given["group"] else None
    if given["source"]:
        pick("source", given["source"], sources)
    by_slug = {place.slug: place for place in found.places.values()}
    named = {slug: place.thing for slug, place in by_slug.items()}
    at = by_slug[local(pick("place", given["place"], named).iri)] if given["place"] else None

    filtered = [one for one in found.all if _wanted(one, given, group)]
    year = given["year"]
    undated = sum(not one.bounds for one in filtered)
    dated = [one for one in filtered if not year or one.in_year(year)]
    listed = [one for one in dated if at is None or at.iri in (one.place.iri, one.place.around)]
    rows = [_row(one, found.places, year) for one in listed]

    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for place, _, family in {(one.place.iri, one.what.iri, one.family) for one in dated}:
        counts[place][family] += 1
    data = {
        "note": texts.text("not-screening"),
        "year": year or None,
        "span": list(found.years) if found.years else None,
        "undated": undated,
        "cut": found.cut,
        "places": [_place_data(place, counts[place.iri]) for place in found.places.values()],
        "happenings": [_happening_data(one, year) for one in listed],
    }
    return Shown(
        data,
        rows,
        COLUMNS,
        {
            "listed": listed[:ROWS_SHOWN],
            "total": len(listed),
            "undated": undated,
            "found": found,
            "beside": _beside(found, counts),
            "families": FAMILIES,
            "firmness": SAID,
            "kinds_chosen": given["kind"].split(",") if given["kind"] else list(FAMILIES),
            "said_chosen": given["said"].split(",") if given["said"] else list(SAID),
            "groups": _groups(found, groups),
            "group": group,
            "sources": {name: thing for name, thing in sources.items() if any(one.source == name for one in found.all)},
            "at": at,
            "years": _years(filtered),
            "gazetteers": _gazetteers(found),
            "words": _words(listed),
        },
    )


def _words(listed: list[Happening]) -> dict[str, Any]:
    """The words of values that stand in every row, found once."""
    return {
        "kind": {kind: texts.named("thing-kind", kind) for kind in {one.what.kind for one in listed}},
        "mode": {mode: texts.named("mode", mode) for mode in {one.mode for one in listed}},
        "role": {role: texts.text(f"map-role-{role}") for role in ROLES if role != "place"},
        "negated": texts.named("polarity", "Negated"),
        "contested": texts.text("contested"),
    }


def _gazetteers(found: Happenings) -> list[tuple[str, str, int]]:
    """The works that points are from, with licence and number of points."""
    works: dict[str, list[str]] = defaultdict(list)
    for place in found.places.values():
        if place.point:
            works[place.licence].append(place.gazetteer.removeprefix("package ").partition(":")[0])
    named = []
    for licence, repositories in sorted(works.items()):
        # A gazetteer that keeps a repository for each country is named by its owner.
        one = repositories[0] if len(set(repositories)) == 1 else repositories[0].partition("/")[0]
        named.append((one, licence, len(repositories)))
    return named


def _beside(found: Happenings, counts: dict[str, Counter[str]]) -> list[tuple[Place | None, list[tuple[Place, int]]]]:
    """Places without a point, by the place around them that has one; those that lie in none come last."""
    grouped: dict[str, list[tuple[Place, int]]] = defaultdict(list)
    used = {one.place.iri for one in found.all}
    for iri, place in found.places.items():
        if place.point is None and iri in used:
            grouped[place.around].append((place, sum(counts[iri].values())))
    order = sorted(grouped, key=lambda iri: (not iri, found.places[iri].label if iri else ""))
    return [(found.places.get(iri), grouped[iri]) for iri in order]


def _groups(found: Happenings, groups: dict[str, Thing]) -> list[Thing]:
    """The organisations that can be picked: those with a name that have part in something."""
    part = {thing.iri for one in found.all for thing in one.who}
    return [thing for thing in groups.values() if thing.iri in part and thing.kind != "UnnamedCollective"]


def _years(filtered: list[Happening]) -> list[tuple[int, int, int]]:
    """Each year of the record with the number of things certainly and possibly in it."""
    dated = [one for one in filtered if one.bounds]
    named = [int(day[:4]) for one in dated for name in BOUNDS if (day := getattr(one.bounds, name))]
    if not named:
        return []
    years = []
    for year in range(min(named), max(named) + 1):
        held = Counter(one.in_year(str(year)) for one in dated)
        years.append((year, held["certain"], held["possible"]))
    return years


def geojson(shown: Shown) -> str:
    """What is shown as GeoJSON (RFC 7946): a feature for each place, without geometry where it has no point."""
    happened: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in shown.data["happenings"]:
        happened[one["place"]].append({name: value for name, value in one.items() if name != "place"})
    features = [
        {
            "type": "Feature",
            "id": place["id"],
            "geometry": None
            if place["longitude"] is None
            else {"type": "Point", "coordinates": [place["longitude"], place["latitude"]]},
            "properties": {
                **{name: value for name, value in place.items() if name not in ("longitude", "latitude")},
                "happenings": happened[place["id"]],
            },
        }
        for place in shown.data["places"]
        if happened[place["id"]]
    ]
    # A member of its own, as RFC 7946 §6.1 lets a document have.
    whole = {"type": "FeatureCollection", "note": shown.data["note"], "features": features}
    return json.dumps(whole, ensure_ascii=False) + "\n"


VIEW = View(
    "map",
    "What the record puts in a place, by place and year",
    show,
    PARAMETERS,
    further={"geojson": ("application/geo+json", geojson)},
)
