"""How the record is asked: a function from a SELECT to its rows, which remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable

from allegiance import terms

PREFIXES = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in terms.PREFIXES.items())
Row = dict[str, str]


class Ask:
    """Asks SELECT queries; `asked` keeps title and text of each, for the reader who wants the SPARQL."""

    def __init__(self, json_of: Callable[[str], bytes]) -> None:
        """`json_of` evaluates a query and gives SPARQL results JSON."""
        self._json_of = json_of
        self.asked: list[tuple[str, str]] = []

    def __call__(self, title: str, body: str) -> list[Row]:
        """The rows of a SELECT whose prefixes are those of `terms`; a value is the IRI or the literal's lexical form.

        A variable with a language tag has it under its name with `@` in front.
        """
        text = _used(body)
        self.asked.append((title, text))
        return [_row(binding) for binding in json.loads(self._json_of(text))["results"]["bindings"]]


def _used(body: str) -> str:
    """A query with the prefixes it uses, as a person would write it."""
    return "".join(line for line in PREFIXES.splitlines(keepends=True) if f"{line.split()[1]}" in body) + body


def _row(binding: dict[str, dict[str, str]]) -> Row:
    row = {name: value["value"] for name, value in binding.items()}
    row |= {f"@{name}": value["xml:lang"] for name, value in binding.items() if "xml:lang" in value}
    return row


def local(iri: str) -> str:
    """The last part of an IRI of the ontology: `Asserted`, `pledger`."""
    return iri.rpartition("#")[2].rpartition("/")[2]


def path(iri: str) -> str:
    """The local path of an IRI of ours, such as `id/taliban`; the IRI itself where it is another's."""
    return iri.removeprefix(terms.W3ID)


def values(iris: list[str] | tuple[str, ...]) -> str:
    """IRIs as a VALUES block writes them."""
    return " ".join(f"<{iri}>" for iri in iris)
