"""kvittering.html in a real browser: for everyone, on a phone, on paper, without a network."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.sider.leser import chromium, open_page
from tests.sider.svarsaker import MAALFORMER, UOVERSATT, saker
from transforms.folgebrev import Folgebrev, render_folgebrev_html
from transforms.svar_avvisning import Avvisning, render_avvisning_html
from transforms.svar_side import render_kvittering_html
from transforms.svar_tekster import svartekster

TELEFON, SKRIVEBORD = (360, 740), (1280, 900)
NAVN = list(saker("nb"))


@pytest.fixture(scope="module")
def leser() -> Iterator[Browser]:
    with chromium() as leser:
        yield leser


def write(katalog: Path, navn: str, maalform: str) -> Path:
    fil = katalog / "kvittering.html"
    fil.write_bytes(render_kvittering_html(saker(maalform)[navn]))
    return fil


def violations(side: Page) -> list[str]:
    funn = Axe().run(side).response["violations"]
    return [f"{ett['id']}: {ett['nodes'][0]['html'][:200]} {ett['nodes'][0]['failureSummary']}" for ett in funn]


@pytest.mark.parametrize("maalform", MAALFORMER)
@pytest.mark.parametrize("navn", NAVN)
def test_axe_finds_nothing_wrong(leser: Browser, tmp_path: Path, navn: str, maalform: str) -> None:
    fil = write(tmp_path, navn, maalform)
    for bredde, hoyde in (TELEFON, SKRIVEBORD):
        side, bedt_om = open_page(leser, fil, bredde, hoyde)
        assert bedt_om == []
        for medium in ("screen", "print"):
            side.emulate_media(media=medium)  # type: ignore[arg-type]
            assert violations(side) == [], (bredde, medium)
        side.close()


@pytest.mark.parametrize("navn", ["godtatt", "holdt", "avvist"])
def test_axe_finds_nothing_wrong_in_the_dark_and_opened(leser: Browser, tmp_path: Path, navn: str) -> None:
    for farger in ("light", "dark"):
        side, _ = open_page(leser, write(tmp_path, navn, "nb"), *TELEFON, color_scheme=farger)
        side.evaluate("document.querySelectorAll('details').forEach(ett => ett.open = true)")
        assert violations(side) == [], farger
        side.close()


@pytest.mark.parametrize("navn", NAVN)
def test_the_narrowest_phone_never_scrolls_sideways(leser: Browser, tmp_path: Path, navn: str) -> None:
    side, _ = open_page(leser, write(tmp_path, navn, "nn"), 320, 640)
    side.evaluate("document.querySelectorAll('details').forEach(ett => ett.open = true)")
    assert side.evaluate("document.documentElement.scrollWidth") <= 320
    side.close()


def test_paper_shows_what_is_folded_on_the_screen(leser: Browser, tmp_path: Path) -> None:
    side, _ = open_page(leser, write(tmp_path, "holdt", "nb"), *SKRIVEBORD)
    skjult = side.locator("summary + *").first
    assert not skjult.is_visible()
    side.emulate_media(media="print")
    assert skjult.is_visible()
    assert skjult.bounding_box()["height"] > 20  # type: ignore[index]
    side.close()


def test_a_link_from_a_rule_leads_to_what_the_rule_is(leser: Browser, tmp_path: Path) -> None:
    side, _ = open_page(leser, write(tmp_path, "holdt", "nb"), *SKRIVEBORD)
    side.get_by_text("Hver deltakelse for seg").click()
    side.get_by_role("link", name="DAT001").first.click()
    kort = side.locator(":target")
    assert "Sluttdatoen er før startdatoen." in kort.inner_text()
    kort.locator("summary").click()
    assert "Navs åpne kildekode" in kort.inner_text()
    side.close()


@pytest.mark.parametrize("maalform", MAALFORMER)
@pytest.mark.parametrize("navn", NAVN)
def test_the_page_is_whole(navn: str, maalform: str) -> None:
    html = render_kvittering_html(saker(maalform)[navn]).decode()
    assert html.count("<h1") == 1
    assert f'<html lang="{maalform}">' in html
    ankre = re.findall(r' id="([^"]+)"', html)
    assert len(ankre) == len(set(ankre))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ankre)
    assert not re.findall(r'(?:src|href)="(?!#|avvik\.xlsx|avvik\.csv|kvittering\.json)', html)
    assert "<script" not in html
    assert "{" not in re.sub("<style>.*?</style>", "", html)


def test_the_rows_are_short_and_stand_with_what_to_do() -> None:
    html = render_kvittering_html(saker("nb")["holdt"]).decode()
    kort = html[html.index('id="regel-IDE001"') :].split("</article>")[0]
    assert "<b>Deltakere</b>, kolonne <b>Fødselsnr</b>: rad 12, 15–18 og 40" in kort
    assert "Eksporter nummeret som tekst" in kort
    assert "P-12, P-15, P-16, P-17, P-18 og P-40" in kort


def test_what_stops_a_deltakelse_stands_apart_from_what_stops_a_row_or_a_document() -> None:
    html = render_kvittering_html(saker("nb")["holdt"]).decode()
    deler = dict(re.findall(r'<section id="(\w+)".*?</h2>(.*?)</section>', html, flags=re.DOTALL))
    regler = {del_: re.findall(r'id="regel-(\w+)"', innhold) for del_, innhold in deler.items()}
    assert regler["deltakelser"] == ["IDE001", "DAT001", "KOD001", "SKJ006", "TVE003"]
    assert regler["rader"] == ["SLE008"]
    assert regler["dokumenter"] == ["PLA001"]
    assert regler["advarsler"] == ["DAT008", "DAT004", "PLA010", "TVE008"]
    assert regler["orientering"] == ["SKJ012", "TVE002"]
    assert list(deler)[-5:] == ["deltakelser", "rader", "dokumenter", "advarsler", "orientering"]


def test_each_held_deltakelse_is_told_where_it_stopped() -> None:
    html = render_kvittering_html(saker("nb")["holdt"]).decode()
    porter = re.findall(r"<span>([^<]+)</span> <b>(\d+) stoppet</b>", html)
    assert porter == [
        ("Filen", "0"),
        ("Form og påkrevde felter", "2"),
        ("Koder og numre", "7"),
        ("Dubletter", "0"),
        ("I raden", "1"),
        ("På tvers av rader", "1"),
        ("Mot det vi har fra før", "0"),
        ("Frister", "0"),
    ]
    for hvem in ("T-23 (rad 23)", "rad 44", "T-90", "uten id som kan gjengis"):
        assert f'<th scope="row">{hvem}</th>' in html


@pytest.mark.parametrize(("navn", "apen"), [("godtatt", True), ("holdt", False)])
def test_information_is_folded_unless_it_is_all_there_is(navn: str, apen: bool) -> None:
    html = render_kvittering_html(saker("nb")[navn]).decode()
    merke = "<details open>" if apen else "<details>"
    assert f"{merke}<summary>Vis hva det gjelder (2)</summary>" in html


def test_a_rule_without_nynorsk_stands_in_bokmaal_and_says_so() -> None:
    html = render_kvittering_html(saker("nn")["advarsler"]).decode()
    assert f'<article id="regel-{UOVERSATT}"><h3 lang="nb">Ny regel.</h3>' in html
    assert html.count('lang="nb"') == 2
    assert 'lang="n' not in render_kvittering_html(saker("nb")["advarsler"]).decode().replace('<html lang="nb">', "")


def test_a_test_says_that_nothing_is_sent() -> None:
    html = render_kvittering_html(saker("nb")["langt navn"]).decode()
    assert "Ingenting sendes til Nav." in html
    assert "på vei til Nav" not in html
    assert "&lt;Sønner&gt;" in html


@pytest.mark.parametrize("maalform", MAALFORMER)
def test_the_page_of_a_rejected_document(leser: Browser, tmp_path: Path, maalform: str) -> None:
    avvisning = Avvisning(
        avsender="Fjordbris Vekst AS",
        maalform=maalform,
        tittel="Perioderapport 2",
        deltakelse_id="T-23",
        mottaker="Nav Fjordbyen",
        kode="FEIL_PERSON",
        tekst=None,
        frist=date(2026, 3, 9),
    )
    fil = tmp_path / "avvisning.html"
    fil.write_bytes(render_avvisning_html(avvisning))
    side, _ = open_page(leser, fil, *TELEFON)
    assert violations(side) == []
    assert svartekster(maalform).avvisning["utenForklaring"] in side.inner_text("main")
    assert "09.03.2026" in side.inner_text("main")
    side.close()


def test_the_letter_of_a_package_that_is_handed_over(leser: Browser, tmp_path: Path) -> None:
    brev = Folgebrev(
        mottaker="Nordre kommune",
        leveranse_id="0d4f42c2-7a0b-4c3f-9a57-3f1f2a8f6b11",
        fil="0d4f42c2-7a0b-4c3f-9a57-3f1f2a8f6b11.asice.p7m",
        storrelse=123456,
        sha256="0123456789abcdef" * 4,
        antall={"PLAN": 12},
        kvitteringer="manuell/9703-KOMMUNE/kvitteringer/",
    )
    fil = tmp_path / "folgebrev.html"
    fil.write_bytes(render_folgebrev_html(brev))
    side, bedt_om = open_page(leser, fil, *TELEFON)
    assert violations(side) == []
    assert bedt_om == []
    assert side.evaluate("document.documentElement.scrollWidth") <= TELEFON[0]
    assert "Nordre kommune" in side.inner_text("header")
    side.close()
