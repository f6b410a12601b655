"""`tiltaksflyt evidence`, as an operator runs it for an auditor."""

import subprocess
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.pipeline.saker import AFT, AVSENDER, person, running
from tiltaksflyt import cli
from tiltaksflyt.pipeline import steg
from tiltaksflyt.pipeline.omgivelser import open_omgivelser

from .conftest import NA

I_DAG = date(2026, 6, 2)


@pytest.fixture
def slettet(miljo: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """A deployment that has erased a deltakelse, and now has its own clock at that day."""
    miljo = miljo | {"TILTAKSFLYT_FORANKRING": str(tmp_path / "forankring")}
    for navn, verdi in miljo.items():
        monkeypatch.setenv(navn, verdi)
    with open_omgivelser(miljo) as om:
        om.ledger.deltakelser.store(
            AVSENDER,
            {"deltaker": person(1), "deltakelse": running(1, date(2026, 1, 5)) | {"tiltakskode": AFT}},
            kildesystem="Fagsystem",
            accepted_on=date(2026, 1, 5),
            siste_dag=lambda _: I_DAG - timedelta(days=1),
        )
        om.ledger.klokke.move(I_DAG)
        assert steg.run("sletting", om, I_DAG, NA)["slettet"] == 1
    return miljo


def test_the_senders_evidence_is_exported_and_verified_without_us(
    slettet: Mapping[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ut = tmp_path / "utdrag"
    assert cli.main(["evidence", "export", "--sender", AVSENDER, "--month", "2026-06", "--out", str(ut)]) == 0
    svar = subprocess.run(["sh", ut / "kontroller.sh"], capture_output=True, text=True, check=False)
    assert (svar.returncode, svar.stdout) == (0, "I orden: 1 bevis, 1 ledd i kjeden\n"), svar.stderr
    innhold = b"".join(fil.read_bytes() for fil in ut.rglob("*") if fil.is_file())
    for hemmelig in (person(1)["personident"], "Fornavn1", "Etternavn1", '"D1"', '"P1"'):
        assert hemmelig.encode() not in innhold
    assert cli.main(["evidence", "export", "--sender", AVSENDER, "--out", str(ut)]) == 64
    assert "empty folder" in capsys.readouterr().err

    with open_omgivelser(slettet) as om, om.ledger.database.write() as conn:
        conn.execute(text("UPDATE slettebevis SET innhold = replace(innhold, 'SISTE_DAG', 'SISTE_ÅR')"))
    assert cli.main(["evidence", "verify"]) == 1
    assert cli.main(["evidence", "export", "--sender", AVSENDER, "--out", str(tmp_path / "brutt")]) == 1
    assert not (tmp_path / "brutt").exists()


@pytest.mark.parametrize(
    "ord_",
    [
        ["export", "--out", "x"],
        ["export", "--sender", AVSENDER],
        ["export", "--sender", AVSENDER, "--out", "x", "--month", "2026-13"],
        [],
    ],
)
def test_wrong_usage_is_told(ord_: list[str]) -> None:
    with pytest.raises(SystemExit) as slutt:
        cli.main(["evidence", *ord_])
    assert slutt.value.code == 64
