"""The question library: one file a question under queries/, named after its answer, a header and plain SPARQL.

    #+ title: Pledges
    #+ question: Who pledged allegiance to whom, and when?
    #+ param: group alg:Organisation algid:islamic-state-khorasan  what it means
    #+ tags: pledges, dates

A parameter is an ordinary variable and the query has a line `VALUES ?group { UNDEF }` for it: left as it stands the
query runs in any tool and gives every row (or uses the value written there); bound, the braces hold the given term.
Its sample says of which type it is: iri, date, integer or text; an iri may name, before the sample, the class that it
must be of. A term is parsed and serialised anew, never pasted.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path

import pyoxigraph as ox

from allegiance import terms
from allegiance.errors import UsageError, readable
from allegiance.folders import folder
from allegiance.syntax import bare

_HEADER = re.compile(r"^#\+ (title|question|param|tags): (.*)$", re.MULTILINE)
_PARAM = re.compile(r"""(\w+) (?:([a-z]+:\w+) )?("[^"]*"\S*|\S+)  (.+)""")
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@([A-Za-z]+(?:-[A-Za-z0-9]+)*)|\^\^(\S+))?', re.DOTALL)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_VALUES = re.compile(r"VALUES \?(\w+) \{([^}]*)\}")
_FORM = re.compile(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE)
_KINDS = {"SELECT": "solutions", "ASK": "boolean", "CONSTRUCT": "graph", "DESCRIBE": "graph"}

RESERVED = ("format", "limit", "offset")
"""Names that mean something else over HTTP, so that no parameter may have them."""
TYPES = {"iri": "an IRI", "date": "a day", "integer": "a whole number", "text": "a text"}


def shown(written: str) -> str:
    """What a caller wrote, for a sentence: one line, and not the whole of something endless."""
    return "".join(character if character.isprintable() else " " for character in written[:80])


@dataclass(frozen=True)
class Parameter:
    """A variable of a question that a caller may bind.

    `type` is a key of TYPES; `of_class` the IRI of the class an iri must be of, where there is one; `default` the value
    that the question has where none is given, None for all.
    """

    name: str
    type: str
    of_class: str | None
    sample: str
    meaning: str
    default: str | None

    def term(self, written: str) -> str:
        """The term of a value, in N-Triples form; UsageError where the value is of another type."""
        try:
            if self.type == "text" and not _LITERAL.fullmatch(written):
                return str(ox.Literal(written))
            if self.type == "iri" and _SLUG.fullmatch(written):
                return str(ox.NamedNode(terms.ALGID + written))
            # A typed literal is read by what it says, since “2016-02-30” is no day whatever datatype it has.
            found = term(written)
            if self.type in ("date", "integer") and _type(found) == self.type:
                found = term(plain(written))
        except (UsageError, ValueError):
            found = ""
        if _type(found) != self.type:
            raise UsageError(
                f"The parameter {self.name} is {TYPES[self.type]}, such as {self.sample}; “{shown(written)}” is none."
            )
        return found

    def fits(self, iri: str) -> str:
        """An ASK whether an IRI names something that the parameter takes."""
        return f"ASK {{ <{iri}> a <{self.of_class}> }}" if self.of_class else _anything(iri)


def _type(found: str) -> str:
    if found.startswith("<"):
        return "iri"
    for name in ("date", "integer"):
        if found.endswith(f"^^<{terms.XSD}{name}>"):
            return name
    return "text" if found.startswith('"') and found.endswith('"') else ""


