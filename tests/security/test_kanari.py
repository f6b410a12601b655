"""Each step, made to fail with a person in hand, from the command line: nothing of the person comes out."""

import json
import logging
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.pipeline.conftest import Linje, egen_linje, felles, linje
from tests.pipeline.saker import AVSENDER, document, make_ident, person, plan, running, slutt
from tiltaksflyt import cli
from tiltaksflyt.intake import amtleser
from tiltaksflyt.intake import drop as intake_drop
from tiltaksflyt.ledger.deltakelser import Deltakelser
from tiltaksflyt.ledger.dokumenter import Dokumenter
from tiltaksflyt.pipeline import (
    avvisning,
    besvaring,
    eksport,
    etteroppfolging,
    forhistorie,
    levering,
    mottak,
    rapportering,
    samtykker,
    sider,
    sletting,
    statistikk,
    utkast,
)
from tiltaksflyt.pipeline import frister as frister_steg

__all__ = ["egen_linje", "felles", "linje"]

START = date(2026, 2, 10)
DAG = date(2026, 3, 2)
KANARI = make_ident(1)


def fail_with_the_person(*_: object, **__: object) -> None:
    raise ValueError(f"could not handle {person(1)}")


# Where each step has the person in its hands: the place is made to fail.
STEDER = {
    "mottak": (mottak, "assess_chunk"),
    "rapportering": (rapportering, "build_innhold"),
    "levering": (levering, "build_package"),
    "kvittering": (avvisning, "tittel"),
    "frister": (frister_steg, "duties"),
    "sletting": (sletting, "erased_categories"),
}


def _in_environment(linje: Linje, monkeypatch: pytest.MonkeyPatch) -> Linje:
    for navn, verdi in linje.anlegg.miljo.items():
        monkeypatch.setenv(navn, verdi)
    return linje


@pytest.fixture
def klar(linje: Linje, monkeypatch: pytest.MonkeyPatch) -> Linje:
    return _in_environment(linje, monkeypatch)


@pytest.fixture
def klar_alene(egen_linje: Linje, monkeypatch: pytest.MonkeyPatch) -> Linje:
    """With a store of its own, which the sweep can look through."""
    return _in_environment(egen_linje, monkeypatch)


def come_to(linje: Linje, steg: str) -> None:
    """Bring the line to where the step has work to do."""
    rekke = ["mottak", "rapportering", "levering"]
    linje.drop(document(DAG, [running(1, START)], plan=[plan(1, DAG)]))
    if steg == "mottak":
        linje.anlegg.let_rest()
        return
    for ett in rekke[: rekke.index(steg) if steg in rekke else len(rekke)]:
        linje.run(ett)
    if steg == "kvittering":
        linje.wait_for_receipts(1)
        _reject_everything(linje)
    if steg == "sletting":
        linje.on(date(2026, 7, 1))


def _reject_everything(linje: Linje) -> None:
    mappe = next(sti for sti in linje.anlegg.mottakerkatalog.rglob("kvitteringer") if sti.is_dir())
    for fil in mappe.iterdir():
        innhold = json.loads(fil.read_text(encoding="utf-8"))
        for svar in innhold.get("dokumenter", ()):
            svar |= {"status": "AVVIST", "kode": "FEIL_PERSON", "tekst": "Feil."}
        fil.write_text(json.dumps(innhold), encoding="utf-8")


