"""What a version holds, counted once when it is made, so that no request counts anything."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyoxigraph as ox

from allegiance import terms
from allegiance.engine import Engine, text_of
from allegiance.terms import RDF


def write(engine: Engine, path: Path) -> None:
    """Write the counts of a finished dataset: triples of the union, of each graph, things of each class of ours."""
    graphs: Counter[str] = Counter()
    classes: Counter[str] = Counter()
    union: set[ox.Triple] = set()
    typed: set[tuple[str, str]] = set()
    for quad in engine.quads():
        graphs[text_of(quad.graph_name) if isinstance(quad.graph_name, ox.NamedNode) else ""] += 1
        union.add(quad.triple)
        if quad.predicate.value == RDF + "type" and isinstance(quad.object, ox.NamedNode):
            typed.add((text_of(quad.subject), quad.object.value))
    for _, name in typed:
        classes[name] += 1
    found = {
        "triples": len(union),
        "quads": sum(graphs.values()),
        "graphs": dict(sorted(graphs.items())),
        "classes": {name: size for name, size in sorted(classes.items()) if name.startswith(terms.ALG)},
        "withdrawn": _withdrawn(engine),
    }
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _withdrawn(engine: Engine) -> dict[str, str]:
    """Names of ours that are no longer used, each with the one that takes its place, or nothing."""
    found = {}
    for quad in engine.quads(terms.ENTITIES_GRAPH):
        if quad.predicate.value == RDF + "type" and text_of(quad.object) == terms.ALG + "Withdrawn":
            name = text_of(quad.subject)
            found[name] = ""
            for successor in engine.objects(name, terms.DCTERMS + "isReplacedBy"):
                found[name] = text_of(successor)
    return found
