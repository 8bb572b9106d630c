"""The question library: one file a question under queries/, named after its answer, a header and plain SPARQL.

    #+ title: Pledges
    #+ question: Who pledged allegiance to whom, and when?
    #+ param: group algid:islamic-state-khorasan  what it means
    #+ tags: pledges, dates

A parameter is an ordinary variable and the query has a line `VALUES ?group { UNDEF }` for it: left as it stands the
query runs in any tool and gives every row (or uses the value written there); bound, the braces hold the given term.
A term is parsed and serialised anew, never pasted.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pyoxigraph as ox

from allegiance import terms
from allegiance.errors import UsageError, readable
from allegiance.folders import folder

_HEADER = re.compile(r"^#\+ (title|question|param|tags): (.*)$", re.MULTILINE)
_PARAM = re.compile(r"(\w+) (\S+)  (.+)")
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@([A-Za-z]+(?:-[A-Za-z0-9]+)*)|\^\^(\S+))?')


@dataclass(frozen=True)
class Parameter:
    """A variable of a question that a caller may bind, with a sample value and what it means."""

    name: str
    sample: str
    meaning: str


@dataclass(frozen=True)
class Question:
    """A question: its name (file name), title, wording, tags, parameters, and SPARQL text."""

    name: str
    title: str
    question: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    text: str

    def bound(self, values: dict[str, str]) -> str:
        """The SPARQL text with terms for some parameters; UsageError for an unknown parameter or what is no term."""
        text = self.text
        known = {parameter.name for parameter in self.parameters}
        for name, value in values.items():
            if name not in known:
                offered = ", ".join(sorted(known)) or "none"
                raise UsageError(f"The question {self.name} has no parameter {name}; it has {offered}.")
            opening = re.escape(f"VALUES ?{name} {{")
            bound = f"VALUES ?{name} {{ {term(value)} }}"
            text = re.sub(rf"{opening}[^}}]*\}}", lambda _, bound=bound: bound, text)  # type: ignore[misc]
        return text


def term(written: str) -> str:
    """A term as written by a caller (IRI, prefixed name, slug, date, number or quoted literal), in N-Triples form.

    UsageError where it is none of these.
    """
    try:
        if match := _LITERAL.fullmatch(written):
            text = re.sub(r"\\(.)", r"\1", match[1])
            if match[3]:
                return str(ox.Literal(text, datatype=ox.NamedNode(terms.expand(match[3]))))
            return str(ox.Literal(text, language=match[2]) if match[2] else ox.Literal(text))
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", written):
            day = date.fromisoformat(written)  # ValueError for a day no calendar has, which would compare with nothing
            return str(ox.Literal(day.isoformat(), datatype=ox.NamedNode(terms.XSD + "date")))
        if re.fullmatch(r"-?\d+", written):
            return str(ox.Literal(written, datatype=ox.NamedNode(terms.XSD + "integer")))
        if re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", written):
            return str(ox.NamedNode(terms.ALGID + written))
        return str(ox.NamedNode(terms.expand(written)))
    except ValueError:
        raise UsageError(
            f"“{written}” is not a term; give a slug, algid:slug, <IRI>, 2016-10-01, a number or a quoted text."
        ) from None


def read(path: Path) -> Question:
    """A question from its file; UsageError where its header is incomplete."""
    text = readable(path)
    found: dict[str, list[str]] = {}
    for key, value in _HEADER.findall(text):
        found.setdefault(key, []).append(value.strip())
    for key in ("title", "question", "tags"):
        if len(found.get(key, [])) != 1:
            raise UsageError(f"{path.name} needs one line “#+ {key}: …” in its header.")
    parameters = []
    for line in found.get("param", []):
        match = _PARAM.fullmatch(line)
        if match is None or f"VALUES ?{match[1]} {{" not in text:
            raise UsageError(
                f"{path.name}: write “#+ param: name sample  meaning”, and “VALUES ?name {{ UNDEF }}” in the query."
            )
        parameters.append(Parameter(*match.groups()))
    tags = tuple(tag.strip() for tag in found["tags"][0].split(","))
    return Question(path.stem, found["title"][0], found["question"][0], tags, tuple(parameters), text)


@cache
def questions() -> dict[str, Question]:
    """All questions by name."""
    return {path.stem: read(path) for path in sorted(folder("queries").glob("*.rq"))}


def find(name: str) -> Question:
    """The question of a name, or the one in a file; UsageError that names near misses."""
    if name in questions():
        return questions()[name]
    path = Path(name)
    if path.suffix == ".rq" and path.is_file():
        text = readable(path)
        if "#+ title:" in text:
            return read(path)
        return Question(path.stem, path.stem, "", (), (), text)
    near = difflib.get_close_matches(name, questions(), n=3, cutoff=0.6)
    hint = f"; did you mean {', '.join(near)}?" if near else "; “allegiance query --list” lists them."
    raise UsageError(f"There is no question or file {name}{hint}")
