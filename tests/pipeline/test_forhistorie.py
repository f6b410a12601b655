"""What the rules know of before is what was stored: amounts, capacity, documents and confirmations."""

from datetime import date, datetime, timedelta

import pandas as pd
import pytest

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import ANNEN, AVSENDER, document, make_ident, plan, running
from tiltaksflyt.intake import Lesing
from tiltaksflyt.pipeline import kvalitet
from tiltaksflyt.pipeline.bekreftelse import confirm
from tiltaksflyt.pipeline.feil import Bruksfeil
from tiltaksflyt.pipeline.forhistorie import history_of
from tiltaksflyt.portal.kvalitetsside import render_page

DAG = date(2026, 3, 2)
NOTHING_DROPPED = Lesing(hode={}, tabeller={}, problemer=pd.DataFrame(), avvik=(), avvist=False)
START = DAG - timedelta(days=20)
PLASS = {"tiltakskode": "ARBEIDSFORBEREDENDE_TRENING", "dato": "2026-03-01", "antallPlasser": 24, "antallVeiledere": 4}


def later(innhold: dict[str, object], tid: str) -> dict[str, object]:
    """The drop, made at another time of the day."""
    innhold["innsending"]["opprettet"] = f"2026-03-02T{tid}:00+01:00"  # type: ignore[index]
    return innhold


def rules(linje: Linje) -> list[str]:
    """The rules that the newest answer tells of."""
    return [rad["regelId"] for rad in linje.answer()["avvik"]]


def many(antall: int) -> list[dict[str, object]]:
    return [running(nummer, START) for nummer in range(1, antall + 1)]


def test_capacity_is_remembered_so_that_a_change_without_it_is_not_told(linje: Linje) -> None:
    linje.receive(document(DAG, [running(1, START)], plass=[PLASS]))
    assert "KAP005" not in rules(linje)
    linje.receive(later(document(DAG, [running(1, START)], omfang="ENDRING"), "09:00"))
    assert "KAP005" not in rules(linje)
    historikk = history_of(linje.om.oppsett.avsendere[AVSENDER], linje.om, NOTHING_DROPPED, dato=DAG, now=linje.now)
    assert [rad["antallPlasser"] for rad in historikk.plasser] == [24]
    linje.on(DAG + timedelta(days=85))
    assert (
        history_of(
            linje.om.oppsett.avsendere[AVSENDER], linje.om, NOTHING_DROPPED, dato=linje.dato, now=linje.now
        ).plasser
        == ()
    )
    linje.run("vedlikehold")
    assert linje.om.ledger.plasser.list(AVSENDER, DAG - timedelta(days=1)) == ()


def test_a_table_that_is_suddenly_almost_empty_is_told(linje: Linje) -> None:
    punkter = [
        {"deltakelseId": "D1", "punktId": f"N{n}", "tekst": "Hvor mye kan deltakeren arbeide?"} for n in range(20)
    ]
    linje.receive(document(DAG, [running(1, START)], bestillingspunkt=punkter))
    linje.receive(later(document(DAG, [running(1, START)], bestillingspunkt=punkter[:4]), "09:00"))
    assert "FIL016" in rules(linje)


def test_what_was_delivered_is_known_to_the_rules(linje: Linje) -> None:
    innhold = document(DAG, [running(1, START)], plan=[plan(1, START + timedelta(days=10))])
    linje.receive(innhold)
    linje.run("rapportering", "levering")
    historikk = history_of(linje.om.oppsett.avsendere[AVSENDER], linje.om, NOTHING_DROPPED, dato=DAG, now=linje.now)
    assert [(ett.deltakelse_id, ett.dokumenttype, ett.nummer, ett.sendt) for ett in historikk.leverte] == [
        ("D1", "PLAN", 1, DAG)
    ]
    assert historikk.leverte[0].leveranse is not None
    linje.receive(later(document(DAG, [{**running(1, START), "startDato": "2026-02-11"}]), "09:00"))
    assert "DAT010" in rules(linje)


