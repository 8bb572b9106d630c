"""The documentation of a version of the dataset (allegiance.build.vocabulary), as its pages read it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from allegiance import terms
from allegiance.terms import ALG, ALGSH, W3ID

Described = dict[str, Any]
_NAMED = re.compile(r"\b(alg:\w+)")
_COUNTS = ("minCount", "maxCount")


@dataclass(frozen=True)
class Vocabulary:
    """Terms, rules and shapes by their names; all empty where the version was built without its documentation."""

    topics: list[Described] = field(default_factory=list)
    terms: dict[str, Described] = field(default_factory=dict)
    rules: dict[str, Described] = field(default_factory=dict)
    shapes: dict[str, Described] = field(default_factory=dict)
    shapes_graph: str = ""
    relations: list[Described] = field(default_factory=list)
    soft_dates: Described | None = None

    def near(self, name: str, known: Iterable[str]) -> list[str]:
        """Up to three names much like one, whatever their case."""
        by_case: dict[str, list[str]] = {}
        for one in known:
            by_case.setdefault(one.casefold(), []).append(one)
        found = difflib.get_close_matches(name.casefold(), by_case, n=3, cutoff=0.6)
        return [one for match in found for one in by_case[match]][:3]

    def neighbours(self, term: Described) -> tuple[str, str]:
        """The terms before and after one in its topic, or nothing."""
        names = next(topic["terms"] for topic in self.topics if topic["name"] == term["topic"])
        at = names.index(term["name"])
        return (names[at - 1] if at else "", names[at + 1] if at + 1 < len(names) else "")

    def tree(self, topic: Described, kinds: tuple[str, ...]) -> list[Described]:
        """The terms of a topic that are of some kinds, each below the one above it where that is there too."""
        chosen = [name for name in topic["terms"] if self.terms[name]["kind"] in kinds]
        below: dict[str, list[str]] = {}
        for name in chosen:
            above = next((one for one in self.terms[name]["above"] if one in chosen), "")
            below.setdefault(above, []).append(name)

        def branch(name: str) -> Described:
            return {"term": self.terms[name], "below": [branch(one) for one in below.get(name, [])]}

        return [branch(name) for name in below.get("", [])]

    def shapes_of(self, name: str) -> list[Described]:
        """The shapes that say something of a term or of a class above it, with the parts that do, nearest first."""
        found: dict[tuple[str, str], Described] = {}
        for one in (name, *self.terms[name]["ancestors"]):
            for use in self.terms[one]["shapes"]:
                # What is demanded of the classes above holds; where they merely stand as a value does not.
                if one != name and (use["how"] != "target" or self.terms[name]["kind"] != "class"):
                    continue
                shape = self.shapes[use["shape"]]
                entry = found.setdefault((one, use["shape"]), {"shape": shape, "by": one, "parts": [], "how": []})
                whole = use["part"] == use["shape"]
                parts = shape["properties"] if whole and use["how"] == "target" else ()
                parts = parts or [part for part in shape["properties"] if part["name"] == use["part"]]
                entry["parts"] += [part for part in parts if part not in entry["parts"]]
                entry["how"] += [use["how"]] if use["how"] not in entry["how"] else []
        return list(found.values())


@cache
def _read(path: Path, _changed: int) -> Vocabulary:
    said = json.loads(path.read_text(encoding="utf-8"))
    return Vocabulary(
        topics=said["topics"],
        terms=said["terms"],
        rules=said["rules"],
        shapes={shape["name"]: shape for shape in said["shapes"]},
        shapes_graph=said["shapesGraph"],
        relations=said["relations"],
        soft_dates=said["softDates"],
    )


def vocabulary(path: Path) -> tuple[Vocabulary, int]:
    """What a file says, and when it was written; an empty vocabulary where there is no such file."""
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        return Vocabulary(), 0
    return _read(path, changed), changed


def demands(constraints: list[Described]) -> list[Described]:
    """The constraints of a shape in the order to read them in, with the two counts as one demand."""
    counts = {one["kind"]: int(one["values"][0]["text"]) for one in constraints if one["kind"] in _COUNTS}
    found: list[Described] = []
    if counts:
        least, most = counts.get("minCount", 0), counts.get("maxCount")
        if most == 0:
            found.append({"kind": "none", "n": 0, "values": []})
        elif most == least:
            found.append({"kind": "exactly", "n": least, "values": []})
        else:
            if least:
                found.append({"kind": "least", "n": least, "values": []})
            if most is not None:
                found.append({"kind": "most", "n": most, "values": []})
    for one in constraints:
        if one["kind"] in _COUNTS:
            continue
        nested = [value for value in one["values"] if "constraints" in value]
        classes = [
            value["constraints"][0]["values"][0]
            for value in nested
            if value["path"] is None and [inner["kind"] for inner in value["constraints"]] == ["class"]
        ]
        if one["kind"] == "or" and nested and len(classes) == len(nested):
            # A choice among classes reads as one demand.
            found.append({"kind": "class", "n": len(classes), "values": classes})
        else:
            found.append({**one, "n": len(one["values"])})
    return found


def parts(text: str) -> list[tuple[str, str]]:
    """A text cut at the terms it names: pieces, each with the local name where it is a term."""
    return [(piece, piece[4:] if _NAMED.fullmatch(piece) else "") for piece in _NAMED.split(text) if piece]


def address(iri: str) -> str:
    """Where an IRI is looked at here; empty for what is another's."""
    if iri.startswith(ALG):
        return f"/ontology/{iri.removeprefix(ALG)}"
    if iri.startswith(ALGSH):
        return f"/shapes#{iri.removeprefix(ALGSH)}"
    local = iri.removeprefix(W3ID)
    # A whole graph has no page, and the point of a place none of its own.
    followed = local != iri and "#" not in local and not local.startswith("graph/") and not local.endswith("/point")
    return f"/{local}" if followed else ""


def shown(iri: str) -> str:
    """An IRI as Turtle writes it."""
    return terms.shorten(iri)


def graph_name(iri: str) -> str:
    """A named graph as a person writes it."""
    return "algg:" + iri.removeprefix(terms.ALGG) if iri.startswith(terms.ALGG) else iri


def literal(value: Described) -> str:
    """A literal as Turtle writes it."""
    text = value["text"].replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    kind = value.get("datatype", "")
    if value.get("lang"):
        return f'"{text}"@{value["lang"]}'
    if kind in ("", terms.XSD + "string"):
        return f'"{text}"'
    bare = {
        terms.XSD + "integer": r"[+-]?\d+",
        terms.XSD + "decimal": r"[+-]?\d*\.\d+",
        terms.XSD + "boolean": "true|false",
    }
    if kind in bare and re.fullmatch(bare[kind], value["text"]):
        return str(value["text"])
    return f'"{text}"^^{terms.shorten(kind)}'
