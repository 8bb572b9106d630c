"""What is refused before a query reaches the engine: ways out of the house, and shapes that would kill the parser.

Oxigraph has no switch for SERVICE and overflows its stack on a few thousand nested brackets; the limits of the worker
(allegiance.pool) are the guarantee, this gives the clear answer.
"""

from __future__ import annotations

import re

from allegiance.syntax import bare

_SERVICE = re.compile(r"(?<![\w?$:@-])SERVICE(?![\w:-])", re.IGNORECASE)

MAX_LENGTH = 200_000
MAX_DEPTH = 100
MAX_REPEATS = 1_000


class QueryRefused(Exception):
    """A query that is not evaluated; one sentence that says what to change."""


def refuse_unsafe(query: str) -> None:
    """QueryRefused where a query asks another service or is beyond what the parser may be given.

    Lengths are characters, depth counts open brackets of any kind, repeats count UNION, OPTIONAL, && , || and !.
    """
    if len(query) > MAX_LENGTH:
        raise QueryRefused(f"The query has {len(query)} characters; at most {MAX_LENGTH} are read.")
    words = bare(query)
    if _SERVICE.search(words):
        raise QueryRefused("SERVICE is not answered here: this endpoint asks no other; take the SERVICE clause out.")
    depth = deepest = 0
    for character in words:
        if character in "{([":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "})]":
            depth -= 1
    if deepest > MAX_DEPTH:
        raise QueryRefused(f"The query nests {deepest} brackets; at most {MAX_DEPTH} are read.")
    repeats = len(re.findall(r"\bUNION\b|\bOPTIONAL\b|&&|\|\||!", words, re.IGNORECASE))
    if repeats > MAX_REPEATS:
        raise QueryRefused(f"The query has {repeats} UNION, OPTIONAL, &&, || and !; at most {MAX_REPEATS} are read.")
