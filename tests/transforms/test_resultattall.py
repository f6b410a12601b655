"""The figures of a resultatrapport, as tables that a domain expert can extend."""

from dataclasses import replace
from datetime import date

import pytest

from schemas.statistikk import Telling
from transforms.kvartal import Kvartal
from transforms.poster import Deltakelsespost
from transforms.resultattall import (
    Avtaleomrade,
    Ettertall,
    Kapasitet,
    Resultattall,
    agreed_target,
    capacity_on,
    follow_up_figures,
    result_figures,
    took_part_on,
)
from transforms.statistikk import Celle

AFT = "ARBEIDSFORBEREDENDE_TRENING"
OMRADE = Avtaleomrade("300000001", AFT, "39")
FORSTE, SISTE = Kvartal(2026, 1), Kvartal(2026, 4)
PLASSER = [
    {"tiltakskode": AFT, "dato": "2026-11-01", "antallPlasser": 30.5, "antallVeiledere": 5, "antallVenteliste": 7},
    {"tiltakskode": AFT, "dato": "2026-12-31", "antallPlasser": 28, "antallVeiledere": 5, "antallVenteliste": 3},
    {"tiltakskode": AFT, "dato": "2027-01-01", "antallPlasser": 99, "antallVeiledere": 5},
    {"tiltakskode": AFT, "dato": "2026-06-01", "antallPlasser": 10, "antallVeiledere": 2, "avdelingOrgnr": "974760673"},
    {"tiltakskode": "AVKLARING", "dato": "2026-12-31", "antallPlasser": 50, "antallVeiledere": 9},
]
KAPASITET = Kapasitet(plasser=38, i_bruk=24, venteliste=3)


def cells(kvartal: Kvartal, omrade: Avtaleomrade = OMRADE, **tall: int) -> list[Celle]:
    return [
        Celle(omrade.avsender, omrade.fylke, omrade.tiltakskode, kvartal, Telling(navn), antall)
        for navn, antall in tall.items()
    ]


def figures(*celler: list[Celle]) -> Resultattall:
    alle = [celle for liste in celler for celle in liste]
    return result_figures(alle, OMRADE, FORSTE, SISTE, kapasitet=KAPASITET)


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
        kapasitet=KAPASITET,
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


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        result_figures([], OMRADE, SISTE, FORSTE, kapasitet=KAPASITET)


@pytest.mark.parametrize(
    ("rader", "plasser", "venteliste"),
    [
        (PLASSER, 38, 3),  # the newest row of each avdeling that is not after the last day
        (PLASSER[2:3], None, None),  # the row is of the day after
        (PLASSER[3:4], 10, None),  # a waiting list that is not told is not none
        ([], None, None),
    ],
)
def test_the_capacity_is_the_newest_that_is_told(
    rader: list[dict[str, object]], plasser: float | None, venteliste: int | None
) -> None:
    funnet = capacity_on(rader, AFT, SISTE.siste_dag, i_bruk=24, for_flere_fylker=False)
    assert funnet == Kapasitet(plasser, 24, venteliste)


def test_the_lasting_result_is_of_those_who_answered() -> None:
    fra, til = date(2026, 7, 1), date(2026, 12, 31)
    assert Ettertall(fra, til, 3, 2, 1).varig_resultatgrad == 50.0
    assert Ettertall(fra, til, 3, 0, 0).varig_resultatgrad is None


@pytest.mark.parametrize(
    ("endret", "deltok"),
    [
        ({}, True),
        ({"startDato": "2026-12-31"}, True),
        ({"startDato": "2027-01-01"}, False),
        ({"startDato": None}, False),
        # The planned end is passed, and nothing says that the deltakelse ended.
        ({"sluttDato": "2026-12-01"}, True),
        ({"status": "HAR_SLUTTET", "sluttDato": "2026-12-31"}, True),
        ({"status": "HAR_SLUTTET", "sluttDato": "2026-12-30"}, False),
        ({"status": "AVBRUTT", "sluttDato": "2027-02-01"}, True),
        ({"status": "HAR_SLUTTET", "startDato": "2026-12-31", "sluttDato": "2026-12-31"}, False),  # never came
        ({"status": "VENTER_PA_OPPSTART"}, False),
        ({"status": "VENTELISTE"}, False),
        ({"status": "FEILREGISTRERT", "sluttDato": "2027-02-01"}, False),
        ({"status": "IKKE_AKTUELL", "sluttDato": "2027-02-01"}, False),
    ],
)
def test_who_took_part_on_the_last_day(endret: dict[str, str | None], deltok: bool) -> None:
    rad = {"status": "DELTAR", "startDato": "2026-10-05", "sluttDato": "2027-10-04", **endret}
    assert took_part_on(Deltakelsespost({"deltakelse": rad}), date(2026, 12, 31)) is deltok


def avtale(**felter: object) -> Deltakelsespost:
    return Deltakelsespost({"avtale": {"gyldigFra": "2026-01-01", "resultatmaal": 50, **felter}})


@pytest.mark.parametrize(
    ("poster", "maal"),
    [
        ([], None),
        ([avtale()], 50),
        ([avtale(), avtale(resultatmaal=50.0), Deltakelsespost({})], 50),
        ([avtale(), avtale(resultatmaal=40)], None),  # they say different things
        ([avtale(resultatmaal=None)], None),
        ([avtale(gyldigTil="2026-12-30")], None),
        ([avtale(gyldigTil="2026-12-31")], 50),
        ([avtale(gyldigFra="2027-01-01")], None),
        ([avtale(), avtale(resultatmaal=40, gyldigFra="2027-01-01")], 50),
    ],
)
def test_the_target_is_that_of_the_avtaler_in_force(poster: list[Deltakelsespost], maal: float | None) -> None:
    assert agreed_target(poster, date(2026, 12, 31)) == maal


def test_the_lasting_target_is_a_field_of_its_own() -> None:
    poster = [avtale(varigResultatmaal=70)]
    assert agreed_target(poster, date(2026, 12, 31), "varigResultatmaal") == 70
    assert agreed_target([avtale()], date(2026, 12, 31), "varigResultatmaal") is None


def test_who_was_asked_is_counted_by_the_quarter_of_the_end_and_told_by_the_day_asked_about() -> None:
    annet = replace(OMRADE, fylke="11")
    celler = [
        *cells(Kvartal(2025, 4), VARIG_SPURT=9, VARIG_SVART=9, VARIG_I_ARBEID=9),
        *cells(Kvartal(2026, 1), VARIG_SPURT=5, VARIG_SVART=4, VARIG_I_ARBEID=3, ARBEID=20),
        *cells(Kvartal(2026, 2), VARIG_SPURT=2, VARIG_SVART=1),
        *cells(Kvartal(2026, 3), VARIG_SPURT=9),
        *cells(Kvartal(2026, 1), annet, VARIG_SPURT=9),
    ]
    tall = follow_up_figures(celler, OMRADE, Kvartal(2026, 3), Kvartal(2026, 4), etter=2, maal=70)
    assert tall == Ettertall(date(2026, 7, 1), date(2026, 12, 31), spurt=7, svart=5, i_arbeid=3, maal=70)
    assert tall.varig_resultatgrad == 60.0
