"""`tiltaksflyt export`: the accepted state as NAV's own records, read back as the same; with a reason, and logged."""

import json
import stat
import uuid
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.loader import validator
from schemas.oppsett import Profilref
from tests.pipeline.conftest import Linje
from tests.pipeline.saker import ANNEN, AVSENDER, document, make_ident, running
from tiltaksflyt import cli
from tiltaksflyt.intake import read_drop
from tiltaksflyt.pipeline import eksport
from tiltaksflyt.pipeline.klokke import arrival
from tiltaksflyt.pipeline.tilgang import EKSPORTERE, Apning, permit

START = date(2026, 2, 10)
DAG = date(2026, 3, 2)
GJENNOMFORING = str(uuid.UUID(int=7))


@pytest.fixture
def klar(linje: Linje, monkeypatch: pytest.MonkeyPatch) -> Linje:
    """Two deltakelser, of which one knows its gjennomføring."""
    for navn, verdi in linje.anlegg.miljo.items():
        monkeypatch.setenv(navn, verdi)
    en, to = running(1, START), running(2, START)
    mengder = [
        {"deltakelseId": "D1", "gyldigFra": fra.isoformat(), "deltakelsesprosent": prosent}
        for fra, prosent in ((START, 60), (START + timedelta(days=30), 80))
    ]
    en["gjennomforingId"] = GJENNOMFORING
    linje.receive(document(DAG, [en, to], deltakelsesmengde=mengder))
    return linje


def export(*valg: str) -> int:
    return cli.main(["export", "--arrangor", AVSENDER, *valg])


def access(linje: Linje, grunn: str | None = None) -> Apning:
    return permit(linje.om, EKSPORTERE, rolle=None, av=None, grunn=grunn, now=linje.now)


@pytest.mark.usefixtures("klar")
def test_what_is_written_is_nav_s_form_and_the_rest_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    assert export() == 1
    ut, feil = capfd.readouterr()
    (post,) = json.loads(ut)
    validator("deltaker-ekstern").validate(post)
    assert (post["personIdent"], post["gjennomforingId"]) == (make_ident(1), GJENNOMFORING)
    assert [m["deltakelsesprosent"] for m in post["deltakelsesmengder"]] == [60, 80]
    assert "left out D2: gjennomforingId is missing or is no uuid" in feil
    assert "1 records, 1 left out" in feil
    assert make_ident(1) not in feil
    assert make_ident(2) not in ut + feil


@pytest.mark.usefixtures("klar")
def test_lines_in_a_file_for_its_owner_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    fil = tmp_path / "nav.jsonl"
    fil.write_text("something from before")
    fil.chmod(0o644)
    assert export("--format", "jsonl", "--output", str(fil)) == 1
    assert stat.S_IMODE(fil.stat().st_mode) == 0o600
    (linje_,) = fil.read_text(encoding="utf-8").splitlines()
    assert json.loads(linje_)["personIdent"] == make_ident(1)
    assert make_ident(1) not in "".join(capfd.readouterr())


@pytest.mark.parametrize("format_", eksport.FORMATER)
def test_the_door_reads_back_what_was_written(klar: Linje, format_: str) -> None:
    svar = eksport.export_records(klar.om, AVSENDER, dato=DAG, apning=access(klar))
    avsender = replace(klar.om.oppsett.avsendere[AVSENDER], profil=Profilref("amt-deltaker-ekstern", 1))
    lesing = read_drop(
        svar.write(format_), filnavn="nav", avsender=avsender, mottatt=arrival(DAG, klar.now), modus="TEST"
    )
    assert lesing.avvik == ()
    lagret = klar.om.ledger.deltakelser.read(klar.ref("D1"))
    (rad,) = lesing.tabeller["deltakelse"].to_dict("records")
    for felt in ("gjennomforingId", "status", "statusGyldigFra", "startDato", "sluttDato"):
        assert rad[felt] == lagret["deltakelse"][felt], felt
    assert lesing.tabeller["deltaker"]["personident"].tolist() == [make_ident(1)]
    mengder = lesing.tabeller["deltakelsesmengde"]
    assert mengder["gyldigFra"].tolist() == [m["gyldigFra"] for m in lagret["deltakelsesmengde"]]
    assert mengder["deltakelsesprosent"].tolist() == ["60", "80"]


@pytest.mark.usefixtures("klar")
def test_what_came_later_is_left_out(capfd: pytest.CaptureFixture[str]) -> None:
    assert export("--date", (DAG - timedelta(days=1)).isoformat()) == 0
    assert json.loads(capfd.readouterr().out) == []


def test_opening_is_noted_with_what_goes_out_and_nothing_else(klar: Linje) -> None:
    def log(deltakelse: str) -> list[dict[str, Any]]:
        hendelser = klar.om.ledger.hendelser.for_deltakelse(klar.ref(deltakelse))
        return [dict(h.innhold) for h in hendelser if h.type == "DELTAKELSE_EKSPORTERT"]

    eksport.export_records(klar.om, AVSENDER, dato=DAG, apning=access(klar, "avstemming med Nav"))
    assert log("D1") == [{"format": "amt.deltaker-ekstern-v1", "grunn": "avstemming med Nav"}]
    assert log("D2") == []


@pytest.mark.usefixtures("klar")
def test_a_sender_without_a_set_up_and_one_without_deltakelser(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["export", "--arrangor", "999999999"]) == cli.OPPSETTSFEIL
    assert cli.main(["export", "--arrangor", ANNEN]) == 0
    assert json.loads(capfd.readouterr().out) == []
