"""What is refused before a query reaches the engine: ways out of the house, and shapes that would kill the parser.

Oxigraph has no switch for SERVICE and overflows its stack on a few thousand nested brackets; the limits of the worker
(allegiance.pool) are the guarantee, this gives the clear answer.
"""

from __future__ import annotations

import re

from allegiance.errors import UsageError
from allegiance.syntax import bare

_BRACKET = re.compile(r"[][(){}]")
_SEPARATOR = re.compile(r"\.(?!\d)|;")
_REPEATED = re.compile(r"\bUNION\b|\bOPTIONAL\b|&&|\|\||!", re.IGNORECASE)
_LOAD = re.compile(r"(?<![\w?$:@-])LOAD(?![\w:-])", re.IGNORECASE)
_SERVICE = re.compile(r"(?<![\w?$:@-])SERVICE(?![\w:-])", re.IGNORECASE)

MAX_LENGTH = 200_000
MAX_UPDATE_LENGTH = 20_000_000
MAX_DEPTH = 100
MAX_REPEATS = 1_000
MAX_PATTERNS = 200


class QueryRefused(UsageError):
    """A query that is not evaluated; one sentence that says what to change."""


def refuse_unsafe(query: str, what: str = "query", most: int = MAX_LENGTH) -> None:
    """QueryRefused where a query asks another service or is beyond what the parser may be given.

    Lengths are characters, depth counts open brackets of any kind, repeats count UNION, OPTIONAL, && , || and !, and
    patterns are counted by what separates them.
    """
    if len(query) > most:
        raise QueryRefused(f"The {what} has {len(query)} characters; at most {most} are read.")
    words = bare(query)
    if _SERVICE.search(words):
        raise QueryRefused("SERVICE is not answered here: this endpoint asks no other; take the SERVICE clause out.")
    # What is counted first is no less than what is asked about, and costs little.
    deepest = _deepest(words) if sum(map(words.count, "{([")) > MAX_DEPTH else 0
    if deepest > MAX_DEPTH:
        raise QueryRefused(f"The {what} nests {deepest} brackets; at most {MAX_DEPTH} are read.")
    repeats = len(_REPEATED.findall(words)) if len(words) > MAX_REPEATS else 0
    if repeats > MAX_REPEATS:
        raise QueryRefused(f"The {what} has {repeats} UNION, OPTIONAL, &&, || and !; at most {MAX_REPEATS} are read.")
    # The optimiser takes more than the square of a group's patterns; what an update inserts is not optimised.
    several = what == "query" and words.count(".") + words.count(";") > MAX_PATTERNS
    patterns = len(_SEPARATOR.findall(words)) if several else 0
    if patterns > MAX_PATTERNS:
        raise QueryRefused(f"The query has about {patterns} triple patterns; at most {MAX_PATTERNS} are read.")


def _deepest(words: str) -> int:
    depth = deepest = 0
    for character in _BRACKET.findall(words):
        if character in "{([":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def refuse_unsafe_update(update: str) -> None:
    """QueryRefused where an update loads from elsewhere, or holds what a query may not (refuse_unsafe)."""
    if _LOAD.search(bare(update)):
        raise QueryRefused("LOAD is not carried out here: this endpoint fetches nothing; send the data itself.")
    refuse_unsafe(update, "update", MAX_UPDATE_LENGTH)
