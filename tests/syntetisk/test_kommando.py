"""`tiltaksflyt generate` as a person uses it."""

import argparse
import json
from pathlib import Path

import pytest

from schemas.oppsett import load_oppsett
from tiltaksflyt.syntetisk.feil import Feilslag
from tiltaksflyt.syntetisk.kommando import add_arguments, run


def _run(*args: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(args))


@pytest.mark.parametrize(("format_", "endelse"), [("json", "json"), ("xlsx", "xlsx"), ("csv-zip", "zip")])
def test_one_file_per_sender_and_a_set_up_that_loads(tmp_path: Path, format_: str, endelse: str) -> None:
    valg = ("--seed", "1", "--arrangorer", "3", "--deltakere", "30", "--dato", "2026-08-03", "--format", format_)
    assert _run(*valg, "--ut", str(tmp_path / "ut"), "--oppsett", str(tmp_path / "oppsett")) == 0
    filer = sorted((tmp_path / "ut").glob("*/*"))
    assert [fil.name for fil in filer] == [f"eksport-2026-08-03.{endelse}"] * 3
    oppsett = load_oppsett(tmp_path / "oppsett")
    assert oppsett.avsendere.keys() == {fil.parent.name for fil in filer}
    fylkeskontorer = [mottaker for mottaker in oppsett.mottakere.values() if mottaker.er_fylkeskontor]
    assert (len(oppsett.mottakere), len(fylkeskontorer)) == (29, 14)


def test_the_number_of_deltakere_is_what_was_asked_for(tmp_path: Path) -> None:
    assert _run("--arrangorer", "2", "--deltakere", "21", "--ut", str(tmp_path)) == 0
    dokumenter = [json.loads(fil.read_text(encoding="utf-8")) for fil in tmp_path.glob("*/*.json")]
    assert sum(len(dokument["deltaker"]) for dokument in dokumenter) == 21


def test_demo_writes_the_three(tmp_path: Path) -> None:
    assert _run("--format", "demo", "--dato", "2026-09-14", "--ut", str(tmp_path)) == 0
    assert sorted(fil.suffix for fil in tmp_path.glob("*/*")) == [".json", ".xlsx", ".zip"]


def test_faults_are_listed_beside_the_files_and_not_added_up_over_runs(tmp_path: Path) -> None:
    valg = ("--deltakere", "60", "--arrangorer", "2", "--feil", "--ut", str(tmp_path))
    innhold = []
    for _ in range(2):
        assert _run(*valg) == 0
        innhold.append((tmp_path / "feil.jsonl").read_text(encoding="utf-8"))
    assert innhold[0] == innhold[1]
    linjer = [json.loads(linje) for linje in innhold[0].splitlines()]
    assert len(linjer) > 20
    assert {linje["slag"] for linje in linjer} <= {slag.value for slag in Feilslag}
    assert all(linje.keys() == {"slag", "regel", "orgnr", "tabell", "nokkel", "felt"} for linje in linjer)


def test_numbers_that_do_not_add_up_are_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("--arrangorer", "9", "--deltakere", "3", "--ut", str(tmp_path)) == 64
    assert "at least one each" in capsys.readouterr().err
