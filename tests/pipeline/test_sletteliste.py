"""The list of what the sender must delete in its own system: which days, which words, and what is left out."""

import csv
import io
import json
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from schemas.sletteoppfolging import sletteoppfolging
from tests.pipeline.conftest import Linje
from tests.pipeline.saker import ANNEN, AVSENDER, document, from_other, running
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


def confirmations(linje: Linje, *rader: tuple[str, date], **tabeller: list[dict[str, Any]]) -> dict[str, Any]:
    """A drop that says what was deleted, and nothing else unless a table is given."""
    hode = document(linje.dato, [])["innsending"]
    return {
        "innsending": hode,
        "slettebekreftelse": [{"slettesakId": sak, "slettet": slettet.isoformat()} for sak, slettet in rader],
        **tabeller,
    }


def test_a_confirmation_alone_is_a_drop_and_takes_the_line_off_the_list(sendt: Linje) -> None:
    sendt.on(SISTE_DAG - timedelta(days=7)).run("frister")
    (rad,) = lines(sendt)
    sendt.receive(confirmations(sendt, (rad["slettesakId"], sendt.dato)))
    assert (sendt.answer()["status"], sendt.answer()["avvik"]) == ("GODTATT", [])
    assert sendt.om.ledger.slettinger.get(rad["slettesakId"]).avsender_slettet == sendt.dato
    sendt.run("frister")
    assert lines(sendt) == []
    # It is no whole truth: the next FULL drop is compared with the last one that was.
    full = sendt.om.ledger.innsendinger.latest_accepted(AVSENDER, omfang="FULL")
    assert full is not None
    assert full.antall["deltakelser"] == 2


def test_what_was_erased_stands_on_the_list_until_it_is_confirmed(sendt: Linje) -> None:
    sendt.on(SISTE_DAG).run("frister")
    (varslet,) = lines(sendt)
    slettet = SISTE_DAG + timedelta(days=1)
    sendt.on(slettet).run("sletting")
    assert lines(sendt) == []
    antall = sendt.run("frister")
    (apen,) = lines(sendt)
    assert apen == {
        **dict.fromkeys(apen, ""),
        "status": "IKKE_BEKREFTET",
        "slettesakId": varslet["slettesakId"],
        "slettetHosOss": slettet.isoformat(),
    }
    assert (antall["slettesSnart"], antall["ubekreftet"]) == (0, 1)
    assert b"D1" not in sendt.outbox()[HTML]
    sendt.receive(confirmations(sendt, (apen["slettesakId"].upper(), slettet)))
    sendt.run("frister")
    assert not {CSV, HTML} & sendt.outbox().keys()


def test_how_long_it_is_followed_up_is_the_policys_number(sendt: Linje) -> None:
    sendt.on(SISTE_DAG).run("frister")
    slettet = SISTE_DAG + timedelta(days=1)
    sendt.on(slettet).run("sletting")
    siste = slettet + sletteoppfolging().oppfolging
    sendt.on(siste).run("frister")
    assert [rad["status"] for rad in lines(sendt)] == ["IKKE_BEKREFTET"]
    sendt.on(siste + timedelta(days=1)).run("frister")
    assert lines(sendt) == []


def test_what_the_sender_was_never_told_of_is_not_asked_after(sendt: Linje) -> None:
    sendt.on(SISTE_DAG + timedelta(days=1)).run("sletting", "frister")
    assert lines(sendt) == []


def test_another_senders_case_an_unknown_one_and_a_day_to_come_are_told_and_change_nothing(linje: Linje) -> None:
    linje.receive(document(linje.dato, [ended(1)]))
    linje.anlegg.drop(ANNEN, "eksport.json", json.dumps(from_other(document(linje.dato, [ended(2)]))).encode())
    linje.run("mottak")
    linje.on(SISTE_DAG).run("frister")
    (egen,) = lines(linje)
    annen = linje.om.ledger.deltakelser.list(ANNEN)[0].slettesak_id
    assert annen is not None
    i_morgen = linje.dato + timedelta(days=1)
    ukjent = str(uuid.uuid4())
    linje.receive(
        confirmations(linje, (annen, linje.dato), (ukjent, linje.dato), (egen["slettesakId"], i_morgen)), "b.json"
    )
    svar = linje.answer()
    assert [(ett["regelId"], ett["rad"]) for ett in svar["avvik"]] == [("DAT007", 3), ("SLE009", 1), ("SLE009", 2)]
    for sak in (annen, egen["slettesakId"]):
        assert linje.om.ledger.slettinger.get(sak).avsender_slettet is None


def test_confirmations_may_stand_beside_everything_else(sendt: Linje) -> None:
    sendt.on(SISTE_DAG - timedelta(days=7)).run("frister")
    (rad,) = lines(sendt)
    alle = document(sendt.dato, [running(2, date(2026, 2, 10))])
    bekreftet = confirmations(sendt, (rad["slettesakId"], sendt.dato))["slettebekreftelse"]
    antall = sendt.receive({**alle, "slettebekreftelse": bekreftet})
    assert antall["godtatt"] == 1
    sendt.run("frister")
    assert lines(sendt) == []


def test_what_is_sent_again_after_its_confirmation_is_back_on_the_list(sendt: Linje) -> None:
    sendt.on(SISTE_DAG - timedelta(days=7)).run("frister")
    (rad,) = lines(sendt)
    sendt.receive(confirmations(sendt, (rad["slettesakId"], sendt.dato)))
    sendt.on(sendt.dato + timedelta(days=1))
    sendt.receive(document(sendt.dato, [ended(1)], omfang="ENDRING"))
    sendt.run("frister")
    assert [ett["slettesakId"] for ett in lines(sendt)] == [rad["slettesakId"]]
    assert sendt.om.ledger.slettinger.get(rad["slettesakId"]).avsender_slettet is None
