"""What can be told of a query from its words, without its strings, IRIs and comments (SPARQL 1.1 §19)."""

from __future__ import annotations

import re

_OPAQUE = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""'
    r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'(?:[^'\\\n]|\\.)*'"
    r"|<[^<>\"{}|^`\\\s]*>"
    r"|#[^\n]*",
    re.DOTALL,
)
_FROM = re.compile(r"(?<![\w?$:@-])FROM(?![\w:-])", re.IGNORECASE)


def bare(query: str) -> str:
    """A query with each string, IRI and comment replaced by a space."""
    return _OPAQUE.sub(" ", query)


def names_its_graphs(query: str) -> bool:
    """Whether a query has a FROM or FROM NAMED clause of its own."""
    return _FROM.search(bare(query)) is not None


def masked(text: str) -> str:
    """The same text with every character of strings and IRIs replaced by U+0001, and of comments by a space."""
    return _OPAQUE.sub(lambda match: (" " if match[0].startswith("#") else "\x01") * len(match[0]), text)
