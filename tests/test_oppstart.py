"""`validate` and `ident` start at once: what only a deployment needs is not imported."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.pipeline.saker import AVSENDER, document, running

DAG = date(2026, 3, 2)
# pandas itself imports pyarrow wherever it is installed, but not the parts of it that read files.
TUNGE = ("great_expectations", "sqlalchemy", "boto3", "botocore", "airflow", "typst", "asyncssh", "pyarrow.parquet")
PROGRAM = """
import sys
from tiltaksflyt.cli import main
kode = main(sys.argv[1:])
sys.stderr.write("\\n".join(sys.modules))
sys.exit(kode)
"""


def imported(*valg: str) -> set[str]:
    miljo = {navn: verdi for navn, verdi in os.environ.items() if not navn.startswith("TILTAKSFLYT_")}
    kjort = subprocess.run(
        [sys.executable, "-c", PROGRAM, *valg], input="", capture_output=True, text=True, check=True, env=miljo
    )
    return set(kjort.stderr.splitlines())


def test_validate_imports_nothing_that_only_a_deployment_needs(tmp_path: Path) -> None:
    fil = tmp_path / "eksport.json"
    fil.write_text(json.dumps(document(DAG, [running(1, DAG)])), encoding="utf-8")
    moduler = imported("validate", str(fil), "--arrangor", AVSENDER, "--date", DAG.isoformat(), "--json")
    assert "expectations.kontroll" in moduler
    assert [navn for navn in TUNGE if navn in moduler] == []


@pytest.mark.parametrize("navn", [*TUNGE, "pandas", "pyarrow"])
def test_ident_imports_no_frames_either(navn: str) -> None:
    moduler = imported("ident", "--stdin")
    assert "schemas.identer" in moduler
    assert navn not in moduler
