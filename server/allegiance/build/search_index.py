"""The text index of a dataset: every label of everything that has one, in the order in which a search shows it.

An SQLite file beside the dataset, with two full-text tables (FTS5): `words` finds labels by their words as written
and folded (allegiance.spelling), `shapes` finds words by the trigrams of their folded form, for a slip of the pen.
Reading it is allegiance.search.
"""

from __future__ import annotations

import errno
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from allegiance import spelling, terms
from allegiance.engine import Engine, text_of
from allegiance.search import FORMAT, KINDS, bones, token

_SCHEMA = """
CREATE TABLE kinds (id INTEGER PRIMARY KEY, name TEXT NOT NULL, coarse TEXT NOT NULL, filters TEXT NOT NULL);
CREATE TABLE things (id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, label TEXT NOT NULL, kind INTEGER NOT NULL);
CREATE TABLE labels (id INTEGER PRIMARY KEY, thing INTEGER NOT NULL, label TEXT NOT NULL, lang TEXT NOT NULL,
    preferred INTEGER NOT NULL, plain TEXT NOT NULL, folded TEXT NOT NULL);
CREATE TABLE keys (key TEXT NOT NULL, label INTEGER NOT NULL, PRIMARY KEY (key, label)) WITHOUT ROWID;
CREATE TABLE vocabulary (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE, folded TEXT NOT NULL,
    skeleton TEXT NOT NULL);
CREATE VIRTUAL TABLE words USING fts5(plain, folded, filters, content='', columnsize=0, tokenize='ascii',
    prefix='1 2 3');
CREATE VIRTUAL TABLE shapes USING fts5(folded, content='', columnsize=0, detail=none, tokenize='trigram');
"""


@dataclass
class _Thing:
    kind: str
    coarse: str
    ancestors: frozenset[str]
    labels: dict[tuple[str, str], bool] = field(default_factory=dict)  # (label, language) → whether preferred

    def display(self) -> str:
        """The label to show: preferred before others, English before other languages."""
        return min(self.labels, key=lambda at: (not self.labels[at], at[1] != "en", at))[0]


_PREFIXES = "".join(f"PREFIX {name}: <{terms.PREFIXES[name]}>\n" for name in ("alg", "algg", "dcterms", "rdfs", "skos"))
_PREFIXES += f"PREFIX skosxl: <{terms.SKOSXL}>\nPREFIX owl: <{terms.OWL}>\n"
# Where the labels of a thing are, and whether those are what it is called first.
_LABELS = {
    "rdfs:label": True,
    "dcterms:title": True,
    "skos:prefLabel": True,
    "skosxl:prefLabel/skosxl:literalForm": True,
    "skos:altLabel": False,
    "skos:hiddenLabel": False,
    "skosxl:altLabel/skosxl:literalForm": False,
    "skosxl:hiddenLabel/skosxl:literalForm": False,
    "alg:statement": False,
}
_TERM_KINDS = ("ObjectProperty", "DatatypeProperty", "AnnotationProperty", "Class", "Ontology", "NamedIndividual")


def _ancestors(engine: Engine) -> dict[str, frozenset[str]]:
    """Each class with the classes above it and itself."""
    above: dict[str, set[str]] = {}
    query = (
        "SELECT DISTINCT ?c ?d WHERE { GRAPH algg:ontology { ?c rdfs:subClassOf ?d } FILTER(isIRI(?c) && isIRI(?d)) }"
    )
    for row in engine.rows(_PREFIXES + query):
        above.setdefault(text_of(row["c"]), set()).add(text_of(row["d"]))

    def closure(name: str) -> frozenset[str]:
        found, todo = {name}, [name]
        while todo:
            new = above.get(todo.pop(), set()) - found
            found |= new
            todo += new
        return frozenset(found)

    return {name: closure(name) for name in above}


def _kind(iri: str, classes: set[str], ancestors: dict[str, frozenset[str]]) -> tuple[str, str, frozenset[str]]:
    """The most specific asserted class of ours, the coarse kind, and the names that a filter may use for it."""
    every = frozenset[str]().union(*(ancestors.get(name, frozenset((name,))) for name in classes))
    coarse = next((name for name, roots in KINDS.items() if every & set(roots)), "")
    coarse = coarse or ("Term" if iri.startswith(terms.W3ID + "ontology") else "Other")
    ours = {name for name in classes if name.startswith(terms.ALG)}
    general = frozenset[str]().union(*(ancestors.get(name, frozenset()) - {name} for name in ours))
    names = sorted(name.removeprefix(terms.ALG) for name in ours - general)
    if not names:
        standard = {re.split(r"[#/]", name)[-1] for name in classes}
        names = [name for name in _TERM_KINDS if name in standard] or sorted(standard) or [coarse]
    above = {name.removeprefix(terms.ALG) for name in every if name.startswith(terms.ALG)}
    return names[0], coarse, frozenset(above | {names[0], coarse})


