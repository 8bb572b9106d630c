"""What the pages about ontology and shapes are made of: vocabulary.json, written with every version of a dataset.

Each term with its definition, its place among the others, how often and where it is used, an instance, the shapes that
constrain it, the rules that derive it, the questions that use it and a query to try. Nothing of it is written by hand.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from allegiance import library, terms
from allegiance.build import constraints, trial
from allegiance.build.compose import turtle_files
from allegiance.build.derive import Rule, rules
from allegiance.build.usage import LAYERS, Examples, Usage, named_like, usage
from allegiance.engine import Engine, Term, text_of
from allegiance.terms import ALG, DCTERMS, OWL, RDF, RDFS, SKOS

Described = dict[str, Any]
FORMAT = 1
_KINDS = {
    OWL + "Class": "class",
    OWL + "ObjectProperty": "object",
    OWL + "DatatypeProperty": "datatype",
    OWL + "AnnotationProperty": "annotation",
}
_CHARACTERISTICS = {OWL + "SymmetricProperty": "symmetric", OWL + "TransitiveProperty": "transitive"}
_MENTION = re.compile(r"\balg:(\w+)")
_CONSTRUCT = re.compile(r"CONSTRUCT\s*\{(.*?)\}\s*WHERE\s*\{(.*)\}", re.DOTALL)
_TITLE = re.compile(r"^#\+ title: (.*)$", re.MULTILINE)
_BOUNDS = tuple(ALG + name for name in ("earliestBegin", "latestBegin", "earliestEnd", "latestEnd"))


class _Ontology:
    """The terms of the ontology in the order of its files."""

    def __init__(self, engine: Engine, root: Path) -> None:
        self.said: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for quad in sorted(engine.quads(terms.ONTOLOGY_GRAPH), key=str):
            self.said[text_of(quad.subject)][quad.predicate.value].append(quad.object)
        self.topics: list[Described] = []
        self.topic_of: dict[str, str] = {}
        for path in turtle_files(root / "ontology"):
            self._read_topic(path)

    def _read_topic(self, path: Path) -> None:
        found: list[str] = []
        title = ""
        for quad in ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE):
            iri = text_of(quad.subject)
            if quad.predicate.value == DCTERMS + "title":
                title = text_of(quad.object)
            elif quad.predicate.value == RDF + "type" and iri.startswith(ALG) and iri not in self.topic_of:
                self.topic_of[iri] = path.stem
                found.append(iri.removeprefix(ALG))
        if found:
            self.topics.append({"name": path.stem, "title": title, "terms": found})

    def iris(self, subject: str, predicate: str) -> list[str]:
        """The named objects of a term's property."""
        values = self.said[subject][predicate] if subject in self.said else []
        return [value.value for value in values if isinstance(value, ox.NamedNode)]

    def ours(self, subject: str, predicate: str) -> list[str]:
        """The same, as local names, of those that are ours."""
        return [iri.removeprefix(ALG) for iri in self.iris(subject, predicate) if iri.startswith(ALG)]

    def texts(self, subject: str, predicate: str) -> list[str]:
        return [value.value for value in self.said[subject][predicate] if isinstance(value, ox.Literal)]

    def chains(self, subject: str) -> list[list[str]]:
        """The property chains of a term."""
        found = []
        for head in self.said[subject][OWL + "propertyChainAxiom"]:
            chain, at = [], text_of(head)
            while at in self.said and self.said[at][RDF + "first"]:
                chain += [text_of(self.said[at][RDF + "first"][0])]
                at = text_of(self.said[at][RDF + "rest"][0])
            found.append(chain)
        return found

    def ancestors(self, name: str, relation: str) -> list[str]:
        """Those above a term, the nearest first."""
        found: list[str] = []
        todo = self.ours(ALG + name, relation)
        while todo:
            found += [one for one in todo if one not in found]
            todo = [above for one in todo for above in self.ours(ALG + one, relation) if above not in found]
        return found


