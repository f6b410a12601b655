"""Certificates that run out: who is told, on which days, and what waits."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from deploy.lokalt.pki import make_pki
from tests.pipeline.conftest import Linje
from tests.pipeline.saker import ENHET, document, plan, running
from tiltaksflyt.pipeline import levering
from tiltaksflyt.pipeline.sertifikatvakt import certificates_to_tell_of

SISTE_DAG = date(2026, 7, 1)
TIL = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def kort(linje: Linje, tmp_path: Path) -> Linje:
    """The recipient's certificate runs out on the first of July; our own does not."""
    pki = make_pki(tmp_path / "kort", til=TIL)
    for fil in (linje.anlegg.oppsett / "sertifikater").iterdir():
        fil.write_bytes(pki.mottaker.read_bytes())
    return linje


DAGER = {
    31: {},
    30: {"SERTIFIKAT_UTLOPER": 1},
    29: {},
    8: {},
    7: {"SERTIFIKAT_UTLOPER": 1},
    6: {},
    2: {},
    1: {"SERTIFIKAT_UTLOPER": 1},
    0: {},
    -1: {"SERTIFIKAT_UTLOPT": 1},
    -40: {"SERTIFIKAT_UTLOPT": 1},
}


def test_it_is_told_of_on_the_days_of_the_policy_and_every_day_after(
    kort: Linje, caplog: pytest.LogCaptureFixture
) -> None:
    fortalt = {dager: certificates_to_tell_of(kort.om, SISTE_DAG - timedelta(days=dager)) for dager in DAGER}
    assert fortalt == DAGER
    linjer = [rad.getMessage() for rad in caplog.records]
    assert len(linjer) == sum(map(len, DAGER.values()))
    assert all(f"of {ENHET}: its last day is 2026-07-01" in linje for linje in linjer)


def test_one_that_cannot_be_read_is_told_of_every_day(linje: Linje) -> None:
    linje.anlegg.pki.virksomhet.unlink()
    assert certificates_to_tell_of(linje.om, SISTE_DAG) == {"SERTIFIKAT_UBRUKELIG": 1}
    (fil,) = (linje.anlegg.oppsett / "sertifikater").iterdir()
    fil.write_bytes(b"soppel")
    assert certificates_to_tell_of(linje.om, SISTE_DAG) == {"SERTIFIKAT_UBRUKELIG": 2}


def test_what_is_ready_waits_for_a_valid_certificate_and_then_goes(kort: Linje) -> None:
    etter = SISTE_DAG + timedelta(days=1)
    kort.on(SISTE_DAG - timedelta(days=5))
    kort.receive(document(kort.dato, [running(1, kort.dato - timedelta(days=20))], plan=[plan(1, kort.dato)]))
    assert kort.run("rapportering")["bygget"] == 1
    assert kort.on(etter).run("levering") == {}
    assert kort.om.ledger.leveranser.list() == ()
    (fil,) = (kort.anlegg.oppsett / "sertifikater").iterdir()
    fil.write_bytes(kort.anlegg.pki.mottaker.read_bytes())
    assert kort.run("levering") == {"OVERFORT": 1}


def test_a_package_that_was_sealed_in_time_is_sent_all_the_same(kort: Linje) -> None:
    kort.on(SISTE_DAG - timedelta(days=5))
    kort.receive(document(kort.dato, [running(1, kort.dato - timedelta(days=20))], plan=[plan(1, kort.dato)]))
    kort.run("rapportering")
    kort.anlegg.mottak.stop()
    assert kort.run("levering") == {"KANAL_NEDE": 1}
    kort.anlegg.mottak.start()
    (rad,) = kort.om.ledger.leveranser.list()
    assert rad.neste_forsok is not None
    assert levering.choose(kort.om, SISTE_DAG + timedelta(days=1), rad.neste_forsok) == [rad.leveranse_id]
    assert levering.send(rad.leveranse_id, omgivelser=kort.om, now=rad.neste_forsok) == "OVERFORT"
