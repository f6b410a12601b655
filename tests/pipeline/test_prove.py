"""Try before you send: answered as if it were sent, with drafts, and nothing is left of it."""

from datetime import date, timedelta

import pytest

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import AVSENDER, document, plan, running

DAG = date(2026, 3, 2)
START = DAG - timedelta(days=20)


def trial(nummer: int = 1, **endret: str) -> dict[str, object]:
    """An export as a sender would try it: its own header does not say PROD or TEST."""
    innhold = document(DAG, [{**running(nummer, START), **endret}], plan=[plan(nummer, START + timedelta(days=10))])
    del innhold["innsending"]["modus"]
    return innhold


def trials(linje: Linje) -> list[str]:
    """The names of what lies in the outbox for trials, without the id of the trial."""
    return sorted(navn.split("/", 2)[2] for navn in linje.outbox() if navn.startswith("prove/"))


def test_a_trial_is_answered_with_drafts_and_leaves_no_trace(linje: Linje) -> None:
    linje.drop(trial(), "prove/eksport.json")
    antall = linje.run("mottak")
    assert (antall["prover"], antall["utkast"]) == (1, 1)
    assert trials(linje) == [
        "avvik.csv",
        "avvik.xlsx",
        "kvittering.html",
        "kvittering.json",
        "utkast/rad-1-plan.pdf",
    ]
    assert linje.answer()["status"] in ("GODTATT", "GODTATT_MED_ADVARSEL")
    assert linje.om.ledger.deltakelser.list() == ()
    assert linje.om.ledger.innsendinger.latest_accepted(AVSENDER) is None
    assert not list(linje.om.storage.list_versions("innboks/"))
    assert not list(linje.om.storage.list_versions("mottatt/"))
    assert linje.run("rapportering").get("bygget", 0) == 0


def test_a_row_without_an_id_of_its_own_is_drafted_by_its_row(linje: Linje) -> None:
    """It stands for the stored deltakelse, whose plan is finished already."""
    linje.receive(document(DAG, [running(1, START)], plan=[plan(1, START + timedelta(days=10))]))
    innhold = trial(deltakelseId="")
    del innhold["plan"]
    linje.drop(innhold, "prove/eksport.json")
    assert linje.run("mottak")["utkast"] == 1
    assert trials(linje)[-1] == "utkast/rad-1-plan.pdf"


def test_a_change_is_drafted_as_it_would_stand(linje: Linje) -> None:
    """The plan's finished text comes alone, and the rest of its document from what was accepted before."""
    linje.receive(document(DAG, [running(1, START)]))
    innhold = document(DAG, [], omfang="ENDRING", plan=[plan(1, START + timedelta(days=10))])
    del innhold["innsending"]["modus"]
    linje.drop(innhold, "prove/endring.json")
    assert linje.run("mottak")["utkast"] == 1
    assert trials(linje)[-1] == "utkast/deltakelse-1-plan.pdf"


def test_a_deltakelse_registered_in_error_gives_no_draft(linje: Linje) -> None:
    linje.drop(trial(status="FEILREGISTRERT"), "prove/eksport.json")
    assert linje.run("mottak")["utkast"] == 0
    assert linje.answer()["antall"]["godtatt"] == 1


def test_what_would_be_held_is_held_in_the_answer_and_gives_no_draft(linje: Linje) -> None:
    linje.drop(trial(sluttDato="2020-01-01"), "prove/eksport.json")
    assert linje.run("mottak")["utkast"] == 0
    assert linje.answer()["status"] == "DELVIS_HOLDT"
    assert linje.om.ledger.innsendinger.held() == ()


def test_a_trial_is_judged_against_what_is_stored(linje: Linje) -> None:
    linje.receive(document(DAG, [running(1, START), running(2, START)]))
    linje.drop(trial(), "prove/eksport.json")
    linje.run("mottak")
    assert "TVE008" in {rad["regelId"] for rad in linje.answer()["avvik"]}
    assert len(linje.om.ledger.deltakelser.list()) == 2


@pytest.mark.parametrize(("modus", "navn"), [("TEST", "prove/eksport.json"), ("KONTROLL", "eksport.json")])
def test_the_folder_and_the_mode_go_together(linje: Linje, modus: str, navn: str) -> None:
    innhold = trial()
    innhold["innsending"]["modus"] = modus  # type: ignore[index]
    linje.drop(innhold, navn)
    linje.run("mottak")
    assert [rad["regelId"] for rad in linje.answer()["avvik"]] == ["FIL017"]
    assert linje.answer()["status"] == "AVVIST"


def test_a_real_person_is_refused_in_a_trial_of_a_test_deployment(linje: Linje) -> None:
    innhold = trial()
    innhold["deltaker"][0]["personident"] = "01013950000"  # type: ignore[index]
    linje.drop(innhold, "prove/eksport.json")
    linje.run("mottak")
    assert linje.answer()["status"] in ("AVVIST", "DELVIS_HOLDT")
    assert linje.run("mottak") == {}


def test_the_answer_to_a_trial_is_gone_the_night_after_the_next_day(linje: Linje) -> None:
    linje.drop(trial(), "prove/eksport.json")
    linje.run("mottak")
    linje.on(DAG + timedelta(days=1)).run("vedlikehold")
    assert trials(linje)
    linje.on(DAG + timedelta(days=2)).run("vedlikehold")
    assert trials(linje) == []