def _read(engine: Engine) -> dict[str, _Thing]:
    """Everything of ours that has a label, by IRI."""
    asserted = "FILTER(?g != algg:inferred)"
    named: dict[str, dict[tuple[str, str], bool]] = {}
    for path, preferred in _LABELS.items():
        first, _, rest = path.partition("/")
        further = f"?label {rest} ?form" if rest else "BIND(?label AS ?form)"
        query = f"SELECT DISTINCT ?s ?form WHERE {{ GRAPH ?g {{ ?s {first} ?label }} {asserted} {further} }}"
        for row in engine.rows(_PREFIXES + query):
            iri, form = text_of(row["s"]), row["form"]
            if iri.startswith(terms.W3ID):
                at = (text_of(form), _cased(getattr(form, "language", None) or ""))
                labels = named.setdefault(iri, {})
                labels[at] = labels.get(at, False) or preferred
    classes: dict[str, set[str]] = {}
    types = (
        f"SELECT DISTINCT ?s ?c WHERE {{ GRAPH ?g {{ ?s a ?c }} {asserted} FILTER(?g != algg:derived && isIRI(?c)) }}"
    )
    for row in engine.rows(_PREFIXES + types):
        if (iri := text_of(row["s"])) in named:
            classes.setdefault(iri, set()).add(text_of(row["c"]))
    ancestors = _ancestors(engine)
    return {iri: _Thing(*_kind(iri, classes.get(iri, set()), ancestors), labels) for iri, labels in named.items()}


def _cased(tag: str) -> str:
    """A language tag in the case that BCP 47 recommends; the engine keeps it in lower case."""
    first, *rest = tag.split("-")
    return "-".join([first, *(p.title() if len(p) == 4 else p.upper() if len(p) == 2 else p for p in rest)])


def _filters(thing: _Thing, lang: str) -> str:
    parts = lang.split("-") if lang else []
    tokens = {token("l", "".join(parts[: n + 1])) for n in range(len(parts))}
    tokens |= {token("k", name) for name in thing.ancestors}
    return " ".join(sorted(tokens | ({"names"} if thing.coarse != "Claim" else set())))


def write_index(engine: Engine, path: Path) -> None:
    """Write the text index of a finished dataset to a new file; equal datasets give equal content.

    OSError where the file cannot be written.
    """
    path.unlink(missing_ok=True)
    things = _read(engine)
    try:
        with closing(sqlite3.connect(path)) as connection:
            # No journal: a file that was not finished is not used.
            connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
            thing_ids = _write_things(connection, things)
            _write_labels(connection, things, thing_ids)
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            connection.commit()
            connection.execute("VACUUM")
    except sqlite3.Error as error:
        raise OSError(errno.EIO, f"the text index cannot be written ({error})", str(path)) from None


def _write_things(connection: sqlite3.Connection, things: dict[str, _Thing]) -> dict[str, int]:
    """Write kinds and things; the number of each IRI."""
    order = list(KINDS)
    kinds = sorted(
        {(order.index(thing.coarse), thing.kind, tuple(sorted(thing.ancestors))) for thing in things.values()}
    )
    numbers = {kind: number for number, kind in enumerate(kinds)}
    connection.executemany(
        "INSERT INTO kinds VALUES (?, ?, ?, ?)",
        [(number, name, order[rank], " ".join(above)) for (rank, name, above), number in numbers.items()],
    )
    thing_ids = {iri: number for number, iri in enumerate(sorted(things))}
    for iri, number in thing_ids.items():
        thing = things[iri]
        kind = numbers[order.index(thing.coarse), thing.kind, tuple(sorted(thing.ancestors))]
        connection.execute("INSERT INTO things VALUES (?, ?, ?, ?)", (number, iri, thing.display(), kind))
    return thing_ids


def _write_labels(connection: sqlite3.Connection, things: dict[str, _Thing], thing_ids: dict[str, int]) -> None:
    """Write the labels in the order of their rank, and what finds them."""
    order = list(KINDS)
    rows = sorted(
        (order.index(thing.coarse), not preferred, spelling.exact(label), label, iri, lang)
        for iri, thing in things.items()
        for (label, lang), preferred in thing.labels.items()
    )
    vocabulary: set[str] = set()
    for number, (_, other, _, label, iri, lang) in enumerate(rows):
        thing = things[iri]
        plain, folded = spelling.plain(label), spelling.folded(label)
        connection.execute(
            "INSERT INTO labels VALUES (?, ?, ?, ?, ?, ?, ?)",
            (number, thing_ids[iri], label, lang, not other, plain, folded),
        )
        connection.execute(
            "INSERT INTO words (rowid, plain, folded, filters) VALUES (?, ?, ?, ?)",
            (number, plain, folded, _filters(thing, lang)),
        )
        keys = spelling.keys(label)
        if thing.coarse != "Claim":
            keys |= {bones(label)} - {""}
            vocabulary.update(plain.split())
        connection.executemany("INSERT INTO keys VALUES (?, ?)", [(key, number) for key in sorted(keys)])
    words = [(number, word, spelling.folded(word)) for number, word in enumerate(sorted(vocabulary))]
    connection.executemany(
        "INSERT INTO vocabulary VALUES (?, ?, ?, ?)", [(*word, spelling.skeleton(word[2])) for word in words]
    )
    connection.executemany("INSERT INTO shapes (rowid, folded) VALUES (?, ?)", [(n, f"<{f}>") for n, _, f in words])
    connection.executescript(
        "CREATE INDEX vocabulary_skeleton ON vocabulary (skeleton);"
        "INSERT INTO words (words) VALUES ('optimize'); INSERT INTO shapes (shapes) VALUES ('optimize');"
    )
