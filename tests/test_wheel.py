"""The wheel carries the data: installed into an empty place, it answers a question and builds."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from conftest import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The allegiance command of a wheel in a virtual environment of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", folder, ROOT],
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("allegiance-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for part in ("ontology/claims.ttl", "instances/passages.tsv", "shapes/claim.ttl", "queries/pledges.rq"):
        assert f"allegiance/data/{part}" in names
    assert not [name for name in names if name.startswith("tests/")]
    venv.create(folder / "env", with_pip=True)
    python = str(folder / "env" / "bin" / "python")
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "--require-hashes", "-r", str(ROOT / "requirements" / "run.txt")], check=True, capture_output=True
    )
    subprocess.run([*pip, "--no-deps", str(wheel)], check=True, capture_output=True)
    return folder / "env" / "bin" / "allegiance"


def test_wheel_answers_a_question_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed, "query", "funding-shares"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Jamaat Ansarullah" in done.stdout


def test_wheel_builds_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run([installed, "build"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "build" / "dataset.nq").stat().st_size > 1_000_000
