"""`tiltaksflyt profile` as its users type it: exit codes, JSON fields, and that nothing of a person is echoed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from schemas.identer import check_personident
from tiltaksflyt import cli

IDENT = next(i for n in range(10000, 99999) if check_personident(i := f"018190{n:05d}", regel2032=False).gyldig)
HODE = "Deltakernr;Fnr;Fornavn;Etternavn;Enhetsnr;Tiltakstype;Status;Oppstart"
RAD = f"1;{IDENT};Eldbjørg;Sandlien;9703;AFT;I tiltak;01.02.2026"


def run(*valg: str) -> int:
    """The exit code, also where argparse ends the program itself."""
    try:
        return cli.main(valg)
    except SystemExit as slutt:
        return int(slutt.code or 0)


@pytest.fixture
def eksport(tmp_path: Path) -> str:
    fil = tmp_path / "Eldbjørg Sandlien.csv"
    fil.write_text(f"{HODE}\n{RAD}\n", encoding="utf-8")
    return str(fil)


def told(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """What was printed, after making sure that it is nobody's."""
    ut = capsys.readouterr()
    assert not [verdi for verdi in (IDENT, "Eldbjørg", "Sandlien") if verdi in ut.out + ut.err]
    return ut.out, ut.err


def test_a_proposal_is_written_reported_and_sound(
    eksport: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fil = tmp_path / "forslag.yaml"
    assert run("profile", "suggest", eksport, "--name", "vest-1", "--output", str(fil)) == 0
    ut, feil = told(capsys)
    assert "Profil vest-1: kan lastes" in ut
    assert "SIKKER «Fnr» → deltaker.personident" in ut
    assert feil == ""
    assert IDENT not in fil.read_text(encoding="utf-8")
    assert "Sandlien" not in fil.read_text(encoding="utf-8")
    assert run("profile", "check", str(fil)) == 0
    assert f"{fil}: OK" in capsys.readouterr().out


def test_without_output_the_profile_is_printed_and_the_report_apart(
    eksport: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("profile", "suggest", eksport, "--name", "vest") == 0
    ut, feil = told(capsys)
    assert ut.startswith("# yaml-language-server: $schema=")
    assert "Profil vest: kan lastes" in feil


def test_the_report_as_json(eksport: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("profile", "suggest", eksport, "--name", "vest", "--json") == 0
    svar: dict[str, Any] = json.loads(told(capsys)[0])
    assert set(svar) == {
        "profil", "lastbar", "format", "tegnsett", "skilletegn", "datoformat", "desimaltegn", "antall", "tabeller",
        "ukjenteTabeller", "koder", "mangler", "merknader", "innhold",
    }  # fmt: skip
    assert (svar["lastbar"], svar["format"], svar["skilletegn"], svar["mangler"]) == (True, "CSV", ";", [])
    (kilde,) = svar["tabeller"]
    assert kilde["tabeller"] == ["deltaker", "deltakelse"]
    assert {"kolonne": "Oppstart", "tabell": "deltakelse", "felt": "startDato"}.items() <= kilde["kolonner"][-1].items()
    assert {kolonne["sikkerhet"] for kolonne in kilde["kolonner"]} <= {"SIKKER", "TROLIG", "GJETT"}
    assert svar["innhold"].startswith("# yaml-language-server")


def test_what_is_required_and_missing_is_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fil = tmp_path / "eksport.csv"
    fil.write_text(f"Deltakernr;Fnr;Fornavn;Tiltakstype;Status\n1;{IDENT};Eldbjørg;AFT;Deltar\n", encoding="utf-8")
    assert run("profile", "suggest", str(fil), "--name", "vest", "--json") == 1
    svar = json.loads(told(capsys)[0])
    assert svar["lastbar"] is False
    assert {"tabell": "deltaker", "felt": "etternavn"} in svar["mangler"]


def test_a_file_that_the_door_refuses_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fil = tmp_path / "eksport.json"
    fil.write_bytes(b'{"deltaker": [{"fornavn": "Eldbj')
    assert run("profile", "suggest", str(fil), "--name", "vest") == 2
    ut, feil = told(capsys)
    assert ut == ""
    assert "FIL002" in feil


def test_nobodys_work_is_overwritten(eksport: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fil = tmp_path / "ferdig.yaml"
    fil.write_text("profil: ferdig\n", encoding="utf-8")
    assert run("profile", "suggest", eksport, "--name", "vest", "--output", str(fil)) == 64
    assert "exists already" in told(capsys)[1]
    assert fil.read_text(encoding="utf-8") == "profil: ferdig\n"


@pytest.mark.parametrize(
    "valg",
    [
        ("profile",),
        ("profile", "check"),
        ("profile", "suggest", "x.csv"),
        ("profile", "suggest", "x.csv", "--name", "Mitt Oppsett"),
    ],
)
def test_wrong_usage_is_64(valg: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*valg) == 64
    assert "usage" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_wrong_usage_and_not_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("profile", "suggest", "/finnes/ikke/Eldbjørg Sandlien.csv", "--name", "vest") == 64
    assert "could not be opened" in told(capsys)[1]


def test_one_faulty_profile_of_several_is_78_and_all_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ond = tmp_path / "ond.yaml"
    ond.write_text(
        "profil: ond\nversjon: 0\nbeskrivelse: En med to feil.\nformat: PDF\ntabeller: {}\n", encoding="utf-8"
    )
    god = Path(cli.__file__).parents[1] / "schemas" / "profiler" / "fagsystem-vekst" / "1.yaml"
    assert run("profile", "check", str(ond), str(god), str(tmp_path / "borte.yaml"), "--json") == 78
    svar = [json.loads(linje) for linje in capsys.readouterr().out.splitlines()]
    assert [ett["ok"] for ett in svar] == [False, True, False]
    assert [feil["linje"] for feil in svar[0]["feil"]] == [2, 4, 5]
    assert set(svar[1]) == {"fil", "ok", "feil", "dekning", "savnedeTabeller"}
    assert run("profile", "check", str(ond)) == 78
    assert "line 4: format: 'PDF' is not one of" in capsys.readouterr().out


def test_the_command_line_starts_without_the_pipeline() -> None:
    kode = (
        "import sys; from tiltaksflyt import cli; cli._parser(); "
        "sys.exit(bool({'pandas', 'lxml', 'tiltaksflyt.intake'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", kode], check=False, timeout=60).returncode == 0
