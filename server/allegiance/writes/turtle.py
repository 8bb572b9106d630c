"""Turtle files as the house writes them, changed record by record so that the rest of a file stays as it is.

One statement a record: prefixed names, `a` first, a property a line with four spaces before it, objects with commas.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from allegiance import terms
from allegiance.engine import Term, text_of
from allegiance.syntax import masked
from allegiance.terms import ALG, RDF, XSD

_PREFIX = re.compile(r"^[ \t]*@?prefix[ \t]+([\w-]*):[ \t]*<([^>]*)>[ \t]*\.?[ \t]*$", re.IGNORECASE | re.MULTILINE)
_END = re.compile(r"\.(?=\s|\Z)")
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*)")
_HEADER = ("alg", "algid", "algc", "algn", "algp")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BARE = {
    XSD + "integer": re.compile(r"[+-]?\d+"),
    XSD + "decimal": re.compile(r"[+-]?\d*\.\d+"),
    XSD + "boolean": re.compile(r"true|false"),
}
TYPE = ox.NamedNode(RDF + "type")

# The order of a new record's properties; roles and whatever else is not named here stand at the gap.
_FIRST = ("about", "left", "right", "verdict")
_LAST = (
    "low", "high", "unit", "approximate", "date", "began", "ended", "reportedOn", "dateAsWritten", "mode", "polarity",
    "attributedTo", "voice", "statement", "note", "reason", "disputes", "qualifies", "tensionWith", "reviewStatus",
    "passage",
)  # fmt: skip


@dataclass(frozen=True)
class Statement:
    """A statement of a file: its subject, its triples in their order, and where it stands in the text."""

    subject: str
    triples: tuple[ox.Triple, ...]
    start: int
    end: int


def _rank(triple: ox.Triple) -> tuple[int, int, str, str]:
    """Where a triple stands among those of a new record."""
    name = triple.predicate.value.removeprefix(ALG)
    if triple.predicate == TYPE:
        place = (0, 0)
    elif name in _FIRST:
        place = (1, _FIRST.index(name))
    elif name in _LAST:
        place = (3, _LAST.index(name))
    else:
        place = (2, 0)
    return (*place, triple.predicate.value, str(triple.object))


def _cased(tag: str) -> str:
    """A language tag in the case RFC 5646 §2.1.1 recommends; parsers give it in lower case."""
    first, *rest = tag.lower().split("-")
    return "-".join([first, *({2: part.upper(), 4: part.title()}.get(len(part), part) for part in rest)])


class Document:
    """A Turtle file that is being changed; an empty text is a file that is not there yet."""

    def __init__(self, text: str = "") -> None:
        self.text = text

    @property
    def prefixes(self) -> dict[str, str]:
        """The prefixes the file declares."""
        return dict(_PREFIX.findall(self.text))

    def statements(self) -> Iterator[Statement]:
        """The statements of the file but for its prefixes, in their order."""
        text = masked(self.text)
        header = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in self.prefixes.items())
        start = max((match.end() for match in _PREFIX.finditer(self.text)), default=0)
        for end in _END.finditer(text, start):
            start += len(text[start : end.end()]) - len(text[start : end.end()].lstrip())
            source = header + self.text[start : end.end()]
            triples = tuple(quad.triple for quad in ox.parse(source.encode(), format=ox.RdfFormat.TURTLE))
            if triples:
                yield Statement(text_of(triples[0].subject), triples, start, end.end())
            start = end.end()

    @property
    def is_empty(self) -> bool:
        """Whether the file states nothing."""
        return next(self.statements(), None) is None

    def change(self, record: str, keep: Collection[ox.Triple], add: Iterable[ox.Triple]) -> None:
        """Rewrite a record with those of its triples that are to be kept, and more; remove it where none are left."""
        stood = [triple for statement in self._of(record) for triple in statement.triples]
        order = list(dict.fromkeys(triple.predicate for triple in stood))
        new = sorted(add, key=_rank)
        order += [predicate for predicate in dict.fromkeys(t.predicate for t in new) if predicate not in order]
        whole = [*(triple for triple in stood if triple in keep), *new]
        written = self._written(sorted(whole, key=lambda triple: order.index(triple.predicate)))
        found = self._of(record)  # Anew: writing may have declared a prefix and moved it.
        for place, statement in reversed(list(enumerate(found))):
            self._splice(statement, "" if place else written)
        if written and not found:
            self._append(written)

    def _of(self, record: str) -> list[Statement]:
        return [statement for statement in self.statements() if statement.subject == record]

    def _splice(self, statement: Statement, text: str) -> None:
        before, after = self.text[: statement.start], self.text[statement.end :]
        if not text:
            before, after = before.rstrip("\n"), after.lstrip("\n")
            text = "\n\n" if after and before else "\n"
        self.text = before + text + after

    def _append(self, text: str) -> None:
        self.text = f"{self.text.rstrip()}\n\n{text}\n" if self.text.strip() else f"{text}\n"

    def _written(self, triples: list[ox.Triple]) -> str:
        if not triples:
            return ""
        grouped: dict[ox.NamedNode, list[str]] = {}
        for triple in triples:
            grouped.setdefault(triple.predicate, []).append(self._term(triple.object))
        lines = [
            f"{'a' if predicate == TYPE else self._term(predicate)} {' , '.join(dict.fromkeys(objects))}"
            for predicate, objects in grouped.items()
        ]
        return f"{self._term(triples[0].subject)} " + " ;\n    ".join(lines) + " ."

    def _term(self, term: Term) -> str:
        if isinstance(term, ox.NamedNode):
            return self._name(term.value)
        if not isinstance(term, ox.Literal):
            raise TypeError(f"{term} has no place in an instance file")
        datatype = term.datatype.value
        if datatype in _BARE and _BARE[datatype].fullmatch(term.value):
            return term.value
        escaped = "".join(_ESCAPES.get(c, c if c >= " " and c != "\x7f" else f"\\u{ord(c):04X}") for c in term.value)
        if term.language:
            return f'"{escaped}"@{_cased(term.language)}'
        return f'"{escaped}"' if datatype == XSD + "string" else f'"{escaped}"^^{self._name(datatype)}'

    def _name(self, iri: str) -> str:
        """An IRI by a prefix of the file, or by one of the house's that the file is made to declare."""
        declared = self.prefixes
        for prefixes in (declared, terms.PREFIXES):
            space = max((ns for ns in prefixes.values() if iri.startswith(ns)), key=len, default="")
            if space and _LOCAL.fullmatch(iri[len(space) :]):
                prefix = next(name for name, ns in prefixes.items() if ns == space)
                if prefixes is not declared and prefix in declared:
                    continue  # The file has given the prefix another meaning.
                if prefixes is not declared:
                    self._declare(prefix, space)
                return f"{prefix}:{iri[len(space) :]}"
        return str(ox.NamedNode(iri))

    def _declare(self, prefix: str, space: str) -> None:
        line = f"@prefix {prefix}: <{space}> ."

        def rank(name: str) -> tuple[int, str]:
            return (_HEADER.index(name) if name in _HEADER else len(_HEADER), name)

        for match in _PREFIX.finditer(self.text):
            if rank(match[1]) > rank(prefix):
                self.text = f"{self.text[: match.start()]}{line}\n{self.text[match.start() :]}"
                return
        last = max((match.end() for match in _PREFIX.finditer(self.text)), default=0)
        rest = self.text[last:]
        self.text = (
            f"{self.text[:last]}\n{line}{rest}" if last else f"{line}\n\n{rest.lstrip()}" if rest else f"{line}\n"
        )
