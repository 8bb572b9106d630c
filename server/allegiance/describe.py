"""What the dataset says of one thing, for a person to read or as Turtle."""

from __future__ import annotations

import contextlib
import difflib
import io
from collections.abc import Iterator

from allegiance import terms
from allegiance.engine import Engine, QuerySyntaxError, text_of, write_answer
from allegiance.errors import UsageError

_LABELS = "SELECT DISTINCT ?thing ?label WHERE { ?thing rdfs:label|skos:altLabel ?label }"
_PREFIXES = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in terms.PREFIXES.items())


def resolve(engine: Engine, name: str) -> str:
    """The IRI meant by an IRI, prefixed name, slug or name; UsageError with near names where that is not one thing."""
    candidates = [name] if "://" in name else []
    if ":" in name:
        with contextlib.suppress(ValueError):
            candidates.append(terms.expand(name))
    else:
        candidates += [space + name for space in (terms.ALGID, terms.ALGC, terms.ALG)]
    for iri in candidates:
        if _is_known(engine, iri):
            return iri
    spelled = _spelled(engine)
    found = sorted(spelled.get(name.casefold(), set()))
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"“{name}” names several: {', '.join(map(terms.shorten, found))}; choose one.")
    names = near(engine, name)
    hint = f"; near it are {', '.join(map(terms.shorten, names))}" if names else ""
    raise UsageError(f"Nothing is called “{name}”{hint}.")


def _spelled(engine: Engine) -> dict[str, set[str]]:
    spelled: dict[str, set[str]] = {}
    for row in engine.rows(_PREFIXES + _LABELS):
        spelled.setdefault(text_of(row["label"]).casefold(), set()).add(text_of(row["thing"]))
    return spelled


def near(engine: Engine, name: str) -> list[str]:
    """The IRIs of up to three things that have a name much like this one, the nearest first."""
    spelled = _spelled(engine)
    labels = difflib.get_close_matches(name.casefold(), spelled, n=3, cutoff=0.6)
    return list(dict.fromkeys(min(spelled[label]) for label in labels))


def _is_known(engine: Engine, iri: str) -> bool:
    try:
        return engine.ask(f"ASK {{ <{iri}> ?p ?o }}")
    except QuerySyntaxError:
        return False


def data_query(iri: str) -> str:
    """A CONSTRUCT of what is said of a thing: itself, its names, its claims with passage, source and disputes."""
    return f"""{_PREFIXES}CONSTRUCT {{ ?s ?p ?o }} WHERE {{
        {{ BIND(<{iri}> AS ?s) }}
        UNION {{ <{iri}> skosxl:prefLabel|skosxl:altLabel|alg:passage|^alg:disputes|alg:disputes|alg:about ?s }}
        UNION {{ <{iri}> alg:passage/(oa:hasSource|oa:hasSelector) ?s }}
        UNION {{ ?s alg:about <{iri}> }}
        UNION {{ ?role rdfs:subPropertyOf alg:participant . ?s a alg:Claim ; ?role <{iri}> }}
        GRAPH ?g {{ ?s ?p ?o }} FILTER(?g != algg:inferred) }}"""


def turtle(engine: Engine, iri: str) -> str:
    """What is said of a thing, as Turtle."""
    out = io.BytesIO()
    write_answer(engine.query(data_query(iri)), "text/turtle", out, terms.PREFIXES)
    return out.getvalue().decode()


def claims_query(iri: str) -> str:
    """A SELECT of the claims about a thing, or in which it plays a part, in time order."""
    return f"""{_PREFIXES}SELECT DISTINCT ?claim ?statement ?mode ?polarity ?written ?day ?passage WHERE {{
        {{ ?claim alg:about <{iri}> }}
        UNION {{ ?role rdfs:subPropertyOf alg:participant . ?claim ?role <{iri}> }}
        ?claim a alg:Claim ; alg:statement ?statement ; alg:mode ?mode ; alg:passage ?passage .
        OPTIONAL {{ ?claim alg:polarity ?polarity }}
        OPTIONAL {{ ?claim alg:dateAsWritten ?written }}
        OPTIONAL {{ ?claim alg:earliestBegin ?first }} OPTIONAL {{ ?claim alg:latestBegin ?last }}
        BIND(COALESCE(?first, ?last) AS ?day) }} ORDER BY COALESCE(STR(?day), "9999") ?claim ?passage"""


def facts_query(iri: str) -> str:
    """A SELECT of the asserted and derived statements with a thing as their subject."""
    return f"""{_PREFIXES}SELECT DISTINCT ?property ?value WHERE {{
        GRAPH ?g {{ <{iri}> ?property ?value }} FILTER(?g != algg:inferred) }} ORDER BY ?property ?value"""


def plain(engine: Engine, iri: str) -> Iterator[str]:
    """Lines: what it is, its names, and its claims in time order with mode and place."""
    kind = f"GRAPH ?graph {{ <{iri}> a ?kind }} FILTER(?graph != algg:inferred)"
    asserted = f"{_PREFIXES}SELECT DISTINCT ?kind WHERE {{ {kind} }}"
    kinds = sorted(terms.shorten(text_of(row["kind"])) for row in engine.rows(asserted))
    labels = [text_of(label) for label in engine.objects(iri, terms.RDFS + "label")]
    ours = [kind for kind in kinds if kind.startswith("alg:")]
    yield f"{labels[0] if labels else terms.shorten(iri)}  ({', '.join(ours or kinds)})"
    yield iri
    others = [text_of(label) for label in engine.objects(iri, terms.SKOS + "altLabel")]
    if others:
        yield "also: " + " · ".join(others)
    for definition in engine.objects(iri, terms.SKOS + "definition") + engine.objects(iri, terms.ALG + "statement"):
        yield text_of(definition)
    last = ""
    for row in engine.rows(claims_query(iri)):
        claim = text_of(row["claim"])
        if claim == last:
            continue
        last = claim
        mode = text_of(row["mode"]).removeprefix(terms.ALG)
        negated = ", Negated" if text_of(row.get("polarity", row["mode"])).endswith("#Negated") else ""
        written = f"{text_of(row['written'])} · " if "written" in row else ""
        place = text_of(row["passage"]).removeprefix(terms.ALGP)
        yield f"- {text_of(row['statement'])}  [{written}{mode}{negated} · {place}]"
