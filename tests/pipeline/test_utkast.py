"""Draft and stop: what is laid out, when it goes, what stops it, and when it is gone."""

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from deploy.lokalt.anlegg import BUCKET, LokaltAnlegg
from schemas.koder import kodeverk
from schemas.oppbevaring import oppbevaring
from tests.pipeline.arbeider import run_step
from tests.pipeline.conftest import Linje
from tests.pipeline.saker import ANNEN, AVSENDER, document, from_other, make_oppsett, plan, running, slutt
from tiltaksflyt import cli
from tiltaksflyt.ledger import Forpliktelsesrad, Forsendelsestilstand, NyForsendelse, Statuskode
from tiltaksflyt.ledger.dokumenter import Dokumenter
from tiltaksflyt.ledger.utlagte import Utlagte
from tiltaksflyt.pipeline import levering, mottak, sider, utkast, utkastbeskjeder
from tiltaksflyt.pipeline.forsok import AvsendereFeilet
from tiltaksflyt.pipeline.utkast import file_name
from tiltaksflyt.storage import Lagringskode, Storage, StorageFeil, nokler
from transforms.dokument_pdf import PdfFeil

T = Forsendelsestilstand
MANDAG, TIRSDAG, ONSDAG = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
START = date(2026, 2, 10)


def set_drafts(linje: Linje, orgnr: str = AVSENDER, *, til: bool = True) -> None:
    """Turn draft and stop on or off in the set-up of one sender."""
    avsendere = dict(linje.om.oppsett.avsendere)
    avsendere[orgnr] = replace(avsendere[orgnr], utkast=til)
    linje.om = replace(linje.om, oppsett=replace(linje.om.oppsett, avsendere=avsendere))


@pytest.fixture
def linje(linje: Linje) -> Linje:
    set_drafts(linje)
    return linje


@pytest.fixture
def lagt(linje: Linje) -> Linje:
    """One finished plan, laid out as a draft on a Monday."""
    linje.receive(document(MANDAG, [running(1, START)], plan=[plan(1, MANDAG)]))
    antall = linje.run("rapportering")
    assert (antall["bygget"], antall["utkastLagt"]) == (1, 1)
    return linje


def drafts(linje: Linje) -> list[str]:
    """The pages in the sender's `utkast/`, by their place in it."""
    return sorted(navn.removeprefix("utkast/") for navn in linje.outbox() if navn.endswith(".pdf"))


def melding_id(linje: Linje, deltakelse: str = "D1") -> str:
    rad = linje.om.ledger.dokumenter.latest(linje.ref(deltakelse), "PLAN", 0)
    assert rad is not None
    return rad.melding_id


def state(linje: Linje, deltakelse: str = "D1") -> tuple[T, Statuskode | None]:
    """How the newest version stands to its recipient."""
    (rad,) = linje.om.ledger.dokumenter.forsendelser(versjon_av=melding_id(linje, deltakelse))
    return rad.tilstand, rad.statuskode


def say(linje: Linje, mappe: str, navn: str | None = None, innhold: bytes = b"") -> None:
    """Lay a file in `stopp/` or `send/`, by default an empty one named as the draft."""
    linje.drop(innhold, f"{mappe}/{navn or file_name('PLAN', 0, melding_id(linje))}")


def answers(linje: Linje) -> list[str]:
    return [data.decode() for navn, data in sorted(linje.outbox().items()) if navn.startswith("utkast/svar/")]


def sent_pages(linje: Linje, antall: int) -> list[bytes]:
    """The pages that the recipient has in its archive, when there are so many."""
    linje.wait_for_receipts(antall)
    return [fil.read_bytes() for fil in linje.anlegg.mottakerkatalog.rglob("dokument.pdf")]


def inbox(linje: Linje) -> list[str]:
    return [versjon.nokkel for versjon in linje.om.storage.list_versions("innboks/")]


# --- laid out, and sent the next working day ---


def test_a_draft_lies_there_for_a_day_goes_with_the_same_page_and_is_gone(lagt: Linje) -> None:
    (sti,) = drafts(lagt)
    assert sti == f"sendes-{TIRSDAG}/plan-{melding_id(lagt)}.pdf"
    assert state(lagt) == (T.UTKAST, Statuskode.VENTER_GODKJENNING)
    side = lagt.outbox()[f"utkast/{sti}"]
    assert lagt.run("levering") == {}
    assert lagt.on(TIRSDAG).run("levering") == {"OVERFORT": 1}
    assert sent_pages(lagt, 1) == [side]
    assert drafts(lagt) == [sti]
    lagt.run("vedlikehold")
    assert drafts(lagt) == [sti]
    lagt.on(ONSDAG).run("vedlikehold")
    assert not [navn for navn in lagt.outbox() if navn.startswith("utkast/")]
    assert not lagt.om.ledger.utlagte.under(f"utboks/{AVSENDER}/utkast/")


