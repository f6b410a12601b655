"""A document with a category that the databehandleravtale does not tick waits a working day, and the sender is told."""

from dataclasses import replace

from schemas.koder import kodeverk
from tests.pipeline.conftest import Linje
from tests.pipeline.saker import AVSENDER, document, plan, running
from tests.pipeline.utkast.utkastsaker import MANDAG, START, TIRSDAG, T, drafts, melding_id, say, set_drafts, state
from tiltaksflyt.ledger import Statuskode

ALLE = frozenset(kodeverk("personopplysning").koder)


def tick_all_but(linje: Linje, *kategorier: str) -> None:
    set_drafts(linje, til=False)
    avsendere = dict(linje.om.oppsett.avsendere)
    avsendere[AVSENDER] = replace(avsendere[AVSENDER], tillatte_personopplysninger=ALLE - set(kategorier))
    linje.om = replace(linje.om, oppsett=replace(linje.om.oppsett, avsendere=avsendere))


def report(linje: Linje, **plantekst: str) -> None:
    linje.receive(document(MANDAG, [running(1, START)], plan=[plan(1, MANDAG, **plantekst)]))
    linje.run("rapportering")


def overview(linje: Linje) -> str:
    return linje.outbox()["utkast/oversikt.txt"].decode("utf-8-sig")


def test_it_waits_a_working_day_and_the_sender_reads_why(linje: Linje) -> None:
    tick_all_but(linje, "HELSEOPPLYSNINGER")
    report(linje, tilrettelegging="Kort vei til arbeidsplassen.")
    assert state(linje) == (T.UTKAST, Statuskode.KATEGORI_IKKE_AVTALT)
    assert drafts(linje) == [f"sendes-{TIRSDAG}/plan-{melding_id(linje)}.pdf"]
    assert "databehandleravtalen ikke har krysset av for: Helseopplysninger" in overview(linje)
    assert "Navn" not in overview(linje)
    assert linje.run("levering") == {}
    assert linje.on(TIRSDAG).run("levering") == {"OVERFORT": 1}


def test_a_word_in_any_text_tells_the_category_too(linje: Linje) -> None:
    tick_all_but(linje, "RELIGION")
    report(linje, hensikt="Deltakeren er muslim og ønsker fri fredager.")
    assert state(linje) == (T.UTKAST, Statuskode.KATEGORI_IKKE_AVTALT)
    assert "Religion" in overview(linje)
    assert "muslim" not in overview(linje)


def test_what_is_not_in_the_document_does_not_hold_it_up(linje: Linje) -> None:
    tick_all_but(linje, "HELSEOPPLYSNINGER", "RELIGION", "TELEFONNUMMER", "STEMME")
    report(linje)
    assert state(linje) == (T.KLAR, None)
    assert linje.run("levering") == {"OVERFORT": 1}


def test_the_sender_may_stop_it_or_let_it_go_at_once(linje: Linje) -> None:
    tick_all_but(linje, "NAVN")
    report(linje)
    say(linje, "stopp")
    linje.run("mottak")
    assert state(linje) == (T.HOLDT, Statuskode.STANSET_AV_ARRANGOR)
    say(linje, "send")
    linje.run("mottak")
    assert state(linje) == (T.KLAR, None)
