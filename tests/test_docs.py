"""The documentation is true: its commands run, and every command, option, route and term is in it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import click
import pytest

from allegiance import __version__
from allegiance.build.compose import ontology_quads
from allegiance.cli import cli
from allegiance.engine import text_of
from allegiance.web.app import create_app
from allegiance.web.serving import Serving
from allegiance.web.settings import Settings
from conftest import ROOT, Server, run

DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXT = {path.name: path.read_text(encoding="utf-8") for path in DOCS}
CONSOLE = [
    (path.name, line.removeprefix("$ "))
    for path in DOCS
    for block in re.findall(r"```console\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
    if line.startswith("$ ")
]


@pytest.mark.parametrize(("name", "command"), CONSOLE, ids=lambda value: value[:60])
def test_a_command_of_the_documentation_runs(name: str, command: str, server: Server, built: Path) -> None:
    if command == "make serve":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert re.search(r"^serve: build", makefile, re.MULTILINE)
        return
    if command.startswith(".venv/bin/allegiance "):
        done = run(*_words(command)[1:], "--store", built)
        assert done.returncode == 0, done.stderr
        assert done.stdout
        return
    assert command.startswith("curl ")
    words = [("127.0.0.1:8000" in w and w.replace("127.0.0.1:8000", server.address)) or w for w in _words(command)]
    curl = subprocess.run([*words, "-sf"], cwd=ROOT, capture_output=True, check=False)
    assert curl.returncode == 0, command
    assert curl.stdout.strip()
    assert "--compressed" in command or b"\0" not in curl.stdout


def _words(command: str) -> list[str]:
    import shlex

    return shlex.split(command)


def test_there_are_commands_to_run() -> None:
    assert len(CONSOLE) >= 10


def test_every_command_and_option_is_documented() -> None:
    text = TEXT["commands.md"]
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        assert f"`allegiance {name}`" in text
        if name == "serve":
            continue  # Its settings have a table of their own, which test_operation compares.
        for parameter in command.params:
            if isinstance(parameter, click.Option) and "--help" not in parameter.opts:
                assert any(f"`{option}`" in text for option in parameter.opts), f"{name} {parameter.opts}"


def test_every_route_is_documented(built: Path) -> None:
    served = Serving(Settings(store=built, root=ROOT, workers=1))
    try:
        rules = {rule.rule for rule in create_app(served).url_map.iter_rules()}
    finally:
        served.close()
    assert len(rules) >= 5
    for rule in rules:
        assert f"`{rule}`" in TEXT["service.md"], rule


def test_every_kind_and_role_is_documented() -> None:
    uses = [q for q in ontology_quads(ROOT)[0] if q.predicate.value.endswith("roleOf")]
    names = {text_of(q.subject).partition("#")[2] for q in uses}
    kinds = {text_of(q.object).partition("#")[2] for q in uses}
    assert len(names) > 40
    for name in names - {"originPlace", "community"}:
        assert f"`{name}`" in TEXT["authoring.md"], name
    for kind in kinds - {"Actor", "Place", "Source", "IdentityJudgement"}:
        assert f"`alg:{kind}`" in TEXT["authoring.md"], kind


def test_every_dependency_is_justified_and_none_is_idle() -> None:
    declared = re.findall(
        r'^    "([a-z0-9.-]+)[><=]', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    justified = re.findall(
        r"^\| ([a-z0-9.-]+) \|", TEXT["dependencies.md"].partition("## In the browser")[0], re.MULTILINE
    )
    assert sorted(set(declared)) == sorted(name for name in justified if name != "package")


def test_every_package_of_the_scripts_is_justified() -> None:
    package = json.loads((ROOT / "server" / "frontend" / "package.json").read_text(encoding="utf-8"))
    text = TEXT["dependencies.md"].partition("## In the browser")[2].partition("## Not taken")[0]
    names = {
        name for name in {**package["dependencies"], **package["devDependencies"]} if not name.startswith("@types/")
    }
    assert len(names) > 10
    justified = {name.strip() for row in re.findall(r"^\| (.+?) \|", text, re.MULTILINE) for name in row.split(",")}
    assert names == justified - {"package", "---"}


def test_links_between_documents_lead_somewhere() -> None:
    for path in DOCS:
        for target in re.findall(r"\]\(([^)#:]+)\)", TEXT[path.name]):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_version_is_one() -> None:
    assert f"version: {__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
