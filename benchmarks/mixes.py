"""What is asked: look-ups of random subjects, the shipped questions, and analytic questions over everything."""

from __future__ import annotations

import json
import random
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

from allegiance import library, terms

_PROLOGUE = "".join(
    f"PREFIX {prefix}: <{terms.PREFIXES[prefix]}>\n"
    for prefix in ("alg", "rdfs", "skos", "skosxl", "prov", "oa", "dcterms", "xsd")
)
_POINT, _STAR, _HOPS, _CLOSURE = "point", "star", "three hops", "closure"
LOOKUP_SHAPES = (_POINT,) * 4 + (_STAR,) * 3 + (_HOPS,) * 2 + (_CLOSURE,)
"""Of ten look-ups, how many are of which shape."""


@dataclass
class Sample:
    """Subjects drawn from a dataset, each of them with an answer to the look-up it is for, and words of labels."""

    actors: list[str] = field(default_factory=list)
    parties: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


_WANTED = {
    f"<{terms.SKOSXL}prefLabel>": ("actors", 0),
    f"<{terms.ALG}group>": ("parties", 2),
    f"<{terms.ALG}party>": ("parties", 2),
    f"<{terms.ALG}edgeSubject>": ("connected", 2),
    f"<{terms.ALG}within>": ("inside", 0),
    f"<{terms.ALG}componentOf>": ("inside", 0),
}


def sample(dataset: Path, seed: int = 4, size: int = 200) -> Sample:
    """Draw subjects from an N-Quads file, each line with the same chance; kept beside the file for the next time."""
    kept = dataset.with_name(f"{dataset.stem}-sample-{seed}-{size}.json")
    if kept.is_file() and kept.stat().st_mtime > dataset.stat().st_mtime:
        return Sample(**json.loads(kept.read_text(encoding="utf-8")))
    chance = random.Random(seed)
    found: dict[str, list[str]] = {name: [] for name in ("actors", "parties", "connected", "inside", "words")}
    seen = dict.fromkeys(found, 0)

    def offer(name: str, value: str) -> None:
        # Reservoir sampling: one pass, and each line has the same chance.
        seen[name] += 1
        if len(found[name]) < size:
            found[name].append(value)
        elif (place := chance.randrange(seen[name])) < size:
            found[name][place] = value

    label = f"<{terms.SKOSXL}literalForm>"
    with dataset.open(encoding="utf-8") as lines:
        for line in lines:
            subject, predicate, rest = line.split(" ", 2)
            if wanted := _WANTED.get(predicate):
                name, place = wanted
                term = subject if place == 0 else rest.partition(" ")[0]
                if term.startswith(f"<{terms.ALGID}"):
                    offer(name, term)
            elif predicate == label:
                for word in re.findall(r"[A-Za-z]{5,}", rest.partition('"@')[0]):
                    offer("words", word.lower())
    made = Sample(**found)
    kept.write_text(json.dumps(asdict(made)), encoding="utf-8")
    return made


def lookup(shape: str, drawn: Sample, chance: random.Random) -> str:
    """A look-up of one shape for a random subject."""
    if shape == _POINT:
        return f"SELECT ?p ?o WHERE {{ {chance.choice(drawn.actors)} ?p ?o }}"
    if shape == _STAR:
        return (
            f"{_PROLOGUE}SELECT ?claim ?about ?mode ?statement ?begin WHERE {{\n"
            f"  ?claim alg:participant {chance.choice(drawn.parties)} ; alg:about ?about ; alg:mode ?mode ;\n"
            "    alg:statement ?statement . OPTIONAL { ?claim alg:earliestBegin ?begin } } LIMIT 50"
        )
    if shape == _HOPS:
        return (
            f"{_PROLOGUE}SELECT ?other ?claim ?paragraph ?source WHERE {{\n"
            f"  ?edge alg:edgeSubject {chance.choice(drawn.connected)} ; alg:edgeObject ?other ;\n"
            "    prov:wasDerivedFrom ?claim . ?claim alg:passage ?passage .\n"
            "  ?passage oa:hasSource ?source ; alg:paragraph ?paragraph }"
        )
    return f"{_PROLOGUE}SELECT ?whole WHERE {{ {chance.choice(drawn.inside)} (alg:within|alg:componentOf)+ ?whole }}"


