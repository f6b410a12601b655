"""The step rapportering: what becomes a document, when a new version, and when nothing."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from expectations.dokumentkontroll import Dokumentsak
from tests.pipeline.conftest import Linje
from tests.pipeline.saker import ANNEN, AVSENDER, document, from_other, plan, running
from tiltaksflyt.pipeline import rapportering
from tiltaksflyt.pipeline.forsok import AvsendereFeilet

START = date(2026, 2, 10)
DAG = date(2026, 3, 2)


def drop(opprettet: date, ett: dict[str, Any] | None = None, **tabeller: Any) -> dict[str, Any]:
    return document(opprettet, [ett or running(1, START)], **tabeller)


def versions(linje: Linje, type_: str = "PLAN", nummer: int = 0) -> list[int]:
    return [
        rad.versjon
        for rad in linje.om.ledger.dokumenter.list(linje.ref("D1"))
        if (rad.type, rad.nummer) == (type_, nummer)
    ]


def test_a_finished_plan_becomes_one_document_and_a_draft_none(linje: Linje) -> None:
    kladd = plan(1, DAG)
    kladd.pop("ferdigstilt")
    linje.receive(drop(DAG, plan=[kladd]))
    assert linje.run("rapportering")["bygget"] == 0
    linje.receive(drop(DAG + timedelta(days=1), plan=[plan(1, DAG)]))
    assert linje.run("rapportering")["bygget"] == 1
    assert linje.run("rapportering")["bygget"] == 0
    assert versions(linje) == [1]


def test_a_value_that_nav_s_archive_does_not_take_stops_the_document_and_says_the_limit(
    linje: Linje, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    linje.receive(drop(DAG, plan=[plan(1, DAG)]))
    avsendere = dict(linje.om.oppsett.avsendere)
    avsendere[AVSENDER] = replace(avsendere[AVSENDER], navn="Vekst " * 34)
    with monkeypatch.context() as brudd:
        brudd.setattr(linje, "om", replace(linje.om, oppsett=replace(linje.om.oppsett, avsendere=avsendere)))
        antall = linje.run("rapportering")
    assert (antall["bygget"], antall["ugyldigForArkivet"]) == (0, 1)
    assert "avsenderMottaker.navn is 203 bytes in UTF-8 long; Nav's archive takes at most 200" in caplog.text
    assert "Etternavn1" not in caplog.text
    assert linje.run("rapportering")["bygget"] == 1


def test_a_new_activity_makes_no_new_plan(linje: Linje) -> None:
    linje.receive(drop(DAG, plan=[plan(1, DAG)]))
    linje.run("rapportering")
    aktivitet = {
        "aktivitetId": "A1",
        "deltakelseId": "D1",
        "aktivitetstype": "KARTLEGGING_OG_KARRIEREVEILEDNING",
        "fraDato": DAG.isoformat(),
        "arena": "INTERN",
    }
    linje.on(DAG + timedelta(days=3)).receive(drop(DAG + timedelta(days=3), plan=[plan(1, DAG)], aktivitet=[aktivitet]))
    linje.on(DAG + timedelta(days=9))
    assert linje.run("rapportering")["bygget"] == 0
    assert versions(linje) == [1]


def test_a_changed_text_waits_until_it_is_still_and_then_names_what_it_replaces(linje: Linje) -> None:
    linje.receive(drop(DAG, plan=[plan(1, DAG)]))
    linje.run("rapportering", "levering")
    forste = linje.om.ledger.dokumenter.latest(linje.ref("D1"), "PLAN", 0)
    assert forste
    linje.on(DAG + timedelta(days=3))
    linje.receive(drop(DAG + timedelta(days=3), plan=[plan(1, DAG, yrkesmal="Lagermedarbeider.")]))
    assert linje.run("rapportering").get("bygget") == 0
    linje.on(DAG + timedelta(days=4))
    assert linje.run("rapportering")["bygget"] == 1
    andre = linje.om.ledger.dokumenter.latest(linje.ref("D1"), "PLAN", 0)
    assert andre
    assert (andre.versjon, andre.erstatter, andre.dokument_id) == (2, forste.melding_id, forste.dokument_id)


def test_an_incomplete_plan_is_stopped_and_the_drop_is_not(linje: Linje) -> None:
    antall = linje.receive(drop(DAG, plan=[plan(1, DAG, hensikt="")]))
    assert antall["godtatt"] == 1
    assert "PLA001" in {avvik["regelId"] for avvik in linje.answer()["avvik"]}
    assert linje.run("rapportering")["ufullstendig"] == 1
    assert versions(linje) == []


def test_protected_address_is_held_and_never_goes_out(linje: Linje, caplog: pytest.LogCaptureFixture) -> None:
    innhold = drop(DAG, plan=[plan(1, DAG)])
    innhold["deltaker"][0]["adressebeskyttelse"] = "FORTROLIG"
    linje.receive(innhold)
    antall = linje.run("rapportering")
    assert (antall["bygget"], antall["holdt"]) == (1, 1)
    assert f"sender {AVSENDER} is held: ADRESSEBESKYTTELSE" in caplog.text
    assert "Etternavn1" not in caplog.text
    assert linje.run("rapportering").get("holdt", 0) == 0
    assert linje.run("levering") == {}


def test_a_sender_for_whom_the_rules_fail_stops_no_other_and_is_taken_again(
    linje: Linje, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ekte = rapportering.evaluate_documents

    def fail_for_one(saker: list[Dokumentsak], **valg: Any) -> Any:
        if any(sak.avsender.orgnr == ANNEN for sak in saker):
            raise ValueError("Fornavn1 Etternavn1")
        return ekte(saker, **valg)

    innhold = drop(DAG, plan=[plan(1, DAG)])
    linje.drop(innhold)
    linje.anlegg.drop(ANNEN, "eksport.json", json.dumps(from_other(innhold)).encode())
    assert linje.run("mottak")["godtatt"] == 2
    with monkeypatch.context() as lapp:
        lapp.setattr(rapportering, "evaluate_documents", fail_for_one)
        with pytest.raises(AvsendereFeilet):
            linje.run("rapportering")
    assert versions(linje) == [1]
    assert f"sender {ANNEN} failed with UVENTET_ValueError" in caplog.text
    assert "Etternavn1" not in caplog.text
    antall = linje.run("rapportering")
    assert (antall["bygget"], antall["uendret"]) == (1, 1)


def test_an_unknown_nav_enhet_is_counted_and_nothing_is_built(linje: Linje) -> None:
    innhold = drop(DAG, plan=[plan(1, DAG)])
    innhold["deltaker"][0]["navEnhet"] = "0001"
    linje.receive(innhold)
    antall = linje.run("rapportering")
    assert (antall["bygget"], antall["utenMottaker"]) == (0, 1)


def test_the_document_holds_what_was_dropped(linje: Linje) -> None:
    linje.receive(drop(DAG, plan=[plan(1, DAG, yrkesmal="Gjøre klar bunader på Røros.")]))
    linje.run("rapportering")
    rad = linje.om.ledger.dokumenter.latest(linje.ref("D1"), "PLAN", 0)
    assert rad
    innhold = linje.om.ledger.dokumenter.read(rad.melding_id)
    assert "Gjøre klar bunader på Røros." in str(innhold)
    assert innhold["hode"]["frist"] == (START + timedelta(days=28)).isoformat()
    assert innhold["hode"]["modus"] == "TEST"


def test_a_duty_is_open_late_and_met(linje: Linje) -> None:
    linje.on(START + timedelta(days=21)).receive(drop(DAG))
    status = {rad.type: rad.status for rad in _duties(linje)}
    assert status["PLAN"] == "SNART"
    linje.on(START + timedelta(days=29)).run("frister")
    assert {rad.type: rad.status for rad in _duties(linje)}["PLAN"] == "FORFALT"
    linje.receive(drop(linje.dato, plan=[plan(1, DAG)]))
    linje.run("rapportering", "levering", "frister")
    assert {rad.type: rad.status for rad in _duties(linje)}["PLAN"] == "LEVERT_FOR_SENT"


def test_a_plan_finished_before_the_sender_reports_from_here_is_neither_sent_nor_late(linje: Linje) -> None:
    start = date(2025, 12, 20)  # due 17 January, after the set-up's rapportererFra of 1 January
    linje.receive(drop(DAG, running(1, start), plan=[plan(1, date(2025, 12, 31))]))
    assert linje.run("rapportering")["bygget"] == 0
    (plikt,) = [rad for rad in _duties(linje) if rad.type == "PLAN"]
    assert (plikt.frist, plikt.status, plikt.grunn) == (date(2026, 1, 17), "BORTFALT", "TIDLIGERE_LEVERT")


def test_a_plan_finished_on_the_day_the_sender_begins_is_sent(linje: Linje) -> None:
    linje.receive(drop(DAG, running(1, date(2025, 12, 20)), plan=[plan(1, date(2026, 1, 1))]))
    assert linje.run("rapportering")["bygget"] == 1


def _duties(linje: Linje) -> Any:
    linje.run("frister")
    return linje.om.ledger.forpliktelser.list(AVSENDER, ref=linje.ref("D1"))
