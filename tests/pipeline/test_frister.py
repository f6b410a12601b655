"""The daily rules as a sender meets them: in the answer to a drop, and in its outbox each morning."""

import csv
import io
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from expectations import KontrollFeil
from expectations.feil import Feilkode
from tests.pipeline.conftest import Linje
from tests.pipeline.saker import ANNEN, AVSENDER, document, from_other, plan, running
from tiltaksflyt.pipeline import frister
from tiltaksflyt.pipeline.forsok import AvsendereFeilet

DAG = date(2026, 3, 2)
START = DAG - timedelta(days=29)


def remarks(linje: Linje) -> list[dict[str, str]]:
    """The rows of merknader.csv."""
    tekst = linje.outbox()["frister/merknader.csv"].decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(tekst), delimiter=";"))


def test_an_answer_says_which_plan_is_late_and_in_which_row(linje: Linje) -> None:
    linje.receive(document(DAG, [running(1, START), running(2, START)], plan=[plan(2, START + timedelta(days=28))]))
    avvik = [rad for rad in linje.answer()["avvik"] if rad["regelId"] == "FRI003"]
    assert [(rad["tabell"], rad["rad"], rad["nokkel"]) for rad in avvik] == [("deltakelse", 1, "D1")]
    assert linje.answer()["status"] == "GODTATT_MED_ADVARSEL"


def test_a_change_is_asked_together_with_what_is_stored(linje: Linje) -> None:
    linje.receive(document(DAG, [running(1, START)], plan=[plan(1, START + timedelta(days=20))]))
    endring = document(DAG, [running(1, START)], omfang="ENDRING")
    endring["innsending"]["opprettet"] = "2026-03-02T09:00:00+01:00"
    linje.receive(endring)
    assert [rad for rad in linje.answer()["avvik"] if rad["regelId"] == "FRI003"] == []


def test_the_remarks_of_the_day_lie_in_the_outbox_and_go_when_they_are_mended(linje: Linje) -> None:
    linje.receive(document(DAG, [running(1, START)]))
    antall = linje.run("frister")
    assert antall["ADVARSEL"] == len([rad for rad in remarks(linje) if rad["alvorlighet"] == "ADVARSEL"])
    assert ("D1", "FRI003") in [(rad["nokkel"], rad["regelId"]) for rad in remarks(linje)]
    assert "FRI013" not in {rad["regelId"] for rad in remarks(linje)}
    linje.on(DAG + timedelta(days=36)).run("frister")
    assert "FRI013" in {rad["regelId"] for rad in remarks(linje)}


@pytest.mark.parametrize(
    ("maalform", "melding", "tiltak"),
    [
        ("nb", "Planen er ikke levert til NAV innen fristen", "Ferdigstill planen, så den blir sendt."),
        ("nn", "Planen er ikkje levert til NAV innan fristen", "Ferdigstill planen, så han blir send."),
    ],
)
def test_the_remarks_are_in_the_senders_maalform(linje: Linje, maalform: str, melding: str, tiltak: str) -> None:
    avsendere = linje.om.oppsett.avsendere
    egen = replace(avsendere[AVSENDER], maalform=maalform)
    linje.om = replace(linje.om, oppsett=replace(linje.om.oppsett, avsendere={**avsendere, AVSENDER: egen}))
    linje.receive(document(DAG, [running(1, START)]))
    linje.run("frister")
    rad = next(rad for rad in remarks(linje) if rad["regelId"] == "FRI003")
    assert rad["melding"].startswith(melding)
    assert rad["tiltak"] == tiltak


def test_a_held_deltakelse_with_a_deadline_is_told_each_morning(linje: Linje) -> None:
    linje.receive(document(DAG, [running(1, START)]))
    feil = document(DAG, [{**running(1, START), "sluttDato": "2020-01-01"}])
    feil["innsending"]["opprettet"] = "2026-03-02T09:00:00+01:00"
    linje.receive(feil)
    linje.run("frister")
    assert ("D1", "FRI014") in [(rad["nokkel"], rad["regelId"]) for rad in remarks(linje)]


def test_where_the_rules_fail_each_sender_is_asked_alone(linje: Linje, monkeypatch: pytest.MonkeyPatch) -> None:
    linje.receive(document(DAG, [running(1, START)]))
    linje.anlegg.drop(ANNEN, "eksport.json", json.dumps(from_other(document(DAG, [running(1, START)]))).encode())
    linje.run("mottak")
    virkelig = frister.evaluate_deadlines

    def fails_for_one(grunnlag: list[frister.Fristgrunnlag], **valg: date) -> object:
        if any(ett.avsender.orgnr == ANNEN for ett in grunnlag):
            raise KontrollFeil(Feilkode.PREDIKAT_FEILET, "x", "y", "z")
        return virkelig(grunnlag, **valg)

    monkeypatch.setattr(frister, "evaluate_deadlines", fails_for_one)
    with pytest.raises(AvsendereFeilet):
        linje.run("frister")
    assert ("D1", "FRI003") in [(rad["nokkel"], rad["regelId"]) for rad in remarks(linje)]
    assert not list(linje.om.storage.list_objects(f"utboks/{ANNEN}/frister/merknader"))
