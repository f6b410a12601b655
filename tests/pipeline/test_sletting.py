"""The step sletting: day 84 and day 85, every store, interrupted, tampered with."""

import gzip
import json
import sqlite3
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import AVSENDER, document, person, plan, running, slutt
from tiltaksflyt.pipeline import sletting
from tiltaksflyt.pipeline.sletting import SveipFant, SveipUfullstendig, VaskFeilet
from tiltaksflyt.retention.sveip import Sveip, make_naler

SLUTT = date(2026, 1, 30)
SISTE_DAG = date(2026, 4, 24)
DAG = date(2026, 3, 2)


def ended(nummer: int) -> dict[str, Any]:
    rad = running(nummer, date(2025, 10, 1))
    return rad | {
        "status": "HAR_SLUTTET",
        "statusGyldigFra": SLUTT.isoformat(),
        "sluttDato": SLUTT.isoformat(),
        "aarsak": "TRENGER_ANNEN_STOTTE",
    }


@pytest.fixture
def linje(egen_linje: Linje) -> Linje:
    return egen_linje


@pytest.fixture
def levert(linje: Linje) -> Linje:
    """One that has ended and one that goes on, with documents delivered and receipted."""
    linje.receive(
        document(
            DAG,
            [ended(1), running(2, date(2026, 2, 10))],
            plan=[plan(2, DAG)],
            sluttvurdering=[slutt(1, SLUTT + timedelta(days=3))],
        )
    )
    assert linje.run("rapportering")["bygget"] == 2
    linje.run("levering")
    linje.wait_for_receipts(2)
    linje.run("kvittering", "frister")
    return linje


def stored(linje: Linje) -> set[str]:
    return {navn for navn in ("D1", "D2") if linje.om.ledger.deltakelser.find_ref(AVSENDER, navn)}


def test_the_last_day_may_exist_and_the_day_after_is_gone(levert: Linje) -> None:
    assert levert.on(SISTE_DAG).run("sletting")["slettet"] == 0
    assert stored(levert) == {"D1", "D2"}
    assert levert.on(SISTE_DAG + timedelta(days=1)).run("sletting")["slettet"] == 1
    assert stored(levert) == {"D2"}
    assert levert.run("sletting")["slettet"] == 0


def test_nothing_is_left_in_any_store(levert: Linje) -> None:
    ident = person(1)["personident"]
    levert.anlegg.kanarier.write_text(
        f"{SISTE_DAG + timedelta(days=1)}\t{ident}\n{SISTE_DAG + timedelta(days=1)}\tEtternavn1\n", encoding="utf-8"
    )
    antall = levert.on(SISTE_DAG + timedelta(days=1)).run("sletting")
    assert (antall["kanarier"], antall["treff"]) == (2, 0)
    assert not [navn for navn in levert.outbox() if b"D1" in levert.outbox()[navn]]


def hit_list(linje: Linje, mappe: Path) -> set[str]:
    """Where the first person is found by whoever has our keys: the bucket through its own door, the records opened."""
    for objekt in linje.om.storage.list_objects(""):
        sted = mappe / "bucket" / objekt.nokkel
        sted.parent.mkdir(parents=True, exist_ok=True)
        sted.write_bytes(linje.om.storage.read(objekt.nokkel, maks_bytes=1 << 24))
    for rad, post in linje.om.ledger.deltakelser.each():
        sted = mappe / "ledger" / post["deltakelse"]["deltakelseId"]
        sted.mkdir(parents=True)
        (sted / "deltakelse.json").write_text(json.dumps(post, ensure_ascii=False), encoding="utf-8")
        for versjon in linje.om.ledger.dokumenter.list(rad.ref):
            innhold = json.dumps(linje.om.ledger.dokumenter.read(versjon.melding_id), ensure_ascii=False)
            (sted / f"{versjon.type}.json").write_text(innhold, encoding="utf-8")
    identiteter = (person(1)["personident"], person(1)["etternavn"])
    sveip = Sveip([nal for verdi in identiteter for nal in make_naler(verdi)])
    return {funn.sti for funn in sveip.tree(mappe)}


def test_the_hit_list_with_our_keys_before_and_after(levert: Linje, tmp_path: Path) -> None:
    foer = hit_list(levert.on(SISTE_DAG), tmp_path / "foer")
    assert foer == {"ledger/D1/deltakelse.json", "ledger/D1/SLUTTRAPPORT.json"}
    levert.on(SISTE_DAG + timedelta(days=1)).run("sletting")
    assert hit_list(levert, tmp_path / "etter") == set()


