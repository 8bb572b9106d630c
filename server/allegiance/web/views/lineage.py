"""Lineage: who came from whom, as a dated flow, where a group that merged and goes on is seen to go on."""

from __future__ import annotations

from typing import Any

from allegiance.record.ask import Ask
from allegiance.record.claims import BOUNDS, Thing
from allegiance.record.lineage import Group, Step, lineage, names_of
from allegiance.record.timeline import Mark, iri_of
from allegiance.web import texts
from allegiance.web.replies import HttpError
from allegiance.web.views.view import Given, Shown, View, slug

FOCUS = "islamic-state-khorasan"
COLUMNS = ("step", "from", "to", "stance", "modes", "dateAsWritten", *BOUNDS, "contested", "sources", "id")


def _row(step: Step, names: dict[str, Thing]) -> dict[str, Any]:
    return {
        "step": step.kind,
        "from": names[step.source].label,
        "to": names[step.target].label,
        "stance": step.mark.stance,
        "modes": step.mark.modes,
        "dateAsWritten": step.mark.written,
        **{name: getattr(step.mark.bounds, name) for name in BOUNDS},
        "contested": step.mark.contested or step.mark.differs,
        "sources": step.mark.sources,
        "id": step.mark.about.path,
    }


def _mark(mark: Mark) -> dict[str, Any]:
    return {
        "id": mark.about.path,
        "label": mark.about.label,
        "stance": mark.stance,
        "modes": mark.modes,
        "written": mark.written,
        "contested": mark.contested or mark.differs,
        "bounds": [getattr(mark.bounds, name) for name in BOUNDS],
    }


def _group(group: Group) -> dict[str, Any]:
    life = group.life
    return {
        "id": group.thing.path,
        "label": group.thing.label,
        "lang": group.thing.lang,
        "first": life.first,
        "last": life.last,
        "sureFirst": life.sure_first,
        "sureLast": life.sure_last,
        "mergedBy": group.merged_by,
        "goesOn": group.goes_on,
    }


def show(ask: Ask, given: Given) -> Shown:
    """The kin of the group that is asked for."""
    name = given["group"] or FOCUS
    found = lineage(ask, iri_of(name))
    if given["group"] and found.focus is None:
        raise HttpError(
            404, f"The record has no split, merger or belonging of “{name}”: look for it at /search?q={name}."
        )
    names = names_of(found)
    rows = [_row(step, names) for step in found.steps]
    places = {group.thing.iri: at for at, group in enumerate(found.groups)}
    drawn = {
        "focus": found.focus.path if found.focus else "",
        "groups": [{**_group(group), "foundings": [_mark(mark) for mark in group.foundings]} for group in found.groups],
        "steps": [
            {
                **_mark(step.mark),
                "kind": step.kind,
                "from": places[step.source],
                "to": places[step.target],
                "junior": places[step.junior],
            }
            for step in found.steps
        ],
    }
    data = {
        "note": texts.text("not-screening"),
        "focus": {"id": found.focus.path, "label": found.focus.label} if found.focus else None,
        "groups": [_group(group) for group in found.groups],
        "steps": [
            {**row, "fromId": names[step.source].path, "toId": names[step.target].path}
            for row, step in zip(rows, found.steps, strict=True)
        ],
        "cut": found.cut,
    }
    context = {
        "wide": True,
        "found": found,
        "names": names,
        "drawn": drawn,
        "titles": {source.path.rpartition("/")[2]: source for source in found.sources},
        "chosen": name,
        "dated": [step for step in found.steps if step.dated],
        "undated": [step for step in found.steps if not step.dated],
        "lasting": [group for group in found.groups if group.goes_on],
    }
    return Shown(data, rows, COLUMNS, context)


VIEW = View(
    "lineage",
    "Which groups split from, merged into, were taken in by or belong to which, and when, with the claims behind it.",
    show,
    (slug("group", "The group whose forebears and offspring are shown.", FOCUS),),
)
