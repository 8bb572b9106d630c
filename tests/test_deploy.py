"""What an operator installs: the settings, the systemd unit and the container file say what the program knows."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from allegiance.web.command import serve
from conftest import ROOT, Server, run
from http_client import ask

DEPLOY = ROOT / "deploy"
SETTINGS = DEPLOY / "allegiance.toml"
UNIT = DEPLOY / "allegiance.service"
CONTAINER = DEPLOY / "Containerfile"
OPTIONS = {option.name: option for option in serve.params if isinstance(option, click.Option) and option.name}


def test_the_settings_are_those_of_the_command_each_with_its_default() -> None:
    text = SETTINGS.read_text(encoding="utf-8")
    given = tomllib.loads(text)
    mentioned = set(given) | set(re.findall(r"^# (\w+) = ", text, re.MULTILINE))
    assert mentioned == set(OPTIONS) - {"config"}
    assert len(given) > 20
    for name, value in given.items():
        if name != "store":
            assert value == OPTIONS[name].default, name
            assert type(value) is type(OPTIONS[name].default), name


def test_the_service_runs_with_the_settings(built: Path) -> None:
    running = Server("--config", SETTINGS, "--store", built)
    try:
        answer = ask(running, "/health")
        assert answer.status == 200
        assert json.loads(answer.text)["ready"] is True
    finally:
        running.stop()


def test_a_setting_that_does_not_exist_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "allegiance.toml"
    file.write_text(SETTINGS.read_text(encoding="utf-8") + "\ncolour = 'red'\n")
    done = run("serve", "--config", file)
    assert done.returncode == 2
    assert "colour" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("file", [SETTINGS, UNIT, CONTAINER], ids=lambda path: path.name)
def test_every_variable_is_an_option(file: Path) -> None:
    names = re.findall(r"ALLEGIANCE_SERVE_([A-Z_]+)", file.read_text(encoding="utf-8"))
    assert names
    assert {name.lower() for name in names} <= set(OPTIONS)


# ---------------------------------------------------------------- systemd


def unit() -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(UNIT.read_text(encoding="utf-8"))
    return parser["Service"]


def test_the_unit_confines_the_service() -> None:
    service = unit()
    for name in ("DynamicUser", "NoNewPrivileges", "PrivateDevices", "PrivateTmp", "ProtectHome", "RestrictNamespaces"):
        assert service[name] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert service["StateDirectory"] == "allegiance"
    assert set(service["RestrictAddressFamilies"].split()) == {"AF_INET", "AF_INET6", "AF_UNIX"}
    assert service["IPAddressDeny"] == "any"
    assert service["MemoryMax"] == "4G"
    assert service["EnvironmentFile"].startswith("-")
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"


def test_the_unit_gives_requests_the_time_the_service_gives_them() -> None:
    assert int(unit()["TimeoutStopSec"]) > tomllib.loads(SETTINGS.read_text(encoding="utf-8"))["stop_timeout"]


def test_the_unit_calls_the_command_as_it_is() -> None:
    words = unit()["ExecStart"].split()
    assert words[1] == "serve"
    options = {option for parameter in OPTIONS.values() for option in parameter.opts} | {"--config"}
    assert {word for word in words if word.startswith("--")} <= options


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_systemd_reads_the_unit(tmp_path: Path) -> None:
    # It looks whether the program is there: ours is where these tests run.
    program = Path(sys.executable).parent / "allegiance"
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/allegiance/bin/allegiance", str(program)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert UNIT.name not in done.stderr, done.stderr


# ---------------------------------------------------------------- container


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", CONTAINER.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines if line)]


def test_the_container_is_made_in_stages_and_runs_as_nobody_special() -> None:
    found = instructions()
    starts = [place for place, (name, _) in enumerate(found) if name == "FROM"]
    assert len(starts) == 2
    last = dict(found[starts[-1] :])
    uid, _, gid = last["USER"].partition(":")
    assert int(uid) > 1000
    assert int(gid) > 1000
    assert "/health" in last["HEALTHCHECK"]
    assert json.loads(last["ENTRYPOINT"]) == ["/opt/allegiance/bin/allegiance"]
    assert json.loads(last["CMD"]) == ["serve"]
    assert not [rest for name, rest in found[starts[-1] :] if name == "RUN" and "pip" in rest]


def test_the_container_takes_what_the_wheel_needs_from_the_repository() -> None:
    wanted = set(re.findall(r'^"(\w+)" = "allegiance/data/', (ROOT / "pyproject.toml").read_text(), re.MULTILINE))
    assert len(wanted) == 4
    copied = [rest.split()[:-1] for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    sources = {source for group in copied for source in group}
    assert wanted | {"server", "pyproject.toml", "requirements/run.txt"} <= sources
    for source in sources:
        assert (ROOT / source).exists(), source


def test_the_health_check_tells_a_service_that_answers_from_one_that_does_not(server: Server) -> None:
    check = dict(instructions())["HEALTHCHECK"].partition("CMD ")[2]
    program, *arguments = json.loads(check)
    assert program.endswith("/python")
    for port, status in ((server.address.rpartition(":")[2], 0), ("1", 1)):
        done = subprocess.run(
            [sys.executable, *arguments], env={"ALLEGIANCE_SERVE_PORT": port}, capture_output=True, check=False
        )
        assert done.returncode == status, done.stderr
