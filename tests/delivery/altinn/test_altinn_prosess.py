"""The Altinn channel in a process of its own: how much memory it takes, and what is left when it is killed."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.altinn.altinnsak import LEVERANSE, NAV, Altinnsak, open_case

STORRELSE = 200_000_000
# VmHWM is of this process alone; ru_maxrss begins at what its parent had.
SKRIPT = """
import sys
from pathlib import Path
from tiltaksflyt.delivery import altinn
from tiltaksflyt.delivery.package import Pakke

def most():
    linjer = Path("/proc/self/status").read_text().splitlines()
    return next(int(linje.split()[1]) for linje in linjer if linje.startswith("VmHWM"))

def bind(kanal_ref):
    print(kanal_ref, flush=True)

kanal = altinn.AltinnChannel(altinn.read_oppsett({innstillinger!r}, Path({katalog!r}), "0315"))
for leveranse_id, fil in {pakker!r}:
    before = most()
    print(kanal.send(Pakke.of(leveranse_id, Path(fil), {kanal_ref!r}), bind=bind).kode, most() - before, flush=True)
"""


@pytest.fixture
def sak(tmp_path: Path) -> Iterator[Altinnsak]:
    with open_case(tmp_path) as sak:
        # The process tells the time by itself.
        sak.maskinporten.klokke = sak.altinn.klokke = lambda: datetime.now(UTC)
        yield sak


@pytest.fixture
def stor(tmp_path: Path) -> Path:
    fil = tmp_path / "stor"
    with fil.open("wb") as ut:
        ut.truncate(STORRELSE)
    return fil


def start(sak: Altinnsak, *pakker: tuple[str, Path], kanal_ref: str | None = None) -> subprocess.Popen[str]:
    skript = SKRIPT.format(
        innstillinger=sak.settings(),
        katalog=str(sak.katalog),
        pakker=[(navn, str(fil)) for navn, fil in pakker],
        kanal_ref=kanal_ref,
    )
    return subprocess.Popen([sys.executable, "-c", skript], stdout=subprocess.PIPE, text=True)


def test_a_large_package_is_never_whole_in_memory(sak: Altinnsak, stor: Path) -> None:
    with start(sak, ("varm", sak.package(b"x").fil), (LEVERANSE, stor)) as prosess:
        sagt, _ = prosess.communicate(timeout=120)
    kode, kilobyte = sagt.splitlines()[-1].split()
    assert kode == "OVERFORT"
    assert int(kilobyte) < 60_000
    (_, (_, mottatt)) = sak.altinn.at(NAV)
    assert len(mottatt) == STORRELSE


def test_killed_in_the_middle_of_an_upload(sak: Altinnsak, stor: Path) -> None:
    begynt, opprinnelig = threading.Event(), sak.altinn._store

    def store(*alt: Any) -> Any:
        begynt.set()
        return opprinnelig(*alt)

    sak.altinn._store = store  # type: ignore[method-assign]
    with start(sak, (LEVERANSE, stor)) as prosess:
        assert begynt.wait(60)
        prosess.send_signal(signal.SIGKILL)
        kanal_ref = prosess.communicate(timeout=30)[0].split()[0]
    frist = datetime.now(UTC) + timedelta(seconds=20)
    while sak.altinn.overforinger[kanal_ref].status == "UploadStarted":
        assert datetime.now(UTC) < frist
    assert sak.altinn.overforinger[kanal_ref].status == "Failed"
    with start(sak, (LEVERANSE, stor), kanal_ref=kanal_ref) as prosess:
        assert prosess.communicate(timeout=120)[0].splitlines()[-1].startswith("OVERFORT")
    assert [(referanse, len(mottatt)) for referanse, mottatt in sak.altinn.at(NAV)] == [(LEVERANSE, STORRELSE)]
