"""The page and the CSV of what a sender must delete, and which warning a day stands under."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from transforms.sletteliste import (
    Gjort,
    Kommende,
    Sletteliste,
    render_sletteliste_csv,
    render_sletteliste_html,
    warning_step,
)

DAG = date(2026, 4, 23)
SAK = "11111111-1111-4111-8111-{:012d}"
LISTE = Sletteliste(
    avsender="Eksempel Vekst AS",
    maalform="nb",
    dato=DAG,
    oppfordring="Slett i eget system.",
    kommende=(
        Kommende("D-sist", DAG + timedelta(days=20), 28, SAK.format(3)),
        Kommende("D-holdt", DAG + timedelta(days=2), 7, SAK.format(2), holdt_til=DAG + timedelta(days=40)),
        Kommende("D-forst", DAG + timedelta(days=1), 1, SAK.format(1)),
    ),
    ubekreftede=(Gjort(SAK.format(4), DAG - timedelta(days=3)),),
)


@pytest.mark.parametrize(
    ("igjen", "varsel"), [(29, None), (28, 28), (8, 28), (7, 7), (2, 7), (1, 1), (0, 1), (-1, None)]
)
def test_the_warning_is_the_nearest_that_is_reached(igjen: int, varsel: int | None) -> None:
    assert warning_step(DAG + timedelta(days=igjen), DAG, [28, 7, 1]) == varsel


def test_without_a_warning_nothing_is_listed() -> None:
    assert warning_step(DAG, DAG, []) is None


def test_the_csv_has_the_most_urgent_first_and_the_open_ones_last() -> None:
    assert render_sletteliste_csv(LISTE).decode("utf-8-sig").splitlines() == [
        "status;deltakelseId;sisteDag;varselDager;holdtTil;slettesakId;slettetHosOss",
        f"SLETTES;D-forst;2026-04-24;1;;{SAK.format(1)};",
        f"HOLDES_TILBAKE;D-holdt;2026-04-25;7;2026-06-02;{SAK.format(2)};",
        f"SLETTES;D-sist;2026-05-13;28;;{SAK.format(3)};",
        f"IKKE_BEKREFTET;;;;;{SAK.format(4)};2026-04-20",
    ]


def test_a_spreadsheet_runs_nothing_and_a_browser_reads_no_markup() -> None:
    rad = Kommende("=1+1<b>", DAG, 1, SAK.format(1))
    liste = replace(LISTE, kommende=(rad,))
    assert ";'=1+1<b>;" in render_sletteliste_csv(liste).decode("utf-8-sig")
    assert "=1+1&lt;b&gt;" in render_sletteliste_html(liste).decode()


def test_the_page_has_a_part_for_each_warning_and_one_for_what_waits() -> None:
    side = render_sletteliste_html(LISTE).decode()
    overskrifter = [
        "1 dag eller mindre igjen",
        "28 dager eller mindre igjen",
        "Slettingen er holdt tilbake",
        "Slettet hos oss, ikke bekreftet av dere",
        "Slik bekrefter dere",
    ]
    plasser = [side.index(f">{tekst}</h2>") for tekst in overskrifter]
    assert plasser == sorted(plasser)
    assert side.count(LISTE.oppfordring) == 2
    for dag in ("02.06.2026", "20.04.2026"):
        assert dag in side


def test_a_part_that_has_nothing_is_left_out() -> None:
    side = render_sletteliste_html(replace(LISTE, kommende=(), ubekreftede=())).decode()
    assert side.count("</h2>") == 1


def test_the_page_speaks_nynorsk_to_whom_has_chosen_it() -> None:
    side = render_sletteliste_html(replace(LISTE, maalform="nn")).decode()
    assert 'lang="nn"' in side
    for tekst in ("Skal slettast i dykkar eige system", "28 dagar eller mindre att", "ikkje stadfest av dykk"):
        assert tekst in side
