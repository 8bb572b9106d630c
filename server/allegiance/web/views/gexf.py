"""GEXF 1.3: a network as Gephi and others read it, with spells of time (https://gexf.net)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as Xml

MEDIA_TYPE = "application/gexf+xml"
_NAMESPACE = "http://gexf.net/1.3"
_NOT_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Node:
    """A node with the values of its attributes, in their order."""

    id: str
    label: str
    values: Sequence[str]


@dataclass(frozen=True)
class Edge:
    """An edge; `kind` tells apart those between the same two nodes; an open side of a spell is empty."""

    id: str
    source: str
    target: str
    directed: bool
    kind: str
    label: str
    values: Sequence[str]
    spells: Sequence[tuple[str, str]]


def write(
    description: str,
    nodes: Iterable[Node],
    node_attributes: Sequence[str],
    edges: Iterable[Edge],
    edge_attributes: Sequence[str],
) -> str:
    """The document."""
    root = Xml.Element("gexf", {"xmlns": _NAMESPACE, "version": "1.3"})
    meta = Xml.SubElement(root, "meta")
    _put(meta, "creator", "Allegiance")
    _put(meta, "description", description)
    settings = {"mode": "dynamic", "timeformat": "date", "timerepresentation": "interval"}
    graph = Xml.SubElement(root, "graph", {"defaultedgetype": "directed", **settings})
    for owner, names in (("node", node_attributes), ("edge", edge_attributes)):
        listed = Xml.SubElement(graph, "attributes", {"class": owner, "mode": "static"})
        for name in names:
            Xml.SubElement(listed, "attribute", {"id": name, "title": name, "type": "string"})
    held = Xml.SubElement(graph, "nodes")
    for node in nodes:
        _values(_element(held, "node", {"id": node.id, "label": node.label}), node_attributes, node.values)
    drawn = Xml.SubElement(graph, "edges")
    for edge in edges:
        given = {
            "id": edge.id,
            "source": edge.source,
            "target": edge.target,
            "type": "directed" if edge.directed else "undirected",
            "kind": edge.kind,
            "label": edge.label,
        }
        element = _element(drawn, "edge", given)
        _values(element, edge_attributes, edge.values)
        if edge.spells:
            spells = Xml.SubElement(element, "spells")
            for start, end in edge.spells:
                _element(spells, "spell", {name: day for name, day in (("start", start), ("end", end)) if day})
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _clean(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


def _element(parent: Xml.Element, name: str, given: Mapping[str, str]) -> Xml.Element:
    return Xml.SubElement(parent, name, {key: _clean(value) for key, value in given.items()})


def _put(parent: Xml.Element, name: str, text: str) -> None:
    Xml.SubElement(parent, name).text = _clean(text)


def _values(element: Xml.Element, names: Sequence[str], values: Sequence[str]) -> None:
    listed = Xml.SubElement(element, "attvalues")
    for name, value in zip(names, values, strict=True):
        if value:
            _element(listed, "attvalue", {"for": name, "value": value})
