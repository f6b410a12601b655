"""Deployments for many tests on one store: each has its own folder, keys and ledger, and finds the bucket empty.

A test of what a store forgets needs a store of its own: LokaltAnlegg as it is.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh

from deploy.lokalt.anlegg import BUCKET, LokaltAnlegg
from deploy.lokalt.pki import Pki
from deploy.lokalt.seaweedfs import LokalSeaweedFS, avsenderrettigheter
from tests.pipeline.saker import ANNEN, AVSENDER, make_oppsett
from tiltaksflyt.referansemottak import Apner, Mottaksoppsett, Mottatt, Referansemottak, read_nokler
from tiltaksflyt.referansemottak.skjema import load_skjemaer
from tiltaksflyt.storage import Storage

_BRUKER = "tiltaksflyt"
_FORLEGG = ("ledger", "nokkellager", "hemmeligheter")
_SKJEMAER = load_skjemaer()


class InnebygdMottak:
    """The reference receiver in this process, where LokaltMottak has one of its own: the same server, sooner there."""

    def __init__(self, katalog: Path, enheter: Sequence[str], pki: Pki) -> None:
        self.katalog = katalog.resolve()
        self._enheter = frozenset(enheter)
        self._pki = pki
        self._tjeneste: Referansemottak | None = None
        self._port = 0

    def __enter__(self) -> "InnebygdMottak":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def mottatt(self) -> Mottatt:
        return Mottatt(self.katalog)

    @property
    def innstillinger(self) -> Mapping[str, Any]:
        assert self._tjeneste is not None
        return {
            "vert": "127.0.0.1",
            "port": self._tjeneste.port,
            "vertsnokkel": self._tjeneste.vertsnokkel,
            "bruker": _BRUKER,
            "nokkelfil": str(self.katalog / "nokler" / _BRUKER),
            "inn": "inn",
            "kvitteringer": "kvitteringer",
        }

    def start(self) -> None:
        nokkelfil = self.katalog / "nokler" / _BRUKER
        if not nokkelfil.exists():
            nokkelfil.parent.mkdir(mode=0o700, parents=True)
            nokkel = asyncssh.generate_private_key("ssh-ed25519")
            nokkel.write_private_key(nokkelfil)
            nokkelfil.chmod(0o600)
            nokkel.write_public_key(nokkelfil.with_suffix(".pub"))
        apner = Apner(self._pki.mottakernokkel, self._pki.mottaker, self._pki.utsteder)
        self._tjeneste = Referansemottak(
            Mottaksoppsett(self.katalog, self._enheter, apner),
            read_nokler(nokkelfil.parent),
            port=self._port,
            skjemaer=_SKJEMAER,
        )
        self._tjeneste.start()
        self._port = self._tjeneste.port

    def stop(self, frist_sekunder: float = 20.0) -> bool:
        del frist_sekunder
        tjeneste, self._tjeneste = self._tjeneste, None
        if tjeneste is not None:
            tjeneste.stop()
        return True


class Fellesanlegg:
    """One running store, and a ledger with its key store that stand ready to be copied."""

    def __init__(self, katalog: Path) -> None:
        rettigheter = {orgnr: avsenderrettigheter(BUCKET, orgnr) for orgnr in (AVSENDER, ANNEN)}
        self._weed = LokalSeaweedFS(katalog / "s3", bucket=BUCKET, rettigheter=rettigheter)
        self._forlegg = katalog / "forlegg"
        self._mal = make_oppsett(katalog / "mal")

    def __enter__(self) -> "Fellesanlegg":
        self._weed.start()
        with self._deploy(self._forlegg, self._mal) as anlegg, anlegg.omgivelser():
            pass
        return self

    def __exit__(self, *_: object) -> None:
        self._weed.stop(0)

    @contextmanager
    def open(self, katalog: Path, mal: Path) -> Iterator[LokaltAnlegg]:
        """A deployment in `katalog`, with the set-up `mal`."""
        for navn in _FORLEGG:
            shutil.copytree(self._forlegg / navn, katalog / navn)
        with self._deploy(katalog, mal) as anlegg:
            yield anlegg

    @contextmanager
    def _deploy(self, katalog: Path, mal: Path) -> Iterator[LokaltAnlegg]:
        with LokaltAnlegg(katalog, mal, weed=self._weed, mottak=InnebygdMottak) as anlegg:
            try:
                yield anlegg
            finally:
                with Storage(self._weed.oppsett) as lager:
                    for prefiks in {f"{objekt.nokkel.partition('/')[0]}/" for objekt in lager.list_versions()}:
                        lager.delete_prefix(prefiks)
