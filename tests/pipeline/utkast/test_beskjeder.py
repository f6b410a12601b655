"""A draft is stopped, let go, and corrected."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deploy.lokalt.anlegg import BUCKET
from schemas.koder import kodeverk
from tests.pipeline.conftest import Linje
from tests.pipeline.saker import ANNEN, AVSENDER, document, plan, running
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
    state,
)
from tiltaksflyt.ledger import Statuskode
from tiltaksflyt.pipeline import levering, mottak, utkastbeskjeder
from tiltaksflyt.pipeline.forsok import AvsendereFeilet
from tiltaksflyt.pipeline.utkast import file_name
from tiltaksflyt.storage import Storage, nokler


def test_a_stop_keeps_the_document_and_a_send_lets_it_go_after_all(lagt: Linje) -> None:
    say(lagt, "stopp")
    assert lagt.run("mottak")["utkastStanset"] == 1
    assert state(lagt) == (T.HOLDT, Statuskode.STANSET_AV_ARRANGOR)
    assert drafts(lagt) == [f"stanset/plan-{melding_id(lagt)}.pdf"]
    assert inbox(lagt) == []
    assert lagt.on(TIRSDAG).run("levering") == {}
    assert lagt.on(ONSDAG).run("levering") == {}
    say(lagt, "send")
    assert lagt.run("levering") == {"OVERFORT": 1}
    assert len(sent_pages(lagt, 1)) == 1
    assert ["er stanset" in svar for svar in answers(lagt)] == [True, False]


def test_a_send_lets_a_draft_go_the_same_day(lagt: Linje) -> None:
    say(lagt, "send")
    assert lagt.run("levering") == {"OVERFORT": 1}
    assert "Dokumentet sendes nå" in answers(lagt)[0]


ID = "0a1b2c3d-0000-4000-8000-00000000abcd"


@pytest.mark.parametrize(
    ("navn", "melding_id"),
    [
        (f"stopp/plan-{ID}.pdf", ID),
        (f"stopp/plan-{ID}", ID),
        (f"send/plan-{ID}.txt", ID),
        (f"stopp/plan-{ID}.pdf.txt", ID),
        (f"stopp/Kopi av plan-{ID} (1).pdf", ID),
        (f"Stopp/{ID.upper()}.PDF", ID),
        (f"SEND/sendes-2026-03-03/plan-{ID}.pdf", ID),
        ("stopp/plan.pdf", None),
        (f"stopp/{ID} og {ID[:-1]}e.pdf", None),
    ],
)
def test_a_name_is_known_whatever_a_machine_has_put_around_it(navn: str, melding_id: str | None) -> None:
    nokkel = f"innboks/{AVSENDER}/{navn}"
    assert utkastbeskjeder.is_beskjed(nokkel, AVSENDER)
    assert utkastbeskjeder.named_draft(nokkel) == melding_id


@pytest.mark.parametrize("navn", [f"plan-{ID}.pdf", "stopp", "stopp.json", "prove/stopp/a.json", "stopping/a.json"])
def test_other_files_are_exports(navn: str) -> None:
    assert not utkastbeskjeder.is_beskjed(f"innboks/{AVSENDER}/{navn}", AVSENDER)


@pytest.mark.parametrize("dokumenttype", kodeverk("dokumenttype").koder)
def test_the_bucket_takes_every_name_also_when_its_id_looks_like_a_number(dokumenttype: str) -> None:
    navn = file_name(dokumenttype, 12, "0a1b2c3d-0000-4000-8000-a15819010029")
    assert nokler.utboks(AVSENDER, f"utkast/sendes-2026-03-03/{navn}").endswith(navn)


def test_the_sender_copies_the_page_itself_with_its_own_key(lagt: Linje) -> None:
    fil = file_name("PLAN", 0, melding_id(lagt))
    kilde = {"Bucket": BUCKET, "Key": f"utboks/{AVSENDER}/utkast/sendes-{TIRSDAG}/{fil}"}
    avsender = lagt.anlegg.sender_client(AVSENDER)
    avsender.copy_object(Bucket=BUCKET, Key=f"innboks/{AVSENDER}/stopp/{fil}", CopySource=kilde)
    assert lagt.on(TIRSDAG).run("levering") == {}
    assert state(lagt)[0] is T.HOLDT


def test_a_stop_that_came_a_second_before_wins_and_no_drop_is_made_of_it(
    lagt: Linje, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It need not lie still, is not read, and not by mottak either."""
    lest: list[str] = []
    monkeypatch.setattr(Storage, "read", lambda _, nokkel, **__: lest.append(nokkel))
    say(lagt, "stopp", innhold=b"x" * 100_000)
    lagt.on(TIRSDAG)
    assert levering.choose(lagt.om, TIRSDAG, lagt.now - timedelta(seconds=10)) == []
    assert state(lagt)[0] is T.HOLDT
    assert [nokkel for nokkel in lest if nokkel.startswith("innboks/")] == []
    assert lagt.run("mottak") == {}
    assert inbox(lagt) == []


