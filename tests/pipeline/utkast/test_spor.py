"""What a draft leaves behind."""

from datetime import date, timedelta
from typing import Any

import pytest

from schemas.oppbevaring import oppbevaring
from tests.pipeline.conftest import Linje
from tests.pipeline.saker import document, plan, running, slutt
from tests.pipeline.utkast.utkastsaker import MANDAG, ONSDAG, START, TIRSDAG, T, answers, drafts, melding_id, say, state
from tiltaksflyt.ledger.utlagte import Utlagte
from tiltaksflyt.pipeline.utkast import file_name
from tiltaksflyt.storage import Storage


def test_a_draft_of_what_was_registered_in_error_goes_and_what_takes_a_sent_one_back_is_no_draft(linje: Linje) -> None:
    to = [running(n, START) for n in (1, 2)]
    linje.receive(document(MANDAG, to, plan=[plan(1, MANDAG)]))
    linje.run("rapportering")
    say(linje, "send")
    assert linje.run("levering") == {"OVERFORT": 1}
    linje.on(TIRSDAG).receive(document(TIRSDAG, to, plan=[plan(1, MANDAG), plan(2, TIRSDAG)]))
    assert linje.run("rapportering")["utkastLagt"] == 1
    feil = [rad | {"status": "FEILREGISTRERT", "statusGyldigFra": ONSDAG.isoformat()} for rad in to]
    linje.on(ONSDAG).receive(document(ONSDAG, feil, omfang="ENDRING"))
    antall = linje.run("rapportering")
    assert (antall["trukket"], antall["tilbakekalt"]) == (1, 1)
    assert (state(linje, "D1")[0], state(linje, "D2")[0]) == (T.KLAR, T.TILBAKEKALT)
    assert drafts(linje) == []
    say(linje, "send", file_name("PLAN", 0, melding_id(linje, "D2")))
    assert linje.run("levering") == {"OVERFORT": 1}
    assert state(linje, "D2")[0] is T.TILBAKEKALT
    assert "trukket tilbake" in answers(linje)[-1]


def test_a_stopped_draft_lies_no_longer_than_its_days(lagt: Linje) -> None:
    say(lagt, "stopp")
    lagt.run("mottak")
    siste = MANDAG + oppbevaring().utkast
    lagt.on(siste).run("vedlikehold")
    assert len(drafts(lagt)) == 1
    lagt.on(siste + timedelta(days=1)).run("vedlikehold")
    assert not [navn for navn in lagt.outbox() if navn.startswith("utkast/")]
    assert lagt.run("rapportering").get("utkastLagt") is None
    assert state(lagt)[0] is T.HOLDT


def test_erasing_a_deltakelse_removes_its_draft_and_what_was_said_of_it(linje: Linje) -> None:
    """Sent or not: it is stopped on its last day, which also ends what lies there."""
    slutten = date(2026, 3, 30)
    siste = slutten + timedelta(days=84)
    rad = running(1, START) | {
        "status": "HAR_SLUTTET",
        "sluttDato": slutten.isoformat(),
        "statusGyldigFra": slutten.isoformat(),
        "aarsak": "TRENGER_ANNEN_STOTTE",
    }
    linje.on(siste).receive(document(siste, [rad, running(2, START)], sluttvurdering=[slutt(1, slutten)]))
    linje.receive(document(siste, [running(2, START)], omfang="ENDRING", plan=[plan(2, siste)]))
    assert linje.run("rapportering")["utkastLagt"] == 2
    (sluttrapport,) = linje.om.ledger.dokumenter.list(linje.ref("D1"))
    say(linje, "stopp", file_name("SLUTTRAPPORT", 0, sluttrapport.melding_id))
    linje.run("mottak")
    ref = linje.ref("D1")
    noterte = linje.om.ledger.utlagte.for_deltakelse(ref)
    assert {nokkel.split("/")[3] for nokkel in noterte if "/utkast/" in nokkel} == {"oversikt.txt", "stanset", "svar"}
    assert linje.on(siste + timedelta(days=1)).run("sletting")["slettet"] == 1
    assert not [n for n in linje.outbox() if sluttrapport.melding_id in n or n.startswith("utkast/svar")]
    assert not linje.om.ledger.utlagte.for_deltakelse(ref)
    linje.run("vedlikehold")
    liste = linje.outbox()["utkast/oversikt.txt"].decode()
    assert sluttrapport.melding_id not in liste
    assert melding_id(linje, "D2") in liste
    say(linje, "send", file_name("SLUTTRAPPORT", 0, sluttrapport.melding_id))
    assert linje.run("mottak") == {"beskjederIkkeFulgt": 1}


def test_a_page_that_is_written_while_its_deltakelse_is_erased_does_not_stay(
    linje: Linje, monkeypatch: pytest.MonkeyPatch
) -> None:
    linje.receive(document(MANDAG, [running(1, START)], plan=[plan(1, MANDAG)]))
    ekte = Storage.put_outbox

    def erase_first(storage: Storage, orgnr: str, navn: str, *rest: Any) -> str:
        linje.om.ledger.utlagte.remove(f"utboks/{orgnr}/{navn}")
        return ekte(storage, orgnr, navn, *rest)

    monkeypatch.setattr(Storage, "put_outbox", erase_first)
    assert "utkastLagt" not in linje.run("rapportering")
    assert not [navn for navn in linje.outbox() if navn.startswith("utkast/")]


def test_nothing_is_laid_out_past_the_last_day_of_a_deltakelse(linje: Linje, monkeypatch: pytest.MonkeyPatch) -> None:
    linje.receive(document(MANDAG, [running(1, START)], plan=[plan(1, MANDAG)]))
    ekte = Utlagte.add

    def add_past_the_last_day(utlagte: Utlagte, nokkel: str, avsender: str, refs: set[str], dag: date) -> date:
        return ekte(utlagte, nokkel, avsender, refs, dag) - oppbevaring().utkast - timedelta(days=1)

    monkeypatch.setattr(Utlagte, "add", add_past_the_last_day)
    assert "utkastLagt" not in linje.run("rapportering")
    assert not [navn for navn in linje.outbox() if navn.startswith("utkast/")]
