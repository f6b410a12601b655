"""What predicates share says over columns what transforms say over one record."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations import Historikk, Innsendt, evaluate_chunk
from expectations.grunnlag import build
from expectations.historikk import measure
from expectations.kjoring import Kjoring
from expectations.kontekst import Kontekst
from expectations.predikater.lop import LOP_MAANEDER, lop_start
from expectations.predikater.oppmote import is_no_show
from expectations.predikater.register import predikat
from expectations.predikater.tid import add_days, add_months, add_virkedager, count_virkedager
from expectations.regelsett import alle_regler, regler_etter_id
from schemas.loader import UgyldigFil
from schemas.regelverk import Regelverk, alle_regelverk
from transforms import forpliktelser
from transforms.kalender import add_months as add_months_to_one
from transforms.kalender import add_virkedager as add_virkedager_to_one
from transforms.kalender import is_virkedag

DATOER = st.dates(min_value=date(1990, 1, 1), max_value=date(2060, 12, 31))


@given(st.lists(st.tuples(DATOER, st.integers(-30, 60)), min_size=1, max_size=20))
def test_months_over_a_column_are_months_over_each_day(par: list[tuple[date, int]]) -> None:
    datoer = pd.Series(pd.to_datetime([dato for dato, _ in par]))
    antall = pd.Series([float(n) for _, n in par])
    assert [d.date() for d in add_months(datoer, antall)] == [add_months_to_one(dato, n) for dato, n in par]
    ett = par[0][1]
    assert [d.date() for d in add_months(datoer, ett)] == [add_months_to_one(dato, ett) for dato, _ in par]


def test_an_unknown_day_or_number_gives_an_unknown_day() -> None:
    datoer = pd.Series(pd.to_datetime([None, "2026-01-31", "2026-01-31"]))
    assert add_months(datoer, pd.Series([3.0, float("nan"), 1.0])).isna().to_list() == [True, True, False]
    assert add_days(datoer, pd.Series([3.0, float("nan"), 1.0])).isna().to_list() == [True, True, False]


@given(st.lists(st.tuples(DATOER, st.integers(0, 400)), min_size=1, max_size=5))
def test_working_days_over_a_column_are_working_days_over_each_period(par: list[tuple[date, int]]) -> None:
    perioder = [[fra + timedelta(days=dag) for dag in range(lengde + 1)] for fra, lengde in par]
    fra, til = (pd.Series(pd.to_datetime([periode[ende] for periode in perioder])) for ende in (0, -1))
    assert count_virkedager(fra, til).to_list() == [sum(map(is_virkedag, periode)) for periode in perioder]


@given(st.lists(st.none() | DATOER, min_size=1, max_size=5), st.integers(0, 30))
def test_the_nth_working_day_over_a_column_is_that_of_each_day(datoer: list[date | None], antall: int) -> None:
    resultat = add_virkedager(pd.Series(pd.to_datetime(datoer)), antall)
    ventet = [None if dato is None else add_virkedager_to_one(dato, antall) for dato in datoer]
    assert [None if pd.isna(dag) else dag.date() for dag in resultat] == ventet


def test_a_period_with_an_unknown_end_or_turned_round_has_no_number_of_working_days() -> None:
    fra = pd.Series(pd.to_datetime([None, "2026-05-20", "2026-05-20", "2026-05-20"]))
    til = pd.Series(pd.to_datetime(["2026-05-20", None, "2026-05-19", "2026-05-20"]))
    assert count_virkedager(fra, til).isna().to_list() == [True, True, True, False]


def context(
    kjoring: Any, innsendt: Innsendt, regel: str, sted: int = 0, *, regelverk: Sequence[Regelverk] | None = None
) -> Kontekst:
    """What a predicate of the rule sees in the drop."""
    grunnlag = build([innsendt], kjoring.asof({}), kjoring.mottakere())
    kjort = Kjoring(grunnlag, alle_regler(), regelverk or alle_regelverk())
    kjort.seal()
    egen = regler_etter_id()[regel]
    return Kontekst(kjort, egen, egen.steder[sted])


def test_a_no_show_is_the_same_over_columns_and_over_one_record(kjoring: Any) -> None:
    sett = set()
    for tilfelle in kjoring.tilfeller():
        if tilfelle.regel not in ("SLU001", "SLU010", "EKSEMPEL10", "DAT001") or "problemer" in tilfelle.innhold:
            continue
        k = context(kjoring, kjoring.innsendt(tilfelle.innhold), "SLU010")
        fra_kolonner = dict(zip(k.tekst("deltakelseId"), is_no_show(k), strict=True))
        for deltakelse_id, er_no_show in fra_kolonner.items():
            post = kjoring.post(deltakelse_id, tilfelle.innhold)
            # A record has the usual parties where the sender gives none; here only the sender's own word is in it.
            if any("deltok" not in rad for rad in post.rader("oppfolging")):
                continue
            assert er_no_show == forpliktelser.is_no_show(post), str(tilfelle)
            sett.add(bool(er_no_show))
    assert sett == {True, False}


LOP = {"_som": 1, "status": "HAR_SLUTTET", "aarsak": "SYK"}


@pytest.mark.parametrize(
    ("rader", "starter"),
    [
        # One day under two months is the same løp; two months to the day is a new one (002 L627-637).
        ([("2025-01-06", "2025-11-13")], "2025-01-06"),
        ([("2025-01-06", "2025-11-12")], "2026-01-12"),
        # A chain of three, and a long one that a short one lies within.
        ([("2024-02-05", "2024-12-20"), ("2025-02-10", "2025-11-28")], "2024-02-05"),
        ([("2024-02-05", "2025-11-28"), ("2024-03-04", "2024-04-05")], "2024-02-05"),
        # The second month ends before the day is reached.
        ([("2025-01-06", "2025-11-30")], "2025-01-06"),
        # An open one has not ended; one that ended nobody knows when joins nothing.
        ([("2024-01-08", "")], "2026-01-12"),
    ],
)
def test_a_lop_is_a_chain_with_short_gaps(kjoring: Any, rader: list[tuple[str, str]], starter: str) -> None:
    nye = [{**LOP, "deltakelseId": f"X{n}", "startDato": fra, "sluttDato": til} for n, (fra, til) in enumerate(rader)]
    for legg_til in (nye, nye[::-1]):
        k = context(kjoring, kjoring.innsendt({"legg_til": {"deltakelse": legg_til}}), "DAT001")
        funnet = dict(zip(k.tekst("deltakelseId"), lop_start(k), strict=True))
        assert funnet["L1"] == pd.Timestamp(starter)
        assert funnet["L2"] == pd.Timestamp("2025-11-03")
        assert min(funnet[rad["deltakelseId"]] for rad in nye) == pd.Timestamp(min(fra for fra, _ in rader))


def test_a_lop_goes_on_across_drops_ids_and_tables(kjoring: Any) -> None:
    lagret = {"legg_til": {"deltakelse": [{**LOP, "deltakelseId": "L0", "startDato": "2025-01-06"}]}}
    lagret["legg_til"]["deltakelse"][0]["sluttDato"] = "2025-12-19"
    k = context(kjoring, kjoring.innsendt({"lagret": lagret}), "PER003")
    assert lop_start(k).to_list() == [pd.Timestamp("2025-01-06")]
    # The same person under another id, and a deltakelse that was never real.
    nye = [{"deltakelseId": "X1", "startDato": "2026-05-04"}, {"deltakelseId": "X2", "startDato": "2026-05-05"}]
    innhold = {
        "endre": {"deltaker": {2: {"personident": "03819012090"}}},
        "legg_til": {"deltakelse": [{"_som": 2, **nye[0]}, {"_som": 2, **nye[1], "status": "FEILREGISTRERT"}]},
    }
    k = context(kjoring, kjoring.innsendt(innhold), "DAT001")
    funnet = dict(zip(k.tekst("deltakelseId"), lop_start(k), strict=True))
    assert {funnet["L1"], funnet["L2"], funnet["X1"]} == {pd.Timestamp("2025-11-03")}
    assert funnet["X2"] == pd.Timestamp("2026-05-05")


@pytest.mark.parametrize(("tiltak", "fra"), [("JOBBKLUBB", "2026-01-12"), ("ARBEIDSTRENING", "2025-01-06")])
def test_without_a_policy_a_lop_is_one_deltakelse(kjoring: Any, tiltak: str, fra: str) -> None:
    kode = {"tiltakskode": tiltak}
    ny = {**LOP, **kode, "deltakelseId": "L0", "startDato": "2025-01-06", "sluttDato": "2025-12-19"}
    innhold = {"endre": {"deltakelse": {1: kode}}, "legg_til": {"deltakelse": [ny]}}
    k = context(kjoring, kjoring.innsendt(innhold), "DAT001")
    assert lop_start(k)[0] == pd.Timestamp(fra)


@pytest.mark.parametrize(
    ("start", "er_ett_lop"), [("2026-01-11", True), ("2026-01-12", False), ("2026-01-15", False), ("2026-01-16", True)]
)
def test_the_policy_on_the_first_day_says_how_short_a_gap_is(kjoring: Any, start: str, er_ett_lop: bool) -> None:
    (gammel,) = (versjon for versjon in alle_regelverk() if versjon.tiltakskode == "ARBEIDSFORBEREDENDE_TRENING")
    en_maaned = replace(gammel.parametre[LOP_MAANEDER], verdi=1)
    strengere = replace(
        gammel,
        gyldig_fra=date(2026, 1, 12),
        gyldig_til=date(2026, 1, 15),
        parametre=MappingProxyType({**gammel.parametre, LOP_MAANEDER: en_maaned}),
    )
    for_ = {**LOP, "deltakelseId": "L0", "startDato": "2025-03-03", "sluttDato": "2025-12-01"}
    innhold = {"endre": {"deltakelse": {1: {"startDato": start}}}, "legg_til": {"deltakelse": [for_]}}
    k = context(kjoring, kjoring.innsendt(innhold), "DAT001", regelverk=[gammel, strengere])
    assert lop_start(k)[0] == pd.Timestamp("2025-03-03" if er_ett_lop else start)


def test_what_is_measured_of_a_drop_is_what_it_holds(kjoring: Any) -> None:
    mengder = measure(kjoring.innsendt({"fjern": {"plass": "IKKE_MED", "mal": "ALLE"}}).tabeller)
    assert mengder["deltakelse"].rader == 2
    assert mengder["deltakelse"].utfylt["tiltaksnummer"] == 1
    assert mengder["deltakelse"].utfylt["bestillingTekst"] == 2
    assert "status" not in mengder["deltakelse"].utfylt, "a required field is asked for by SKJ001"
    assert (mengder["plass"].rader, mengder["mal"].rader) == (0, 0)
    assert set(mengder["mal"].utfylt.values()) == {0}
    assert "innsending" not in mengder


@pytest.mark.parametrize(("svar", "ventet"), [("Ja", []), ("", ["FIL016 bestillingspunkt - svar"])])
def test_a_drop_is_held_to_what_was_measured_of_the_one_before(kjoring: Any, svar: str, ventet: list[str]) -> None:
    def drop(svar: str) -> Innsendt:
        punkter = [{"deltakelseId": "L1", "punktId": f"N{n}", "tekst": "Hva nå?", "svar": svar} for n in range(20)]
        return kjoring.innsendt({"legg_til": {"bestillingspunkt": punkter}})

    historikk = Historikk(mengder_i_siste_full=measure(drop("Ja").tabeller))
    innsendt = replace(drop(svar), historikk=historikk)
    kontroller, _ = evaluate_chunk([innsendt], asof=kjoring.asof({}), mottakere=kjoring.mottakere())
    assert kjoring.avvik(kontroller[0]) == ventet


def test_a_drop_without_any_plan_can_be_asked_alone(kjoring: Any) -> None:
    kontroll = kjoring.kontroll({"fjern": {"plan": "IKKE_MED", "tidligereLevert": "IKKE_MED"}})
    assert kjoring.avvik(kontroll) == ["PER006 vurdering 1 ferdigstilt"]


def test_two_predicates_cannot_have_one_name() -> None:
    def slutt_for_start(_k: Any) -> Any:
        return None

    with pytest.raises(ValueError, match="slutt_for_start"):
        predikat(slutt_for_start)


@pytest.mark.parametrize(
    ("endring", "grunn"),
    [
        ("predikat: slutt_for_begynnelse", "there is no predicate"),
        ("predikat: slutt_for_start\nparametre: {dager: 3}", "takes"),
        ("predikat: slutt_for_start\nkolonner: [finnesIkke]", "no field deltakelse.finnesIkke"),
        ("predikat: slutt_for_start\ntiltakskoder: [FINNES_IKKE]", "tiltakskode"),
        ("predikat: passert_uten_statusendring\nparametre: {dager: '@frister.plan.dager'}", "hendelse"),
        ("predikat: slutt_for_start\nalvorlighet: VERST", "alvorlighet"),
        ("predikat: slutt_for_start\ntabell: finnesIkke", "no table finnesIkke"),
    ],
)
def test_a_faulty_rule_is_found_when_it_is_read(tmp_path: Any, endring: str, grunn: str) -> None:
    felter = {
        "regel": "DAT001",
        "alvorlighet": "FEIL",
        "nivaa": "RAD",
        "tiltakskoder": "ALLE",
        "tabell": "deltakelse",
        "kolonner": "[sluttDato, startDato]",
        "melding": "Sluttdatoen er før startdatoen.",
        "tiltak": "Rett en av datoene.",
        "kilde": "kontrakt",
        "styrke": "kontrakt",
        "gyldig": "{fra: 2016-01-01}",
    }
    felter |= dict(linje.split(": ", 1) for linje in endring.splitlines())
    regel = "\n    ".join(f"{navn}: {verdi}" for navn, verdi in felter.items())
    (tmp_path / "DAT.yaml").write_text(f"gruppe: DAT\nregler:\n  - {regel}\n", encoding="utf-8")
    with pytest.raises(UgyldigFil) as feil:
        alle_regler(tmp_path)
    assert grunn in str(feil.value)


def test_every_rule_that_ships_is_read() -> None:
    assert len(alle_regler()) == len(regler_etter_id()) >= 85