def test_a_stop_that_could_not_be_followed_is_no_drop_and_is_followed_by_the_next_run(
    lagt: Linje, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("Etternavn1")

    say(lagt, "stopp", innhold=b"%PDF-1.7")
    with monkeypatch.context() as lapp:
        lapp.setattr(mottak, "hear", fail)
        with pytest.raises(AvsendereFeilet):
            lagt.run("mottak")
    assert len(inbox(lagt)) == 1
    assert not list(lagt.om.storage.list_versions("mottatt/"))
    assert lagt.run("mottak")["utkastStanset"] == 1


def test_the_last_word_counts_and_in_the_same_second_the_stop(lagt: Linje) -> None:
    say(lagt, "stopp")
    lagt.anlegg.let_rest()
    say(lagt, "send")
    assert lagt.run("mottak")["utkastSluppet"] == 1
    assert state(lagt)[0] is T.KLAR
    say(lagt, "stopp")
    assert lagt.on(TIRSDAG).run("levering") == {}
    assert state(lagt)[0] is T.HOLDT


def test_stop_and_send_of_the_same_second_end_with_the_stop(lagt: Linje, monkeypatch: pytest.MonkeyPatch) -> None:
    say(lagt, "send")
    say(lagt, "stopp")
    ekte = Storage.list_inbox
    tid = lagt.now

    def of_one_second(storage: Storage, orgnr: str) -> Any:
        return tuple(replace(objekt, sist_endret=tid) for objekt in ekte(storage, orgnr))

    monkeypatch.setattr(Storage, "list_inbox", of_one_second)
    utkastbeskjeder.follow(AVSENDER, omgivelser=lagt.om, dato=MANDAG, now=tid)
    assert state(lagt)[0] is T.HOLDT


def test_a_changed_text_replaces_the_stopped_draft_with_a_new_one(lagt: Linje) -> None:
    forste = melding_id(lagt)
    say(lagt, "stopp")
    lagt.run("mottak")
    rettet = plan(1, MANDAG, yrkesmal="Lagermedarbeider.")
    lagt.on(TIRSDAG).receive(document(TIRSDAG, [running(1, START)], plan=[rettet]))
    lagt.on(ONSDAG)
    antall = lagt.run("rapportering")
    assert (antall["bygget"], antall["utkastLagt"], antall["utkastFjernet"]) == (1, 1, 1)
    andre = melding_id(lagt)
    assert andre != forste
    assert drafts(lagt) == [f"sendes-{ONSDAG + timedelta(days=1)}/plan-{andre}.pdf"]
    say(lagt, "stopp", file_name("PLAN", 0, forste))
    lagt.run("mottak")
    assert "erstattet av en nyere versjon" in answers(lagt)[-1]
    assert state(lagt)[0] is T.UTKAST
    assert lagt.on(ONSDAG + timedelta(days=1)).run("levering") == {"OVERFORT": 1}
    assert len(sent_pages(lagt, 1)) == 1


def test_what_has_left_cannot_be_stopped_and_the_sender_is_told_what_to_do(lagt: Linje) -> None:
    lagt.on(TIRSDAG).run("levering")
    say(lagt, "stopp")
    assert lagt.run("mottak")["beskjederIkkeFulgt"] == 1
    assert state(lagt)[0] is T.SENDT
    assert "kan ikke stanses" in answers(lagt)[0]
    assert "endre teksten i fagsystemet" in answers(lagt)[0]


def test_a_name_that_tells_of_no_draft_does_nothing_and_is_answered_without_it(lagt: Linje) -> None:
    for navn in ("Etternavn1 Fornavn1.pdf", "plan-00000000-0000-4000-8000-000000000000.pdf"):
        say(lagt, "stopp", navn, b"%PDF-1.7")
    assert lagt.run("mottak") == {"beskjederIkkeFulgt": 2}
    assert state(lagt)[0] is T.UTKAST
    (svar,) = answers(lagt)
    assert svar.count("Ingenting er stanset.") == 2
    assert "Etternavn1" not in svar
    assert inbox(lagt) == []


def test_another_sender_cannot_stop_it_and_learns_nothing(lagt: Linje) -> None:
    fil = file_name("PLAN", 0, melding_id(lagt))
    for mappe in ("stopp", "send"):
        lagt.anlegg.drop(ANNEN, f"{mappe}/{fil}", b"")
    assert lagt.run("mottak") == {"beskjederIkkeFulgt": 2}
    assert state(lagt) == (T.UTKAST, Statuskode.VENTER_GODKJENNING)
    (svar,) = [
        lagt.om.storage.read(objekt.nokkel, maks_bytes=1 << 20).decode()
        for objekt in lagt.om.storage.list_objects(f"utboks/{ANNEN}/")
    ]
    assert svar.count("hører ikke til noe utkast vi har") == 2
    assert melding_id(lagt) not in svar
