"""A period's figures: which quarters count, who is shown, what is final, and the files that are released."""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest
from jsonschema import Draft202012Validator

from schemas.loader import SCHEMAS, UgyldigFil
from schemas.statistikk import Telling, statistikkregler
from tests.sider.statistikksaker import AFT, FORSTE, KVARTAL, REGLER, country, release, releases
from transforms.kvartal import Kvartal
from transforms.statistikk import Celle, Forbehold, Utgivelse, is_frozen, newest_final, publish, reservations, units
from transforms.statistikk_filer import as_json, render_csv, render_json
from transforms.statistikk_tekster import statistikktekster
from transforms.tiltaksbilde import Arrangor, Linje, Niva, percent

A, B = "300000001", "300000002"
GAMMEL = Arrangor("Eksempel Vekst AS", date(2020, 1, 1))


def cells(orgnr: str, fylke: str, kvartaler: Iterable[Kvartal], **tall: int) -> list[Celle]:
    return [Celle(orgnr, fylke, AFT, k, Telling(navn), antall) for k in kvartaler for navn, antall in tall.items()]


def published(celler: list[Celle], delt_fra: Kvartal = FORSTE, **arrangorer: Arrangor) -> Utgivelse:
    kjente = {A: GAMMEL, B: GAMMEL} | {navn.removeprefix("o"): verdi for navn, verdi in arrangorer.items()}
    return publish(celler, KVARTAL, REGLER, arrangorer=kjente, delt_fra=delt_fra, forbehold=(), er_test=False)


def line(utgivelse: Utgivelse, niva: Niva, fylke: str = "", arrangor: str = "") -> Linje:
    return next(r for r in utgivelse.linjer if (r.niva, r.fylke, r.arrangor) == (niva, fylke, arrangor))


def test_the_figures_of_one_arrangor_by_hand() -> None:
    celler = cells(A, "03", KVARTAL.back(4), AVSLUTTET=10, ALDRI_MOTT=2, ARBEID=3, ARBEID_FAST=2, UTDANNING=2,
                   PLAN_SKYLDT=8, PLAN_I_TIDE=7, SLUTTRAPPORT_SKYLDT=10, SLUTTRAPPORT_I_TIDE=9)  # fmt: skip
    utgivelse = published(celler)
    assert (utgivelse.fra, utgivelse.til) == (date(2025, 10, 1), date(2026, 9, 30))
    for sted in (
        line(utgivelse, Niva.LAND),
        line(utgivelse, Niva.FYLKE, "03"),
        line(utgivelse, Niva.ARRANGOR, "03", A),
    ):
        figurer = {figur.navn: figur.verdi for figur in sted.figurer}
        assert figurer["avsluttet"] == 40
        assert figurer["aldriMott"] == 8
        assert figurer["tilArbeidEllerUtdanning"] == 20
        assert figurer["resultatgradMedAldriMott"] == 50.0
        assert figurer["resultatgradUtenAldriMott"] == 62.5
        assert (figurer["tilArbeid"], figurer["tilUtdanning"], figurer["tilAnnet"]) == (12, 8, 12)
        assert figurer["tilArbeidFast"] is None  # eight permanent, and four not: the four are too few
    assert line(utgivelse, Niva.ARRANGOR, "03", A).verdi("fristerITide") == 90
    assert line(utgivelse, Niva.LAND).verdi("planITide") == 80  # 28 of 32: the step is twenty


def test_only_the_quarters_of_the_period_count() -> None:
    celler = cells(A, "03", [KVARTAL.plus(-4), *KVARTAL.back(4), KVARTAL.plus(1)], AVSLUTTET=10)
    assert line(published(celler), Niva.LAND).verdi("avsluttet") == 40


