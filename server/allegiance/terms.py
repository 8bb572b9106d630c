"""The IRIs that data, queries, shapes and exports meet in (design §2)."""

from __future__ import annotations

W3ID = "https://w3id.org/allegiance/"
ALG = W3ID + "ontology#"
ALGID = W3ID + "id/"
ALGC = W3ID + "claim/"
ALGN = W3ID + "name/"
ALGP = W3ID + "passage/"
ALGSH = W3ID + "shapes#"
ALGG = W3ID + "graph/"
ALGE = W3ID + "edge/"

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SH = "http://www.w3.org/ns/shacl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
SKOSXL = "http://www.w3.org/2008/05/skos-xl#"
PROV = "http://www.w3.org/ns/prov#"
OA = "http://www.w3.org/ns/oa#"
DCTERMS = "http://purl.org/dc/terms/"
SCHEMA = "https://schema.org/"
EDTF = "http://id.loc.gov/datatypes/edtf/EDTF"

PREFIXES: dict[str, str] = {
    "alg": ALG,
    "algid": ALGID,
    "algc": ALGC,
    "algn": ALGN,
    "algp": ALGP,
    "algsh": ALGSH,
    "algg": ALGG,
    "alge": ALGE,
    "cito": "http://purl.org/spar/cito/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": DCTERMS,
    "edtf": "http://id.loc.gov/datatypes/edtf/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "oa": OA,
    "org": "http://www.w3.org/ns/org#",
    "owl": OWL,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": SCHEMA,
    "sem": "http://semanticweb.cs.vu.nl/2009/11/sem/",
    "sh": SH,
    "skos": SKOS,
    "skosxl": SKOSXL,
    "sssom": "https://w3id.org/sssom/",
    "void": "http://rdfs.org/ns/void#",
    "xsd": XSD,
}

ONTOLOGY_GRAPH = ALGG + "ontology"
ENTITIES_GRAPH = ALGG + "entities"
LINKS_GRAPH = ALGG + "links"
DERIVED_GRAPH = ALGG + "derived"
INFERRED_GRAPH = ALGG + "inferred"
META_GRAPH = ALGG + "meta"


def source_graph(slug: str) -> str:
    """The named graph of the claims that a source makes."""
    return f"{ALGG}source/{slug}"


def shorten(iri: str) -> str:
    """An IRI as prefix:local where a prefix fits and the local part needs no escape, else in brackets."""
    best = max((ns for ns in PREFIXES.values() if iri.startswith(ns)), key=len, default="")
    local = iri[len(best) :]
    if best and local and all(c.isalnum() or c in "-_" for c in local):
        name = next(prefix for prefix, ns in PREFIXES.items() if ns == best)
        return f"{name}:{local}"
    return f"<{iri}>"


def expand(name: str) -> str:
    """The IRI of a prefixed name, a bracketed IRI or an absolute IRI; ValueError for anything else."""
    if name.startswith("<") and name.endswith(">"):
        return name[1:-1]
    prefix, colon, local = name.partition(":")
    if colon and prefix in PREFIXES and not local.startswith("//"):
        return PREFIXES[prefix] + local
    if colon and local.startswith("//"):
        return name
    raise ValueError(f"{name} is neither an IRI nor a name with a known prefix")
