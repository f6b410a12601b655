"""The documents about an avtale: what stands in them, and that nobody does."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from schemas.regelverk import regelverk
from tests.golden.regenerate import AVTALESAKER, build_case
from transforms.avtaledokument import Avtalehode, build_etterrapport, build_resultatrapport, capacity_of
from transforms.dokument import Avsenderhode, Dokumenthode, Innhold, Mottakerhode, arkivtittel, tittel
from transforms.dokument_formater import check
from transforms.journalpost import build_journalpost
from transforms.resultattall import Ettertall, Kapasitet, Resultattall

AFT = "ARBEIDSFORBEREDENDE_TRENING"
ARET = (date(2026, 1, 1), date(2026, 12, 31))
HODE = Dokumenthode(
    dokument_id="0a000000-0000-4000-8000-000000000001",
    melding_id="0b000000-0000-4000-8000-000000000001",
    versjon=1,
    erstatter=None,
    opprettet=datetime.fromisoformat("2027-01-22T06:00:00+01:00"),
    frist=None,
    modus="PROD",
    maalform="nb",
    avsender=Avsenderhode("912345009", "Eksempel Vekst AS", "Eksempelsystem 4"),
    mottaker=Mottakerhode("9955", "55", "Nav Troms og Finnmark"),
)
AVTALE = Avtalehode(AFT, "56", regelverk(AFT, ARET[1]))
KAPASITET = Kapasitet(plasser=12.5, i_bruk=11, venteliste=0)
TALL = Resultattall(*ARET, avsluttet=20, arbeid=7, utdanning=1, annet=10, aldri_mott=2, kapasitet=KAPASITET, maal=50)


def line(innhold: Innhold, kode: str) -> dict[str, Any]:
    """The line of «Kort fortalt» with a code; empty when it is not there."""
    (fakta,) = innhold["seksjoner"][0]["blokker"]
    return next((rad for rad in fakta["rader"] if rad["kode"] == kode), {})


def text(innhold: Innhold, seksjon: str) -> str:
    """Everything that one section says, as text."""
    return str(next(s for s in innhold["seksjoner"] if s["kode"] == seksjon))


def test_both_rates_stand_there_with_what_they_are_of_and_the_target_beside_them() -> None:
    innhold = build_resultatrapport(TALL, AVTALE, hode=HODE)
    assert check(innhold) == ()
    med, uten = line(innhold, "resultatgradMedAldriMott"), line(innhold, "resultatgradUtenAldriMott")
    assert (med["tekst"], med["verdi"], med["framhevet"]) == ("40 % (8 av 20)", "40", True)
    assert (uten["tekst"], uten["verdi"]) == ("44,4 % (8 av 18)", "44.4")
    assert line(innhold, "resultatmaal")["verdi"] == "50"
    assert not line(build_resultatrapport(replace(TALL, maal=None), AVTALE, hode=HODE), "resultatmaal")


def test_the_results_add_up_in_the_table() -> None:
    (tabell,) = build_resultatrapport(TALL, AVTALE, hode=HODE)["seksjoner"][1]["blokker"]
    rader = {rad["celler"][0]["verdi"]: [celle["tekst"] for celle in rad["celler"][1:]] for rad in tabell["rader"]}
    assert rader == {
        "ARBEID": ["7", "35 %", "38,9 %"],
        "UTDANNING": ["1", "5 %", "5,6 %"],
        "ANNET": ["10", "50 %", "55,6 %"],
        "ALDRI_MOTT": ["2", "10 %", "–"],
        "AVSLUTTET": ["20", "100 %", "–"],
    }


def test_nobody_ended_is_said_and_no_rate_is_made_up() -> None:
    ingen = replace(TALL, avsluttet=0, arbeid=0, utdanning=0, annet=0, aldri_mott=0)
    innhold = build_resultatrapport(ingen, AVTALE, hode=HODE)
    assert check(innhold) == ()
    med = line(innhold, "resultatgradMedAldriMott")
    assert (med["tekst"], "verdi" in med) == ("Ingen avsluttet", False)
    assert "Ingen deltakelser ble avsluttet" in text(innhold, "RESULTAT")


def test_what_is_not_known_of_the_places_is_said() -> None:
    ukjent = Kapasitet(None, None, None)
    innhold = build_resultatrapport(replace(TALL, kapasitet=ukjent), AVTALE, hode=HODE)
    assert check(innhold) == ()
    plasser = text(innhold, "PLASSER")
    for setning in ("hvor mange plasser som er avtalt", "Hvor mange som deltok 31. desember 2026", "Ventelisten"):
        assert setning in plasser


@pytest.mark.parametrize(
    "kapasitet",
    [KAPASITET, Kapasitet(None, 3, None), Kapasitet(10, None, 4, for_flere_fylker=True), Kapasitet(None, None, None)],
)
def test_a_later_version_can_repeat_the_places_of_the_one_before(kapasitet: Kapasitet) -> None:
    assert capacity_of(build_resultatrapport(replace(TALL, kapasitet=kapasitet), AVTALE, hode=HODE)) == kapasitet


def test_the_grounds_say_when_the_period_was_cut_and_when_the_figures_are_final() -> None:
    vanlig = text(build_resultatrapport(TALL, AVTALE, hode=HODE), "GRUNNLAG")
    assert "Tallene er endelige" in vanlig
    assert "begynte å rapportere" not in vanlig
    kortere = replace(AVTALE, rapporterer_fra=date(2026, 5, 11), rettes_til=date(2027, 3, 25))
    forelopig = text(build_resultatrapport(TALL, kortere, hode=HODE), "GRUNNLAG")
    assert "begynte å rapportere herfra 11. mai 2026" in forelopig
    assert "rettet til og med 25. mars 2027" in forelopig


@pytest.mark.parametrize(
    ("fra", "til", "navn"),
    [
        (date(2026, 1, 1), date(2026, 12, 31), "Resultatrapport 2026"),
        (date(2026, 7, 1), date(2026, 12, 31), "Resultatrapport juli–desember 2026"),
        (date(2026, 1, 1), date(2026, 3, 31), "Resultatrapport januar–mars 2026"),
    ],
)
def test_the_titles_name_the_period_the_tiltak_and_the_fylke(fra: date, til: date, navn: str) -> None:
    innhold = build_resultatrapport(replace(TALL, fra=fra, til=til), AVTALE, hode=HODE)
    assert tittel(innhold) == navn
    assert arkivtittel(innhold) == f"{navn} – arbeidsforberedende trening, Finnmark – Eksempel Vekst AS"


def test_the_avtale_is_with_a_fylke_that_need_not_be_the_enhets_own() -> None:
    hode = build_resultatrapport(TALL, AVTALE, hode=HODE)["hode"]
    assert (hode["fylke"], hode["mottaker"]["navFylke"]) == ("56", "55")


def test_a_corrected_version_marks_what_is_new_and_says_so_in_the_archive() -> None:
    forste = build_resultatrapport(TALL, AVTALE, hode=HODE)
    ny = replace(HODE, versjon=2, erstatter=HODE.melding_id, melding_id="0b000000-0000-4000-8000-000000000002")
    andre = build_resultatrapport(replace(TALL, arbeid=8, annet=9), AVTALE, hode=ny, forrige=forste)
    assert check(andre) == ()
    assert arkivtittel(andre).endswith("rettet versjon 2")
    (tabell,) = andre["seksjoner"][1]["blokker"]
    assert [rad.get("endret", False) for rad in tabell["rader"]] == [True, False, True, False, False]


def test_the_etterrapport_says_how_many_of_those_who_answered() -> None:
    fra, til = date(2026, 7, 1), date(2026, 12, 31)
    innhold = build_etterrapport(Ettertall(fra, til, spurt=9, svart=7, i_arbeid=6, maal=85), AVTALE, hode=HODE)
    assert check(innhold) == ()
    assert line(innhold, "varigResultatgrad")["tekst"] == "85,7 % (6 av 7)"
    (sum_,) = innhold["seksjoner"][1]["blokker"]
    assert [(post["kode"], post["antall"]) for post in sum_["poster"]] == [
        ("spurt", 9),
        ("svart", 7),
        ("fortsattIArbeid", 6),
    ]
    ingen = build_etterrapport(Ettertall(fra, til, 0, 0, 0), AVTALE, hode=HODE)
    assert check(ingen) == ()
    assert "Ingen var å spørre" in text(ingen, "RESULTAT")


@pytest.mark.parametrize("sak", AVTALESAKER)
def test_no_person_and_no_id_of_one_has_a_place_in_it(sak: str) -> None:
    for innhold in build_case(sak).values():
        assert not {"deltaker", "deltakelseId"} & innhold["hode"].keys()
        assert build_journalpost(innhold)["bruker"] == {"id": innhold["hode"]["avsender"]["orgnr"], "idType": "ORGNR"}