def _kind(ontology: _Ontology, iri: str) -> str:
    return next((_KINDS[kind] for kind in ontology.iris(iri, RDF + "type") if kind in _KINDS), "value")


def _terms(ontology: _Ontology) -> dict[str, Described]:
    """Every term with what the ontology says of it."""
    found: dict[str, Described] = {}
    for iri, topic in ontology.topic_of.items():
        name = iri.removeprefix(ALG)
        kind = _kind(ontology, iri)
        relation = RDFS + ("subClassOf" if kind == "class" else "subPropertyOf")
        found[name] = {
            "name": name,
            "kind": kind,
            "topic": topic,
            "label": next(iter(ontology.texts(iri, RDFS + "label")), name),
            "definition": next(iter(ontology.texts(iri, SKOS + "definition")), ""),
            "notes": ontology.texts(iri, SKOS + "scopeNote"),
            "named": ontology.texts(iri, SKOS + "example"),
            "above": ontology.ours(iri, relation),
            "ancestors": ontology.ancestors(name, relation),
            "below": [],
            "aligned": [other for other in ontology.iris(iri, relation) if not other.startswith(ALG)],
            "of": ontology.ours(iri, RDF + "type"),
            "values": [],
            "domain": ontology.iris(iri, RDFS + "domain"),
            "range": ontology.iris(iri, RDFS + "range"),
            "inverse": ontology.ours(iri, OWL + "inverseOf"),
            "chains": ontology.chains(iri),
            "is": [word for kind, word in _CHARACTERISTICS.items() if kind in ontology.iris(iri, RDF + "type")],
            "disjoint": ontology.ours(iri, OWL + "disjointWith"),
            "roleOf": ontology.ours(iri, ALG + "roleOf"),
            "repeatable": "true" in ontology.texts(iri, ALG + "repeatable"),
            "roles": [],
            "domained": [],
            "ranged": [],
        }
    for name, term in found.items():
        # What the ontology says from the other side.
        for field, other in (("above", "below"), ("of", "values"), ("roleOf", "roles")):
            for target in term[field]:
                found[target][other].append(name)
        for field, other in (("domain", "domained"), ("range", "ranged")):
            for iri in term[field]:
                if (target := iri.removeprefix(ALG)) in found:
                    found[target][other].append(name)
        for field in ("inverse", "disjoint"):
            for target in term[field]:
                if name not in found[target][field]:
                    found[target][field].append(name)
    return found


def _derived_by(rule: Rule, found: dict[str, Described]) -> set[str]:
    """The terms that a rule's template writes, also by a variable that VALUES, BIND or the ontology gives."""
    match = _CONSTRUCT.search(rule.text)
    if match is None:
        return set()
    template, body = match.groups()
    made = set(_MENTION.findall(template))
    for variable in set(re.findall(r"\?(\w+)", template)):
        for values in re.findall(rf"VALUES \?{variable} \{{([^}}]*)\}}", body):
            made |= set(_MENTION.findall(values))
        for bound in re.findall(rf"BIND\(((?:(?!\bBIND\().)*?)\s+AS \?{variable}\)", body, re.DOTALL):
            made |= {name for name in _MENTION.findall(bound) if found.get(name, {}).get("kind") == "value"}
        for above in re.findall(rf"\?{variable} rdfs:subPropertyOf alg:(\w+)", body):
            made |= set(found[above]["below"]) if above in found else set()
    return made & found.keys()


def _others(rule: Rule) -> list[str]:
    """The terms of other vocabularies that a rule's template writes, as IRIs."""
    match = _CONSTRUCT.search(rule.text)
    names = re.findall(r"\b[a-z]+:\w+", match[1]) if match else []
    return [terms.expand(name) for name in dict.fromkeys(names)]


