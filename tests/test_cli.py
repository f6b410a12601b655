"""The commands as their users type them: what they print, their JSON fields and exit codes. Others rely on these."""

import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.lokalt.anlegg import LokaltAnlegg
from tests.pipeline.saker import ANNEN, AVSENDER, document, from_other, make_oppsett, person, plan, running, slutt
from tiltaksflyt import cli

DAG = date(2026, 3, 2)
SLUTT = date(2026, 2, 27)
AVVIKSFELTER = {"regelId", "alvorlighet", "tabell", "rad", "nokkel", "kolonne", "melding", "tiltak"}
FELT_FRIST = {"deltakelseId", "type", "n", "frist", "status"}


def two() -> dict[str, Any]:
    return document(DAG, [running(1, DAG - timedelta(days=20)), running(2, DAG - timedelta(days=10))])


def ended(nummer: int) -> dict[str, Any]:
    avsluttet = {"status": "HAR_SLUTTET", "statusGyldigFra": SLUTT.isoformat(), "sluttDato": SLUTT.isoformat()}
    return {**running(nummer, SLUTT - timedelta(days=90)), **avsluttet, "statusAarsak": {"type": "FATT_JOBB"}}


@pytest.fixture
def uten_miljo(monkeypatch: pytest.MonkeyPatch) -> None:
    for navn in os.environ:
        if navn.startswith("TILTAKSFLYT_"):
            monkeypatch.delenv(navn)


def write(tmp_path: Path, innhold: dict[str, Any] | bytes, navn: str = "eksport.json") -> str:
    fil = tmp_path / navn
    fil.write_bytes(innhold if isinstance(innhold, bytes) else json.dumps(innhold, ensure_ascii=False).encode())
    return str(fil)


def run(*valg: str) -> int:
    """The exit code, also where argparse ends the program itself."""
    try:
        return cli.main(valg)
    except SystemExit as slutt_:
        return int(slutt_.code or 0)


# --- without any deployment ---


