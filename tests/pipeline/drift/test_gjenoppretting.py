"""A backup of the ledger is restored, and what was erased since is erased again: by the commands of the runbook."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.pipeline.saker import AFT, AVSENDER, person, running
from tiltaksflyt import cli
from tiltaksflyt.ledger import LedgerFeil, NokkelSlettet
from tiltaksflyt.pipeline import gjenoppretting, steg
from tiltaksflyt.pipeline.omgivelser import open_omgivelser
from tiltaksflyt.pipeline.sletteattest import KjedeBrutt
from tiltaksflyt.retention.forankring import UlestForankring, read_chain

from .conftest import NA

SLUTT = date(2026, 3, 9)
DAG_85 = SLUTT + timedelta(days=85)


def _backup(fra: Path, til: Path) -> None:
    """SQLite's own way, which sees the write-ahead log as well."""
    with closing(sqlite3.connect(fra)) as kilde, closing(sqlite3.connect(til)) as mal:
        kilde.backup(mal)


@pytest.fixture
def miljo(miljo: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """With anchors of the test's own: a chain is one deployment's."""
    return miljo | {"TILTAKSFLYT_FORANKRING": str(tmp_path / "forankring")}


@pytest.fixture
def restored(miljo: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], list[str]]:
    """Three deltakelser, a backup, the erasure of two of them, the backup restored; the refs, those erased first."""
    for navn, verdi in miljo.items():
        monkeypatch.setenv(navn, verdi)

    def run(varslet: bool) -> list[str]:
        fil = tmp_path / "ledger.db"
        with open_omgivelser(miljo) as om:
            refs = [
                om.ledger.deltakelser.store(
                    AVSENDER,
                    {"deltaker": person(nr), "deltakelse": running(nr, date(2026, 1, 5)) | {"tiltakskode": AFT}},
                    kildesystem="Fagsystem",
                    accepted_on=date(2026, 1, 5),
                    siste_dag=lambda _, nr=nr: SLUTT + timedelta(days=84 if nr < 3 else 300),
                )
                for nr in (1, 2, 3)
            ]
            om.ledger.klokke.move(DAG_85)
            if varslet:
                om.ledger.slettinger.announce(refs[:2], DAG_85)
        _backup(fil, tmp_path / "kopi.db")
        with open_omgivelser(miljo) as om:
            assert steg.run("sletting", om, DAG_85, NA)["slettet"] == 2
            assert len(read_chain(om.forankring)) == 2
        for rest in tmp_path.glob("ledger.db*"):
            rest.unlink()
        _backup(tmp_path / "kopi.db", fil)
        return refs

    return run


@pytest.mark.parametrize("varslet", [True, False])
def test_what_came_back_is_found_and_erased_again(
    restored: Callable[[bool], list[str]],
    miljo: Mapping[str, str],
    capsys: pytest.CaptureFixture[str],
    varslet: bool,
) -> None:
    *slettede, tredje = restored(varslet)
    with open_omgivelser(miljo) as om:
        for ref in slettede:
            with pytest.raises(NokkelSlettet):
                om.ledger.deltakelser.read(ref)
    assert cli.main(["restore", "check", "--json"]) == 1
    funn = json.loads(capsys.readouterr().out)
    assert (funn["manglendeBevis"], funn["gjengangere"]) == (2, 2)
    assert funn["kjede"]["feil"]

    assert cli.main(["restore", "replay"]) == 0
    antall = json.loads(capsys.readouterr().out.splitlines()[0])
    igjen = 2 if varslet else 0
    assert antall == {
        "bevisLagtTil": 2,
        "fjernetIgjen": igjen,
        "gjengangere": 2 - igjen,
        "slettet": 2 - igjen,
    }
    assert cli.main(["restore", "check"]) == 0
    assert cli.main(["evidence", "verify"]) == 0
    with open_omgivelser(miljo) as om:
        assert [rad.ref for rad in om.ledger.deltakelser.list()] == [tredje]
        assert om.ledger.deltakelser.read(tredje)
        assert gjenoppretting.replay(om, DAG_85, NA)["slettet"] == 0
        grunner = [bevis.values()["grunn"] for bevis in om.ledger.bevis.entries()]
    assert grunner == ["SISTE_DAG"] * 2 + ["ETTER_GJENOPPRETTING"] * (2 - igjen)


def test_a_ledger_that_has_erased_since_the_restore_is_told_and_left_alone(
    restored: Callable[[bool], list[str]], miljo: Mapping[str, str]
) -> None:
    restored(False)
    with open_omgivelser(miljo) as om:
        with pytest.raises(KjedeBrutt):
            steg.run("sletting", om, DAG_85, NA)
        with pytest.raises(LedgerFeil, match="KJEDE"):
            gjenoppretting.replay(om, DAG_85 + timedelta(days=1), NA)


def test_a_copy_that_was_changed_is_refused(restored: Callable[[bool], list[str]], miljo: Mapping[str, str]) -> None:
    restored(False)
    with open_omgivelser(miljo) as om:
        (fil,) = (om.forankring / "kjede").glob("*.jsonl")
        linjer = fil.read_text().splitlines(keepends=True)
        fil.chmod(0o600)
        fil.write_text("".join(reversed(linjer)))
        with pytest.raises(UlestForankring, match=fil.name):
            gjenoppretting.check(om)
        fil.write_text("".join(linjer).replace("SISTE_DAG", "SISTE_ÅR"))
        with pytest.raises(LedgerFeil, match="KJEDE"):
            gjenoppretting.replay(om, DAG_85, NA)
