"""The steps levering and kvittering against the real SFTP receiver: once, whatever happens between."""

import json
import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import document, plan, running
from tiltaksflyt.ledger.leveranser import Leveranser
from tiltaksflyt.pipeline import levering

START = date(2026, 2, 10)
DAG = date(2026, 3, 2)
ANTALL = 3


@pytest.fixture
def klar(linje: Linje) -> Linje:
    """Three plans that are ready to go."""
    deltakelser = [running(n, START) for n in range(1, ANTALL + 1)]
    linje.receive(document(DAG, deltakelser, plan=[plan(n, DAG) for n in range(1, ANTALL + 1)]))
    assert linje.run("rapportering")["bygget"] == ANTALL
    return linje


def received(linje: Linje) -> int:
    return sum(linje.anlegg.mottak.mottatt.count().values())


def test_documents_arrive_once_and_are_receipted(klar: Linje) -> None:
    assert klar.run("levering") == {"OVERFORT": 1}
    assert klar.run("levering") == {}
    klar.wait_for_receipts(ANTALL)
    antall = klar.run("kvittering")
    assert antall["dokumentsvar"] == ANTALL
    assert klar.run("kvittering").get("dokumentsvar", 0) == 0
    dokumenter = klar.om.ledger.oversikt(klar.now).as_json()["dokumenter"]
    assert (dokumenter["sendt"], dokumenter["godtatt"]) == (ANTALL, ANTALL)
    assert not list(klar.om.storage.list_versions("pakker/"))


def test_the_package_says_nothing_of_a_person_outside_the_documents(klar: Linje) -> None:
    (leveranse_id,) = levering.choose(klar.om, DAG, klar.now)
    levering.send(leveranse_id, omgivelser=klar.om, now=klar.now)
    filer = klar.opened(leveranse_id)
    navn, manifest = list(filer), filer["manifest.json"].decode()
    assert len(navn) == 1 + 5 * ANTALL
    for verdi in ("Etternavn1", "Fornavn1", "158190", "D1", "P1"):
        assert verdi not in manifest
        assert not any(verdi in ett for ett in navn)
    assert {dokument["dokumenttype"] for dokument in json.loads(manifest)["dokumenter"]} == {"PLAN"}


def test_a_crash_after_sending_and_before_recording_delivers_once(klar: Linje, monkeypatch: pytest.MonkeyPatch) -> None:
    class Krasj(BaseException):
        """Stands for kill -9."""

    def crash(*_: object) -> None:
        raise Krasj

    with monkeypatch.context() as lapp:
        lapp.setattr(Leveranser, "record", crash)
        with pytest.raises(Krasj):
            klar.run("levering")
    klar.wait_for_receipts(ANTALL)
    assert klar.run("levering") == {}  # the lease still runs
    senere = klar.now + timedelta(hours=1)
    (leveranse_id,) = levering.choose(klar.om, DAG, senere)
    assert levering.send(leveranse_id, omgivelser=klar.om, now=senere) in ("FINNES_ALLEREDE", "OVERFORT")
    klar.wait_for_receipts(ANTALL)
    klar.run("kvittering")
    assert received(klar) == ANTALL
    assert klar.om.ledger.oversikt(senere).as_json()["dokumenter"]["sendt"] == ANTALL


def test_a_recipient_that_is_down_gets_it_later(klar: Linje) -> None:
    klar.anlegg.mottak.stop()
    assert klar.run("levering") == {"KANAL_NEDE": 1}
    (rad,) = klar.om.ledger.leveranser.list()
    assert rad.neste_forsok is not None
    assert rad.neste_forsok > datetime.now(UTC)
    assert klar.run("levering") == {}
    assert klar.om.ledger.oversikt(klar.now).as_json()["sittendeFast"] == 0


def test_what_a_killed_worker_left_on_the_disk_is_taken_away(
    klar: Linje, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gammel, ny, andres = (tmp_path / navn for navn in ("tiltaksflyt-levering-a", "tiltaksflyt-levering-b", "annet"))
    for mappe in (gammel, ny, andres):
        mappe.mkdir()
        (mappe / "pakke").write_bytes(b"x")
    for mappe, minutter in ((gammel, 16), (ny, 14), (andres, 16)):
        os.utime(mappe, (time.time() - 60 * minutter,) * 2)
    assert klar.run("levering") == {"OVERFORT": 1}
    assert sorted(tmp_path.glob("*levering*")) == [ny]
    assert andres.exists()


def test_a_package_that_was_changed_in_the_store_is_not_sent(klar: Linje, tmp_path: Path) -> None:
    klar.anlegg.mottak.stop()
    klar.run("levering")
    (rad,) = klar.om.ledger.leveranser.list()
    klar.om.storage.delete(f"pakker/{rad.leveranse_id}.asice.p7m")
    (tmp_path / "endret").write_bytes(b"changed")
    klar.om.storage.put_package(rad.leveranse_id, tmp_path / "endret")
    assert rad.neste_forsok
    assert levering.send(rad.leveranse_id, omgivelser=klar.om, now=rad.neste_forsok) == "PAKKE_ENDRET"
    assert klar.om.ledger.oversikt(klar.now).as_json()["sittendeFast"] == 1


def test_garbage_for_a_receipt_stops_nothing_and_stays(klar: Linje) -> None:
    klar.run("levering")
    klar.wait_for_receipts(ANTALL)
    mappe = next(sti for sti in klar.anlegg.mottakerkatalog.rglob("kvitteringer") if sti.is_dir())
    (mappe / "soppel.json").write_text('{"leveranseId": "x"', encoding="utf-8")
    antall = klar.run("kvittering")
    assert (antall["ulest"], antall["dokumentsvar"]) == (1, ANTALL)
    assert (mappe / "soppel.json").exists()


def test_a_rejection_reaches_the_sender_and_reopens_the_duty(klar: Linje) -> None:
    klar.run("levering")
    klar.wait_for_receipts(ANTALL)
    mappe = next(sti for sti in klar.anlegg.mottakerkatalog.rglob("kvitteringer") if sti.is_dir())
    for fil in mappe.iterdir():
        innhold = json.loads(fil.read_text(encoding="utf-8"))
        if innhold["type"] == "FUNKSJONELL":
            for svar in innhold["dokumenter"]:
                svar |= {"status": "AVVIST", "kode": "MANGLER_VEDLEGG", "tekst": "Opplæringsplanen mangler."}
            fil.write_text(json.dumps(innhold), encoding="utf-8")
    assert klar.run("kvittering")["avvist"] == ANTALL
    sider = [data.decode() for navn, data in klar.outbox().items() if navn.endswith("avvisning.html")]
    assert len(sider) == ANTALL
    assert all("Opplæringsplanen mangler." in side for side in sider)
    klar.on(START + timedelta(days=29)).run("frister")
    planer = [rad for rad in klar.om.ledger.forpliktelser.list() if rad.type == "PLAN"]
    assert {rad.status for rad in planer} == {"FORFALT"}
