"""The closed ontology of the last build, kept beside its dataset: closing it takes longer than all rules over the data.

DIR/.schema.json holds it with a key of all that it follows from. Where the file is not there, not whole or of another
ontology, the ontology is closed anew; nothing but time depends on it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import pyoxigraph as ox

from allegiance import terms
from allegiance.build.infer import INFERRED, Axiom, Schema

_NAME = ".schema.json"
_CODE = ("infer.py", "schema.py", "graphs.py")


def key(asserted: Iterable[ox.Quad]) -> str:
    """What a closed ontology follows from: the ontology, the code and owlrl, as a hash."""
    graph = ox.NamedNode(terms.ONTOLOGY_GRAPH)
    lines = sorted(str(quad) for quad in asserted if quad.graph_name == graph)
    found = hashlib.sha256("\n".join([version("owlrl"), *lines]).encode())
    for name in _CODE:
        found.update(Path(__file__).with_name(name).read_bytes())
    return found.hexdigest()


def recall(out: Path, wanted: str) -> Schema | None:
    """The closed ontology of a key, or None."""
    try:
        kept = json.loads((out / _NAME).read_text(encoding="utf-8"))
        if kept["key"] != wanted:
            return None
        triples = [quad.triple for quad in ox.parse(kept["triples"], format=ox.RdfFormat.N_TRIPLES)]
        quads = [ox.Quad(one.subject, one.predicate, one.object, INFERRED) for one in triples]
        among, typing = (
            [
                Axiom(name, premises, conclusion, frozenset(reads), writes)
                for name, premises, conclusion, reads, writes in part
            ]
            for part in (kept["among"], kept["typing"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Schema(quads, among, typing)


def remember(out: Path, wanted: str, schema: Schema) -> None:
    """Keep a closed ontology; where that is not possible the next build closes it again."""
    rules = [
        [[one.name, one.premises, one.conclusion, sorted(one.reads), one.writes] for one in part]
        for part in (schema.among, schema.typing)
    ]
    triples = "".join(f"{quad.triple} .\n" for quad in schema.quads)
    aside = out / f"{_NAME}.{os.getpid()}"
    try:
        aside.write_text(json.dumps({"key": wanted, "triples": triples, "among": rules[0], "typing": rules[1]}))
        aside.replace(out / _NAME)
    except OSError:
        aside.unlink(missing_ok=True)
