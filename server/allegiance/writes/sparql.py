"""What the text of an update says about the graphs it writes and reads (SPARQL 1.1 Update §4, Protocol §2.2.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pyoxigraph as ox

from allegiance.syntax import masked

_TOKEN = re.compile(r"[{};]|[\w?$:@-]+")
_GRAPH = re.compile(r"\bGRAPH\s*[^\s{}]+\s*\{[^{}]*\}", re.IGNORECASE)


class UsingTwice(Exception):
    """The request names graphs to read and so does the update, which the protocol forbids; one sentence."""


def _outermost(text: str) -> Iterator[tuple[str, int]]:
    """The words, semicolons and opening braces outside of all braces, upper case, with where they stand."""
    depth = 0
    for match in _TOKEN.finditer(text):
        token = match[0].upper()
        if depth == 0 and token != "}":
            yield token, match.start()
        depth += {"{": 1, "}": -1}.get(token, 0)


def _closing(text: str, start: int) -> int:
    """Where the brace closes that opens at `start`; the end of the text where it does not."""
    depth = 0
    for match in re.compile(r"[{}]").finditer(text, start):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.start()
    return len(text)


def writes_default_graph(update: str) -> bool:
    """Whether a template or block of data names no graph, in an operation that has no WITH."""
    text = masked(update)
    with_graph, before, last = False, "", ""
    for token, start in _outermost(text):
        if token == ";":
            with_graph = False
        elif token == "WITH":
            with_graph = True
        elif token == "{" and not with_graph:
            template = last in ("INSERT", "DELETE", "DATA") or (last == "WHERE" and before == "DELETE")
            block = text[start + 1 : _closing(text, start)]
            if template and _GRAPH.sub(" ", block).strip(" \t\r\n."):
                return True
        before, last = last, token
    return False


def with_using(update: str, default: Sequence[str], named: Sequence[str]) -> str:
    """The update with USING and USING NAMED clauses before each WHERE; UsingTwice where it has its own, or WITH."""
    if not default and not named:
        return update
    clauses = [f"USING {ox.NamedNode(graph)}" for graph in default]
    clauses += [f"USING NAMED {ox.NamedNode(graph)}" for graph in named]
    using = " ".join(clauses)
    text = masked(update)
    parts: list[str] = []
    done, last = 0, ""
    for token, start in _outermost(text):
        if token in ("USING", "WITH"):
            raise UsingTwice(
                "The update has USING or WITH and the request names graphs as well; name them in one of the two places."
            )
        if token == "WHERE":
            pattern = ""
            if last == "DELETE":
                # DELETE WHERE takes no USING; its long form does.
                opening = text.find("{", start)
                if opening >= 0:
                    pattern = update[opening : _closing(text, opening) + 1]
            parts.append(f"{update[done:start]}{pattern} {using} ")
            done = start
        last = token
    return "".join(parts) + update[done:]
