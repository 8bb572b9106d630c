"""What a reader picks by name or slug: found among what there is, or refused with what is called much like it."""

from __future__ import annotations

from collections.abc import Mapping

from allegiance import library, terms
from allegiance.record.ask import Ask, local
from allegiance.record.claims import Thing
from allegiance.web import answers
from allegiance.web.replies import HttpError


def organisations(ask: Ask) -> dict[str, Thing]:
    """All organisations of the record by slug, in the order of their names."""
    rows = ask(
        "The organisations",
        """SELECT ?group ?label ?kind WHERE {
  ?kind rdfs:subClassOf* alg:Organisation .
  GRAPH algg:entities { ?group a ?kind }
  ?group rdfs:label ?label .
} ORDER BY ?label ?group""",
    )
    return {
        local(row["group"]): Thing(row["label"], row["group"], local(row["kind"]), row.get("@label", ""))
        for row in rows
    }


def pick(parameter: str, written: str, offered: Mapping[str, Thing]) -> Thing:
    """The thing of a slug or of a name; HttpError 404 says what is near it."""
    if written in offered:
        return offered[written]
    by_name = {thing.label.casefold(): thing for thing in offered.values()}
    if written.casefold() in by_name:
        return by_name[written.casefold()]
    hits = answers.serving().index.near(written.replace("-", " "), 8)
    near = list(dict.fromkeys(offered[slug] for hit in hits if (slug := hit.iri.removeprefix(terms.ALGID)) in offered))
    # A spelling other than the first one names a thing as well.
    for hit in hits:
        if (
            hit.matched_label.casefold() == written.casefold()
            and (slug := hit.iri.removeprefix(terms.ALGID)) in offered
        ):
            return offered[slug]
    listed = ", ".join(f"{thing.label} ({local(thing.iri)})" for thing in near[:3])
    hint = f"near it are {listed}" if listed else "choose one of the list"
    raise HttpError(404, f"For {parameter} nothing in the record is called “{library.shown(written)}”; {hint}.")