@dataclass(frozen=True)
class Question:
    """A question: its name (file name), title, wording, tags, parameters, and SPARQL text."""

    name: str
    title: str
    question: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    text: str

    @cached_property
    def kind(self) -> str:
        """What the answer consists of: "solutions", "boolean" or "graph"."""
        form = _FORM.search(bare(self.text))
        return _KINDS[form[1].upper()] if form else "solutions"

    def parameter(self, name: str) -> Parameter:
        """The parameter of a name; UsageError with those there are."""
        found = next((parameter for parameter in self.parameters if parameter.name == name), None)
        if found is None:
            offered = ", ".join(sorted(parameter.name for parameter in self.parameters)) or "none"
            raise UsageError(f"The question {self.name} has no parameter {shown(name)}; it has {offered}.")
        return found

    def bound(self, values: dict[str, str]) -> str:
        """The SPARQL text with terms for some parameters; UsageError for an unknown parameter or what is no such term.

        All are bound in one pass, so that no value is ever read as a place for another.
        """
        given = {name: self.parameter(name).term(value) for name, value in values.items()}
        return _VALUES.sub(lambda m: f"VALUES ?{m[1]} {{ {given[m[1]]} }}" if m[1] in given else m[0], self.text)

    def page(self, values: dict[str, str], limit: int | None, offset: int = 0) -> str:
        """The SPARQL text for some rows of the answer: at most `limit`, after the first `offset`."""
        ends = ([f"LIMIT {limit}"] if limit is not None else []) + ([f"OFFSET {offset}"] if offset else [])
        return "\n".join([self.bound(values).rstrip(), *ends]) + "\n"

    def named(self, values: dict[str, str]) -> Iterator[tuple[Parameter, str, str]]:
        """The parameters whose value is an IRI, with the value as written and the IRI."""
        for name, written in values.items():
            parameter = self.parameter(name)
            if parameter.type == "iri":
                yield parameter, written, parameter.term(written)[1:-1]

    def refuse_unknown(
        self, values: dict[str, str], ask: Callable[[str], bool], near: Callable[[str], Sequence[str]]
    ) -> None:
        """UsageError where a value names nothing in the dataset, or nothing of its class.

        An empty table would say of a misspelt group that nothing is known of it. `ask` answers an ASK query, `near`
        gives the IRIs of what is called much like a name.
        """
        for parameter, written, iri in self.named(values):
            if ask(parameter.fits(iri)):
                continue
            if parameter.of_class and ask(_anything(iri)):
                wanted, given = terms.shorten(parameter.of_class), terms.shorten(iri)
                raise UsageError(f"The parameter {parameter.name} takes an {wanted}, and {given} is none.")
            found = near(re.split(r"[/#:]", iri)[-1].replace("-", " "))
            names = [terms.shorten(other) for other in found if ask(parameter.fits(other))]
            hint = f"near it are {', '.join(names)}" if names else f"name another, such as {parameter.sample}"
            raise UsageError(f"Nothing in the record is called “{shown(written)}”; {hint}.")


def _anything(iri: str) -> str:
    return f"ASK {{ <{iri}> ?p ?o }}"


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
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", written):
            day = date.fromisoformat(written)  # ValueError for a day no calendar has, which would compare with nothing
            return str(ox.Literal(day.isoformat(), datatype=ox.NamedNode(terms.XSD + "date")))
        if re.fullmatch(r"-?[0-9]+", written):
            return str(ox.Literal(written, datatype=ox.NamedNode(terms.XSD + "integer")))
        if _SLUG.fullmatch(written):
            return str(ox.NamedNode(terms.ALGID + written))
        return str(ox.NamedNode(terms.expand(written)))
    except ValueError:
        raise UsageError(
            f"“{shown(written)}” is not a term; give a slug, algid:slug, <IRI>, 2016-10-01, a number or a quoted text."
        ) from None


def _parameter(file: str, line: str, text: str) -> Parameter:
    """The parameter of a header line; UsageError where the line or the query has not what it needs."""
    match = _PARAM.fullmatch(line)
    places = {found[2].strip() for found in _VALUES.finditer(text) if match and found[1] == match[1]}
    if match is None or len(places) != 1 or match[1] in RESERVED:
        raise UsageError(
            f"{file}: write “#+ param: name class sample  meaning” (the class for an IRI alone, the name none of "
            f"{', '.join(RESERVED)}), and “VALUES ?name {{ UNDEF }}” in the query."
        )
    name, of_class, sample, meaning = match.groups()
    type_ = _type(term(sample))
    if not type_ or (of_class and type_ != "iri"):
        raise UsageError(
            f"{file}: the sample {sample} is neither IRI, day, whole number nor text; a class needs an IRI."
        )
    preset = plain(places.pop())
    default = None if preset == "UNDEF" else preset
    parameter = Parameter(name, type_, terms.expand(of_class) if of_class else None, plain(sample), meaning, default)
    if default is not None:
        parameter.term(default)
    return parameter


def plain(value: str) -> str:
    """A term as a caller would write it: the text of a literal, else as it stands."""
    return literal[1] if (literal := _LITERAL.fullmatch(value)) else value


def read(path: Path) -> Question:
    """A question from its file; UsageError where its header is incomplete."""
    text = readable(path)
    found: dict[str, list[str]] = {}
    for key, value in _HEADER.findall(text):
        found.setdefault(key, []).append(value.strip())
    for key in ("title", "question", "tags"):
        if len(found.get(key, [])) != 1:
            raise UsageError(f"{path.name} needs one line “#+ {key}: …” in its header.")
    parameters = tuple(_parameter(path.name, line, text) for line in found.get("param", []))
    tags = tuple(tag.strip() for tag in found["tags"][0].split(","))
    return Question(path.stem, found["title"][0], found["question"][0], tags, parameters, text)


@cache
def questions() -> dict[str, Question]:
    """All questions by name, in the order of their names."""
    return {path.stem: read(path) for path in sorted(folder("queries").glob("*.rq"), key=lambda path: path.stem)}


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