@pytest.mark.usefixtures("uten_miljo")
class TestValidate:
    def validate(self, capsys: pytest.CaptureFixture[str], *valg: str) -> tuple[int, list[dict[str, Any]]]:
        kode = run("validate", *valg, "--arrangor", AVSENDER, "--date", DAG.isoformat(), "--json")
        return kode, [json.loads(linje) for linje in capsys.readouterr().out.splitlines()]

    def test_a_clean_file(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        kode, [svar] = self.validate(capsys, write(tmp_path, two()))
        assert kode == 0
        assert set(svar) == {"fil", "status", "antall", "avvik"}
        assert svar["fil"] == "eksport.json"
        assert svar["status"] in ("GODTATT", "GODTATT_MED_ADVARSEL")
        assert (svar["antall"]["deltakelser"], svar["antall"]["godtatt"], svar["antall"]["holdt"]) == (2, 2, 0)

    def test_a_row_at_fault_is_named_and_never_quoted(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        innhold = two()
        innhold["deltaker"][1]["personident"] = "15819099999"
        kode, [svar] = self.validate(capsys, write(tmp_path, innhold))
        assert (kode, svar["status"], svar["antall"]["holdt"]) == (1, "DELVIS_HOLDT", 1)
        [feil] = [avvik for avvik in svar["avvik"] if avvik["alvorlighet"] == "FEIL"]
        assert set(feil) >= AVVIKSFELTER
        assert (feil["tabell"], feil["rad"], feil["kolonne"]) == ("deltaker", 2, "personident")
        assert feil["melding"]
        assert feil["tiltak"]
        assert "15819099999" not in json.dumps(svar)

    @pytest.mark.parametrize("innhold", [b"", b"{", b"PK\x03\x04", b"<!DOCTYPE x><x/>"])
    def test_a_file_that_is_none(self, tmp_path: Path, capsys: pytest.CaptureFixture[str], innhold: bytes) -> None:
        kode, [svar] = self.validate(capsys, write(tmp_path, innhold))
        assert (kode, svar["status"]) == (2, "AVVIST")

    def test_the_worst_of_several_files_decides(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        filer = [write(tmp_path, two(), "god.json"), write(tmp_path, b"{", "ond.json")]
        kode, svar = self.validate(capsys, *filer)
        assert kode == 2
        assert [ett["fil"] for ett in svar] == ["god.json", "ond.json"]

    def test_a_file_that_is_not_there_is_wrong_usage(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("validate", "/finnes/ikke/Kari Nordmann.json", "--arrangor", AVSENDER) == 64
        ut = capsys.readouterr()
        assert ut.out == ""
        assert "could not be opened" in ut.err
        assert "Kari" not in ut.err

    def test_for_people(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        innhold = two()
        innhold["deltakelse"][0]["sluttDato"] = "2020-01-01"
        assert run("validate", write(tmp_path, innhold), "--arrangor", AVSENDER, "--date", DAG.isoformat()) == 1
        assert "deltakelse 1 sluttDato" in capsys.readouterr().out

    def test_writes_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        fil = write(tmp_path, two())
        monkeypatch.chdir(tmp_path)
        run("validate", fil, "--arrangor", AVSENDER)
        assert [sti.name for sti in tmp_path.rglob("*")] == ["eksport.json"]


@pytest.mark.parametrize(
    "valg",
    [
        (),
        ("nonsense",),
        ("validate",),
        ("validate", "x.json"),
        ("validate", "x.json", "--arrangor", "12345"),
        ("deadlines", "--json"),
        ("deadlines", "--file", "x.json", "--date", "2026-02-30"),
        ("run", "lunsj"),
        ("render", "D1", "--type", "PLAN"),
        ("render", "D1", "--type", "DIKT", "--format", "xml"),
        ("erase",),
        ("statistics", "--quarter", "2026-5"),
        ("statistics", "--format", "pdf"),
        ("evidence",),
        ("ident",),
    ],
)
def test_wrong_usage_is_64(valg: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*valg) == 64
    assert "usage" in capsys.readouterr().err


@pytest.mark.usefixtures("uten_miljo")
@pytest.mark.parametrize(
    "valg", [("status",), ("run", "mottak"), ("evidence", "verify"), ("deadlines", "--arrangor", AVSENDER)]
)
def test_a_missing_set_up_is_78_and_names_the_setting(
    valg: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*valg) == 78
    assert "TILTAKSFLYT_MODUS" in capsys.readouterr().err


def test_ident_tells_kind_and_reason_and_never_echoes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gyldig = person(1)["personident"]
    ugyldig = gyldig[:-1] + str((int(gyldig[-1]) + 1) % 10)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{gyldig}\n{ugyldig}\n\nKari Nordmann\n"))
    assert run("ident", "--stdin") == 0
    ut = capsys.readouterr().out
    assert [linje.split("\t")[0] for linje in ut.splitlines()] == ["valid", "invalid", "invalid", "invalid"]
    assert all(len(linje.split("\t")) == 3 for linje in ut.splitlines())
    assert not [verdi for verdi in (gyldig, ugyldig, "Kari") if verdi in ut]


@pytest.mark.usefixtures("uten_miljo")
def test_deadlines_of_a_file_are_a_list_with_the_agreed_fields(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fil = write(tmp_path, two())
    assert run("deadlines", "--file", fil, "--date", DAG.isoformat(), "--json") == 0
    plikter = json.loads(capsys.readouterr().out)
    assert all(set(plikt) >= FELT_FRIST for plikt in plikter)
    (plan_,) = [plikt for plikt in plikter if (plikt["deltakelseId"], plikt["type"]) == ("D1", "PLAN")]
    assert plan_["frist"] == (DAG - timedelta(days=20) + timedelta(weeks=4)).isoformat()


@pytest.mark.usefixtures("uten_miljo")
def test_deadlines_of_a_file_that_cannot_be_read_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("deadlines", "--file", write(tmp_path, b"{"), "--json") == 2
    assert capsys.readouterr().out == ""


def test_the_installed_program_is_the_same(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("tiltaksflyt")
    fil = write(tmp_path, two())
    kjort = subprocess.run(
        [program, "validate", fil, "--arrangor", AVSENDER, "--date", DAG.isoformat(), "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    assert (kjort.returncode, kjort.stderr) == (0, "")
    assert json.loads(kjort.stdout)["antall"]["godtatt"] == 2


# --- with a deployment ---


@pytest.fixture(scope="module")
def anlegg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LokaltAnlegg]:
    """A deployment in which two senders have a plan each of «D1», and the first an ended deltakelse too."""
    rot = tmp_path_factory.mktemp("cli")
    make_oppsett(rot / "mal")
    innhold = document(
        DAG, [running(1, DAG - timedelta(days=20)), ended(3)], plan=[plan(1, DAG)], sluttvurdering=[slutt(3, DAG)]
    )
    with LokaltAnlegg(rot / "anlegg", rot / "mal") as anlegg, pytest.MonkeyPatch.context() as lapp:
        for navn, verdi in anlegg.miljo.items():
            lapp.setenv(navn, verdi)
        assert cli.main(["clock", "--move", DAG.isoformat()]) == 0
        anlegg.drop(AVSENDER, "eksport.json", json.dumps(innhold).encode())
        annen = document(DAG, [running(1, DAG - timedelta(days=20))], plan=[plan(1, DAG)])
        anlegg.drop(ANNEN, "eksport.json", json.dumps(from_other(annen)).encode())
        anlegg.let_rest()
        for steg in ("mottak", "rapportering"):
            assert cli.main(["run", steg]) == 0
        yield anlegg


@pytest.fixture
def i_anlegget(anlegg: LokaltAnlegg, monkeypatch: pytest.MonkeyPatch) -> LokaltAnlegg:
    for navn, verdi in anlegg.miljo.items():
        monkeypatch.setenv(navn, verdi)
    return anlegg


@pytest.mark.usefixtures("i_anlegget")
class TestDeployment:
    def test_status_is_counts(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("status", "--json") == 0
        status = json.loads(capsys.readouterr().out)
        assert status["modus"] == "TEST"
        assert status["dokumenter"]["bygget"] == 3
        assert status["sittendeFast"] == 0

    def test_deadlines_of_a_sender(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("deadlines", "--arrangor", AVSENDER, "--date", DAG.isoformat(), "--json") == 0
        plikter = json.loads(capsys.readouterr().out)
        assert {plikt["deltakelseId"] for plikt in plikter} == {"D1", "D3"}
        assert all(set(plikt) >= FELT_FRIST for plikt in plikter)

    def test_an_unknown_sender_is_told(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("deadlines", "--arrangor", "999999999") == 78
        assert "no set-up" in capsys.readouterr().err

    @pytest.mark.parametrize(("format_", "begynner"), [("xml", b"<?xml"), ("json", b"{"), ("pdf", b"%PDF")])
    def test_render_gives_the_document(self, tmp_path: Path, format_: str, begynner: bytes) -> None:
        ut = tmp_path / "dokument"
        assert run("render", "D3", "--type", "SLUTTRAPPORT", "--format", format_, "--output", str(ut)) == 0
        assert ut.read_bytes().startswith(begynner)

    def test_render_asks_whose_where_two_senders_have_the_id(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run("render", "D1", "--type", "PLAN", "--format", "xml") == 64
        assert "--arrangor" in capsys.readouterr().err
        ut = tmp_path / "plan.xml"
        assert run("render", "D1", "--arrangor", ANNEN, "--type", "PLAN", "--format", "xml", "--output", str(ut)) == 0
        assert ANNEN.encode() in ut.read_bytes()

    def test_render_of_what_is_not_there(self, capsys: pytest.CaptureFixture[str]) -> None:
        for deltakelse, type_ in (("D3", "PLAN"), ("D99", "PLAN")):
            assert run("render", deltakelse, "--type", type_, "--format", "xml") == 1
        assert "no such document" in capsys.readouterr().err

    def test_quality_is_counts_and_a_page(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        side = tmp_path / "kvalitet.html"
        assert run("quality", "--days", "400", "--json", "--html", str(side)) == 64
        assert run("quality", "--days", "366", "--date", DAG.isoformat(), "--json", "--html", str(side)) == 0
        bilde = json.loads(capsys.readouterr().out)
        assert set(bilde) == {"fra", "til", "regler", "avsendere", "kjoringer"}
        assert sum(sum(ett["innsendinger"].values()) for ett in bilde["avsendere"]) >= 1
        assert side.read_bytes().startswith(b"<!doctype html>")

    def test_statistics_are_printed_or_written(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("statistics") == 0
        utgivelse = json.loads(capsys.readouterr().out)
        assert utgivelse["kvartal"] == "2025-3"  # 31 December + 84 days is after the day
        assert run("statistics", "--quarter", "2026-1", "--format", "csv") == 0
        assert "IKKE_ENDELIG" in capsys.readouterr().out
        assert run("statistics", "--quarter", "2026-1", "--out", str(tmp_path / "ut")) == 0
        assert "not for publication" in capsys.readouterr().err
        filer = {fil.name: fil.read_bytes() for fil in (tmp_path / "ut").iterdir()}
        assert set(filer) == {f"statistikk-2026-1.{endelse}" for endelse in ("csv", "json", "html")}
        assert run("statistics", "--quarter", "2026-1", "--format", "html", "--out", str(tmp_path / "side")) == 0
        assert [fil.name for fil in (tmp_path / "side").iterdir()] == ["statistikk-2026-1.html"]
        # One has ended: the fylke is there, and its only one is not told of.
        land = json.loads(filer["statistikk-2026-1.json"])["linjer"][0]
        assert {figur["verdi"] for figur in land["figurer"]} == {None}

    @pytest.mark.parametrize("regel", ["DAT001", "XXX999"])
    def test_what_no_one_can_confirm_is_wrong_usage(self, regel: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("confirm", regel, "--arrangor", AVSENDER, "--sak", "P1", "--by", "Kari", "--reason", "Rett.") == 64
        assert "IDE004" in capsys.readouterr().err

    def test_one_person_is_not_enough_where_two_must_confirm(self, capsys: pytest.CaptureFixture[str]) -> None:
        valg = ("confirm", "IDE004", "--arrangor", AVSENDER, "--sak", "P1", "--reason", "Nytt nummer.")
        assert run(*valg, "--by", "Kari") == 1
        assert run(*valg, "--by", "Ola") == 0
        assert "P1" not in capsys.readouterr().out

    def test_a_dry_run_erases_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("erase", "--date", (SLUTT + timedelta(days=85)).isoformat(), "--dry-run") == 0
        assert json.loads(capsys.readouterr().out)["villeBlittSlettet"] == 1
        assert run("erase", "--date", (SLUTT + timedelta(days=84)).isoformat(), "--dry-run") == 0
        assert json.loads(capsys.readouterr().out)["villeBlittSlettet"] == 0

    def test_the_clock_moves_only_forward(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("clock") == 0
        assert capsys.readouterr().out.strip() == DAG.isoformat()
        assert run("clock", "--move", "2026-01-01") == 70
        assert "KLOKKE" in capsys.readouterr().err


def test_erasure_and_what_proves_it(i_anlegget: LokaltAnlegg, capsys: pytest.CaptureFixture[str]) -> None:
    dag_85 = (SLUTT + timedelta(days=85)).isoformat()
    assert run("erase", "--date", dag_85) == 0
    assert json.loads(capsys.readouterr().out)["slettet"] == 1
    assert run("evidence", "verify", "--json") == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert run("sweep", "--date", dag_85) == 0
    with closing(sqlite3.connect(i_anlegget.katalog / "ledger" / "ledger.db")) as db, db:
        db.execute("UPDATE slettebevis SET innhold = replace(innhold, '1', '2') WHERE lopenr = 1")
    capsys.readouterr()
    assert run("evidence", "verify") == 1
    assert "1: INNHOLD_ENDRET" in capsys.readouterr().out
    assert run("evidence", "verify", "--json") == 1
    svar = json.loads(capsys.readouterr().out)
    assert (svar["ok"], svar["feil"][0]["lopenr"], svar["feil"][0]["kode"]) == (False, 1, "INNHOLD_ENDRET")