def test_a_large_fall_is_accepted_once_a_person_has_confirmed_it(linje: Linje) -> None:
    linje.receive(document(DAG, many(12)))
    faa = later(document(DAG, many(3)), "09:00")
    linje.receive(faa)
    assert (linje.answer()["status"], rules(linje)[0]) == ("AVVIST", "FIL015")
    valg = {"avsender": AVSENDER, "av": "Kari Drift", "grunn": "Avdelingen er lagt ned.", "now": linje.now}
    with pytest.raises(Bruksfeil):
        confirm(linje.om, "FIL015", **{**valg, "avsender": ANNEN}, sak=linje.answer()["innsendingId"])
    with pytest.raises(Bruksfeil):
        confirm(linje.om, "DAT001", **valg, sak=linje.answer()["innsendingId"])
    with pytest.raises(Bruksfeil, match="holds a personident") as feil:
        confirm(
            linje.om, "FIL015", **{**valg, "grunn": f"Gjelder {make_ident(7)}."}, sak=linje.answer()["innsendingId"]
        )
    assert make_ident(7) not in str(feil.value)
    assert confirm(linje.om, "FIL015", **valg, sak=linje.answer()["innsendingId"]) == 0
    linje.receive(faa, "samme.json")
    assert linje.answer()["status"] != "AVVIST"


def test_another_personident_needs_two_persons(linje: Linje) -> None:
    linje.receive(document(DAG, [running(1, START)]))
    ny = later(document(DAG, [running(1, START)]), "09:00")
    ny["deltaker"][0]["personident"] = document(DAG, [running(7, START)])["deltaker"][0]["personident"]  # type: ignore[index]
    linje.receive(ny)
    assert "IDE004" in rules(linje)
    valg = {"avsender": AVSENDER, "sak": "P1", "grunn": "Nytt fødselsnummer fra Nav.", "now": linje.now}
    assert confirm(linje.om, "IDE004", av="Kari Drift", **valg) == 1
    assert confirm(linje.om, "IDE004", av="Kari Drift", **valg) == 1
    assert confirm(linje.om, "IDE004", av="Ola Drift", **valg) == 0
    linje.receive(later(ny, "10:00"))
    assert "IDE004" not in rules(linje)


def test_a_row_without_an_id_is_the_stored_deltakelse(linje: Linje) -> None:
    def uten_id(tid: str) -> dict[str, object]:
        rad = running(1, START)
        del rad["deltakelseId"]
        return later(document(DAG, [rad]), tid)

    linje.receive(uten_id("08:00"))
    linje.receive(uten_id("09:00"))
    assert not {"TVE006", "TVE008"} & set(rules(linje))
    assert "SKJ012" in rules(linje)
    assert len(linje.om.ledger.deltakelser.list()) == 1


def test_the_data_engineers_see_runs_and_breaches_and_no_value(linje: Linje) -> None:
    linje.receive(document(DAG, [{**running(1, START), "sluttDato": "2020-01-01"}, running(2, START)]))
    bilde = kvalitet.look(linje.om, DAG, 7)
    assert ("DAT001", 1) in [(regel.regel, regel.antall) for regel in bilde.regler]
    assert [(ett.orgnr, dict(ett.innsendinger)) for ett in bilde.avsendere] == [(AVSENDER, {"DELVIS_HOLDT": 1})]
    (kjoring,) = bilde.kjoringer
    assert {rad.tabell for rad in kjoring.tabeller} >= {"deltaker", "deltakelse"}
    assert any("DAT001" in rad.brutte for rad in kjoring.tabeller)
    side = render_page(bilde)
    assert b"DAT001" in side
    assert not [verdi for verdi in (b"Fornavn1", b"P1", b"D1<", b"2020-01-01") if verdi in side]
    assert render_page(bilde) == side
    assert kvalitet.look(linje.om, DAG + timedelta(days=7), 7).kjoringer == ()
    linje.on(DAG + timedelta(days=20)).run("vedlikehold")
    assert linje.om.ledger.kontroller.list(date.min) == ()
    assert datetime.fromisoformat(kjoring.tid).tzinfo is not None