def _rules(root: Path, found: dict[str, Described]) -> Iterator[Described]:
    for rule in sorted(rules(root), key=lambda rule: (rule.stratum, rule.name)):
        title = _TITLE.search(rule.text)
        written = _derived_by(rule, found)
        edges = {name for name in written if f"alg:edgeProperty alg:{name} " in rule.text}
        made = edges or written
        yield {
            "name": rule.name,
            "stratum": rule.stratum,
            "title": title[1].strip() if title else rule.name,
            "text": rule.text,
            "makes": sorted(made),
            "others": [] if made else _others(rule),
            "edges": sorted(edges),
            "reads": sorted((set(_MENTION.findall(rule.text)) & found.keys()) - written),
            "writes": sorted(written),
        }


def _root_classes(found: dict[str, Described]) -> dict[str, str]:
    """Each class with the topmost one of ours, as IRIs."""
    return {
        ALG + name: ALG + (term["ancestors"][-1] if term["ancestors"] else name)
        for name, term in found.items()
        if term["kind"] == "class"
    }


def _example(name: str, term: Described, used: Usage, examples: Examples, engine: Engine) -> list[Described]:
    """An instance as blocks of statements: the thing that shows the term, and what makes it understood."""
    iri = ALG + name
    subject = used.subject(iri)
    if not subject:
        return []
    layer = LAYERS[used.best[iri][0]]
    # Of a thing that is only inferred to be of a property, the one statement is the example.
    whole = layer in ("asserted", "ontology") or term["kind"] in ("class", "value") or iri in _BOUNDS
    blocks = [examples.block(subject, *(_BOUNDS if iri in _BOUNDS else (iri,)), whole=whole)]
    if term["kind"] == "class" and "Occurrence" in (name, *term["ancestors"]):
        claims = f"SELECT ?c (STRLEN(?said) AS ?long) WHERE {{ ?c <{ALG}about> <{subject}> ; <{ALG}statement> ?said }}"
        for row in engine.rows(f"{claims} ORDER BY ?long ?c LIMIT 1"):
            blocks.append(examples.block(text_of(row["c"]), ALG + "about"))
    if term["edge"]:
        record = f"SELECT ?e WHERE {{ ?e <{ALG}edgeProperty> <{iri}> ; <{ALG}edgeSubject> <{subject}> }}"
        for row in engine.rows(f"{record} ORDER BY ?e LIMIT 1"):
            block = examples.block(text_of(row["e"]), ALG + "DerivedEdge", whole=False)
            blocks.append(_with_all(block, text_of(row["e"]), engine))
    if name == "DerivedEdge":
        blocks[0] = _with_all(blocks[0], subject, engine)
    return blocks


def _with_all(block: Described, subject: str, engine: Engine) -> Described:
    """A block of a record that is derived as a whole."""
    rows: dict[str, list[Described]] = defaultdict(list)
    query = f"SELECT ?p ?o WHERE {{ GRAPH <{terms.DERIVED_GRAPH}> {{ <{subject}> ?p ?o }} }} ORDER BY ?p ?o"
    for row in engine.rows(query):
        rows[text_of(row["p"])].append({"iri": text_of(row["o"])})
    order = sorted(rows, key=lambda name: (name != RDF + "type", not name.startswith(ALG), name))
    return {**block, "rows": [{"property": name, "values": rows[name], "more": 0} for name in order]}


def _relations(used: Usage) -> list[Described]:
    """How the topmost classes hang together, as the data has it."""
    return [
        {"from": one.removeprefix(ALG), "property": name, "to": other.removeprefix(ALG), "count": count}
        for (one, name, other), count in sorted(used.relations.items())
    ]


