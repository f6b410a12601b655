"""A sender's first day: last night's export of sixty running deltakelser, reported elsewhere until today."""

import argparse
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from deploy.lokalt.anlegg import LokaltAnlegg
from tiltaksflyt.pipeline import klokke, steg
from tiltaksflyt.syntetisk import kommando

DAG = date(2026, 8, 3)


def test_sixty_running_deltakelser_send_nothing_and_are_late_with_nothing(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    kommando.add_arguments(parser)
    valg = ["--seed", "11", "--arrangorer", "1", "--deltakere", "60"]
    valg += ["--dato", (DAG - timedelta(days=1)).isoformat(), "--rapporterer-fra", DAG.isoformat()]
    valg += ["--ut", str(tmp_path / "ut"), "--oppsett", str(tmp_path / "oppsett")]
    assert kommando.run(parser.parse_args(valg)) == 0
    (fil,) = (tmp_path / "ut").rglob("*.json")
    with LokaltAnlegg(tmp_path / "anlegg", tmp_path / "oppsett") as anlegg, anlegg.omgivelser() as om:
        klokke.move(om, DAG)
        anlegg.drop(fil.parent.name, fil.name, fil.read_bytes())
        now = datetime.now(UTC) + timedelta(seconds=10)
        antall = steg.run("mottak", om, DAG, now)
        assert (antall["holdt"], antall["godtatt"] >= 60) == (0, True)
        assert steg.run("rapportering", om, DAG, now)["bygget"] == 0
        assert steg.run("levering", om, DAG, now) == {}
        statuser = steg.run("frister", om, DAG, now)
        assert statuser.get("FORFALT", 0) == 0
        assert statuser.get("LEVERT_FOR_SENT", 0) == 0
        assert statuser["KOMMENDE"] > 60
        neste = [rad for rad in om.ledger.forpliktelser.list() if rad.status in ("KOMMENDE", "SNART")]
        assert min(rad.frist for rad in neste) >= DAG
        assert {rad.type for rad in neste} >= {"PERIODERAPPORT", "SLUTTRAPPORT", "SLETTING"}