def test_the_sweep_fails_the_run_when_a_store_still_holds_the_person(levert: Linje) -> None:
    plantet = levert.anlegg.lagre[0] / "glemt.log"
    plantet.write_text(person(1)["personident"], encoding="utf-8")
    levert.anlegg.kanarier.write_text(f"{SISTE_DAG}\t{person(1)['personident']}\n", encoding="utf-8")
    with pytest.raises(SveipFant):
        levert.on(SISTE_DAG + timedelta(days=1)).run("sletting")
    plantet.unlink()
    assert levert.run("sletting")["treff"] == 0


def test_the_sweep_fails_the_run_when_it_could_not_read_what_it_should(levert: Linje) -> None:
    levert.anlegg.kanarier.write_text(f"{SISTE_DAG}\t{person(1)['personident']}\n", encoding="utf-8")
    avkuttet = levert.anlegg.lagre[0] / "logg.gz"
    avkuttet.write_bytes(gzip.compress(bytes(range(256)) * 99)[:-40])
    with pytest.raises(SveipUfullstendig):
        levert.on(SISTE_DAG + timedelta(days=1)).run("sletting")
    avkuttet.unlink()
    antall = levert.run("sletting")
    assert antall["filer"] > 3
    assert antall["kilobyte"] > 9


def test_an_interrupted_erasure_is_finished_and_never_half_believed(
    levert: Linje, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise VaskFeilet

    levert.on(SISTE_DAG + timedelta(days=1))
    with monkeypatch.context() as lapp:
        lapp.setattr(sletting, "forget_deleted_objects", fail)
        with pytest.raises(VaskFeilet):
            levert.run("sletting")
    assert levert.om.ledger.bevis.head().antall == 0
    assert levert.run("sletting")["slettet"] == 1
    assert levert.om.ledger.bevis.head().antall == 1
    assert sletting.verify(levert.om).ok


def test_the_evidence_leads_to_nobody(levert: Linje) -> None:
    levert.on(SISTE_DAG + timedelta(days=1)).run("sletting")
    (bevis,) = levert.om.ledger.bevis.entries()
    for verdi in ("D1", "P1", person(1)["personident"], "Etternavn1"):
        assert verdi not in bevis.innhold
    assert "HELSEOPPLYSNINGER" in bevis.innhold


@pytest.mark.parametrize(
    "angrep",
    [
        "UPDATE slettebevis SET innhold = replace(innhold, 'HELSE', 'FELSE') WHERE lopenr = 1",
        "DELETE FROM slettebevis WHERE lopenr = (SELECT max(lopenr) FROM slettebevis)",
        "UPDATE kjede_hode SET antall = 1",
    ],
)
def test_evidence_that_was_touched_does_not_verify(levert: Linje, angrep: str) -> None:
    levert.on(SISTE_DAG + timedelta(days=1)).run("sletting")
    # The other one ends as well, so that the chain has two entries.
    levert.on(DAG + timedelta(days=180)).run("sletting")
    assert levert.om.ledger.bevis.head().antall == 2
    assert sletting.verify(levert.om).ok
    with sqlite3.connect(_ledger_file(levert)) as kobling:
        assert kobling.execute(angrep).rowcount > 0
    kobling.close()
    assert not sletting.verify(levert.om).ok


def _ledger_file(linje: Linje) -> Path:
    return linje.anlegg.katalog / "ledger" / "ledger.db"


def test_a_late_receipt_after_the_erasure_is_counted_and_not_stored(linje: Linje) -> None:
    linje.receive(document(DAG, [ended(1)], sluttvurdering=[slutt(1, SLUTT + timedelta(days=3))]))
    linje.run("rapportering", "levering")
    linje.wait_for_receipts(1)
    assert linje.on(SISTE_DAG + timedelta(days=1)).run("sletting")["slettet"] == 1
    antall = linje.run("kvittering")
    assert (antall["dokumentsvar"], antall["etterSletting"]) == (0, 1)


def test_the_sender_who_drops_it_again_is_told_that_it_is_past_its_day(levert: Linje) -> None:
    levert.on(SISTE_DAG + timedelta(days=1)).run("sletting")
    antall = levert.receive(document(levert.dato, [ended(1)]))
    assert antall["holdt"] == 1
    assert "SLE001" in {avvik["regelId"] for avvik in levert.answer()["avvik"]}
    assert stored(levert) == {"D2"}
