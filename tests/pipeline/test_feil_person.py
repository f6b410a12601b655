"""Documents that were sent on a wrong person are taken back, stopped, and told of without naming anybody."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import AVSENDER, document, make_ident, plan, running
from tiltaksflyt import cli
from tiltaksflyt.ledger import Forsendelsestilstand as T
from tiltaksflyt.pipeline.bekreftelse import confirm

DAG = date(2026, 3, 2)
START = date(2026, 2, 10)
HENSIKT = "Komme i arbeid på et slakteri."
GRUNN = "Feil fødselsnummer i fagsystemet."


def drop(dag: date, ident: str | None = None, **plantekst: Any) -> dict[str, Any]:
    innhold = document(dag, [running(1, START)], plan=[plan(1, DAG, **{"hensikt": HENSIKT, **plantekst})])
    if ident:
        innhold["deltaker"][0]["personident"] = ident
    return innhold


def report(linje: Linje, dag: date, **endret: Any) -> dict[str, int]:
    linje.on(dag).receive(drop(dag, **endret))
    return linje.run("rapportering")


def states(linje: Linje) -> list[tuple[int, T]]:
    rader = linje.om.ledger.dokumenter.forsendelser(ref=linje.ref("D1"))
    return sorted((rad.versjon, rad.tilstand) for rad in rader)


@pytest.fixture
def linje(linje: Linje, monkeypatch: pytest.MonkeyPatch) -> Linje:
    for navn, verdi in linje.anlegg.miljo.items():
        monkeypatch.setenv(navn, verdi)
    return linje


def take_back(deltakelse: str = "D1") -> int:
    hvem = ("--role", "DRIFT", "--by", "Kari", "--reason", GRUNN)
    return cli.main(["wrong-person", "--sender", AVSENDER, "--deltakelse", deltakelse, *hvem])


def test_what_was_sent_is_taken_back_and_a_notice_is_drafted_the_same_day(
    linje: Linje, capfd: pytest.CaptureFixture[str]
) -> None:
    report(linje, DAG, tilrettelegging="Kort vei.")
    linje.run("levering")
    linje.on(DAG + timedelta(days=1))
    capfd.readouterr()
    assert take_back() == cli.OK
    ut, feil = capfd.readouterr()
    assert "1 taken back, 0 stopped" in feil
    for sier in (
        GRUNN,
        "Oppdaget 03.03.2026. Sendt: 02.03.2026.",
        "1 dokument er sendt",
        "Til NAV",
        "Helseopplysninger",
    ):
        assert sier in ut, sier
    assert "TEST Nav Eksempelbyen: Plan, versjon 1, sendt 02.03.2026" in ut.replace("Plan for tiltaket", "Plan")
    for spor in (make_ident(1), "Fornavn1", "Etternavn1", "D1", HENSIKT):
        assert spor not in ut + feil, spor
    assert states(linje) == [(1, T.SENDT), (2, T.KLAR)]
    (navn,) = [navn for navn in linje.outbox() if navn.startswith("brudd/2026-03-03-")]
    assert linje.outbox()[navn].decode() == ut
    siste = linje.om.ledger.dokumenter.latest(linje.ref("D1"), "PLAN", 0)
    assert siste is not None
    assert HENSIKT not in str(linje.om.ledger.dokumenter.read(siste.melding_id))
    assert linje.run("levering") == {"OVERFORT": 1}
    assert [rad.handling for rad in linje.om.ledger.tilganger.of_sender(AVSENDER)] == ["TREKKE_TILBAKE"]


def test_it_is_not_sent_again_before_the_number_is_corrected(linje: Linje) -> None:
    report(linje, DAG)
    linje.run("levering")
    assert take_back() == cli.OK
    assert linje.run("rapportering")["feilPerson"] == 1
    antall = report(linje, DAG + timedelta(days=10), yrkesmal="Lagermedarbeider.")
    assert (antall["bygget"], antall["feilPerson"]) == (0, 1)
    assert take_back() == cli.OK
    assert len(states(linje)) == 2
    linje.run("levering")
    for navn in ("Kari", "Ola"):
        confirm(linje.om, "IDE004", avsender=AVSENDER, sak="P1", av=navn, grunn="Rettet.", now=linje.now)
    report(linje, DAG + timedelta(days=20), ident=make_ident(7))
    report(linje, DAG + timedelta(days=30), ident=make_ident(7))
    assert [versjon for versjon, _ in states(linje)] == [1, 2, 3]
    siste = linje.om.ledger.dokumenter.latest(linje.ref("D1"), "PLAN", 0)
    assert siste is not None
    assert linje.om.ledger.dokumenter.read(siste.melding_id)["hode"]["deltaker"]["personident"] == make_ident(7)


def test_what_nobody_has_is_stopped_and_the_notice_says_so(linje: Linje, capfd: pytest.CaptureFixture[str]) -> None:
    report(linje, DAG)
    capfd.readouterr()
    assert take_back() == cli.OK
    ut, _ = capfd.readouterr()
    assert "Sendt: ingenting." in ut
    assert "Stanset før de ble sendt: 1." in ut
    assert states(linje) == [(1, T.TILBAKEKALT)]
    assert linje.run("rapportering")["bygget"] == 0
    assert linje.run("levering") == {}


def test_a_deltakelse_that_is_not_there_is_wrong_usage(linje: Linje, capfd: pytest.CaptureFixture[str]) -> None:
    assert take_back("D99") == cli.BRUK
    assert "no such deltakelse" in capfd.readouterr().err
    assert linje.om.ledger.tilganger.of_sender(AVSENDER) == []
