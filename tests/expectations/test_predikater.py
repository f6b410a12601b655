"""What predicates share says over columns what transforms say over one record."""

from dataclasses import replace
from datetime import date
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
from expectations.predikater.oppmote import is_no_show
from expectations.predikater.register import predikat
from expectations.predikater.tid import add_days, add_months
from expectations.regelsett import alle_regler, regler_etter_id
from schemas.loader import UgyldigFil
from schemas.regelverk import alle_regelverk
from transforms import forpliktelser
from transforms.kalender import add_months as add_months_to_one

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


def context(kjoring: Any, innsendt: Innsendt, regel: str, sted: int = 0) -> Kontekst:
    """What a predicate of the rule sees in the drop."""
    grunnlag = build([innsendt], kjoring.asof({}), kjoring.mottakere())
    kjort = Kjoring(grunnlag, alle_regler(), alle_regelverk())
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
