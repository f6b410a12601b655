"""The figures of resultatrapport and etterrapport, as tables that a domain expert can extend."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from schemas.statistikk import Telling
from transforms.kvartal import Kvartal
from transforms.resultattall import (
    Avtaleomrade,
    Etterfrist,
    Ettersak,
    Ettertall,
    Resultattall,
    capacity_on,
    follow_up_counts,
    follow_up_figures,
    result_figures,
)
from transforms.statistikk import Celle

AFT = "ARBEIDSFORBEREDENDE_TRENING"
OMRADE = Avtaleomrade("300000001", AFT, "39")
FORSTE, SISTE = Kvartal(2026, 1), Kvartal(2026, 4)
FRIST = Etterfrist(6, 14)
PLASSER = [
    {"tiltakskode": AFT, "dato": "2026-11-01", "antallPlasser": 30.5, "antallVeiledere": 5, "antallVenteliste": 7},
    {"tiltakskode": AFT, "dato": "2026-12-31", "antallPlasser": 28, "antallVeiledere": 5, "antallVenteliste": 3},
    {"tiltakskode": AFT, "dato": "2027-01-01", "antallPlasser": 99, "antallVeiledere": 5},
    {"tiltakskode": AFT, "dato": "2026-06-01", "antallPlasser": 10, "antallVeiledere": 2, "avdelingOrgnr": "974760673"},
    {"tiltakskode": "AVKLARING", "dato": "2026-12-31", "antallPlasser": 50, "antallVeiledere": 9},
]


def cells(kvartal: Kvartal, omrade: Avtaleomrade = OMRADE, **tall: int) -> list[Celle]:
    return [
        Celle(omrade.avsender, omrade.fylke, omrade.tiltakskode, kvartal, Telling(navn), antall)
        for navn, antall in tall.items()
    ]


def figures(*celler: list[Celle]) -> Resultattall:
    alle = [celle for liste in celler for celle in liste]
    return result_figures(alle, OMRADE, FORSTE, SISTE, plasser=PLASSER, i_bruk=24)


def test_the_year_of_an_avtale() -> None:
    tall = figures(
        cells(FORSTE, AVSLUTTET=12, ALDRI_MOTT=2, ARBEID=4, UTDANNING=1),
        cells(SISTE, AVSLUTTET=8, ARBEID=3),
    )
    assert tall == Resultattall(
        fra=date(2026, 1, 1),
        til=date(2026, 12, 31),
        avsluttet=20,
        arbeid=7,
        utdanning=1,
        annet=10,
        aldri_mott=2,
        plasser=38,  # the newest row of each avdeling that is not after the last day
        i_bruk=24,
        venteliste=3,
    )
    assert (tall.resultatgrad_med_aldri_mott, tall.resultatgrad_uten_aldri_mott) == (40.0, 44.4)


@pytest.mark.parametrize(
    "andre",
    [
        cells(FORSTE.plus(-1), AVSLUTTET=5),
        cells(SISTE.plus(1), AVSLUTTET=5),
        cells(FORSTE, replace(OMRADE, fylke="40"), AVSLUTTET=5),
        cells(FORSTE, replace(OMRADE, avsender="300000002"), AVSLUTTET=5),
        cells(FORSTE, replace(OMRADE, tiltakskode="AVKLARING"), AVSLUTTET=5),
    ],
)
def test_what_is_not_the_avtales_does_not_count(andre: list[Celle]) -> None:
    assert figures(cells(FORSTE, AVSLUTTET=1), andre).avsluttet == 1


def test_nobody_to_divide_by_is_no_share() -> None:
    ingen = figures()
    assert (ingen.resultatgrad_med_aldri_mott, ingen.resultatgrad_uten_aldri_mott) == (None, None)
    alle_borte = figures(cells(FORSTE, AVSLUTTET=3, ALDRI_MOTT=3))
    assert (alle_borte.resultatgrad_med_aldri_mott, alle_borte.resultatgrad_uten_aldri_mott) == (0.0, None)


def test_capacity_that_is_not_told_is_not_nothing() -> None:
    assert (capacity_on([], AFT, SISTE.siste_dag).plasser, capacity_on([], AFT, SISTE.siste_dag).venteliste) == (
        None,
        None,
    )
    assert capacity_on(PLASSER[3:4], AFT, SISTE.siste_dag).venteliste is None


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        result_figures([], OMRADE, SISTE, FORSTE, plasser=[], i_bruk=0)


def sak(svar: list[tuple[str, bool]] | None = None, slutt: str = "2026-03-31", **samtykke: Any) -> Ettersak:
    rad = {"formaal": "KUNDEREGISTER_12_MND", "gitt": "2026-03-30", "gyldigTil": "2027-03-31", **samtykke}
    rader = [{"dato": dato, "iArbeid": i_arbeid} for dato, i_arbeid in svar or []]
    return Ettersak(OMRADE, date.fromisoformat(slutt), rad, rader)


@pytest.mark.parametrize(
    ("en", "tall"),
    [
        (sak(), (1, 0, 0)),
        (sak([("2026-09-30", True)]), (1, 1, 1)),
        (sak([("2026-09-30", False)]), (1, 1, 0)),
        (sak([("2026-09-16", True)]), (1, 1, 1)),  # 14 days before the day
        (sak([("2026-09-15", True)]), (1, 0, 0)),  # too early to say anything of six months
        (sak([("2026-10-14", True)]), (1, 1, 1)),
        (sak([("2026-10-15", True)]), (1, 0, 0)),
        (sak([("2026-09-20", True), ("2026-09-30", False)]), (1, 1, 0)),  # the last answer
        (sak([("2026-09-30", True)], formaal="OPPFOLGING_6_MND", gyldigTil="2026-09-30"), (1, 1, 1)),
        (sak([("2026-10-01", True)], gyldigTil="2026-09-30"), (1, 0, 0)),  # answered after the consent
        (sak([("2026-09-20", True)], gyldigTil="2026-09-29"), (0, 0, 0)),  # no consent on the day of asking
        (sak([("2026-09-30", True)], trukket="2026-09-30"), (0, 0, 0)),
        (sak([("2026-09-30", True)], trukket="2026-10-01"), (1, 1, 1)),
        (sak([("2026-09-30", True)], formaal="MEDIA"), (0, 0, 0)),
        (sak(slutt="2025-12-31"), (0, 0, 0)),  # asked on 30 June: the half-year before
        (sak(slutt="2026-01-01"), (1, 0, 0)),
    ],
)
def test_the_half_year_of_an_avtale(en: Ettersak, tall: tuple[int, int, int]) -> None:
    ettertall = follow_up_figures([en], OMRADE, date(2026, 7, 1), date(2026, 12, 31), FRIST)
    assert ettertall == Ettertall(date(2026, 7, 1), date(2026, 12, 31), *tall)


def test_another_avtale_is_not_counted_and_the_share_is_of_those_who_answered() -> None:
    annen = replace(sak([("2026-09-30", True)]), omrade=replace(OMRADE, fylke="40"))
    saker = [sak([("2026-09-30", True)]), sak([("2026-09-30", False)]), sak(), annen]
    tall = follow_up_figures(saker, OMRADE, date(2026, 7, 1), date(2026, 12, 31), FRIST)
    assert (tall.spurt, tall.svart, tall.i_arbeid, tall.varig_resultatgrad) == (3, 2, 1, 50.0)
    assert Ettertall(date(2026, 7, 1), date(2026, 12, 31), 3, 0, 0).varig_resultatgrad is None


@pytest.mark.parametrize(
    ("en", "tall"),
    [
        (sak([("2026-09-30", True)]), {"VARIG_SVART": 1, "VARIG_I_ARBEID": 1}),
        (sak([("2026-09-30", False)]), {"VARIG_SVART": 1}),
        (sak(), {}),
        (sak([("2026-09-30", True)], trukket="2026-09-01"), {}),
    ],
)
def test_what_one_consent_adds_to_the_statistics(en: Ettersak, tall: dict[str, int]) -> None:
    assert follow_up_counts(en, FRIST) == tall