def test_without_the_set_up_a_document_goes_at_once(linje: Linje) -> None:
    set_drafts(linje, til=False)
    linje.receive(document(MANDAG, [running(1, START)], plan=[plan(1, MANDAG)]))
    assert "utkastLagt" not in linje.run("rapportering")
    assert drafts(linje) == []
    assert linje.run("levering") == {"OVERFORT": 1}


def test_it_goes_on_the_first_working_day_after_and_not_before(linje: Linje) -> None:
    for nummer, (lagt_ut, sendes) in enumerate(
        [
            (date(2026, 3, 5), date(2026, 3, 6)),
            (date(2026, 3, 6), date(2026, 3, 9)),  # Friday: Monday
            (date(2026, 3, 14), date(2026, 3, 16)),  # Saturday: Monday
            (date(2026, 4, 1), date(2026, 4, 7)),  # Wednesday before Easter: Tuesday after it
            (date(2026, 5, 13), date(2026, 5, 15)),  # the day before Ascension: the day after it
            (date(2027, 5, 14), date(2027, 5, 18)),  # Friday; Whit Monday and 17 May are one day
            (date(2028, 5, 16), date(2028, 5, 18)),  # 17 May is a Wednesday
        ],
        start=1,
    ):
        rad, tekst = running(nummer, lagt_ut - timedelta(days=20)), plan(nummer, lagt_ut)
        linje.on(lagt_ut).receive(document(lagt_ut, [rad], omfang="ENDRING", plan=[tekst]))
        linje.run("rapportering")
        assert f"sendes-{sendes}/plan-{melding_id(linje, f'D{nummer}')}.pdf" in drafts(linje)
        for dag in range((sendes - lagt_ut).days):
            assert linje.on(lagt_ut + timedelta(days=dag)).run("levering") == {}
        assert linje.on(sendes).run("levering") == {"OVERFORT": 1}


def test_a_draft_that_was_finished_on_the_deadline_and_goes_the_next_working_day_is_in_time(linje: Linje) -> None:
    fredag, mandag = date(2026, 3, 6), date(2026, 3, 9)
    linje.on(fredag).receive(document(fredag, [running(1, fredag - timedelta(days=28))], plan=[plan(1, fredag)]))
    linje.run("rapportering")
    assert duty(linje).frist == fredag
    linje.on(mandag).run("frister")
    assert (duty(linje).status, duty(linje).holdt) == ("SNART", False)  # not sent, and nothing is lost yet
    linje.run("levering", "frister")
    assert (duty(linje).klar_dato, duty(linje).sendt_dato, duty(linje).status) == (fredag, mandag, "LEVERT_I_TIDE")


def test_a_draft_that_the_sender_stopped_on_its_deadline_is_late(linje: Linje) -> None:
    fredag, mandag = date(2026, 3, 6), date(2026, 3, 9)
    linje.on(fredag).receive(document(fredag, [running(1, fredag - timedelta(days=28))], plan=[plan(1, fredag)]))
    linje.run("rapportering")
    say(linje, "stopp")
    linje.run("mottak")
    linje.on(mandag).run("frister")
    assert (duty(linje).status, duty(linje).holdt) == ("FORFALT", True)


def duty(linje: Linje) -> Forpliktelsesrad:
    """The duty of the plan, as the ledger has it."""
    (plikt,) = [rad for rad in linje.om.ledger.forpliktelser.list(AVSENDER) if rad.type == "PLAN"]
    return plikt


def test_many_drafts_are_listed_without_a_person(linje: Linje) -> None:
    numre = range(1, 20)
    eksport = document(MANDAG, [running(n, START) for n in numre], plan=[plan(n, MANDAG) for n in numre])
    godtatt = linje.receive(eksport)["godtatt"]
    assert godtatt > sider.FA_SIDER
    assert linje.run("rapportering")["utkastLagt"] == godtatt
    liste = linje.outbox()["utkast/oversikt.txt"].decode()
    assert liste.count(f"sendes-{TIRSDAG}/plan-") == godtatt
    assert "Sendes 3. mars 2026:" in liste
    for verdi in ("Fornavn", "Etternavn", "158190", "D1", "P1"):
        assert verdi not in liste
        assert not any(verdi in navn for navn in linje.outbox() if navn.startswith("utkast/"))


