"""The shapes as data for their documentation: target, path, constraints and message of each, in the order of the files.

Nothing of a shape is left out: a property of SHACL that is not known here is kept under its own name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from allegiance import terms
from allegiance.build.compose import turtle_files
from allegiance.engine import Term, text_of
from allegiance.terms import ALG, ALGSH, RDF, SH

Described = dict[str, Any]
_SHAPES = {SH + "NodeShape", SH + "PropertyShape"}
_TARGETS = {SH + "targetClass": "class", SH + "targetSubjectsOf": "subjectsOf"}
# What is told otherwise than as a constraint.
_APART = {*_TARGETS, RDF + "type", *(SH + name for name in ("path", "message", "property", "severity", "prefixes"))}
_ORDER = (
    "minCount", "maxCount", "class", "datatype", "in", "hasValue", "or", "not", "minInclusive", "maxInclusive",
    "lessThanOrEquals", "disjoint", "languageIn", "minLength", "maxLength", "pattern", "sparql",
)  # fmt: skip
_MENTION = re.compile(r"\balg:(\w+)")


@dataclass
class Shapes:
    """All shapes of a data root: node shapes with their property shapes, and the graph as sorted N-Triples."""

    nodes: list[Described] = field(default_factory=list)
    ntriples: str = ""

    def uses(self) -> dict[str, list[Described]]:
        """For each term of ours the shapes that it stands in, and how: target, path, value or text."""
        found: dict[str, list[Described]] = defaultdict(list)
        for node in self.nodes:
            for shape in (node, *node["properties"]):
                for term, how in dict.fromkeys(_uses(shape)):
                    found[term].append({"shape": node["name"], "part": shape["name"], "how": how})
        return found


def _uses(shape: Described) -> list[tuple[str, str]]:
    """Terms of ours in a shape, as local names."""
    found = [(target["iri"], "target") for target in shape.get("targets", ())]
    found += [(iri, "path") for iri in _in_path(shape["path"])]
    for constraint in shape["constraints"]:
        for value in constraint["values"]:
            if "iri" in value:
                found.append((value["iri"], "value"))
            elif "constraints" in value:
                found += [(ALG + name, how) for name, how in _uses(value)]
            elif constraint["kind"] == "sparql":
                found += [(ALG + name, "text") for name in _MENTION.findall(value["text"])]
    return [(iri.removeprefix(ALG), how) for iri, how in found if iri.startswith(ALG)]


def _in_path(path: Any) -> list[str]:
    if isinstance(path, dict):
        return [path["iri"]] if "iri" in path else [iri for step in path["steps"] for iri in _in_path(step)]
    return []


class _Reader:
    """Walks from the named shapes into the blank nodes that belong to them."""

    def __init__(self, triples: list[ox.Triple]) -> None:
        self._said: dict[Any, list[tuple[str, Term]]] = defaultdict(list)
        for triple in triples:
            self._said[triple.subject].append((triple.predicate.value, triple.object))

    def values(self, subject: Term, predicate: str) -> list[Term]:
        return sorted((o for p, o in self._said[subject] if p == predicate), key=str)

    def first(self, subject: Term, predicate: str) -> str:
        return next((text_of(value) for value in self.values(subject, predicate)), "")

    def list_of(self, head: Term) -> list[Term]:
        found: list[Term] = []
        while rest := self.values(head, RDF + "rest"):
            found += self.values(head, RDF + "first")
            head = rest[0]
        return found

    def path(self, at: Term) -> Described:
        """A property path: an IRI, or the steps of an inverse, a sequence or an alternative."""
        if isinstance(at, ox.NamedNode):
            return {"iri": at.value}
        for name in ("inversePath", "alternativePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath"):
            for inner in self.values(at, SH + name):
                steps = self.list_of(inner) if name == "alternativePath" else [inner]
                return {"kind": name.removesuffix("Path"), "steps": [self.path(step) for step in steps]}
        return {"kind": "sequence", "steps": [self.path(step) for step in self.list_of(at)]}

    def shape(self, at: Term) -> Described:
        """Path, constraints and message of a node or property shape."""
        path = self.values(at, SH + "path")
        said: dict[str, list[Term]] = defaultdict(list)
        for predicate, value in self._said[at]:
            if predicate not in _APART:
                said[predicate.removeprefix(SH)].append(value)
        known = {name: place for place, name in enumerate(_ORDER)}
        return {
            "path": self.path(path[0]) if path else None,
            "message": self.first(at, SH + "message"),
            "constraints": [
                {"kind": kind, "values": [one for value in sorted(said[kind], key=str) for one in self._value(value)]}
                for kind in sorted(said, key=lambda kind: (known.get(kind, len(known)), kind))
            ],
        }

    def _value(self, value: Term) -> list[Described]:
        """What a constraint demands: terms, literals, other shapes, or the text of a query."""
        if isinstance(value, ox.Literal):
            return [{"text": value.value}]
        if (select := self.first(value, SH + "select")) or (select := self.first(value, SH + "ask")):
            return [{"text": select.strip()}]
        if members := self.list_of(value):
            return [one for member in members for one in self._value(member)]
        if isinstance(value, ox.NamedNode):
            return [{"iri": value.value}]
        return [self.shape(value)]

    def targets(self, at: Term) -> list[Described]:
        return [
            {"how": how, "iri": text_of(value)}
            for predicate, how in _TARGETS.items()
            for value in self.values(at, predicate)
        ]


def read(root: Path) -> Shapes:
    """The shapes of a data root."""
    order: dict[str, str] = {}
    dataset = ox.Dataset()
    for path in turtle_files(root / "shapes"):
        for quad in ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE):
            dataset.add(quad)
            if quad.predicate.value == RDF + "type" and text_of(quad.object) in _SHAPES:
                order.setdefault(text_of(quad.subject), path.stem)
    # Blank nodes get names that depend on what they stand for, so that two builds write the same file.
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    triples = [quad.triple for quad in dataset]
    reader = _Reader(triples)
    place = {iri: number for number, iri in enumerate(order)}
    found = Shapes(ntriples="".join(sorted(f"{triple} .\n" for triple in triples)))
    for iri, file in order.items():
        at = ox.NamedNode(iri)
        if iri.startswith(ALGSH) and any(text_of(kind) == SH + "NodeShape" for kind in reader.values(at, RDF + "type")):
            parts = sorted(reader.values(at, SH + "property"), key=lambda part: place.get(text_of(part), 0))
            found.nodes.append({
                "name": iri.removeprefix(terms.ALGSH),
                "file": file,
                "targets": reader.targets(at),
                **reader.shape(at),
                "properties": [{"name": text_of(part).removeprefix(ALGSH), **reader.shape(part)} for part in parts],
            })  # fmt: skip
    return found
