"""The list of what the sender must delete in its own system: which days, which words, and what is left out."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import ANNEN, AVSENDER, document, running
from tiltaksflyt.ledger.tabeller import deltakelse
from tiltaksflyt.pipeline import sletteliste

START = date(2025, 10, 1)
SLUTT = date(2026, 1, 30)
SISTE_DAG = date(2026, 4, 24)
CSV, HTML = "sletting/sletteliste.csv", "sletting/sletteliste.html"


def ended(nummer: int, slutt: date = SLUTT, **endret: Any) -> dict[str, Any]:
    rad = running(nummer, START)
    slutten = {"statusGyldigFra": slutt.isoformat(), "sluttDato": slutt.isoformat()}
    return rad | {"status": "HAR_SLUTTET", "aarsak": "TRENGER_ANNEN_STOTTE"} | slutten | endret


def lines(linje: Linje) -> list[dict[str, str]]:
    """The rows of the CSV in the outbox; none when it is not there."""
    data = linje.outbox().get(CSV)
    if data is None:
        return []
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def names(linje: Linje) -> list[tuple[str, str, str]]:
    return [(rad["status"], rad["deltakelseId"], rad["varselDager"]) for rad in lines(linje)]


@pytest.fixture
def sendt(linje: Linje) -> Linje:
    """One that has ended, one that goes on."""
    linje.receive(document(linje.dato, [ended(1), running(2, date(2026, 2, 10))]))
    return linje


VARSEL = {29: None, 28: "28", 8: "28", 7: "7", 2: "7", 1: "1", 0: "1"}


def test_it_stands_there_from_the_first_warning_to_the_last_day(sendt: Linje) -> None:
    for dager, varsel in VARSEL.items():
        antall = sendt.on(SISTE_DAG - timedelta(days=dager)).run("frister")
        assert names(sendt) == ([("SLETTES", "D1", varsel)] if varsel else []), dager
        assert (HTML in sendt.outbox()) == bool(varsel)
        assert antall["slettesSnart"] == bool(varsel)


def test_a_line_says_the_senders_own_id_the_last_day_and_a_random_id(sendt: Linje) -> None:
    sendt.on(SISTE_DAG - timedelta(days=7)).run("frister")
    (rad,) = lines(sendt)
    sak = sendt.om.ledger.slettinger.get(rad["slettesakId"])
    assert (sak.ref, sak.avsender, sak.varslet) == (sendt.ref("D1"), AVSENDER, sendt.dato)
    assert rad["sisteDag"] == SISTE_DAG.isoformat()
    side = sendt.outbox()[HTML].decode()
    for tekst in ("D1", "24.04.2026", rad["slettesakId"], "Slett deltakelsen i eget system innen fristen"):
        assert tekst in side
    for tekst in ("Etternavn1", "Fornavn1", "D2"):
        assert tekst not in side


def test_the_id_is_the_same_every_day_and_the_first_day_is_kept(sendt: Linje) -> None:
    sendt.on(SISTE_DAG - timedelta(days=28)).run("frister")
    (forste,) = lines(sendt)
    sendt.on(SISTE_DAG - timedelta(days=7)).run("frister")
    (andre,) = lines(sendt)
    assert andre["slettesakId"] == forste["slettesakId"]
    assert sendt.om.ledger.slettinger.get(andre["slettesakId"]).varslet == SISTE_DAG - timedelta(days=28)


def test_it_never_outlives_the_earliest_last_day_in_it(linje: Linje) -> None:
    senere = SLUTT + timedelta(days=5)
    linje.receive(document(linje.dato, [ended(1), ended(2, senere)]))
    linje.on(SISTE_DAG).run("frister")
    assert [rad["deltakelseId"] for rad in lines(linje)] == ["D1", "D2"]
    etter = SISTE_DAG + timedelta(days=1)
    assert {f"utboks/{AVSENDER}/{fil}" for fil in (CSV, HTML)} <= set(linje.om.ledger.utlagte.due(etter))
    linje.on(etter).run("sletting")
    assert lines(linje) == []
    linje.run("frister")
    assert names(linje)[0] == ("SLETTES", "D2", "7")
    assert b"D1" not in linje.outbox()[CSV] + linje.outbox()[HTML]


def test_one_that_goes_on_is_not_the_senders_to_delete_though_it_fell_silent(sendt: Linje) -> None:
    siste = sendt.om.ledger.deltakelser.get(sendt.ref("D2")).siste_dag
    assert names(sendt.on(siste)) == []
    sendt.run("sletting", "frister")
    assert "D2" not in {rad["deltakelseId"] for rad in lines(sendt)}


def test_one_that_never_was_is_to_be_deleted_as_well(linje: Linje) -> None:
    feil = running(1, START) | {"status": "FEILREGISTRERT", "statusGyldigFra": SLUTT.isoformat()}
    linje.receive(document(linje.dato, [feil]))
    linje.on(SISTE_DAG).run("frister")
    assert names(linje) == [("SLETTES", "D1", "1")]


def test_an_end_that_is_moved_takes_it_off_the_list_and_the_file_goes(sendt: Linje) -> None:
    sendt.on(SISTE_DAG - timedelta(days=28)).run("frister")
    assert len(lines(sendt)) == 1
    sendt.receive(document(sendt.dato, [running(1, START), running(2, date(2026, 2, 10))]))
    sendt.run("frister")
    assert not {CSV, HTML} & sendt.outbox().keys()
    assert not sendt.om.ledger.utlagte.knows(f"utboks/{AVSENDER}/{CSV}")


def test_a_held_one_says_until_when_and_not_to_delete_it(sendt: Linje) -> None:
    til = SISTE_DAG + timedelta(days=30)
    sendt.om.ledger.tilbakehold.begin(sendt.ref("D1"), av="Kari", grunn="klage", fra=SLUTT, til=til)
    sendt.on(SISTE_DAG - timedelta(days=7)).run("frister")
    (rad,) = lines(sendt)
    assert (rad["status"], rad["holdtTil"]) == ("HOLDES_TILBAKE", til.isoformat())
    side = sendt.outbox()[HTML].decode()
    assert "Ikke slett disse ennå" in side
    for tekst in ("Slett deltakelsen i eget system", "klage", "Kari"):
        assert tekst not in side


def test_a_sender_with_nothing_to_delete_gets_no_list(linje: Linje) -> None:
    linje.receive(document(linje.dato, [ended(1)]))
    linje.on(SISTE_DAG).run("frister")
    assert not list(linje.om.storage.list_objects(f"utboks/{ANNEN}/sletting/"))


def test_a_deltakelse_that_a_restore_brought_back_without_its_key_stops_nobody(linje: Linje) -> None:
    linje.receive(document(linje.dato, [ended(1), ended(3)]))
    with linje.om.ledger.database.read() as conn:
        nokkel_id = conn.scalar(select(deltakelse.c.nokkel_id).where(deltakelse.c.ref == linje.ref("D1")))
    linje.om.ledger.nokler.destroy([nokkel_id])
    linje.on(SISTE_DAG)
    assert sletteliste.lay_out(linje.om, linje.dato)["slettesSnart"] == 1
    assert names(linje) == [("SLETTES", "D3", "1")]
