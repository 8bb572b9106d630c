"""A build over an earlier one after random edits against a build from nothing: the same bytes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from allegiance.build import pipeline, remembered
from allegiance.build.infer import closed_schema
from allegiance.errors import DataError

_CLAIM = re.compile(r"^algc:\S+ a alg:Claim ;\n(?:    .*\n)+", re.MULTILINE)
_LABEL = re.compile(r'rdfs:label "[^"]+"@en')
MODES = ("Asserted", "Reported", "Planned")
EDITS = st.tuples(
    st.sampled_from(["mode", "date", "statement", "remove", "add"]), st.integers(0, 10**6), st.integers(0, 10**6)
)


def edit(data: Path, kind: str, place: int, other: int) -> None:
    """Change, remove or add one claim of the instance files."""
    files = [
        path for path in sorted((data / "instances" / "organisations").glob("*.ttl")) if _CLAIM.search(path.read_text())
    ]
    path = files[place % len(files)]
    text = path.read_text(encoding="utf-8")
    claims = list(_CLAIM.finditer(text))
    found = claims[other % len(claims)]
    claim = found[0]
    if kind == "mode":
        new = re.sub(r"alg:mode alg:\w+", f"alg:mode alg:{MODES[other % len(MODES)]}", claim)
    elif kind == "date":
        new = re.sub(r'"[^"]*"\^\^edtf:EDTF', f'"{1990 + other % 30}"^^edtf:EDTF', claim, count=1)
    elif kind == "statement":
        new = re.sub(r'alg:statement "[^"]*"', f'alg:statement "This is sentence number {other}."', claim)
    elif kind == "remove":
        new = ""
    else:
        new = claim + "\n" + claim.replace(" a alg:Claim", f"-again-{other} a alg:Claim", 1)
    path.write_text(text[: found.start()] + new + text[found.end() :], encoding="utf-8")


def build(data: Path, out: Path) -> bytes:
    """The dataset of a build, or the problems that it is refused for."""
    try:
        made = pipeline.run(data, out)
    except DataError as error:
        return str(error).encode()
    assert made.dataset is not None
    return made.dataset.read_bytes()


@settings(max_examples=4, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(edits=st.lists(EDITS, min_size=1, max_size=3))
def test_a_build_over_another_is_a_build_from_nothing(
    copy: Path, tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("builds")
    build(copy, folder / "kept")
    for one in edits:
        edit(copy, *one)
    assert build(copy, folder / "kept") == build(copy, folder / "fresh")


def test_a_change_of_the_ontology_is_not_answered_from_what_is_remembered(copy: Path, tmp_path: Path) -> None:
    before = build(copy, tmp_path / "kept")
    kept = (tmp_path / "kept" / ".schema.json").read_text(encoding="utf-8")
    path = copy / "ontology" / "actors.ttl"
    text = path.read_text(encoding="utf-8")
    assert "alg:ArmedGroup" in text
    prefix = "" if "@prefix org:" in text else "@prefix org: <http://www.w3.org/ns/org#> .\n"
    path.write_text(prefix + text + "\nalg:MediaOutlet <http://www.w3.org/2000/01/rdf-schema#subClassOf> org:Site .\n")
    after = build(copy, tmp_path / "kept")
    assert after != before
    assert after == build(copy, tmp_path / "fresh")
    assert (tmp_path / "kept" / ".schema.json").read_text(encoding="utf-8") != kept


@pytest.mark.parametrize("spoilt", [b"", b"{", b"[]", b'{"key": "?"}', b"\xff", None])
def test_what_cannot_be_read_is_not_remembered(spoilt: bytes | None, tmp_path: Path) -> None:
    if spoilt is not None:
        (tmp_path / ".schema.json").write_bytes(spoilt)
    assert remembered.recall(tmp_path, "key") is None


def test_a_schema_is_remembered_as_it_is(engine: object, tmp_path: Path) -> None:
    from allegiance.engine import Engine

    assert isinstance(engine, Engine)
    schema = closed_schema(engine)
    remembered.remember(tmp_path, "key", schema)
    found = remembered.recall(tmp_path, "key")
    assert found is not None
    assert set(found.quads) == set(schema.quads)
    assert (found.among, found.typing) == (schema.among, schema.typing)
    assert remembered.recall(tmp_path, "another key") is None
    remembered.remember(tmp_path / "no folder", "key", schema)
