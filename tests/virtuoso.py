"""A real Virtuoso 7 from Debian's packages, on free loopback ports and in a folder of its own."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from system_packages import program

_SETTINGS = """[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/temporary.db
TransactionFile = {folder}/temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DirsAllowed = {folder}
NumberOfBuffers = 30000
MaxDirtyBuffers = 20000
MaxSortedTopRows = 10000000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
ServerThreads = 100
KeepAliveTimeout = 10
MaxKeepAlives = 90
[SPARQL]
ResultSetMaxRows = 10000000
MaxQueryExecutionTime = 30
"""


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class Virtuoso:
    """A running Virtuoso with the user dba, whose password is dba."""

    def __init__(self, path: str, folder: Path) -> None:
        self.path, self.port = path, free_port()
        self.address = f"http://127.0.0.1:{self.port}/sparql"
        self.graph_store = f"http://127.0.0.1:{self.port}/sparql-graph-crud-auth"
        self.secret = folder / "secret"
        self.secret.write_text("dba:dba\n")
        settings = folder / "virtuoso.ini"
        settings.write_text(_SETTINGS.format(folder=folder, http=self.port, sql=free_port()))
        self._command = [path, "+configfile", str(settings), "+foreground"]
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "Virtuoso ended at once"
            try:
                with urllib.request.urlopen(self.address, timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("Virtuoso does not answer")

    def stop(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    @property
    def arguments(self) -> list[str]:
        """What the command line takes to use it."""
        return [
            *("--remote", self.address, "--graph-store", self.graph_store),
            *("--remote-auth", "digest", "--remote-secret-file", str(self.secret)),
        ]


@pytest.fixture(scope="session")
def virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Virtuoso]:
    """One Virtuoso for all tests."""
    path = program(("virtuoso-t",), "virtuoso-opensource-7")
    running = Virtuoso(path, tmp_path_factory.mktemp("virtuoso"))
    yield running
    running.stop()
