"""A draft is laid out, and sent the next working day."""

from datetime import date, timedelta

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import AVSENDER, document, plan, running
from tests.pipeline.utkast.utkastsaker import (
    MANDAG,
    ONSDAG,
    START,
    TIRSDAG,
    T,
    answers,
    drafts,
    melding_id,
    say,
    sent_pages,
    set_drafts,
    state,
)
from tiltaksflyt.ledger import Forpliktelsesrad, Statuskode
from tiltaksflyt.pipeline import sider


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
