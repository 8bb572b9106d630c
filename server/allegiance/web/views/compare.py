"""Two groups, or one group in several sources, in columns: respect by respect, with the claims behind each cell."""

from __future__ import annotations

from typing import Any

from allegiance.record import compare
from allegiance.record.ask import Ask, local
from allegiance.record.claims import BOUNDS, Claim, Thing, plain_data
from allegiance.record.compare import Column, Comparison, Respect
from allegiance.web import texts
from allegiance.web.replies import HttpError
from allegiance.web.views.picked import organisations, pick
from allegiance.web.views.view import Given, Parameter, Shown, View

AT_ONCE = 5
"""So many statements a cell shows; the rest opens."""
IN_CELL = 60
"""So many a cell has at most; the page of the group has all."""
PAIRS, GROUPS = 18, 6
COLUMNS = (
    "respect", "column", "source", "statement", "mode", "polarity", "contested", "with", "dateAsWritten", *BOUNDS,
    "occurrence", "claim",
)  # fmt: skip
PARAMETERS = (
    Parameter("left", "An organisation: its slug or its name", "jundullah-iran"),
    Parameter("right", "Another organisation", "jundullah-pakistan"),
    Parameter("by", "Compare what the sources say of the first organisation alone", "source", choices=("source",)),
)


def show(ask: Ask, given: Given) -> Shown:
    """The comparison that is asked for, or what can be compared."""
    groups = organisations(ask)
    offered = [thing for thing in groups.values() if thing.kind != "UnnamedCollective"]
    context: dict[str, Any] = {"groups": offered, "left": None, "right": None, "by": given["by"], "comparison": None}
    if not given["left"] and not given["right"]:
        pairs, several = compare.worthwhile(ask, PAIRS, GROUPS)
        data = {
            "note": texts.text("not-screening"),
            "pairs": [
                {"left": _ref(one.left), "right": _ref(one.right), "verdict": one.verdict, "reason": one.reason}
                for one in pairs
            ],
            "bySource": [{**_ref(thing), "claims": counts} for thing, counts in several],
        }
        return Shown(data, [], COLUMNS, {**context, "pairs": pairs, "several": several})
    found, left, right = _compared(ask, given, groups)
    rows = [
        _row(respect, column, claim)
        for respect in found.rows
        for column, cell in zip(found.columns, respect.cells, strict=True)
        for claim in cell
    ]
    context |= {
        "left": left,
        "right": right,
        "comparison": found,
        "respects": [_respect(row) for row in found.rows],
        "both_named": _both_named(found),
        "both_about": _both_about(found) if given["by"] else set(),
        "between": (found.between[:AT_ONCE], found.between[AT_ONCE:IN_CELL], len(found.between[IN_CELL:])),
    }
    return Shown(_data(found, given["by"]), rows, COLUMNS, context)


def _compared(ask: Ask, given: Given, groups: dict[str, Thing]) -> tuple[Comparison, Thing, Thing | None]:
    if not given["left"]:
        raise HttpError(400, "The parameter left is wanting: name the organisation to compare with right.")
    left = pick("left", given["left"], groups)
    if given["by"]:
        if given["right"]:
            raise HttpError(400, "Either right or by is given: two organisations, or one in its sources.")
        return compare.by_source(ask, left, _sources(ask)), left, None
    if not given["right"]:
        raise HttpError(400, "The parameter right is wanting: name a second organisation, or give by=source.")
    right = pick("right", given["right"], groups)
    if left == right:
        raise HttpError(
            400, f"Both are {left.label}: name two organisations, or give by=source to compare the sources."
        )
    return compare.two(ask, left, right), left, right


def _sources(ask: Ask) -> list[Thing]:
    rows = ask(
        "The sources",
        "SELECT ?source ?title WHERE { GRAPH algg:entities { ?source a alg:Source ; dcterms:title ?title } }",
    )
    return [Thing(row["title"], row["source"], "Source", row.get("@title", "")) for row in rows]


def _respect(row: Respect) -> dict[str, Any]:
    """A row for the page: in each cell what names something shared first, a few statements at once, the rest after."""
    common = {one.thing.iri for one in row.shared}
    cells = []
    for cell in row.cells:
        told = [
            (claim, sorted({thing for things in claim.roles.values() for thing in things if thing.iri in common}))
            for claim in cell
        ]
        told.sort(key=lambda pair: not pair[1])
        cells.append((told[:AT_ONCE], told[AT_ONCE:IN_CELL], len(told[IN_CELL:])))
    return {"name": row.name, "shared": row.shared, "cells": cells, "full": row.full}


def _both_named(found: Comparison) -> set[str]:
    """The spellings that every column has."""
    spelled = [{name.form.casefold() for name in column.names} for column in found.columns]
    return set.intersection(*spelled) if len(spelled) > 1 else set()


def _both_about(found: Comparison) -> set[str]:
    """The occurrences that every column speaks of."""
    spoken = [{claim.about.iri for said in column.said.values() for claim in said} for column in found.columns]
    return set.intersection(*spoken) if len(spoken) > 1 else set()


def _ref(thing: Thing) -> dict[str, str]:
    return {"id": compare.slug(thing), "label": thing.label}


def _row(respect: Respect, column: Column, claim: Claim) -> dict[str, Any]:
    others = {thing.label for things in claim.roles.values() for thing in things if thing.iri != column.thing.iri}
    return {
        "respect": respect.name,
        "column": compare.slug(column.thing),
        "source": local(claim.source.iri) if claim.passages else "",
        "statement": claim.statement,
        "mode": claim.mode,
        "polarity": claim.polarity,
        "contested": claim.contested,
        "with": sorted(others),
        "dateAsWritten": claim.written,
        **{name: getattr(claim.bounds, name) for name in BOUNDS},
        "occurrence": claim.about.path,
        "claim": claim.path,
    }


def _data(found: Comparison, by: str) -> dict[str, Any]:
    return {
        "note": texts.text("not-screening"),
        "by": by or None,
        "cut": found.cut,
        "columns": [
            {
                **_ref(column.thing),
                "kind": column.thing.kind,
                **({"source": _ref(column.source)} if column.source else {}),
                "names": [{"form": name.form, "lang": name.lang, "sources": name.sources} for name in column.names],
                "links": [
                    {
                        "target": link.iri,
                        "relation": link.relation,
                        "not": link.negated,
                        "verification": link.verification,
                    }
                    for link in column.links
                ],
                "further": dict(sorted(column.further.items())),
            }
            for column in found.columns
        ],
        "judgements": [
            {"id": local(one.iri), "label": one.label, "verdict": one.verdict, "reason": one.reason}
            for one in found.judgements
        ],
        "between": [plain_data(claim) for claim in found.between],
        "rows": [
            {
                "respect": row.name,
                "shared": [{**_ref(one.thing), "firm": one.firm} for one in row.shared],
                "cells": [[plain_data(claim) for claim in cell] for cell in row.cells],
            }
            for row in found.rows
        ],
    }


VIEW = View("compare", "Two groups, or one group in several sources, side by side", show, PARAMETERS)
