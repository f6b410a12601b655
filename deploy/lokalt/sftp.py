"""The reference receiver as a process of its own, for the demo and the tests: on loopback, with an end."""

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import asyncssh

from deploy.lokalt.pki import Pki
from deploy.lokalt.prosess import Prosess
from deploy.lokalt.seaweedfs import is_free
from tiltaksflyt.referansemottak import Mottatt, publish_list

_ROT = Path(__file__).parents[2]
_OPPSTART_SEKUNDER = 60.0
_PAUSE = 0.05


class MottakFeil(Exception):
    """The receiver did not do as it should; says what, and in which log to look."""


class LokaltMottak:
    """A reference receiver for some Nav-enheter and one user, with its state and keys in one folder.

    A second start on the same folder goes on where the first stopped, on the same port when it is free.
    """

    def __init__(
        self, katalog: Path, enheter: Sequence[str], pki: Pki, *, bruker: str = "tiltaksflyt", modus: str = "TEST"
    ) -> None:
        self.katalog = katalog.resolve()
        self.bruker = bruker
        self._enheter = tuple(enheter)
        self._pki = pki
        self._modus = modus
        self._adresse: Mapping[str, Any] = {}
        self._prosess: Prosess | None = None

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, type_: type[BaseException] | None, feil: BaseException | None, spor: TracebackType | None
    ) -> None:
        """Stop, whatever happened."""
        self.stop()

    @property
    def logg(self) -> Path:
        """What the receiver says."""
        return self.katalog / "mottak.log"

    @property
    def nokkelfil(self) -> Path:
        """The sender's private key."""
        return self.katalog / "nokler" / self.bruker

    @property
    def mottatt(self) -> Mottatt:
        """What has been received, to be counted; also when the receiver is stopped."""
        return Mottatt(self.katalog)

    @property
    def innstillinger(self) -> Mapping[str, Any]:
        """The channel as mottakere.yaml wants it, under `sftp`."""
        return {
            **self._adresse,
            "bruker": self.bruker,
            "nokkelfil": str(self.nokkelfil),
            "inn": "inn",
            "kvitteringer": "kvitteringer",
        }

    def start(self) -> None:
        """Start, and return when senders can log in. Raises MottakFeil."""
        self.katalog.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._ensure_user_key()
        lest = self.logg.stat().st_size if self.logg.exists() else 0
        self._prosess = Prosess("referansemottak", self._command(), self._environment(), self.logg)
        self._prosess.start()
        try:
            self._adresse = self._wait_for_address(lest, time.monotonic() + _OPPSTART_SEKUNDER)
        except BaseException:
            self.stop()
            raise
        (self.katalog / "port").write_text(str(self._adresse["port"]), encoding="utf-8")

    def stop(self, frist_sekunder: float = 20.0) -> bool:
        """Stop the receiver; 0 kills it at once. True when it ended by itself. Safe to call twice."""
        prosess, self._prosess = self._prosess, None
        return prosess is None or prosess.stop(frist_sekunder)

    def publish_list(self) -> Path:
        """Have today's list of what has been received lie among the receipts now; where it lies."""
        return publish_list(self.katalog, self.bruker, self._enheter, datetime.now(UTC))

    def _command(self) -> list[str]:
        return [
            sys.executable,
            "-m",
            "tiltaksflyt.referansemottak",
            f"--katalog={self.katalog}",
            f"--nokler={self.nokkelfil.parent}",
            f"--enheter={','.join(self._enheter)}",
            f"--nokkel={self._pki.mottakernokkel}",
            f"--sertifikat={self._pki.mottaker}",
            f"--tillit={self._pki.utsteder}",
            f"--modus={self._modus}",
            f"--port={self._last_port()}",
        ]

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "HOME": str(self.katalog), "PYTHONPATH": str(_ROT), "PYTHONUNBUFFERED": "1"}

    def _last_port(self) -> int:
        fil = self.katalog / "port"
        port = int(fil.read_text(encoding="utf-8")) if fil.exists() else 0
        return port if is_free(port) else 0

    def _ensure_user_key(self) -> None:
        if self.nokkelfil.exists():
            return
        self.nokkelfil.parent.mkdir(mode=0o700, exist_ok=True)
        nokkel = asyncssh.generate_private_key("ssh-ed25519", comment=self.bruker)
        nokkel.write_private_key(self.nokkelfil)
        self.nokkelfil.chmod(0o600)
        nokkel.write_public_key(self.nokkelfil.with_suffix(".pub"))

    def _wait_for_address(self, lest: int, slutt: float) -> Mapping[str, Any]:
        """The first line of JSON that the receiver prints after `lest` bytes of its log."""
        while self._prosess is not None and self._prosess.kjorer() and time.monotonic() < slutt:
            with self.logg.open(encoding="utf-8", errors="replace") as strom:
                strom.seek(lest)
                for linje in strom:
                    if linje.startswith("{") and linje.endswith("}\n"):
                        adresse: Mapping[str, Any] = json.loads(linje)
                        return adresse
            time.sleep(_PAUSE)
        raise MottakFeil(f"the reference receiver did not start; see {self.logg}")
