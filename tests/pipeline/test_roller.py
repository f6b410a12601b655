"""Production takes no sender without roles and an agreement; a test deployment says so and goes on."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import ANNEN, AVSENDER
from tiltaksflyt import cli


@pytest.fixture
def fil(linje: Linje, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The set-up of one sender, which a command is about to read."""
    for navn, verdi in linje.anlegg.miljo.items():
        monkeypatch.setenv(navn, verdi)
    return linje.anlegg.oppsett / "avsendere" / f"{AVSENDER}.yaml"


def write(fil: Path, **roller: Any) -> None:
    oppsett = yaml.safe_load(fil.read_text(encoding="utf-8"))
    oppsett["roller"] = {navn: verdi for navn, verdi in (oppsett["roller"] | roller).items() if verdi is not None}
    fil.write_text(yaml.safe_dump(oppsett), encoding="utf-8")


def test_production_starts_with_whole_set_ups(
    fil: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TILTAKSFLYT_MODUS", "PROD")
    assert cli.main(["status"]) == cli.OK
    assert str(fil) not in capfd.readouterr().err


def test_production_refuses_and_says_which_file_and_what_to_write(
    fil: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TILTAKSFLYT_MODUS", "PROD")
    write(fil, databehandleravtale=None, tillattePersonopplysninger=[])
    assert cli.main(["status"]) == cli.OPPSETTSFEIL
    ut, feil = capfd.readouterr()
    assert ut == ""
    assert f"{fil}: roller.databehandleravtale: write {{referanse: " in feil
    assert f"{fil}: roller.tillattePersonopplysninger: list the categories" in feil
    assert ANNEN not in feil


def test_a_test_deployment_warns_and_goes_on(
    fil: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    write(fil, underdatabehandlerGodkjent=None)
    assert cli.main(["status"]) == cli.OK
    assert "TEST" in capfd.readouterr().out
    (advarsel,) = [post.getMessage() for post in caplog.records if "production would refuse" in post.getMessage()]
    assert "roller.underdatabehandlerGodkjent: write the day" in advarsel