def test_an_arrangor_has_one_line_for_each_fylke_and_tiltak() -> None:
    celler = [*cells(A, "03", KVARTAL.back(4), AVSLUTTET=5), *cells(A, "11", KVARTAL.back(4), AVSLUTTET=3)]
    andre = [replace(celle, tiltakskode="AVKLARING") for celle in celler if celle.fylke == "03"]
    linjer = [r for r in published([*celler, *andre]).linjer if r.niva is Niva.ARRANGOR]
    assert [(r.tiltakskode, r.fylke, r.verdi("avsluttet")) for r in linjer] == [
        (AFT, "03", 20),
        (AFT, "11", 12),
        ("AVKLARING", "03", 20),
    ]


@pytest.mark.parametrize(
    ("fra", "vises"),
    [(date(2025, 10, 1), True), (date(2025, 10, 2), False)],  # the first day of the period, and the next
)
def test_whoever_began_within_the_period_has_no_line(fra: date, vises: bool) -> None:
    celler = [c for n in (A, B, "300000003") for c in cells(n, "03", KVARTAL.back(4), AVSLUTTET=10)]
    linjer = published(celler, o300000003=GAMMEL, **{f"o{A}": Arrangor("Ny Vekst AS", fra)}).linjer
    assert (A in {linje.arrangor for linje in linjer}) is vises
    assert next(r for r in linjer if r.fylke == "03").verdi("avsluttet") == 120


def test_one_that_is_no_longer_set_up_and_merged_counts_are_in_the_sums_only() -> None:
    celler = [
        *cells(A, "03", KVARTAL.back(4), AVSLUTTET=10),
        *cells("399999999", "03", KVARTAL.back(4), AVSLUTTET=10),
        *cells("", "", KVARTAL.back(4), AVSLUTTET=10),
    ]
    utgivelse = published(celler)
    assert line(utgivelse, Niva.LAND).verdi("avsluttet") == 120
    assert "399999999" not in {linje.arrangor for linje in utgivelse.linjer}


def test_a_period_of_which_a_part_is_merged_has_the_country_only() -> None:
    celler = [
        *cells("", "", KVARTAL.back(4)[:1], AVSLUTTET=20, ARBEID=10),
        *cells(A, "03", KVARTAL.back(3), AVSLUTTET=10, ARBEID=5),
        *cells(B, "11", KVARTAL.back(3), AVSLUTTET=10, ARBEID=5),
    ]
    utgivelse = published(celler, delt_fra=KVARTAL.back(3)[0])
    assert line(utgivelse, Niva.LAND).verdi("avsluttet") == 80
    assert all(f.er_skjermet for r in utgivelse.linjer if r.niva is not Niva.LAND for f in r.figurer)
    assert {linje.niva for linje in utgivelse.linjer} == {Niva.LAND, Niva.FYLKE}
    hel = published(celler, delt_fra=KVARTAL.back(4)[0])
    assert A in {linje.arrangor for linje in hel.linjer}


@pytest.mark.parametrize(
    ("dato", "kvartal"),
    [("2026-06-23", "2025-4"), ("2026-06-24", "2026-1"), ("2026-12-23", "2026-2"), ("2026-12-24", "2026-3")],
)
def test_a_quarter_is_final_the_day_after_the_last_deletion(dato: str, kvartal: str) -> None:
    assert str(newest_final(date.fromisoformat(dato), 84)) == kvartal
    assert is_frozen(Kvartal.parse(kvartal), date.fromisoformat(dato), 84)


def test_a_period_is_final_when_it_is_frozen_and_whole() -> None:
    frosset, tidlig, lenge_etter = date(2026, 12, 24), date(2026, 12, 23), date(2027, 4, 1)
    for dato, fra, forbehold in (
        (frosset, date(2025, 10, 1), ()),
        (tidlig, date(2025, 10, 1), (Forbehold.IKKE_FROSSET,)),
        (frosset, date(2025, 10, 2), (Forbehold.PERIODEN_ER_IKKE_DEKKET,)),
        (date(2027, 3, 31), date(2025, 10, 1), ()),
        (lenge_etter, date(2025, 10, 1), (Forbehold.PERIODEN_ER_SAMMENSLATT,)),
    ):
        assert reservations(KVARTAL, REGLER, dato, 84, [Arrangor("A", fra)]) == forbehold
    assert reservations(KVARTAL, REGLER, frosset, 84, []) == (Forbehold.PERIODEN_ER_IKKE_DEKKET,)


