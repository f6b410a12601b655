"""`tiltaksflyt innsyn`: all that is known of one deltaker, and nothing of anybody else."""

import io
import json
import stat
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import AVSENDER, document, make_ident, plan, running
from tiltaksflyt import cli

DAG = date(2026, 3, 2)
START = date(2026, 2, 10)
MITT, DITT = "Komme i arbeid på et slakteri.", "Bli baker i en annen by."


@pytest.fixture
def kjent(linje: Linje, monkeypatch: pytest.MonkeyPatch) -> Linje:
    """One person with two deltakelser, of which one has a sent and receipted plan, and another person beside it."""
    tidligere = running(3, date(2025, 1, 7)) | {
        "deltakerId": "P1",
        "status": "HAR_SLUTTET",
        "sluttDato": "2026-02-02",
        "statusGyldigFra": "2026-02-02",
    }
    planer = [plan(1, DAG, hensikt=MITT), plan(2, DAG, hensikt=DITT)]
    linje.receive(document(DAG, [running(1, START), running(2, START), tidligere], plan=planer))
    linje.run("rapportering", "levering")
    linje.wait_for_receipts(2)
    linje.run("kvittering", "frister")
    linje.om.ledger.tilbakehold.begin(
        linje.ref("D1"), av="Kari", grunn="Klage til Nav.", fra=DAG, til=DAG + timedelta(days=5)
    )
    for navn, verdi in linje.anlegg.miljo.items():
        monkeypatch.setenv(navn, verdi)
    return linje


def ask(ut: Path, *hvem: str) -> int:
    hvorfor = ("--role", "PERSONVERN", "--by", "Kari", "--reason", "Krav om innsyn.")
    return cli.main(["innsyn", "--sender", AVSENDER, "--out", str(ut), *hvem, *hvorfor])


def extract(ut: Path) -> dict[str, Any]:
    return dict(json.loads((ut / "innsyn.json").read_text(encoding="utf-8")))


def page(ut: Path) -> str:
    return (ut / "innsyn.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("kjent")
def test_it_is_all_of_the_person_and_nothing_of_others(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert ask(tmp_path, "--deltakelse", "D1") == cli.OK
    uttrekk, side = extract(tmp_path), page(tmp_path)
    assert {ett["post"]["deltakelse"]["deltakelseId"] for ett in uttrekk["deltakelser"]} == {"D1", "D3"}
    (mitt,) = [ett for ett in uttrekk["deltakelser"] if ett["post"]["deltakelse"]["deltakelseId"] == "D1"]
    (dokument,) = mitt["dokumenter"]
    assert (dokument["type"], dokument["versjon"]) == ("PLAN", 1)
    (mottaker,) = dokument["mottakere"]
    assert (mottaker["navn"], mottaker["tilstand"], mottaker["sendt"]) == (
        "TEST Nav Eksempelbyen",
        "GODTATT",
        DAG.isoformat(),
    )
    assert [svar["status"] for svar in mitt["kvitteringer"]] == ["GODTATT"]
    assert [hold["grunn"] for hold in mitt["tilbakehold"]] == ["Klage til Nav."]
    assert [ett["handling"] for ett in mitt["apninger"]] == ["GI_INNSYN"]
    assert mitt["frister"]
    assert mitt["sisteDag"] > DAG.isoformat()
    for spor in (MITT, "Fornavn1", make_ident(1), "Klage til Nav.", "TEST Nav Eksempelbyen", "art. 6 nr. 1 e"):
        assert spor in side, spor
    for spor in (DITT, "Fornavn2", make_ident(2)):
        assert spor not in side + json.dumps(uttrekk, ensure_ascii=False), spor
    ut, feil = capfd.readouterr()
    assert "Fornavn1" not in ut + feil


@pytest.mark.usefixtures("kjent")
def test_by_a_number_that_is_read_and_never_typed_on_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{make_ident(2)}\n"))
    assert ask(tmp_path, "--personident") == cli.OK
    assert [ett["post"]["deltakelse"]["deltakelseId"] for ett in extract(tmp_path)["deltakelser"]] == ["D2"]
    monkeypatch.setattr("sys.stdin", io.StringIO("12345678901\n"))
    assert ask(tmp_path, "--personident") == cli.BRUK
    ut, feil = capfd.readouterr()
    assert "12345678901" not in ut + feil
    assert make_ident(2) not in ut + feil
    with pytest.raises(SystemExit):
        cli.main(["innsyn", "--sender", AVSENDER, "--out", str(tmp_path), "--personident", make_ident(2)])


@pytest.mark.usefixtures("kjent")
def test_the_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    ask(tmp_path / "ny", "--deltakelse", "D1")
    assert stat.S_IMODE((tmp_path / "ny").stat().st_mode) == 0o700
    assert {stat.S_IMODE(fil.stat().st_mode) for fil in (tmp_path / "ny").iterdir()} == {0o600}


def test_of_an_erased_person_it_says_plainly_that_nothing_is_there(kjent: Linje, tmp_path: Path) -> None:
    kjent.on(kjent.om.ledger.deltakelser.get(kjent.ref("D2")).siste_dag + timedelta(days=1)).run("sletting")
    assert ask(tmp_path, "--deltakelse", "D2") == 1
    assert (extract(tmp_path)["finnes"], extract(tmp_path)["deltakelser"]) == (False, [])
    assert "Det finnes ingen opplysninger om deg her." in page(tmp_path)
    assert [(rad.handling, rad.slettesak_id) for rad in kjent.om.ledger.tilganger.of_sender(AVSENDER)] == [
        ("GI_INNSYN", None)
    ]


def test_what_is_only_held_is_told_too(kjent: Linje, tmp_path: Path) -> None:
    innhold = document(DAG, [running(9, START) | {"status": "FINNES_IKKE"}], omfang="ENDRING")
    kjent.receive(innhold)
    assert ask(tmp_path, "--deltakelse", "D9") == cli.OK
    (holdt,) = extract(tmp_path)["holdt"]
    assert holdt["regler"]
    assert "Innholdet er ikke lagret." in page(tmp_path)
    assert extract(tmp_path)["deltakelser"] == []


def test_where_the_log_refuses_to_write_there_is_no_extract(kjent: Linje, tmp_path: Path) -> None:
    with kjent.om.ledger.database.write() as conn:
        conn.execute(text("CREATE TRIGGER nei BEFORE INSERT ON tilgang BEGIN SELECT RAISE(ABORT, 'nei'); END"))
    for hvem in ("D1", "D99"):
        assert ask(tmp_path / "ny", "--deltakelse", hvem) == cli.STEGFEIL
    assert not (tmp_path / "ny").exists()
