"""A real Chromium for tests of pages: only the server is reached, and nothing may go wrong in its console."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from conftest import ROOT, Server
from system_packages import program

PHONE, DESKTOP = (360, 740), (1280, 900)
AXE = ROOT / "server" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
_WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    """One headless Chromium for all tests."""
    path = program(("chromium", "chromium-browser", "google-chrome"), "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Seen:
    """A page that is looked at, and what went wrong on it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.outside: list[str] = []
        self.errors: list[str] = []
        page.route("**/*", self._only_here)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)

    def _only_here(self, route: Route) -> None:
        if route.request.url.startswith((self.address, "data:", "blob:")):
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()

    def go(self, path: str) -> Page:
        """Open a local path and wait until its scripts have run."""
        self.page.goto(self.address + path, wait_until="load")
        self.page.wait_for_load_state("networkidle")
        return self.page

    def axe(self, leave_out: tuple[str, ...] = ()) -> list[str]:
        """What axe finds against WCAG 2.2 A and AA, as rule and element."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        options: dict[str, Any] = {
            "runOnly": {"type": "tag", "values": _WCAG},
            "rules": {rule: {"enabled": False} for rule in leave_out},
        }
        found = self.page.evaluate(f"axe.run(document, {json.dumps(options)})")
        return [
            f"{violation['id']}: {node['html'][:200]}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return int(wide)


Open = Callable[..., AbstractContextManager[Seen]]


@pytest.fixture(scope="session")
def opened(chrome: Browser, server: Server) -> Open:
    """Opens a window on the served dataset: `with opened(size=PHONE, script=True, dark=False) as seen: seen.go("/")`.

    At its end nothing outside may have been asked for and nothing may have failed in the console.
    """

    @contextmanager
    def open_window(
        size: tuple[int, int] = DESKTOP, script: bool = True, dark: bool = False, address: str = ""
    ) -> Iterator[Seen]:
        context = chrome.new_context(
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=script,
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
        )
        seen = Seen(context.new_page(), address or server.address)
        try:
            yield seen
            assert seen.outside == []
            assert seen.errors == []
        finally:
            context.close()

    return open_window


def screenshot(page: Page, path: Path) -> None:
    """The whole page as a picture, for people."""
    page.screenshot(path=str(path), full_page=True)