def _soft_dates(engine: Engine) -> Described | None:
    """A claim all of whose bounds are known and differ, to explain them by."""
    bounds = " ; ".join(f"<{name}> ?b{number}" for number, name in enumerate(_BOUNDS))
    query = f"""SELECT ?claim ?said ?written ?b0 ?b1 ?b2 ?b3 WHERE {{
        ?claim {bounds} ; <{ALG}statement> ?said . OPTIONAL {{ ?claim <{ALG}dateAsWritten> ?written }}
        FILTER(?b0 < ?b1 && ?b1 < ?b2 && ?b2 < ?b3) }} ORDER BY ?claim"""
    found: tuple[int, Described] | None = None
    for row in engine.rows(query):
        days = [text_of(row[f"b{number}"]) for number in range(4)]
        # The picture is clear where none of its three parts is short.
        ordinals = [date.fromisoformat(day).toordinal() for day in days]
        shortest = min(later - earlier for earlier, later in pairwise(ordinals))
        if found is None or shortest > found[0]:
            written = text_of(row["written"]) if "written" in row else ""
            claim, said = text_of(row["claim"]), text_of(row["said"])
            found = shortest, {"claim": claim, "statement": said, "written": written, "bounds": days}
    return found[1] if found else None


def describe(engine: Engine, root: Path) -> Described:
    """Everything the pages show, of a dataset that is whole, and the data root that it was built from."""
    ontology = _Ontology(engine, root)
    found = _terms(ontology)
    values = [ALG + name for name, term in found.items() if term["kind"] == "value"]
    likes = {
        ALG + name: thing
        for name, term in found.items()
        for words in term["named"]
        if term["kind"] == "class" and (thing := named_like(engine, ALG + name, words))
    }
    soft = _soft_dates(engine)
    if soft is not None:
        likes |= {name: str(soft["claim"]) for name in (*_BOUNDS, ALG + "Claim")}
    used = usage(engine, values, _root_classes(found), likes)
    shapes = constraints.read(root)
    mentioned = shapes.uses()
    derivations = list(_rules(root, found))
    questions = library.questions()
    order = {ALG + name: place for place, name in enumerate(_record_order(found))}
    examples = Examples(engine, order)
    for name, term in found.items():
        iri = ALG + name
        term["counts"] = {layer: used.counts[iri][layer] for layer in LAYERS}
        term["graphs"] = dict(sorted(used.graphs[iri].items()))
        term["uses"] = _uses(term)
        term["edge"] = any(name in rule["edges"] for rule in derivations)
        term["example"] = _example(name, term, used, examples, engine)
        term["shapes"] = mentioned.get(name, [])
        term["derivedBy"] = [rule["name"] for rule in derivations if name in rule["writes"]]
        term["readBy"] = [rule["name"] for rule in derivations if name in rule["reads"]]
        term["questions"] = [one.name for one in questions.values() if name in _MENTION.findall(one.text)]
    for name, term in found.items():
        by = used.values_of[ALG + name]
        most = min(by, key=lambda one: (-by[one], one)) if by else ""
        term["query"] = trial.query(term, found, most)
    return {
        "format": FORMAT,
        "topics": ontology.topics,
        "terms": found,
        "rules": {rule["name"]: rule for rule in derivations},
        "shapes": shapes.nodes,
        "shapesGraph": shapes.ntriples,
        "relations": _relations(used),
        "softDates": soft,
    }


def _uses(term: Described) -> int:
    """How often a term is used: things of a class, with those of its kinds; statements of a property or value."""
    asserted, derived, inferred, ontology = (term["counts"][layer] for layer in LAYERS)
    if term["kind"] == "class":
        return int(asserted + derived + inferred or ontology)
    return int(asserted + derived or inferred or ontology)


def _record_order(found: dict[str, Described]) -> list[str]:
    """Properties in the order in which a record has them: what it is about, roles, then the rest as in the ontology."""
    roles = [name for name, term in found.items() if "participant" in term["ancestors"]]
    return ["about", *roles, *(name for name in found if name not in roles and name != "about")]


def written(engine: Engine, root: Path) -> bytes:
    """The same as a JSON file."""
    return (json.dumps(describe(engine, root), ensure_ascii=False) + "\n").encode()