def test_protected_address_is_held_and_never_laid_out_nor_let_go_by_the_sender(linje: Linje) -> None:
    innhold = document(MANDAG, [running(1, START)], plan=[plan(1, MANDAG)])
    innhold["deltaker"][0]["adressebeskyttelse"] = "FORTROLIG"
    linje.receive(innhold)
    assert linje.run("rapportering")["holdt"] == 1
    assert drafts(linje) == []
    for mappe in ("send", "stopp", "send"):
        say(linje, mappe)
        linje.run("mottak")
        assert state(linje) == (T.HOLDT, Statuskode.ADRESSEBESKYTTELSE)
    assert linje.on(TIRSDAG).run("levering") == {}
    assert all("holdt tilbake av en annen grunn" in svar for svar in answers(linje))


# --- stopped, let go, corrected ---


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


# --- broken off, two at once, late ---


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


# --- what leaves no trace ---


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


# --- several recipients, and as a person does it ---


def test_every_recipient_of_a_version_is_stopped_and_let_go(linje: Linje, monkeypatch: pytest.MonkeyPatch) -> None:
    ekte = Dokumenter.add

    def add_for_two(dokumenter: Dokumenter, *args: Any, forsendelser: list[NyForsendelse], **kwargs: Any) -> bool:
        to = [*forsendelser, replace(forsendelser[0], mottaker="0300")]
        return ekte(dokumenter, *args, forsendelser=to, **kwargs)

    monkeypatch.setattr(Dokumenter, "add", add_for_two)
    linje.receive(document(MANDAG, [running(1, START)], plan=[plan(1, MANDAG)]))
    linje.run("rapportering")

    def states() -> list[T]:
        return [r.tilstand for r in linje.om.ledger.dokumenter.forsendelser(versjon_av=melding_id(linje))]

    assert (states(), len(drafts(linje))) == ([T.UTKAST, T.UTKAST], 1)
    say(linje, "stopp")
    linje.run("mottak")
    assert states() == [T.HOLDT, T.HOLDT]
    say(linje, "send")
    assert linje.run("levering") == {"OVERFORT": 1}
    assert sorted(states()) == [T.KLAR, T.SENDT]  # the other is in no register here
    say(linje, "stopp")
    linje.run("mottak")
    assert sorted(states()) == [T.HOLDT, T.SENDT]
    assert any("En annen mottaker har det allerede" in svar for svar in answers(linje))


def test_from_the_command_line_with_the_set_up_as_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """As an operator and a sender do it: `utkast: true` in the set-up, a drop, a stop, a correction, two days later."""
    mal = make_oppsett(tmp_path / "mal")
    fil = mal / "avsendere" / f"{AVSENDER}.yaml"
    fil.write_text(fil.read_text(encoding="utf-8") + "utkast: true\nmaalform: nn\n", encoding="utf-8")
    with LokaltAnlegg(tmp_path / "anlegg", mal) as anlegg, anlegg.omgivelser() as om:
        for navn, verdi in anlegg.miljo.items():
            monkeypatch.setenv(navn, verdi)
        linje = Linje(anlegg, om).on(MANDAG)

        def run(*steg: str) -> None:
            for ett in steg:
                assert cli.main(["run", ett]) == 0

        def status() -> dict[str, int]:
            capfd.readouterr()
            assert cli.main(["status", "--json"]) == 0
            dokumenter: dict[str, int] = json.loads(capfd.readouterr().out)["dokumenter"]
            return dokumenter

        linje.drop(document(MANDAG, [running(1, START)], plan=[plan(1, MANDAG)]))
        anlegg.let_rest()
        run("mottak", "rapportering", "levering")
        assert (status()["utkast"], status()["stanset"], status()["sendt"]) == (1, 0, 0)
        assert "Blir sendt 3. mars 2026:" in linje.outbox()["utkast/oversikt.txt"].decode()
        say(linje, "stopp")
        run("levering")
        assert (status()["utkast"], status()["stanset"], status()["holdt"]) == (0, 1, 1)
        assert "Dokumentet er stansa" in answers(linje)[0]
        rettet = plan(1, MANDAG, yrkesmal="Lagermedarbeider.")
        linje.on(TIRSDAG).drop(document(TIRSDAG, [running(1, START)], plan=[rettet]))
        anlegg.let_rest()
        run("mottak")
        linje.on(ONSDAG)
        run("rapportering", "levering")
        assert (status()["utkast"], status()["stanset"], status()["bygget"]) == (1, 0, 2)
        linje.on(ONSDAG + timedelta(days=1))
        run("levering")
        assert (status()["utkast"], status()["sendt"]) == (0, 1)
        linje.on(ONSDAG + timedelta(days=2))
        run("vedlikehold")
        assert drafts(linje) == []
