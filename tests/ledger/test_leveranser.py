"""Packages: gathered, retried, stopped, cancelled and expired, without losing or doubling a document."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tiltaksflyt.ledger import (
    Forsendelsestilstand,
    IkkeFunnet,
    LedgerFeil,
    Leveransetilstand,
    NyForsendelse,
    Statuskode,
    UlovligOvergang,
    Utfall,
)

NA = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SENERE = NA + timedelta(minutes=5)
I_DAG = date(2026, 3, 2)
F, L = Forsendelsestilstand, Leveransetilstand
SENDT = Utfall(L.SENDT, Statuskode.OVERFORT, tid=NA, dato=I_DAG)


@pytest.fixture
def leveranse(ledger: Any, store: Any, build_document: Any) -> Any:
    plass = build_document(ledger, store(ledger))
    return ledger.leveranser.create("0315", "sftp", "2026-03-02", [plass.melding_id], now=NA)


def _attempt(ledger: Any, leveranse_id: str, utfall: Utfall, now: datetime = NA) -> None:
    leie = ledger.leveranser.take_lease(leveranse_id, now=now, until=now + timedelta(minutes=5))
    assert leie
    ledger.leveranser.record(leie, utfall)


def _dokumenttilstand(ledger: Any) -> set[Forsendelsestilstand]:
    return {f.tilstand for f in ledger.dokumenter.forsendelser()}


def test_a_package_takes_what_is_ready_for_the_recipient_and_counts_it(
    ledger: Any, store: Any, build_document: Any
) -> None:
    ider = [build_document(ledger, store(ledger, "-1"), type_).melding_id for type_ in ("PLAN", "SLUTTRAPPORT")]
    ider.append(build_document(ledger, store(ledger, "-2")).melding_id)
    annen = build_document(ledger, store(ledger, "-3"), forsendelser=[NyForsendelse("1101")]).melding_id
    leveranse = ledger.leveranser.create("0315", "sftp", "v", [*ider, annen, "finnes-ikke"], now=NA)
    assert leveranse.antall == {"PLAN": 2, "SLUTTRAPPORT": 1}
    assert {f.melding_id for f in ledger.dokumenter.forsendelser(leveranse_id=leveranse.leveranse_id)} == set(ider)
    assert ledger.leveranser.create("0315", "sftp", "v", ider, now=NA) is None
    assert [f.melding_id for f in ledger.dokumenter.forsendelser(tilstand=F.KLAR)] == [annen]


def test_a_transient_fault_waits_for_its_time_and_tries_the_stored_package(ledger: Any, leveranse: Any) -> None:
    leie = ledger.leveranser.take_lease(leveranse.leveranse_id, now=NA, until=SENERE)
    ledger.leveranser.attach_package(leie, pakke="ut/1.zip", sha256="a" * 64, storrelse=7, merkle_rot="b" * 64)
    with pytest.raises(UlovligOvergang):
        ledger.leveranser.attach_package(leie, pakke="ut/2.zip", sha256="c" * 64, storrelse=8)
    neste = NA + timedelta(hours=1)
    nede = Utfall(L.OPPRETTET, Statuskode.KANAL_NEDE, tid=NA, dato=I_DAG, neste_forsok=neste)
    ledger.leveranser.record(leie, nede)
    assert ledger.leveranser.due(SENERE) == ()
    assert ledger.leveranser.take_lease(leveranse.leveranse_id, now=SENERE, until=neste) is None
    (rad,) = ledger.leveranser.due(neste)
    assert (rad.pakke, rad.sha256, rad.storrelse, rad.forsok) == ("ut/1.zip", "a" * 64, 7, 1)
    assert rad.statuskode is Statuskode.KANAL_NEDE
    assert _dokumenttilstand(ledger) == {F.I_LEVERANSE}
    _attempt(ledger, leveranse.leveranse_id, SENDT, neste)
    rad = ledger.leveranser.get(leveranse.leveranse_id)
    assert (rad.tilstand, rad.forsok, rad.sendt, rad.merkle_rot) == (L.SENDT, 2, NA, "b" * 64)
    (sendt,) = ledger.dokumenter.forsendelser()
    assert (sendt.tilstand, sendt.sendt_dato) == (F.SENDT, I_DAG)


def test_an_outcome_must_say_when_to_try_again_and_only_then(ledger: Any, leveranse: Any) -> None:
    leie = ledger.leveranser.take_lease(leveranse.leveranse_id, now=NA, until=SENERE)
    for galt in (
        Utfall(L.OPPRETTET, Statuskode.KANAL_NEDE, tid=NA, dato=I_DAG),
        Utfall(L.SENDT, Statuskode.OVERFORT, tid=NA, dato=I_DAG, neste_forsok=NA),
    ):
        with pytest.raises(LedgerFeil, match="UTFALL"):
            ledger.leveranser.record(leie, galt)
    with pytest.raises(KeyError, match="draw it first"):
        ledger.leveranser.record(leie, Utfall(L.LEST, Statuskode.LEST, tid=NA, dato=I_DAG))


def test_a_permanent_fault_waits_for_a_person(ledger: Any, leveranse: Any) -> None:
    _attempt(ledger, leveranse.leveranse_id, Utfall(L.FEIL, Statuskode.TILGANG_NEKTET, tid=NA, dato=I_DAG))
    assert ledger.leveranser.due(NA + timedelta(days=9)) == ()
    assert ledger.oversikt(NA).as_json()["sittendeFast"] == 1
    ledger.leveranser.retry(leveranse.leveranse_id, now=SENERE)
    assert [rad.leveranse_id for rad in ledger.leveranser.due(SENERE)] == [leveranse.leveranse_id]
    with pytest.raises(UlovligOvergang):
        ledger.leveranser.retry(leveranse.leveranse_id, now=SENERE)
    _attempt(ledger, leveranse.leveranse_id, SENDT, SENERE)


def test_a_cancelled_package_gives_its_documents_back(ledger: Any, leveranse: Any) -> None:
    ledger.leveranser.take_lease(leveranse.leveranse_id, now=NA, until=SENERE)
    with pytest.raises(UlovligOvergang):
        ledger.leveranser.cancel(leveranse.leveranse_id, Statuskode.AVLYST_AV_PERSON, now=NA)  # somebody is sending it
    ledger.leveranser.cancel(leveranse.leveranse_id, Statuskode.AVLYST_AV_PERSON, now=SENERE + timedelta(seconds=1))
    (ledig,) = ledger.dokumenter.forsendelser(tilstand=F.KLAR)
    assert ledig.leveranse_id is None
    ny = ledger.leveranser.create("0315", "sftp", "v2", [ledig.melding_id], now=NA)
    _attempt(ledger, ny.leveranse_id, SENDT)
    assert ledger.oversikt(NA).sendt == 1
    with pytest.raises(UlovligOvergang):
        ledger.leveranser.cancel(ny.leveranse_id, Statuskode.AVLYST_AV_PERSON, now=NA)


def test_a_package_that_nobody_fetched_gives_its_documents_back(ledger: Any, leveranse: Any) -> None:
    with pytest.raises(UlovligOvergang):
        ledger.leveranser.expire(leveranse.leveranse_id)
    _attempt(ledger, leveranse.leveranse_id, SENDT)
    ledger.leveranser.expire(leveranse.leveranse_id)
    rad = ledger.leveranser.get(leveranse.leveranse_id)
    assert (rad.tilstand, rad.statuskode) == (L.LEVETID_UTLOPT, Statuskode.IKKE_HENTET)
    (ledig,) = ledger.dokumenter.forsendelser(tilstand=F.KLAR)
    assert ledig.sendt_dato is None
    assert ledger.oversikt(NA).sendt == 0


@pytest.mark.parametrize(
    ("gjelder", "verdi"),
    [("KANAL", "sftp"), ("MOTTAKER", "0315"), ("LEVERANSE", "{leveranse_id}"), ("STEG", "levering")],
)
def test_a_stop_keeps_packages_back_until_it_is_lifted(ledger: Any, leveranse: Any, gjelder: str, verdi: str) -> None:
    ledger.stanser.stop(gjelder, "annet", av="Drift", grunn="prøve", now=NA)
    assert len(ledger.leveranser.due(NA)) == 1
    verdi = verdi.format(leveranse_id=leveranse.leveranse_id)
    stans_id = ledger.stanser.stop(gjelder, verdi, av="Drift", grunn="Mottakeren er nede", now=NA)
    assert ledger.leveranser.due(NA) == ()
    assert ledger.leveranser.take_lease(leveranse.leveranse_id, now=NA, until=SENERE) is None
    ledger.stanser.lift(stans_id, av="Drift", now=SENERE)
    assert len(ledger.leveranser.due(NA)) == 1


def test_a_stopped_sender_stays_out_of_new_packages(ledger: Any, store: Any, build_document: Any) -> None:
    melding_id = build_document(ledger, store(ledger)).melding_id
    stans_id = ledger.stanser.stop("AVSENDER", "889640782", av="Drift", grunn="Avtalen er ute", now=NA)
    assert ledger.leveranser.create("0315", "sftp", "v", [melding_id], now=NA) is None
    ledger.stanser.lift(stans_id, av="Drift", now=NA)
    assert ledger.leveranser.create("0315", "sftp", "v", [melding_id], now=NA)


def test_the_stored_package_is_followed_until_it_is_gone(ledger: Any, store: Any, build_document: Any) -> None:
    ref, annen = store(ledger, "-1"), store(ledger, "-2")
    melding_id = build_document(ledger, ref).melding_id
    leveranse_id = ledger.leveranser.create("0315", "sftp", "v", [melding_id], now=NA).leveranse_id
    leie = ledger.leveranser.take_lease(leveranse_id, now=NA, until=SENERE)
    ledger.leveranser.attach_package(leie, pakke="ut/1.zip", sha256="a" * 64, storrelse=7)
    assert [rad.pakke for rad in ledger.leveranser.packages_of(ref)] == ["ut/1.zip"]
    assert ledger.leveranser.packages_of(annen) == ()
    ledger.leveranser.package_removed(leveranse_id)
    assert ledger.leveranser.packages_of(ref) == ()
    rad = ledger.leveranser.get(leveranse_id)
    assert (rad.pakke, rad.sha256, rad.storrelse) == (None, None, None)


def test_lists_are_by_state_and_recipient(ledger: Any, leveranse: Any) -> None:
    assert [rad.leveranse_id for rad in ledger.leveranser.list([L.OPPRETTET])] == [leveranse.leveranse_id]
    assert ledger.leveranser.list([L.FEIL]) == ()
    assert len(ledger.leveranser.due(NA, mottaker="0315")) == 1
    assert ledger.leveranser.due(NA, mottaker="1101") == ()
    for kall in (ledger.leveranser.get, ledger.leveranser.package_removed):
        with pytest.raises(IkkeFunnet):
            kall("finnes-ikke")
