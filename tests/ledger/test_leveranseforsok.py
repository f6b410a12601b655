"""The history of a package: each attempt with what came of it, and the packages that nobody has answered."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tiltaksflyt.ledger import (
    Dokumentsvar,
    Kvitteringsfil,
    Leveransesvar,
    Leveransetilstand,
    Statuskode,
    Ubesvart,
    UlovligOvergang,
    Utfall,
)

NA = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LEIETID = timedelta(minutes=5)
I_DAG = date(2026, 3, 2)
FRA = frozenset({"0315"})
L = Leveransetilstand


@pytest.fixture
def leveranse_id(ledger: Any, store: Any, build_document: Any) -> str:
    ider = [build_document(ledger, store(ledger, nr)).melding_id for nr in ("-1", "-2")]
    return str(ledger.leveranser.create("0315", "sftp", "v", ider, now=NA).leveranse_id)


def _attempt(
    ledger: Any, leveranse_id: str, now: datetime, til: Leveransetilstand, kode: str, neste: datetime | None = None
) -> None:
    leie = ledger.leveranser.take_lease(leveranse_id, now=now, until=now + LEIETID)
    ferdig = now + timedelta(seconds=7)
    ledger.leveranser.record(leie, Utfall(til, Statuskode(kode), tid=ferdig, dato=I_DAG, neste_forsok=neste))


def _codes(ledger: Any, leveranse_id: str) -> list[str | None]:
    return [forsok.statuskode for forsok in ledger.leveransehistorikk.attempts(leveranse_id)]


def test_each_attempt_is_remembered_with_what_came_of_it(ledger: Any, leveranse_id: str) -> None:
    neste = NA + timedelta(hours=1)
    _attempt(ledger, leveranse_id, NA, L.OPPRETTET, "KANAL_NEDE", neste)
    _attempt(ledger, leveranse_id, neste, L.FEIL, "TILGANG_NEKTET")
    ledger.leveranser.retry(leveranse_id, now=neste + timedelta(hours=1))
    _attempt(ledger, leveranse_id, neste + timedelta(hours=2), L.MOTTATT, "OVERFORT")
    forste, andre, tredje = ledger.leveransehistorikk.attempts(leveranse_id)
    assert (forste.nr, forste.startet, forste.avsluttet) == (1, NA, NA + timedelta(seconds=7))
    assert (forste.statuskode, forste.neste_forsok) == (Statuskode.KANAL_NEDE, neste)
    assert (andre.nr, andre.startet, andre.neste_forsok) == (2, neste, None)
    assert (tredje.nr, tredje.statuskode) == (3, Statuskode.OVERFORT)
    assert ledger.leveransehistorikk.attempts("finnes-ikke") == ()


def test_an_attempt_that_goes_on_has_no_end_and_one_that_was_broken_off_says_so(ledger: Any, leveranse_id: str) -> None:
    ledger.leveranser.take_lease(leveranse_id, now=NA, until=NA + LEIETID)
    (forsok,) = ledger.leveransehistorikk.attempts(leveranse_id)
    assert (forsok.avsluttet, forsok.statuskode) == (None, None)
    senere = NA + timedelta(hours=1)
    _attempt(ledger, leveranse_id, senere, L.MOTTATT, "FINNES_ALLEREDE")
    assert _codes(ledger, leveranse_id) == ["LEIE_UTLOPT", "FINNES_ALLEREDE"]
    assert ledger.leveransehistorikk.attempts(leveranse_id)[0].avsluttet == senere


def test_who_lost_the_lease_changes_no_attempt(ledger: Any, leveranse_id: str) -> None:
    tapt = ledger.leveranser.take_lease(leveranse_id, now=NA, until=NA + LEIETID)
    senere = NA + timedelta(hours=1)
    ledger.leveranser.take_lease(leveranse_id, now=senere, until=senere + LEIETID)
    with pytest.raises(Exception, match="LEIE_TAPT"):
        ledger.leveranser.record(tapt, Utfall(L.MOTTATT, Statuskode.OVERFORT, tid=senere, dato=I_DAG))
    assert _codes(ledger, leveranse_id) == ["LEIE_UTLOPT", None]


def test_nobody_gets_the_package_and_no_attempt_begins(ledger: Any, leveranse_id: str) -> None:
    ledger.leveranser.take_lease(leveranse_id, now=NA, until=NA + LEIETID)
    assert ledger.leveranser.take_lease(leveranse_id, now=NA, until=NA + LEIETID) is None
    assert len(ledger.leveransehistorikk.attempts(leveranse_id)) == 1


def test_a_cancelled_package_leaves_no_attempt_open(ledger: Any, leveranse_id: str) -> None:
    ledger.leveranser.take_lease(leveranse_id, now=NA, until=NA + LEIETID)
    ledger.leveranser.cancel(leveranse_id, Statuskode.AVLYST_AV_PERSON, now=NA + timedelta(hours=1))
    assert _codes(ledger, leveranse_id) == ["LEIE_UTLOPT"]


def test_what_is_with_the_recipient_is_sent_again_only_as_it_lies_stored(ledger: Any, leveranse_id: str) -> None:
    leie = ledger.leveranser.take_lease(leveranse_id, now=NA, until=NA + LEIETID)
    ledger.leveranser.attach_package(leie, pakke="pakker/1", sha256="a" * 64, storrelse=7)
    ledger.leveranser.record(leie, Utfall(L.MOTTATT, Statuskode.OVERFORT, tid=NA, dato=I_DAG))
    ledger.leveranser.retry(leveranse_id, now=NA)
    rad = ledger.leveranser.get(leveranse_id)
    assert (rad.tilstand, rad.statuskode, rad.sha256) == (L.OPPRETTET, Statuskode.PROVES_IGJEN, "a" * 64)
    _attempt(ledger, leveranse_id, NA, L.MOTTATT, "FINNES_ALLEREDE")
    ledger.leveranser.package_removed(leveranse_id)
    with pytest.raises(UlovligOvergang):
        ledger.leveranser.retry(leveranse_id, now=NA)


def test_what_is_answered_is_waited_for_no_longer(ledger: Any, leveranse_id: str) -> None:
    assert ledger.leveransehistorikk.unanswered() == ()
    _attempt(ledger, leveranse_id, NA, L.MOTTATT, "OVERFORT")
    assert ledger.leveransehistorikk.unanswered() == (Ubesvart(leveranse_id, "0315", I_DAG, 2),)
    forste, andre = (rad.melding_id for rad in ledger.dokumenter.forsendelser(leveranse_id=leveranse_id))
    for kilde, svar in (("k1", [Dokumentsvar(forste, "GODTATT")]), ("k2", [Dokumentsvar(andre, "AVVIST", "KODE")])):
        assert len(ledger.leveransehistorikk.unanswered()) == 1
        ledger.kvitteringer.record(Kvitteringsfil(kilde, leveranse_id, NA + LEIETID, FRA, I_DAG, svar=svar))
    assert ledger.leveransehistorikk.unanswered() == ()
    assert ledger.leveransehistorikk.answers(leveranse_id) == (
        Leveransesvar(NA + LEIETID, "AVVIST", 1),
        Leveransesvar(NA + LEIETID, "GODTATT", 1),
    )


def test_what_never_left_or_stopped_is_not_waited_for(ledger: Any, leveranse_id: str) -> None:
    _attempt(ledger, leveranse_id, NA, L.OPPRETTET, "KANAL_NEDE", NA + LEIETID)
    assert ledger.leveransehistorikk.unanswered() == ()
    _attempt(ledger, leveranse_id, NA + LEIETID, L.SENDT, "GITT_VIDERE")
    assert len(ledger.leveransehistorikk.unanswered()) == 1
    ledger.leveranser.follow(leveranse_id, L.FEIL)
    assert ledger.leveransehistorikk.unanswered() == ()