def test_the_development_of_the_country_starts_with_the_first_whole_period() -> None:
    celler = cells(A, "03", KVARTAL.back(6), AVSLUTTET=10, ARBEID=4)
    punkter = published(celler).utvikling
    assert [(str(p.kvartal), p.resultatgrad) for p in punkter] == [("2026-1", 40.0), ("2026-2", 40.0), ("2026-3", 40.0)]


def test_shares_are_rounded_with_halves_up() -> None:
    assert (percent(1, 8), percent(1, 16), percent(2, 3), percent(0, 5)) == (12.5, 6.3, 66.7, 0.0)


def test_a_day_before_any_version_of_the_limits_is_refused() -> None:
    with pytest.raises(UgyldigFil, match="no version is in force"):
        statistikkregler(date(2015, 12, 31))


def test_the_units_of_a_period_sum_to_its_cells() -> None:
    celler, arrangorer = country()
    aft = [celle for celle in celler if celle.tiltakskode == AFT]
    perioden = {*KVARTAL.back(4)}
    ventet = sum(c.antall for c in aft if c.telling is Telling.AVSLUTTET and c.kvartal in perioden)
    assert sum(e.antall(Telling.AVSLUTTET) for e in units(aft, KVARTAL, REGLER, arrangorer, FORSTE)) == ventet > 500


@pytest.mark.parametrize("navn", releases())
def test_the_json_is_valid_and_carries_its_labels(navn: str) -> None:
    skjema = json.loads((SCHEMAS / "json" / "statistikk.schema.json").read_text(encoding="utf-8"))
    utgivelse = releases()[navn]
    innhold = json.loads(render_json(utgivelse))
    Draft202012Validator(skjema).validate(innhold)
    for linje in innhold["linjer"]:
        for figur in linje["figurer"]:
            assert figur["etikett"] == statistikktekster().label(figur["figur"])


@pytest.mark.parametrize(
    "endring", [{"status": "NESTEN"}, {"linjer": [{"niva": "LAND"}]}, {"navn": "P1"}, {"kvartal": "2026-5"}]
)
def test_another_json_is_refused(endring: dict[str, object]) -> None:
    skjema = json.loads((SCHEMAS / "json" / "statistikk.schema.json").read_text(encoding="utf-8"))
    assert list(Draft202012Validator(skjema).iter_errors(as_json(release()) | endring))


def test_the_csv_has_a_row_for_each_figure_and_says_the_same() -> None:
    utgivelse = release(varig=True)
    rader = list(csv.DictReader(io.StringIO(render_csv(utgivelse).decode("utf-8-sig")), delimiter=";"))
    assert len(rader) == sum(len(linje.figurer) for linje in utgivelse.linjer)
    figurer = [figur for linje in utgivelse.linjer for figur in linje.figurer]
    for rad, figur in zip(rader, figurer, strict=True):
        assert rad["figur"] == figur.navn
        assert rad["etikett"]
        assert (rad["skjermet"] == "skjermet") is figur.er_skjermet
        assert (rad["verdi"] == "") is figur.er_skjermet
        if figur.verdi is not None:
            assert float(rad["verdi"].replace(",", ".")) == figur.verdi
    assert {rad["status"] for rad in rader} == {"ENDELIG"}


def test_every_figure_has_a_label() -> None:
    brukte = {figur.navn for linje in release(varig=True).linjer for figur in linje.figurer}
    assert brukte == set(statistikktekster().figurer)
