"""The form of a question: a field for each parameter, with what there is to choose from, and names read as things."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from allegiance import library, terms
from allegiance.errors import UsageError
from allegiance.library import Parameter, Question
from allegiance.record.ask import Ask
from allegiance.search import MAX_TEXT, Index
from allegiance.web.replies import HttpError

MOST = 500
"""Things that a field offers; where there are more it offers none, since a list of thousands helps nobody."""
NAMED = (terms.ALG + "Actor", terms.ALG + "Place")
"""What is offered for a parameter without a class."""
_SAME = 0.9  # the score of a spelling that a name is, as written or folded (allegiance.search)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True)
class Field:
    """A field: its parameter, the value it shows, and values with their names to choose from."""

    parameter: Parameter
    value: str
    options: list[tuple[str, str]]

    @property
    def kind(self) -> str:
        """The type of the input."""
        return {"date": "date", "integer": "number"}.get(self.parameter.type, "text")

    @property
    def is_optional(self) -> bool:
        """Whether the question can be asked of everything by leaving the field empty."""
        return self.parameter.default is None


def short(iri: str) -> str:
    """An IRI as an address has it: its slug, or a name with a prefix."""
    slug = iri.removeprefix(terms.ALGID)
    return slug if slug != iri and _SLUG.fullmatch(slug) else terms.shorten(iri)


def fields(question: Question, given: dict[str, str], ask: Ask) -> list[Field]:
    """The fields of a question for checked values; an absent one shows the default."""
    return [_field(parameter, given.get(parameter.name, ""), ask) for parameter in question.parameters]


def _field(parameter: Parameter, written: str, ask: Ask) -> Field:
    value = written or parameter.default or ""
    if parameter.type != "iri":
        return Field(parameter, library.plain(value), [])
    things = _things(parameter, ask)
    often = Counter(label.casefold() for label in things.values())
    # Two things of one name are told apart by what stands in their addresses.
    names = {iri: label if often[label.casefold()] == 1 else short(iri) for iri, label in things.items()}
    iri = parameter.term(value)[1:-1] if value else ""
    options = [(name, "" if name == things[iri] else things[iri]) for iri, name in names.items()]
    return Field(parameter, names.get(iri, short(iri) if iri else ""), options)


def _things(parameter: Parameter, ask: Ask) -> dict[str, str]:
    """The things that a parameter takes with their names, by name; none where there are too many."""
    classes = [parameter.of_class] if parameter.of_class else NAMED
    rows = ask(
        f"What {parameter.name} may be",
        f"""SELECT DISTINCT ?thing ?label WHERE {{
  VALUES ?class {{ {" ".join(f"<{known}>" for known in classes)} }}
  ?thing a ?class ; rdfs:label|dcterms:title ?label .
}} LIMIT {2 * MOST}""",
    )
    found: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: row["label"].casefold()):
        found.setdefault(row["thing"], row["label"])
    return found if len(found) <= MOST and len(rows) < 2 * MOST else {}


def resolved(question: Question, given: dict[str, str], index: Index, ask: Callable[[str], bool]) -> dict[str, str]:
    """The values with names read as the things they name; HttpError 400 where a name is that of several."""
    return {name: _resolved(question.parameter(name), written, index, ask) for name, written in given.items()}


def _resolved(parameter: Parameter, written: str, index: Index, ask: Callable[[str], bool]) -> str:
    # What looks like a term of SPARQL or like a slug is meant as one.
    is_term = written.startswith(('"', "<", "_:")) or ("-" in written and _SLUG.fullmatch(written))
    if parameter.type != "iri" or len(written) > MAX_TEXT or is_term:
        return written
    try:
        if ask(parameter.fits(parameter.term(written)[1:-1])):
            return written
    except UsageError:
        pass  # Not a term: perhaps a name.
    hits = [hit for hit in index.search(written, limit=10).hits if hit.score >= _SAME and ask(parameter.fits(hit.iri))]
    # What is called so as written goes before what is called so in another spelling, a chief name before others.
    best = [hit for hit in hits if hit.label == written] or [hit for hit in hits if hit.score == 1] or hits
    if len(best) > 1:
        names = ", ".join(short(hit.iri) for hit in best)
        raise HttpError(400, f"Several are called “{library.shown(written)}”: take one of {names}.")
    return short(best[0].iri) if best else written
