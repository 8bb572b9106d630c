"""For each term a small query that shows it at work, as a person would write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allegiance import terms
from allegiance.terms import ALG

Described = dict[str, Any]
ROWS = 25
_LABELLED = (terms.RDFS + "label", terms.SKOS + "prefLabel", terms.SKOSXL + "prefLabel")
_EDGE = ALG + "DerivedEdge"


def _text(variables: str, pattern: list[str], order: str) -> str:
    lines = "\n".join(f"  {line}" for line in pattern)
    body = f"SELECT {variables}\nWHERE {{\n{lines}\n}}\nORDER BY {order}\nLIMIT {ROWS}\n"
    used = [f"PREFIX {name}: <{iri}>\n" for name, iri in terms.PREFIXES.items() if f"{name}:" in body]
    return "".join(used) + "\n" + body


def _named(variable: str, name: str = "name") -> str:
    return f"OPTIONAL {{ ?{variable} rdfs:label ?{name} }}"


def _of_class(term: Described, found: Mapping[str, Described], example: Described | None) -> str:
    at = f"alg:{term['name']}"
    lineage = {term["name"], *term["ancestors"]}
    if "Occurrence" in lineage:
        pattern = [
            f"?occurrence a {at} ;",
            "  rdfs:label ?name .",
            "?claim alg:about ?occurrence ;",
            "  alg:mode ?mode ;",
            "  alg:statement ?statement .",
        ]
        return _text("?occurrence ?name ?mode ?statement", pattern, "?name ?statement")
    if "Claim" in lineage:
        pattern = [f"?claim a {at} ;", "  alg:about ?about ;", "  alg:mode ?mode ;", "  alg:statement ?statement ."]
        return _text("?claim ?about ?mode ?statement", pattern, "?statement")
    users = [name for name in term["ranged"] if found[name]["counts"]["asserted"] or found[name]["counts"]["derived"]]
    if term["values"] and users:
        pattern = [
            f"?value a {at} ;",
            "  rdfs:label ?name ;",
            "  skos:definition ?definition .",
            "OPTIONAL {",
            f"  SELECT ?value (COUNT(?thing) AS ?times) {{ ?thing alg:{users[0]} ?value }} GROUP BY ?value",
            "}",
        ]
        return _text("?value ?name ?times ?definition", pattern, "DESC(?times) ?name")
    said = [row["property"] for row in example["rows"]] if example else []
    if not example or set(said) & set(_LABELLED):
        return _text("?thing ?name", [f"?thing a {at} .", _named("thing")], "?name ?thing")
    # What has no name shows what else is said of it.
    own = [name for name in said if name.startswith(ALG)][:4]
    names = [terms.shorten(name) for name in own]
    shown = [name.partition(":")[2] for name in names]
    pattern = [f"?thing a {at} .", *(f"?thing {name} ?{var} ." for name, var in zip(names, shown, strict=True))]
    return _text(" ".join(["?thing", *(f"?{var}" for var in shown)]), pattern, "?thing")


def _of_property(term: Described, example: Described | None) -> str:
    at, value = f"alg:{term['name']}", term["name"]
    if value in ("thing", "name", "statement"):
        value = "value"
    said = {row["property"] for row in example["rows"]} if example else set()
    names = term["kind"] == "object"
    if term["edge"]:
        pattern = [
            "?edge a alg:DerivedEdge ;",
            f"  alg:edgeProperty {at} ;",
            "  alg:edgeSubject/rdfs:label ?from ;",
            "  alg:edgeObject/rdfs:label ?to ;",
            "  prov:wasDerivedFrom/alg:statement ?statement .",
        ]
        return _text("?from ?to ?statement", pattern, "?from ?to ?statement")
    if ALG + "statement" in said and term["name"] != "statement":
        pattern = [f"?claim {at} ?{value} ;", "  alg:statement ?statement .", *([_named(value)] if names else [])]
        return _text(f"?claim ?{value}{' ?name' if names else ''} ?statement", pattern, "?statement")
    pattern = [f"?thing {at} ?{value} .", _named("thing"), *([_named(value, "valueName")] if names else [])]
    return _text(f"?thing ?name ?{value}{' ?valueName' if names else ''}", pattern, f"?name ?thing ?{value}")


def _of_value(term: Described, by: str, example: Described | None) -> str:
    at, user = f"alg:{term['name']}", terms.shorten(by)
    said = {row["property"] for row in example["rows"]} if example else set()
    if ALG + "statement" in said:
        pattern = [f"?claim {user} {at} ;", "  alg:statement ?statement ."]
        return _text("?claim ?statement", pattern, "?statement")
    return _text("?thing ?name", [f"?thing {user} {at} .", _named("thing")], "?name ?thing")


def query(term: Described, found: Mapping[str, Described], by: str) -> str:
    """A SELECT about a described term; `by` is the property that a value is most often the object of, as an IRI."""
    example = term["example"][0] if term["example"] else None
    if term["kind"] == "class":
        return _of_class(term, found, example)
    if term["kind"] == "value":
        cls = term["of"][0] if term["of"] else ""
        fallback = next((name for name in found[cls]["ranged"]), "") if cls in found else ""
        return _of_value(term, by or ALG + (fallback or "about"), example)
    return _of_property(term, example)
