"""The page of the statistics in a real browser: for everyone, on a phone, on paper, in the dark, without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.sider.leser import chromium, open_page
from tests.sider.statistikksaker import releases
from transforms.statistikk_side import render_html
from transforms.statistikk_tekster import statistikktekster
from transforms.tiltaksbilde import Figur

TELEFON, SKRIVEBORD = (360, 740), (1280, 900)
SAKER = releases()


@pytest.fixture(scope="module")
def leser() -> Iterator[Browser]:
    with chromium() as leser:
        yield leser


def write(katalog: Path, navn: str) -> Path:
    fil = katalog / "statistikk.html"
    fil.write_bytes(render_html(SAKER[navn]))
    return fil


def violations(side: Page) -> list[str]:
    funn = Axe().run(side).response["violations"]
    return [f"{ett['id']}: {ett['nodes'][0]['html'][:200]} {ett['nodes'][0]['failureSummary']}" for ett in funn]


@pytest.mark.parametrize("navn", SAKER)
def test_axe_finds_nothing_wrong(leser: Browser, tmp_path: Path, navn: str) -> None:
    for bredde, hoyde in (TELEFON, SKRIVEBORD):
        side, bedt_om = open_page(leser, write(tmp_path, navn), bredde, hoyde)
        assert bedt_om == []
        side.evaluate("document.querySelectorAll('details').forEach(ett => ett.open = true)")
        for medium in ("screen", "print"):
            side.emulate_media(media=medium)  # type: ignore[arg-type]
            assert violations(side) == [], (bredde, medium)
        side.close()


def test_axe_finds_nothing_wrong_in_the_dark(leser: Browser, tmp_path: Path) -> None:
    side, _ = open_page(leser, write(tmp_path, "varig"), *SKRIVEBORD, color_scheme="dark")
    assert violations(side) == []
    side.close()


@pytest.mark.parametrize("navn", SAKER)
def test_the_narrowest_phone_scrolls_the_tables_and_not_the_page(leser: Browser, tmp_path: Path, navn: str) -> None:
    side, _ = open_page(leser, write(tmp_path, navn), 320, 640)
    side.evaluate("document.querySelectorAll('details').forEach(ett => ett.open = true)")
    assert side.evaluate("document.documentElement.scrollWidth") <= 320
    side.close()


def test_paper_shows_every_table_whole(leser: Browser, tmp_path: Path) -> None:
    side, _ = open_page(leser, write(tmp_path, "varig"), 720, 1000)  # A4 between its margins
    side.emulate_media(media="print")
    for bred in side.locator(".bred").all():
        assert bred.evaluate("ett => ett.scrollWidth <= ett.clientWidth + 1"), bred.inner_text()[:80]
    assert side.get_by_text("Eksempel", exact=False).first.is_visible()
    side.close()


def test_every_figure_says_of_whom_it_is(leser: Browser, tmp_path: Path) -> None:
    t = statistikktekster()
    side, _ = open_page(leser, write(tmp_path, "varig"), *SKRIVEBORD)
    tekst = side.inner_text("main")
    for navn in {figur.navn for linje in SAKER["varig"].linjer for figur in linje.figurer} - {"fristerITide"}:
        if navn != "tilArbeidEllerUtdanning":
            assert t.figurer[navn].nevner in tekst, navn
    assert "de som aldri møtte medregnet" in tekst
    assert "uten dem som aldri møtte" in tekst
    side.close()


def test_what_is_not_final_is_marked_before_anything_else(leser: Browser, tmp_path: Path) -> None:
    side, _ = open_page(leser, write(tmp_path, "forelopig"), *SKRIVEBORD)
    assert "ikke til publisering" in side.inner_text("header .merke")
    side.goto(write(tmp_path, "endelig").as_uri())
    assert side.locator("header .merke").count() == 0
    assert "ikke til publisering" not in side.inner_text("body")
    side.close()


@pytest.mark.parametrize(
    ("figur", "tekst"),
    [
        (Figur("avsluttet", 8040), "8\u00a0040"),
        (Figur("avsluttet", 0), "0"),
        (Figur("resultatgradMedAldriMott", 40.0), "40,0 %"),
        (Figur("fristerITide", 95), "omtrent 95 %"),
        (Figur("fristerITide", None), "skjermet"),
    ],
)
def test_a_figure_is_written_as_people_read_it(figur: Figur, tekst: str) -> None:
    assert statistikktekster().value(figur) == tekst


def test_a_name_is_text_and_never_markup() -> None:
    side = render_html(SAKER["varig"]).decode()
    assert "&lt;Vekst&gt; &amp; Co" in side
    assert "<Vekst>" not in side


def test_the_same_release_gives_the_same_bytes() -> None:
    assert render_html(SAKER["varig"]) == render_html(releases()["varig"])