def lookups(drawn: Sample, tens: int = 20, seed: int = 4) -> list[str]:
    """So many times ten look-ups: 4 point, 3 star, 2 of three hops, 1 closure."""
    chance = random.Random(seed)
    return [lookup(shape, drawn, chance) for _ in range(tens) for shape in LOOKUP_SHAPES]


def points(drawn: Sample) -> list[str]:
    """Point look-ups only."""
    return [f"SELECT ?p ?o WHERE {{ {actor} ?p ?o }}" for actor in drawn.actors]


def shipped() -> dict[str, str]:
    """The shipped questions by name, with their sample parameters."""
    return {
        name: question.bound({parameter.name: parameter.sample for parameter in question.parameters})
        for name, question in library.questions().items()
    }


def contains(word: str) -> str:
    """The text search that plain SPARQL has: a scan of what our text search finds things by."""
    return (
        f"{_PROLOGUE}SELECT ?thing ?label WHERE {{ ?thing rdfs:label|skos:altLabel|alg:statement ?label\n"
        f'  FILTER(CONTAINS(LCASE(STR(?label)), "{word}")) }}'
    )


def analytic(drawn: Sample) -> dict[str, str]:
    """Questions over the whole dataset by name."""
    return {
        "as of a date": f"""{_PROLOGUE}SELECT ?what ?label ?begin ?end WHERE {{
  ?what a alg:Relationship ; rdfs:label ?label ; alg:latestBegin ?begin ; alg:earliestEnd ?end
  FILTER(?begin <= "2015-06-01"^^xsd:date && ?end >= "2015-06-01"^^xsd:date) }}""",
        "group by": f"""{_PROLOGUE}SELECT ?place (COUNT(?claim) AS ?claims) WHERE {{
  ?claim a alg:Claim ; alg:place ?place ; alg:mode ?mode }} GROUP BY ?place""",
        "six OPTIONALs": f"""{_PROLOGUE}SELECT * WHERE {{ ?claim alg:about/a alg:Merger ; alg:statement ?statement
  OPTIONAL {{ ?claim alg:input ?input }} OPTIONAL {{ ?claim alg:output ?output }}
  OPTIONAL {{ ?claim alg:earliestBegin ?begin }} OPTIONAL {{ ?claim alg:dateAsWritten ?written }}
  OPTIONAL {{ ?claim alg:attributedTo ?voice }} OPTIONAL {{ ?claim alg:polarity ?polarity }} }}""",
        "page by label": f"""{_PROLOGUE}SELECT ?actor ?label WHERE {{ ?actor a alg:Actor ; rdfs:label ?label }}
ORDER BY ?label ?actor LIMIT 50 OFFSET 100""",
        "neighbourhood": f"""{_PROLOGUE}CONSTRUCT {{ ?one ?p ?o . ?s ?q ?one }} WHERE {{
  VALUES ?one {{ {drawn.connected[0]} }} {{ ?one ?p ?o }} UNION {{ ?s ?q ?one }} }}""",
        "text CONTAINS": contains(drawn.words[0]),
        "count all": "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }",
    }


EVERYTHING = "SELECT ?s ?p ?o WHERE { ?s ?p ?o }"
RUNAWAY = (
    f"{_PROLOGUE}SELECT (COUNT(*) AS ?n) WHERE {{ "
    + " ".join(f"?claim{n} alg:mode ?mode{n} ." for n in range(6))
    + " }"
)
"""A product that no machine ends, and that needs little memory, so that time is what stops it."""
