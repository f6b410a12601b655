"""Clock, runs, stops and confirmations."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tiltaksflyt.ledger import (
    Filnokkelvern,
    IkkeFunnet,
    KlokkeTilbake,
    LedgerFeil,
    open_key_store,
    open_ledger,
)

NA = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
I_DAG = date(2026, 3, 2)


def test_the_stored_clock_only_moves_forward(ledger: Any) -> None:
    assert ledger.klokke.get() is None
    ledger.klokke.move(I_DAG)
    ledger.klokke.move(I_DAG)
    ledger.klokke.move(I_DAG + timedelta(days=84))
    with pytest.raises(KlokkeTilbake):
        ledger.klokke.move(I_DAG)
    assert ledger.klokke.get() == I_DAG + timedelta(days=84)


def test_production_has_no_stored_clock(sted: Any) -> None:
    with sted.open() as ledger:
        ledger.klokke.move(I_DAG)
    nokler = open_key_store(sted.nokler_url, Filnokkelvern(sted.kek))
    with open_ledger(sted.ledger_url, nokler) as produksjon:
        assert produksjon.klokke.get() is None
        with pytest.raises(KlokkeTilbake):
            produksjon.klokke.move(I_DAG)


def test_a_leap_of_the_clock_is_answered_once(ledger: Any) -> None:
    grense = timedelta(hours=24)
    assert ledger.puls.beat(NA, grense=grense) is None
    assert ledger.puls.beat(NA + grense, grense=grense) is None
    assert ledger.puls.beat(NA + grense * 2 + timedelta(seconds=1), grense=grense) == NA + grense
    assert ledger.puls.beat(NA + grense * 2 + timedelta(seconds=2), grense=grense) is None
    # Back again, as when the clock is mended.
    assert ledger.puls.beat(NA, grense=grense) == NA + grense * 2 + timedelta(seconds=1)
    assert ledger.puls.beat(NA - grense, grense=grense) is None


def test_a_pulse_is_not_written_at_every_step(ledger: Any) -> None:
    grense = timedelta(hours=1)
    ledger.puls.beat(NA, grense=grense)
    ledger.puls.beat(NA + timedelta(minutes=9), grense=grense)
    assert ledger.puls.beat(NA + timedelta(minutes=61), grense=grense) == NA


def test_a_stop_stands_until_a_person_lifts_it(ledger: Any) -> None:
    stans_id = ledger.stanser.stop("STEG", "levering", av="Kari", grunn="Feil i kanalen", now=NA)
    (stans,) = ledger.stanser.active()
    assert (stans.gjelder, stans.verdi, stans.av, stans.fra) == ("STEG", "levering", "Kari", NA)
    ledger.stanser.lift(stans_id, av="Ola", now=NA)
    assert ledger.stanser.active() == ()
    with pytest.raises(IkkeFunnet):
        ledger.stanser.lift(stans_id, av="Ola", now=NA)
    with pytest.raises(LedgerFeil, match="LEDGER_BRUDD"):
        ledger.stanser.stop("ALT", "x", av="Kari", grunn="g", now=NA)


def test_what_is_stopped_already_is_stopped_once(ledger: Any) -> None:
    forste = ledger.stanser.stop("MOTTAKER", "0315", av="tiltaksflyt", grunn="TILGANG_NEKTET", now=NA)
    assert ledger.stanser.stop("MOTTAKER", "0315", av="Kari", grunn="Nøkkelen", now=NA) == forste
    assert [(stans.av, stans.grunn) for stans in ledger.stanser.active()] == [("tiltaksflyt", "TILGANG_NEKTET")]
    ledger.stanser.lift(forste, av="Kari", now=NA)
    assert ledger.stanser.stop("MOTTAKER", "0315", av="Kari", grunn="Igjen", now=NA) != forste


def test_confirmations_count_names_and_run_out(ledger: Any) -> None:
    for av, utloper in (("Kari", None), ("Ola", NA + timedelta(days=1)), ("Kari", NA + timedelta(days=2))):
        ledger.bekreftelser.confirm("FIL014", "sak-1", av=av, grunn="kontrollert", tid=NA, utloper=utloper)
    assert ledger.bekreftelser.names("FIL014", "sak-1", NA) == ("Kari", "Ola")
    assert ledger.bekreftelser.names("FIL014", "sak-1", NA + timedelta(days=1)) == ("Kari",)
    assert ledger.bekreftelser.names("FIL014", "sak-2", NA) == ()
    assert ledger.bekreftelser.names("FIL015", "sak-1", NA) == ()


def test_the_overview_of_an_empty_ledger_is_zero(ledger: Any) -> None:
    assert ledger.oversikt(NA).as_json() == {
        "innsendinger": {},
        "dokumenter": {"bygget": 0, "sendt": 0, "godtatt": 0, "avvist": 0, "holdt": 0, "utkast": 0, "stanset": 0},
        "leveranser": {},
        "sittendeFast": 0,
        "slettet": 0,
        "kvitteringer": {"merknader": {}, "etterSletting": 0},
        "avstemming": {"avvik": {}, "sist": {}},
    }


def test_events_of_a_deltakelse_come_in_order(ledger: Any, store: Any) -> None:
    ref, annen = store(ledger, "-1"), store(ledger, "-2")
    for nr in (2, 1):
        ledger.hendelser.append("BYGGET", {"nr": nr}, tid=NA + timedelta(minutes=nr), dato=I_DAG, ref=ref)
    assert [h.innhold["nr"] for h in ledger.hendelser.for_deltakelse(ref)] == [1, 2]
    assert ledger.hendelser.for_deltakelse(annen) == ()
    with pytest.raises(IkkeFunnet):
        ledger.hendelser.append("BYGGET", {}, tid=NA, dato=I_DAG, ref="finnes-ikke")


def test_what_is_written_in_one_transaction_is_one_commit(ledger: Any, store: Any) -> None:
    def fail() -> None:
        with ledger.transaction():
            ref = store(ledger)
            assert ledger.deltakelser.get(ref)  # it sees its own writes
            with ledger.transaction():
                ledger.hendelser.append("X", {}, tid=NA, dato=I_DAG, ref=ref)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert ledger.deltakelser.list() == ()
    with ledger.transaction():
        store(ledger)
    assert len(ledger.deltakelser.list()) == 1
