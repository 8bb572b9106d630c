"""The timeline: lanes of groups or people, with what happened to them and what held, in soft dates."""

from __future__ import annotations

import calendar
from typing import Any

from allegiance.record.ask import Ask
from allegiance.record.claims import BOUNDS, Thing
from allegiance.record.timeline import DOZEN, FAMILIES, FAMILY_OF, MOST_UNDATED, Mark, Timeline, family, timeline
from allegiance.web import texts
from allegiance.web.replies import HttpError
from allegiance.web.views.view import Given, Parameter, Shown, View, slug

COLUMNS = (
    "lanes",
    "what",
    "kind",
    "stance",
    "modes",
    "dateAsWritten",
    *BOUNDS,
    "contested",
    "differs",
    "sources",
    "id",
)
MOST_LANES = 40
_WHEN = r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"


def _first(when: str) -> str:
    """The first day of a year, a month or a day."""
    return (when + "-01-01"[len(when) - 4 :])[:10] if when else ""


def _is_day(when: str) -> bool:
    """Whether the calendar has a day; in the year 0000, which date does not know, as in other leap years."""
    year, month, day = map(int, when.split("-"))
    return day <= calendar.monthrange(year or 4, month)[1]


def _last(when: str) -> str:
    """The last day of a year, a month or a day."""
    if len(when) != len("2015-01"):
        return f"{when}-12-31" if len(when) == len("2015") else when
    year, month = map(int, when.split("-"))
    # The year 0000 can be written here and calendar does not know it.
    return f"{when}-{calendar.monthrange(max(year, 1), month)[1]:02}"


def _row(mark: Mark, names: dict[str, Thing]) -> dict[str, Any]:
    return {
        "lanes": [names[lane].label for lane in mark.lanes],
        "what": mark.about.label,
        "kind": mark.about.kind,
        "stance": mark.stance,
        "modes": mark.modes,
        "dateAsWritten": mark.written,
        **{name: getattr(mark.bounds, name) for name in BOUNDS},
        "contested": mark.contested,
        "differs": mark.differs,
        "sources": mark.sources,
        "id": mark.about.path,
    }


def _drawn(found: Timeline) -> dict[str, Any]:
    """What the script draws: all marks of the lanes, so that window and kinds can be changed."""
    places = {lane.iri: at for at, lane in enumerate(found.lanes)}
    return {
        "lanes": [{"id": lane.path, "label": lane.label, "lang": lane.lang} for lane in found.lanes],
        "marks": [
            {
                "id": mark.about.path,
                "label": mark.about.label,
                "kind": mark.about.kind,
                "family": mark.family,
                "event": mark.event,
                "stance": mark.stance,
                "contested": mark.contested,
                "differs": mark.differs,
                "modes": mark.modes,
                "written": mark.written,
                "lanes": [places[lane] for lane in mark.lanes],
                "bounds": [getattr(mark.bounds, name) for name in BOUNDS],
            }
            for mark in found.marks
        ],
        "span": found.span,
    }


def show(ask: Ask, given: Given) -> Shown:
    """The lanes that are asked for, or those with the most dated claims."""
    chosen = [name for parameter in ("group", "person") for name in given[parameter].split(",") if name]
    if len(chosen) > MOST_LANES:
        raise HttpError(400, f"The timeline has room for {MOST_LANES} lanes: name fewer groups and people.")
    kinds = [kind for kind in given["kind"].split(",") if kind]
    found = timeline(ask, given["lanes"] == "people", chosen, given["source"])
    known = {lane.path.rpartition("/")[2] for lane in found.lanes}
    for name in chosen:
        if name not in known:
            raise HttpError(404, f"The record has no group or person “{name}”: look for it at /search?q={name}.")
    if given["source"] and given["source"] not in {source.path.rpartition("/")[2] for source in found.sources}:
        raise HttpError(404, f"There is no source “{given['source']}” in the record.")
    for name in ("from", "until"):
        if len(given[name]) == len("2015-02-30") and not _is_day(given[name]):
            raise HttpError(400, f"The parameter {name} is a day that no calendar has: “{given[name]}”.")
    start, end = _first(given["from"]), _last(given["until"])
    if start and end and end < start:
        raise HttpError(400, f"The window ends before it begins: {given['from']} to {given['until']}.")

    def wanted(kind: str) -> bool:
        return not kinds or kind in kinds or family(kind) in kinds

    def shows(mark: Mark) -> bool:
        return mark.within(start, end) and wanted(mark.about.kind)

    seen = [mark for mark in found.marks if shows(mark)]
    unplaced = [(thing, lanes) for thing, lanes in found.undated if wanted(thing.kind)]
    names = {lane.iri: lane for lane in found.lanes}
    rows = [_row(mark, names) for mark in seen]
    # Without a date they are in the table and in the CSV alone.
    undated = [
        {"what": thing.label, "kind": thing.kind, "lanes": [names[lane].label for lane in lanes], "id": thing.path}
        for thing, lanes in unplaced
    ]
    data = {
        "note": texts.text("not-screening"),
        "lanes": [{"id": lane.path, "label": lane.label, "kind": lane.kind} for lane in found.lanes],
        "marks": rows,
        "undated": undated,
        "span": found.span,
        "cut": found.cut,
    }
    context = {
        "wide": True,
        "found": found,
        "shows": shows,
        "count": len(seen),
        "names": names,
        "chosen": known if chosen else set(),
        "titles": {source.path.rpartition("/")[2]: source for source in found.sources},
        "families": FAMILIES,
        "kinds": kinds,
        "undated": unplaced[:MOST_UNDATED],
        "drawn": _drawn(found),
        "unplaced": len(unplaced),
        "dozen": DOZEN,
    }
    return Shown(data, rows + undated, COLUMNS, context)


VIEW = View(
    "timeline",
    "What happened to groups and people and what held, in lanes over time, with soft dates and claims behind them.",
    show,
    (
        Parameter("lanes", "What the lanes are, where none are named.", "groups", choices=("groups", "people")),
        slug("group", "Groups that are lanes; otherwise the dozen with the most dated claims.", "al-qaeda", True),
        slug("person", "People that are lanes.", "hafiz-saeed-khan", True),
        Parameter(
            "kind",
            "Kinds of occurrences, or families of kinds.",
            "lineage",
            choices=(*FAMILIES, *FAMILY_OF),
            many=True,
        ),
        Parameter("from", "The first year, month or day of the window.", "2014", _WHEN),
        Parameter("until", "The last year, month or day of the window.", "2017", _WHEN),
        slug("source", "Only what this source says.", "isis-k-article"),
    ),
)