@pytest.mark.parametrize("steg", STEDER)
def test_a_step_that_fails_with_a_person_in_hand_tells_nothing(
    klar: Linje,
    steg: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    come_to(klar, steg)
    modul, navn = STEDER[steg]
    monkeypatch.setattr(modul, navn, fail_with_the_person)
    with caplog.at_level(logging.DEBUG):
        assert cli.main(["run", steg]) == cli.STEGFEIL
    ut = "".join(capfd.readouterr()) + caplog.text
    assert "UVENTET_ValueError" in ut
    for verdi in (KANARI, "Etternavn1", "Fornavn1", "P1'"):
        assert verdi not in ut


TELEFON, EPOST = "41234567", "kanari.fugl@eksempel.test"


def consenting(dato: date, **endret: str) -> dict[str, Any]:
    """One that has ended on DAG, with how to reach the person and the consent to keep it."""
    slutten = {"status": "HAR_SLUTTET", "sluttDato": DAG.isoformat(), "statusGyldigFra": DAG.isoformat()}
    samtykke = {
        "samtykkeId": "SAMTYKKE-K1",
        "deltakerId": "P1",
        "deltakelseId": "D1",
        "formaal": "OPPFOLGING_6_MND",
        "tekstversjon": "2026-1",
        "gitt": DAG.isoformat(),
        "gyldigTil": "2026-09-02",
    }
    innhold = document(dato, [running(1, START) | slutten], samtykke=[samtykke | endret])
    innhold["deltaker"][0] |= {"telefonnummer": TELEFON, "epost": EPOST}
    return innhold


@pytest.mark.parametrize(
    ("steg", "modul", "navn"),
    [
        ("mottak", besvaring, "consents_of"),
        ("mottak", forhistorie, "consents_before"),
        ("mottak", etteroppfolging, "is_asked"),
        ("sletting", samtykker, "anchor_chain"),
    ],
)
def test_a_step_that_fails_with_a_consent_in_hand_tells_nothing(
    klar: Linje,
    steg: str,
    modul: ModuleType,
    navn: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail_with_contact_details(*_: object, **__: object) -> None:
        raise ValueError(f"could not handle {TELEFON} {EPOST} SAMTYKKE-K1")

    klar.receive(consenting(DAG))
    assert klar.om.ledger.samtykker.find(AVSENDER, ["SAMTYKKE-K1"])["SAMTYKKE-K1"]["telefonnummer"] == TELEFON
    klar.drop(consenting(DAG + timedelta(days=1), trukket=DAG.isoformat()))
    klar.on(DAG + timedelta(days=1))
    if steg == "sletting":
        klar.run("mottak")
    else:
        klar.anlegg.let_rest()
    monkeypatch.setattr(modul, navn, fail_with_contact_details)
    with caplog.at_level(logging.DEBUG):
        assert cli.main(["run", steg]) == cli.STEGFEIL
    ut = "".join(capfd.readouterr()) + caplog.text + repr(klar.outbox())
    assert "UVENTET_ValueError" in ut
    for verdi in (TELEFON, EPOST, "SAMTYKKE-K1"):
        assert verdi not in ut


def test_an_export_that_fails_tells_nothing_and_writes_nothing(
    klar: Linje,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    klar.receive(document(DAG, [running(1, START)]))
    monkeypatch.setattr(eksport, "build_record", fail_with_the_person)
    with caplog.at_level(logging.DEBUG):
        fil = tmp_path / "nav.json"
        assert cli.main(["export", "--arrangor", AVSENDER, "--output", str(fil)]) == cli.STEGFEIL
    ut = "".join(capfd.readouterr()) + caplog.text
    assert "UVENTET_ValueError" in ut
    assert KANARI not in ut
    assert not fil.exists()


def test_an_export_puts_the_person_in_the_file_and_nowhere_else(
    klar: Linje, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    en = {**running(1, START), "gjennomforingId": "1487f7fe-156c-41d7-8d90-bf108dd1b4d2"}
    klar.receive(document(DAG, [en, running(2, START)]))
    fil = tmp_path / "nav.json"
    with caplog.at_level(logging.DEBUG):
        assert cli.main(["export", "--arrangor", AVSENDER, "--output", str(fil)]) == 1
    ut = "".join(capfd.readouterr()) + caplog.text
    assert KANARI in fil.read_text(encoding="utf-8")
    for verdi in (KANARI, make_ident(2), "Etternavn1", "Fornavn1"):
        assert verdi not in ut


def test_nav_s_own_records_leak_nothing_when_a_reader_fails(klar: Linje, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amtleser, "_as_row", fail_with_the_person)
    post = {"id": "x", "gjennomforingId": "y", "personIdent": KANARI, "status": {"type": "DELTAR"}}
    klar.drop(json.dumps([post]).encode())
    assert klar.run("mottak")["AVVIST"] == 1
    for data in klar.outbox().values():
        assert KANARI.encode() not in data


def set_drafts(linje: Linje) -> None:
    """Let the sender see its documents first, in the set-up that the command line reads."""
    fil = linje.anlegg.oppsett / "avsendere" / f"{AVSENDER}.yaml"
    fil.write_text(fil.read_text(encoding="utf-8") + "utkast: true\n", encoding="utf-8")


@pytest.mark.parametrize(("modul", "navn"), [(sider, "render_pdf"), (utkast, "set_pages"), (utkast, "render_oversikt")])
def test_a_draft_that_fails_with_a_person_in_hand_tells_nothing(
    klar: Linje,
    modul: ModuleType,
    navn: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    set_drafts(klar)
    klar.receive(document(DAG, [running(1, START)], plan=[plan(1, DAG)]))
    monkeypatch.setattr(modul, navn, fail_with_the_person)
    with caplog.at_level(logging.DEBUG):
        assert cli.main(["run", "rapportering"]) == cli.STEGFEIL
    ut = "".join(capfd.readouterr()) + caplog.text
    assert "UVENTET_ValueError" in ut
    for verdi in (KANARI, "Etternavn1", "Fornavn1", "P1'"):
        assert verdi not in ut


def test_a_draft_shows_the_person_on_its_page_and_nowhere_else_and_is_found_by_the_sweep_no_more(
    klar_alene: Linje, caplog: pytest.LogCaptureFixture
) -> None:
    klar = klar_alene
    set_drafts(klar)
    ferdig = DAG + timedelta(days=84)
    slutten = {"status": "HAR_SLUTTET", "sluttDato": DAG.isoformat(), "statusGyldigFra": DAG.isoformat()}
    with caplog.at_level(logging.DEBUG):
        klar.on(ferdig).receive(
            document(ferdig, [running(1, START) | slutten], sluttvurdering=[slutt(1, DAG, resultat="ANNET")])
        )
        assert cli.main(["run", "rapportering"]) == 0
        (navn,) = [navn for navn in klar.outbox() if navn.endswith(".pdf")]
        klar.drop(f"Etternavn1 Fornavn1 {KANARI}".encode(), f"stopp/{navn}")
        klar.run("mottak")
        lagt = {navn: data for navn, data in klar.outbox().items() if navn.startswith("utkast/")}
        assert [navn.split("/")[1] for navn in sorted(lagt)] == ["oversikt.txt", "stanset", "svar"]
        for verdi in (KANARI, "Etternavn1", "Fornavn1", "D1", "P1"):
            assert verdi not in caplog.text
            for navn, data in lagt.items():
                assert verdi not in navn
                assert navn.endswith(".pdf") or verdi.encode() not in data
        borte = ferdig + timedelta(days=1)
        klar.anlegg.kanarier.write_text(f"{borte}\t{KANARI}\n{borte}\tEtternavn1\n", encoding="utf-8")
        antall = klar.on(borte).run("sletting")
    assert (antall["slettet"], antall["kanarier"], antall["treff"]) == (1, 2, 0)
    assert not [navn for navn in klar.outbox() if navn.endswith(".pdf")]


def test_statistics_that_fail_with_a_person_in_hand_tell_nothing(
    klar: Linje, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    come_to(klar, "levering")
    monkeypatch.setattr(statistikk, "ended_on", fail_with_the_person)
    monkeypatch.setattr(statistikk, "AVSLUTTET", {"DELTAR"})
    with caplog.at_level(logging.DEBUG):
        assert cli.main(["statistics"]) == cli.STEGFEIL
    ut = "".join(capfd.readouterr()) + caplog.text
    assert "UVENTET_ValueError" in ut
    for verdi in (KANARI, "Etternavn1", "Fornavn1", "P1'"):
        assert verdi not in ut


def test_statistics_of_one_hold_nothing_of_the_person(klar: Linje, tmp_path: Path) -> None:
    """Neither while the deltakelse is stored nor when it is erased; what is left are counts of the quarter."""
    slutten = {"status": "HAR_SLUTTET", "sluttDato": DAG.isoformat(), "statusGyldigFra": DAG.isoformat()}
    klar.receive(document(DAG, [running(1, START) | slutten], plan=[plan(1, DAG)], sluttvurdering=[slutt(1, DAG)]))
    klar.run("rapportering", "frister")
    for dato, antall in ((DAG, 1), (date(2026, 7, 1), 0)):
        klar.on(dato).run("sletting")
        assert len(list(Deltakelser.each(klar.om.ledger.deltakelser))) == antall
        assert cli.main(["statistics", "--quarter", "2026-1", "--out", str(tmp_path / "ut")]) == 0
        celler = repr(klar.om.ledger.statistikk.cells())
        assert ("AVSLUTTET" in celler) is (antall == 0)
        for innhold in (celler, *(fil.read_text(encoding="utf-8") for fil in (tmp_path / "ut").iterdir())):
            for verdi in (KANARI, "Etternavn1", "Fornavn1", "D1", "P1", DAG.isoformat()):
                assert verdi not in innhold


def test_a_surprise_inside_a_reader_is_a_refused_file(klar: Linje, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_drop, "_read", fail_with_the_person)
    assert klar.receive(document(DAG, [running(1, START)]))["AVVIST"] == 1
    for data in klar.outbox().values():
        assert KANARI.encode() not in data


def test_what_the_ledger_holds_is_the_person_and_no_file_shows_it(klar: Linje) -> None:
    """The canary is really there, so that not finding it means something."""
    klar.receive(document(DAG, [running(1, START)], plan=[plan(1, DAG)]))
    ((_, post),) = Deltakelser.each(klar.om.ledger.deltakelser)
    assert post["deltaker"]["personident"] == KANARI
    assert Dokumenter.latest(klar.om.ledger.dokumenter, klar.ref("D1"), "PLAN", 0) is None
    for fil in (klar.anlegg.katalog / "ledger").iterdir():
        assert KANARI.encode() not in fil.read_bytes()
