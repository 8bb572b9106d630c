"""Programs of the system that tests need: installed where root runs them, else a reason to skip (in CI, to fail)."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import NoReturn

import pytest


def cannot(reason: str) -> NoReturn:
    """Skip, which is a failure in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def program(names: tuple[str, ...], package: str) -> str:
    """The path of the first program of these names, of a Debian package that is installed where it is wanting."""
    found = _found(names)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
            subprocess.run(
                ["apt-get", *command],
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                capture_output=True,
                check=False,
            )
        found = _found(names)
    if found is None:
        cannot(f"{names[0]} is not here and cannot be installed; install the package {package}")
    return found


def _found(names: tuple[str, ...]) -> str | None:
    return next(filter(None, map(shutil.which, names)), None)
