"""A real browser for the tests of the pages, without a network."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FLAGG = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, which `make` installs; nothing is downloaded by playwright."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "the pages are tested in Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        leser = playwright.chromium.launch(executable_path=program, args=list(FLAGG))
        try:
            yield leser
        finally:
            leser.close()


def open_page(leser: Browser, fil: Path, bredde: int, hoyde: int, **valg: str) -> tuple[Page, list[str]]:
    """A page opened from its file, and everything it asked for besides."""
    side = leser.new_page(viewport={"width": bredde, "height": hoyde}, locale="nb-NO", **valg)  # type: ignore[arg-type]
    bedt_om: list[str] = []
    side.on("request", lambda sporring: bedt_om.append(sporring.url))
    side.goto(fil.as_uri())
    return side, [url for url in bedt_om if url != fil.as_uri()]
