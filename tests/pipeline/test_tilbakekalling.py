"""What was registered in error is taken back: what nobody has sends nothing, what Nav has is withdrawn by a version."""

from datetime import date, timedelta
from typing import Any

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import document, plan, running
from tiltaksflyt.ledger import Forsendelsestilstand as T
from tiltaksflyt.ledger import Statuskode

START = date(2026, 2, 10)
DAG = date(2026, 3, 2)
HENSIKT = "Komme i arbeid på et slakteri."


def drop(dag: date, status: str = "DELTAR", **plantekst: Any) -> dict[str, Any]:
    rad = running(1, START) | {"status": status, "statusGyldigFra": dag.isoformat()}
    innhold = document(dag, [rad], plan=[plan(1, DAG, hensikt=HENSIKT, **plantekst)])
    if plantekst.get("beskyttet"):
        innhold["plan"][0].pop("beskyttet")
        innhold["deltaker"][0]["adressebeskyttelse"] = "FORTROLIG"
    return innhold


def report(linje: Linje, dag: date, status: str, **plantekst: Any) -> dict[str, int]:
    linje.on(dag)
    linje.receive(drop(dag, status, **plantekst))
    return linje.run("rapportering")


def states(linje: Linje) -> list[tuple[int, T]]:
    rader = linje.om.ledger.dokumenter.forsendelser(ref=linje.ref("D1"))
    return sorted((rad.versjon, rad.tilstand) for rad in rader)


def later(dager: int) -> date:
    return DAG + timedelta(days=dager)


def test_what_nobody_has_is_withdrawn_and_sends_nothing(linje: Linje) -> None:
    report(linje, DAG, "DELTAR")
    antall = report(linje, later(1), "FEILREGISTRERT")
    assert (antall["trukket"], antall.get("tilbakekalt", 0)) == (1, 0)
    assert linje.run("levering") == {}
    assert states(linje) == [(1, T.TILBAKEKALT)]
    assert linje.run("rapportering")["trukket"] == 0


def test_what_nav_has_is_taken_back_by_a_version_without_a_word_of_it(linje: Linje) -> None:
    report(linje, DAG, "DELTAR")
    linje.run("levering")
    linje.wait_for_receipts(1)
    linje.run("kvittering")
    assert report(linje, later(1), "FEILREGISTRERT")["tilbakekalt"] == 1
    siste = linje.om.ledger.dokumenter.latest(linje.ref("D1"), "PLAN", 0)
    assert siste is not None
    innhold = linje.om.ledger.dokumenter.read(siste.melding_id)
    assert (innhold["hode"]["versjon"], innhold["hode"]["tilbakekalt"]) == (2, "FEILREGISTRERT")
    assert (innhold["hode"]["erstatter"], innhold["hode"]["dokumentId"]) == (siste.erstatter, siste.dokument_id)
    assert HENSIKT not in str(innhold)
    assert "Vera Veileder" not in str(innhold)
    linje.run("levering")
    linje.wait_for_receipts(2)
    linje.run("kvittering")
    assert states(linje) == [(1, T.ERSTATTET), (2, T.GODTATT)]


def test_a_second_run_takes_nothing_back_again(linje: Linje) -> None:
    report(linje, DAG, "DELTAR")
    linje.run("levering")
    report(linje, later(1), "FEILREGISTRERT")
    antall = linje.run("rapportering")
    assert (antall.get("tilbakekalt", 0), antall.get("trukket", 0)) == (0, 0)
    assert states(linje) == [(1, T.SENDT), (2, T.KLAR)]


def test_a_correction_that_waits_is_not_sent_before_what_takes_it_back(linje: Linje) -> None:
    report(linje, DAG, "DELTAR")
    linje.run("levering")
    report(linje, later(1), "DELTAR", yrkesmal="Lagermedarbeider.")
    linje.on(later(3)).run("rapportering")
    assert states(linje) == [(1, T.SENDT), (2, T.KLAR)]
    report(linje, later(4), "FEILREGISTRERT", yrkesmal="Lagermedarbeider.")
    assert states(linje) == [(1, T.SENDT), (2, T.ERSTATTET), (3, T.KLAR)]


def test_what_was_no_error_after_all_is_sent_again(linje: Linje) -> None:
    report(linje, DAG, "DELTAR")
    linje.run("levering")
    report(linje, later(1), "FEILREGISTRERT")
    linje.run("levering")
    report(linje, later(2), "DELTAR")
    assert linje.on(later(4)).run("rapportering")["bygget"] == 1
    siste = linje.om.ledger.dokumenter.latest(linje.ref("D1"), "PLAN", 0)
    assert siste is not None
    innhold = linje.om.ledger.dokumenter.read(siste.melding_id)
    assert (innhold["hode"]["versjon"], "tilbakekalt" in innhold["hode"]) == (3, False)
    assert HENSIKT in str(innhold)
    assert "'endret'" not in str(innhold)


def test_what_was_an_error_after_all_is_not_taken_back_twice(linje: Linje) -> None:
    """Nav has the version that takes it back; what was to come after that is withdrawn, and sends nothing."""
    report(linje, DAG, "DELTAR")
    linje.run("levering")
    report(linje, later(1), "FEILREGISTRERT")
    linje.run("levering")
    report(linje, later(2), "DELTAR")
    linje.on(later(4)).run("rapportering")
    antall = report(linje, later(5), "FEILREGISTRERT")
    assert (antall["trukket"], antall.get("tilbakekalt", 0)) == (1, 0)
    assert states(linje) == [(1, T.ERSTATTET), (2, T.SENDT), (3, T.TILBAKEKALT)]


def test_what_never_left_is_sent_when_it_was_no_error_after_all(linje: Linje) -> None:
    report(linje, DAG, "DELTAR")
    report(linje, later(1), "FEILREGISTRERT")
    report(linje, later(2), "DELTAR")
    linje.on(later(4)).run("rapportering")
    assert states(linje) == [(1, T.TILBAKEKALT), (2, T.KLAR)]


def test_a_protected_address_holds_what_takes_back_too(linje: Linje) -> None:
    report(linje, DAG, "DELTAR")
    linje.run("levering")
    report(linje, later(1), "FEILREGISTRERT", beskyttet=True)
    (ny,) = linje.om.ledger.dokumenter.forsendelser(ref=linje.ref("D1"), tilstand=T.HOLDT)
    assert (ny.versjon, ny.statuskode) == (2, Statuskode.ADRESSEBESKYTTELSE)
