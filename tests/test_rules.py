"""Each rule of the derived graph against a fixture: data in the default graph, all it should derive in algg:derived."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from allegiance import terms
from allegiance.build.compose import ontology_quads
from allegiance.build.derive import DERIVED, rules
from allegiance.engine import Engine

ROOT = Path(__file__).parent.parent
FIXTURES = sorted((Path(__file__).parent / "rules").glob("*.trig"))
RULES = {rule.name: rule for rule in rules(ROOT)}
ASSERTED = ox.NamedNode(terms.ENTITIES_GRAPH)


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
def test_rule_derives_exactly_what_its_fixture_expects(fixture: Path) -> None:
    quads = list(ox.parse(path=str(fixture), format=ox.RdfFormat.TRIG))
    expected = {quad.triple for quad in quads if quad.graph_name == DERIVED}
    assert expected, "a fixture that expects nothing proves nothing"
    rule = RULES[fixture.stem]
    engine = Engine.in_memory()
    engine.add(ontology_quads(ROOT)[0])
    engine.add(ox.Quad(q.subject, q.predicate, q.object, ASSERTED) for q in quads if q.graph_name != DERIVED)
    for lower in RULES.values():
        if lower.stratum < rule.stratum:
            engine.add([ox.Quad(t.subject, t.predicate, t.object, DERIVED) for t in engine.triples(lower.text)])
    assert set(engine.triples(rule.text)) == expected


def test_every_rule_has_a_fixture() -> None:
    assert {path.stem for path in FIXTURES} == set(RULES)
    assert len(FIXTURES) >= 25
