"""A real build and a real server, once a session; the source texts where they are at hand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from allegiance.engine import Engine

pytest_plugins = ["small_site", "browser", "virtuoso"]

ROOT = Path(__file__).resolve().parent.parent


def run(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line as a user runs it."""
    return subprocess.run(
        [sys.executable, "-m", "allegiance.cli", *map(str, arguments)],
        cwd=cwd or ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a build of the shipped data."""
    out = tmp_path_factory.mktemp("built")
    done = run("build", "--out", out)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def engine(built: Path) -> Engine:
    """The shipped dataset."""
    return Engine.on_disk(built / "store")


@pytest.fixture(scope="session")
def sources() -> Path:
    """The folder of the source texts, which are not part of the repository."""
    folder = Path(os.environ.get("ALLEGIANCE_SOURCES", ROOT.parent / "shared" / "sources"))
    if not folder.is_dir():
        message = "the source texts are not here; set ALLEGIANCE_SOURCES to their folder"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder


class Server:
    """A running `allegiance serve`, with further environment variables where they are given."""

    def __init__(self, *arguments: str | Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "allegiance.cli", "serve", "--port", "0", *map(str, arguments)],
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, **environment},
        )
        assert self.process.stderr is not None
        self._lines: list[str] = []
        match = None
        while match is None and (line := self.process.stderr.readline()):
            self._lines.append(line)
            match = re.search(r"http://[\d.]+:\d+", line)
        assert match, self.log
        self.address = match[0]
        # Read on, so that the server never waits for a full pipe.
        self._reader = threading.Thread(target=self._drain, daemon=True)
        self._reader.start()

    @property
    def log(self) -> str:
        """What the server has written to standard error so far."""
        return "".join(self._lines)

    def _drain(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.append(line)

    def stop(self) -> None:
        """End the server and wait for it and for all that it has started."""
        self.process.terminate()
        self.process.wait(timeout=20)
        self._reader.join(timeout=20)
        assert not self._reader.is_alive(), "a process of the server is still there and has its log open"
        assert self.process.stderr is not None
        self.process.stderr.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--over` names the engine that the shipped dataset is served from."""
    parser.addoption("--over", choices=("memory", "disk", "remote"), default="memory")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, over another engine, what Virtuoso cannot do: it sends nothing of an answer before it has it all."""
    if config.getoption("--over") == "remote":
        left_out = [item for item in items if item.get_closest_marker("embedded")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def over(request: pytest.FixtureRequest) -> list[str]:
    """What the server takes for the engine that the tests run over; remote is a real Virtuoso."""
    engine = str(request.config.getoption("--over"))
    more = request.getfixturevalue("virtuoso").arguments if engine == "remote" else []
    return ["--engine", engine, *more]


@pytest.fixture(scope="session")
def server(built: Path, over: list[str]) -> Iterator[Server]:
    """The shipped dataset, served."""
    running = Server("--store", built, "--timeout", "3", "--memory", "256", "--max-result", "8", *over)
    yield running
    running.stop()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the shipped data that a test may spoil."""
    import shutil

    for part in ("ontology", "instances", "shapes", "queries"):
        shutil.copytree(ROOT / part, tmp_path / "data" / part)
    return tmp_path / "data"
