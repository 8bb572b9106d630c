"""Contradictions: every pair of claims that dispute or strain each other, side by side, with the editors' note."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from allegiance import terms
from allegiance.record import contradictions as record
from allegiance.record.ask import Ask
from allegiance.record.claims import Thing
from allegiance.record.contradictions import GROUPS, LINKS, REGISTERS, Contradictions, Found, Mapping, Pair, Selection
from allegiance.web import texts
from allegiance.web.replies import HttpError
from allegiance.web.views.view import FORMATS, Given, Parameter, Shown, View, slug

PAGE = 50
"""Pairs on a page of one group."""
FIRST = 10
"""Pairs of each group where all groups are on the page."""


@dataclass
class _Everything(Shown):
    """The page reads the pairs it shows; the files have them all, which only they are made to pay for."""

    whole: Callable[[], tuple[list[Pair], list[Mapping]]] = lambda: ([], [])

    def json(self) -> str:
        return json.dumps({**self.data, "pairs": record.data(*self.whole())}, ensure_ascii=False) + "\n"

    def csv(self) -> str:
        return Shown(None, record.rows(*self.whole()), self.columns).csv()


@dataclass(frozen=True)
class Section:
    """What the page shows of a group: the pairs by their notes, or mappings, and how many there are besides."""

    group: str
    total: int
    first: int
    last: int
    clusters: Sequence[Any] = ()
    mappings: Sequence[Mapping] = ()
    more: str = ""
    """The address of all of the group, where this is a part of it."""


def address(given: Given, **changed: str) -> str:
    """The address of the page with some parameters changed."""
    kept = {name: value for name, value in {**given, **changed}.items() if value}
    return "/contradictions" + (f"?{urlencode(kept)}" if kept else "")


def _section(ask: Ask, found: Contradictions, group: str, given: Given, offset: int) -> Section:
    everything = found.of(group)
    size = PAGE if given["group"] else FIRST
    part = everything[offset : offset + size]
    more = address(given, group=group, offset="") if not given["group"] and len(everything) > size else ""
    last = offset + len(part)
    if group == REGISTERS:
        return Section(group, len(everything), offset, last, mappings=cast(list[Mapping], part), more=more)
    pairs = record.read(ask, cast(list[Found], part))
    return Section(group, len(everything), offset, last, clusters=record.clusters(pairs), more=more)


def _pages(given: Given, offset: int, total: int) -> dict[str, str]:
    """The pages before and after, those that there are."""
    found = {}
    if offset:
        found["prev"] = address(given, offset=str(max(offset - PAGE, 0) or ""))
    if offset + PAGE < total:
        found["next"] = address(given, offset=str(offset + PAGE))
    return found


def _choices(things: Iterable[Thing]) -> list[tuple[str, str]]:
    """Slugs and labels, by label."""
    found = [(thing.path.removeprefix("id/"), thing.label) for thing in things]
    return sorted(found, key=lambda pair: pair[1].casefold())


def _show(ask: Ask, given: Given) -> Shown:
    offset = int(given["offset"] or 0)
    if offset and not given["group"]:
        raise HttpError(400, f"The parameter offset counts within a group: give group, one of {', '.join(GROUPS)}.")
    selection = Selection(given["group"], given["link"], given["about"], given["source"])
    found = record.contradictions(ask, selection)
    if offset and offset >= found.total:
        raise HttpError(404, f"There are {found.total} pairs of this choice: an offset of {offset} passes over all.")
    shown = [group for group in GROUPS if given["group"] in ("", group)]
    sections = [_section(ask, found, group, given, offset) for group in shown]
    subjects = record.subjects(ask)
    about = f"id/{given['about']}"
    if given["about"] and all(thing.path != about for thing in subjects):
        iri = terms.ALGID + given["about"]
        subjects = [*(Thing(label, iri) for label in record.labels(ask, [iri]).values()), *subjects]
    counts = {group: dict(of) for group, of in found.counts.items()}
    return _Everything(
        {"note": texts.text("not-screening"), "counts": counts, "total": found.total},
        [],
        record.COLUMNS,
        {
            "sections": [section for section in sections if section.total],
            "shown_groups": [section.group for section in sections if section.total],
            "counts": counts,
            "total": found.total,
            "groups": GROUPS,
            "largest": max((sum(of.values()) for of in counts.values()), default=0),
            "links_of": {group: [link for link in LINKS if counts[group].get(link)] for group in GROUPS},
            "link_choices": [(link, texts.text(f"contradictions-choice-{link}")) for link in LINKS],
            "subject_choices": _choices(subjects),
            "source_choices": _choices(record.sources(ask)),
            "pages": _pages(given, offset, found.total) if given["group"] else {},
            "address": address,
            "narrowed": any(given[name] for name in ("link", "about", "source")),
        },
        whole=lambda: (record.read(ask, found.pairs), found.mappings),
    )


VIEW = View(
    "contradictions",
    "Claims that dispute each other or are hard to hold together, in pairs, with the editors' notes.",
    _show,
    (
        Parameter("group", "between the texts, within one text, or against registers", "between", choices=GROUPS),
        Parameter("link", "how the two stand to each other", "disputes", choices=LINKS),
        slug("about", "a thing that one of the two speaks of", "islamic-state-khorasan"),
        slug("source", "a source that one of the two stands in", "isis-k-article"),
        Parameter("offset", "how many pairs of the group to pass over", "50", pattern=r"[0-9]{1,6}"),
    ),
    script=False,
    # Named again, since the writers that every view has know nothing of the pairs that only the files read.
    further={"json": (FORMATS["json"], lambda shown: shown.json()), "csv": (FORMATS["csv"], lambda shown: shown.csv())},
)
