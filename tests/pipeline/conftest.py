"""A whole deployment on real parts for the tests of the steps: SeaweedFS, the SFTP receiver, SQLite, keys."""

import json
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from deploy.lokalt.anlegg import LokaltAnlegg
from tests.pipeline.fellesanlegg import Fellesanlegg
from tests.pipeline.saker import AVSENDER, make_oppsett
from tiltaksflyt.pipeline import klokke, steg
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.referansemottak.forsegling import INNPAKNING, Apner

START = date(2026, 3, 2)


class Linje:
    """The line as a test drives it: drop, run a step on a day, look."""

    def __init__(self, anlegg: LokaltAnlegg, omgivelser: Omgivelser) -> None:
        self.anlegg = anlegg
        self.om = omgivelser
        self.dato = START

    @property
    def now(self) -> datetime:
        """A moment at which whatever was just dropped has been still long enough."""
        return datetime.now(UTC) + timedelta(seconds=10)

    def on(self, dato: date) -> "Linje":
        """Move the clock."""
        self.dato = dato
        klokke.move(self.om, dato)
        return self

    def drop(self, innhold: dict[str, Any] | bytes, navn: str = "eksport.json") -> None:
        """Drop a contract document, or bytes as they are."""
        data = innhold if isinstance(innhold, bytes) else json.dumps(innhold, ensure_ascii=False).encode()
        self.anlegg.drop(AVSENDER, navn, data)

    def run(self, *steg_: str) -> dict[str, int]:
        """Run steps on the day; the counts of the last one."""
        antall: dict[str, int] = {}
        for ett in steg_:
            antall = steg.run(ett, self.om, self.dato, self.now)
        return antall

    def receive(self, innhold: dict[str, Any] | bytes, navn: str = "eksport.json") -> dict[str, int]:
        """Drop and receive."""
        self.drop(innhold, navn)
        return self.run("mottak")

    def outbox(self) -> dict[str, bytes]:
        """What lies in the sender's outbox, by the end of its name."""
        prefiks = f"utboks/{AVSENDER}/"
        return {
            objekt.nokkel.removeprefix(prefiks): self.om.storage.read(objekt.nokkel, maks_bytes=1 << 24)
            for objekt in self.om.storage.list_objects(prefiks)
        }

    def answer(self) -> dict[str, Any]:
        """The newest kvittering.json: to a trial when there is one, else to the drop that was answered last."""
        svar = {navn: json.loads(data) for navn, data in self.outbox().items() if navn.endswith("kvittering.json")}
        prover = [ett for navn, ett in svar.items() if navn.startswith("prove/")]
        if prover:
            return max(prover, key=lambda ett: ett["mottatt"])
        return max(svar.values(), key=lambda ett: self.om.ledger.innsendinger.get(ett["innsendingId"]).besvart)

    def wait_for_receipts(self, antall: int) -> None:
        """Wait until the receiver has answered `antall` documents: it counts them before it answers."""
        frist = datetime.now(UTC) + timedelta(seconds=20)
        while sum(self.anlegg.mottak.mottatt.count().values()) < antall or self.anlegg.unanswered():
            assert datetime.now(UTC) < frist, "the receiver did not take the package"
            time.sleep(0.05)

    def opened(self, leveranse_id: str) -> dict[str, bytes]:
        """The files of a stored package, opened as its recipient does."""
        pki = self.anlegg.pki
        with TemporaryDirectory() as katalog:
            kryptert, beholder = Path(katalog) / "kryptert", Path(katalog) / "beholder"
            self.om.storage.fetch_package(leveranse_id, kryptert)
            Apner(pki.mottakernokkel, pki.mottaker, pki.utsteder).decrypt(kryptert, beholder)
            with zipfile.ZipFile(beholder) as arkiv:
                return {navn: arkiv.read(navn) for navn in arkiv.namelist() if navn not in INNPAKNING}

    def ref(self, deltakelse_id: str) -> str:
        """Our id of a deltakelse that must be there."""
        ref = self.om.ledger.deltakelser.find_ref(AVSENDER, deltakelse_id)
        assert ref is not None
        return ref


@pytest.fixture(scope="session")
def felles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fellesanlegg]:
    with Fellesanlegg(tmp_path_factory.mktemp("felles")) as anlegg:
        yield anlegg


@pytest.fixture
def egen_linje(tmp_path: Path) -> Iterator[Linje]:
    """With a store of its own, for the tests of what a store forgets."""
    make_oppsett(tmp_path / "mal")
    with LokaltAnlegg(tmp_path / "anlegg", tmp_path / "mal") as anlegg, anlegg.omgivelser() as omgivelser:
        yield Linje(anlegg, omgivelser).on(START)
        anlegg.weed.stop(0)


@pytest.fixture
def linje(tmp_path: Path, felles: Fellesanlegg) -> Iterator[Linje]:
    make_oppsett(tmp_path / "mal")
    with felles.open(tmp_path / "anlegg", tmp_path / "mal") as anlegg, anlegg.omgivelser() as omgivelser:
        yield Linje(anlegg, omgivelser).on(START)
