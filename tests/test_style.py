"""Ruff, the type checker, and what the repository must not hold."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in done.stdout.splitlines() if (ROOT / line).is_file()]


@pytest.mark.parametrize(
    "arguments", [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]], ids=" ".join
)
def test_tool_finds_nothing(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_imports_point_one_way() -> None:
    """cli and web stand on writes, build, library and pool; these on the engine; nothing imports what is above it."""
    layers = [
        {"errors", "terms", "syntax"},
        {"folders", "dates", "spelling", "guard", "passages", "dataset", "admission"},
        {"engine", "remote"},
        {"sparql_client"},
        {"loading"},
        {"worker", "elsewhere"},
        {"pool", "library", "search", "sources", "describe", "links"},
        {"build"},
        {"coverage", "recheck", "record"},
        {"commands", "remote_command", "writes"},
        {"web"},
        {"cli"},
    ]
    level = {name: number for number, names in enumerate(layers) for name in names}
    package = ROOT / "server" / "allegiance"
    found = 0
    for path in package.rglob("*.py"):
        own = path.relative_to(package).parts[0].removesuffix(".py")
        if own == "__init__":
            continue
        text = path.read_text(encoding="utf-8")
        names = set(re.findall(r"from allegiance\.(\w+)", text))
        for group in re.findall(r"from allegiance import (.+)", text):
            names |= {name.strip() for name in group.split(",")} - {"__version__"}
        for name in names - {own}:
            found += 1
            assert level[name] <= level[own], f"{path.name} imports {name}"
    assert found > 40


def test_only_the_engine_and_the_build_know_the_store() -> None:
    package = ROOT / "server" / "allegiance"
    users = {
        p.relative_to(package).as_posix() for p in package.rglob("*.py") if "ox.Store" in p.read_text(encoding="utf-8")
    }
    assert users == {"engine.py"}


def test_no_path_of_a_machine_and_no_secret_is_tracked() -> None:
    files = tracked()
    assert len(files) > 300
    for path in files:
        text = path.read_text(encoding="utf-8", errors="replace")
        for pattern in (r"/(?:work|root|home)/\w", r"BEGIN [A-Z ]*PRIVATE KEY", r"(?:pypi|npmjs|debian)\.(?:org|com)/"):
            hit = re.search(pattern, text)
            assert hit is None or path.name == Path(__file__).name, f"{path}: {hit[0] if hit else ''}"


def test_no_sentence_of_a_source_is_tracked(sources: Path) -> None:
    runs: set[str] = set()
    for text in sources.glob("*.txt"):
        words = text.read_text(encoding="utf-8").split()
        runs |= {" ".join(words[i : i + 12]) for i in range(len(words) - 11)}
    assert len(runs) > 5_000
    offenders = []
    for path in tracked():
        words = path.read_text(encoding="utf-8", errors="replace").split()
        taken = [run for i in range(len(words) - 11) if (run := " ".join(words[i : i + 12])) in runs]
        if taken:
            offenders.append(f"{path.name}: {taken[0]}")
    assert offenders == []
