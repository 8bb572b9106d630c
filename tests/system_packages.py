"""Programs of the system that tests need: installed where root runs them, else a reason to skip (in CI, to fail)."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest


def cannot(reason: str) -> NoReturn:
    """Skip, which is a failure in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def program(names: tuple[str, ...], package: str) -> str:
    """The path of the first program of these names, of a Debian package that is installed where it is wanting."""
    said = ""
    if _found(names) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        # The tests run in two processes, and apt lets only one in.
        with (Path(tempfile.gettempdir()) / "allegiance-tests-apt.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _found(names) is None:
                said = _install(package)
    found = _found(names)
    if found is None:
        cannot(f"{names[0]} is not here and cannot be installed; install the package {package}. {said}")
    return found


def _install(package: str) -> str:
    """Install a package; the end of what apt says."""
    said = ""
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
        done = subprocess.run(
            ["apt-get", "-o", "DPkg::Lock::Timeout=300", *command],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stderr[-500:]
    return said


def _found(names: tuple[str, ...]) -> str | None:
    return next(filter(None, map(shutil.which, names)), None)
