"""Drafts when a run is broken off, two work at once, or the folder cannot be read."""

import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest

from tests.pipeline.arbeider import run_step
from tests.pipeline.conftest import Linje
from tests.pipeline.saker import ANNEN, AVSENDER, document, from_other, plan, running
from tests.pipeline.utkast.utkastsaker import (
    MANDAG,
    ONSDAG,
    START,
    TIRSDAG,
    T,
    answers,
    drafts,
    inbox,
    melding_id,
    say,
    sent_pages,
    set_drafts,
    state,
)
from tiltaksflyt.pipeline import utkast, utkastbeskjeder
from tiltaksflyt.pipeline.forsok import AvsendereFeilet
from tiltaksflyt.pipeline.utkast import file_name
from tiltaksflyt.storage import Lagringskode, Storage, StorageFeil
from transforms.dokument_pdf import PdfFeil


def test_a_crash_between_the_document_and_its_page_costs_a_day_and_not_the_sender_s_look(
    linje: Linje, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Krasj(BaseException):
        """Stands for kill -9."""

    def crash(*_: object, **__: object) -> str:
        raise Krasj

    linje.receive(document(MANDAG, [running(1, START)], plan=[plan(1, MANDAG)]))
    with monkeypatch.context() as lapp:
        lapp.setattr(Storage, "put_outbox", crash)
        with pytest.raises(Krasj):
            linje.run("rapportering")
    assert drafts(linje) == []
    assert state(linje)[0] is T.UTKAST
    # Its row says Tuesday. Nobody has seen it on Tuesday, so it waits.
    assert linje.om.ledger.utlagte.for_deltakelse(linje.ref("D1"))
    linje.on(TIRSDAG)
    assert utkast.approve_due(AVSENDER, omgivelser=linje.om, dato=TIRSDAG) == 0
    assert linje.run("levering") == {}
    assert drafts(linje) == [f"sendes-{ONSDAG}/plan-{melding_id(linje)}.pdf"]
    assert linje.run("levering") == {}
    assert linje.on(ONSDAG).run("levering") == {"OVERFORT": 1}
    assert len(linje.om.ledger.utlagte.for_deltakelse(linje.ref("D1"))) == len(linje.outbox())


def test_a_crash_after_a_stop_leaves_it_stopped_and_the_next_run_answers(
    lagt: Linje, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Krasj(BaseException):
        """Stands for kill -9."""

    def crash(*_: object, **__: object) -> None:
        raise Krasj

    say(lagt, "stopp")
    with monkeypatch.context() as lapp:
        lapp.setattr(utkastbeskjeder, "_answer", crash)
        with pytest.raises(Krasj):
            lagt.run("mottak")
    assert state(lagt)[0] is T.HOLDT
    assert drafts(lagt)[0].startswith("sendes-")
    assert lagt.run("mottak")["utkastStanset"] == 1
    assert len(answers(lagt)) == 1
    assert drafts(lagt)[0].startswith("stanset/")


def test_a_worker_with_an_old_list_does_not_undo_what_the_sender_said_last(
    lagt: Linje, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(lagt, "send")
    gammel = lagt.om.storage.list_inbox(AVSENDER)
    lagt.run("mottak")
    say(lagt, "stopp")
    lagt.run("mottak")
    monkeypatch.setattr(Storage, "list_inbox", lambda *_: gammel)
    assert utkastbeskjeder.follow(AVSENDER, omgivelser=lagt.om, dato=MANDAG, now=lagt.now) == {}
    assert state(lagt)[0] is T.HOLDT


def test_what_is_said_again_meanwhile_is_not_removed_unheard(lagt: Linje, monkeypatch: pytest.MonkeyPatch) -> None:
    ekte = utkastbeskjeder._answer

    def answer_while_the_sender_speaks(*args: Any, **kwargs: Any) -> None:
        lagt.anlegg.let_rest()
        say(lagt, "stopp")
        ekte(*args, **kwargs)

    say(lagt, "stopp")
    with monkeypatch.context() as lapp:
        lapp.setattr(utkastbeskjeder, "_answer", answer_while_the_sender_speaks)
        lagt.run("mottak")
    assert len(inbox(lagt)) == 1


def test_workers_at_once_lay_stop_and_send_once(linje: Linje) -> None:
    numre = range(1, 5)
    linje.receive(document(MANDAG, [running(n, START) for n in numre], plan=[plan(n, MANDAG) for n in numre]))

    fil = linje.anlegg.oppsett / "avsendere" / f"{AVSENDER}.yaml"
    fil.write_text(fil.read_text(encoding="utf-8") + "utkast: true\n", encoding="utf-8")
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as arbeidere:

        def at_once(steg: str) -> None:
            alle = [arbeidere.submit(run_step, steg, linje.anlegg.miljo, linje.dato, linje.now) for _ in range(3)]
            assert [en.exception() for en in alle] == [None] * 3

        at_once("rapportering")
        assert len(drafts(linje)) == len(numre)
        for deltakelse in ("D1", "D2"):
            say(linje, "stopp", file_name("PLAN", 0, melding_id(linje, deltakelse)))
        at_once("mottak")
        assert inbox(linje) == []
        linje.on(TIRSDAG)
        at_once("levering")
    assert len(sent_pages(linje, 2)) == 2
    assert [state(linje, f"D{n}")[0] for n in numre] == [T.HOLDT, T.HOLDT, T.SENDT, T.SENDT]
    assert [sti.split("/")[0] for sti in drafts(linje)] == [f"sendes-{TIRSDAG}"] * 2 + ["stanset"] * 2


def test_nothing_of_a_sender_that_cannot_be_heard_is_sent_and_another_s_is(
    lagt: Linje, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    innhold = from_other(document(MANDAG, [running(2, START)], plan=[plan(2, MANDAG)]))
    lagt.anlegg.drop(ANNEN, "eksport.json", json.dumps(innhold).encode())
    lagt.run("mottak", "rapportering")
    ekte = Storage.list_inbox

    def refuse_one(storage: Storage, orgnr: str) -> Any:
        if orgnr == AVSENDER:
            raise StorageFeil(Lagringskode.UTILGJENGELIG, "list_objects_v2")
        return ekte(storage, orgnr)

    lagt.on(TIRSDAG)
    assert lagt.om.ledger.dokumenter.approve(melding_id(lagt))  # ready already, and a stop may lie there
    with monkeypatch.context() as lapp:
        lapp.setattr(Storage, "list_inbox", refuse_one)
        assert lagt.run("levering") == {"OVERFORT": 1}
    assert len(sent_pages(lagt, 1)) == 1
    assert state(lagt)[0] is T.KLAR
    assert f"sender {AVSENDER} failed" in caplog.text
    assert lagt.run("levering") == {"OVERFORT": 1}


def test_a_draft_whose_page_cannot_be_set_is_told_and_does_not_go(
    linje: Linje, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    linje.receive(document(MANDAG, [running(1, START)], plan=[plan(1, MANDAG)]))
    with monkeypatch.context() as lapp:
        lapp.setattr(utkast, "set_pages", lambda dokumenter, _: [PdfFeil("no page") for _ in dokumenter])
        with pytest.raises(AvsendereFeilet):
            linje.run("rapportering")
        assert f"the page of document {melding_id(linje)} cannot be set" in caplog.text
        assert linje.on(TIRSDAG).run("levering") == {}
    assert linje.run("rapportering")["utkastLagt"] == 1
    assert linje.on(ONSDAG).run("levering") == {"OVERFORT": 1}


def test_drafts_that_lie_there_when_it_is_turned_off_can_be_stopped_and_go_as_told(linje: Linje) -> None:
    linje.receive(document(MANDAG, [running(n, START) for n in (1, 2)], plan=[plan(n, MANDAG) for n in (1, 2)]))
    linje.run("rapportering")
    set_drafts(linje, til=False)
    say(linje, "stopp")
    assert linje.run("levering") == {}
    assert linje.on(TIRSDAG).run("levering") == {"OVERFORT": 1}
    assert (state(linje, "D1")[0], state(linje, "D2")[0]) == (T.HOLDT, T.SENDT)
