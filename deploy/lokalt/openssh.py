"""Debian's OpenSSH server with nothing but SFTP, on loopback, state and keys in one folder: for tests and bench.

What recipients most often run. It is somebody else's server: it knows nothing of packages and answers with no receipts.
"""

import getpass
import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import asyncssh

from deploy.lokalt.prosess import Prosess

_STI = "/usr/sbin:/usr/bin:/bin"
_OPPSTART_SEKUNDER = 20.0
# Where sshd shuts in the part of itself that talks to strangers; Debian's service makes it, and no service runs here.
_SKILLEVEGG = Path("/run/sshd")


class OpensshFeil(Exception):
    """The server did not start; says what to do, and in which log to look."""


class LokalOpenssh:
    """A server for one user, who sees `inn` and `kvitteringer`.

    `storste_fil` is how large a file may be, in bytes: a disk that is full. The host key is the same at every start.
    """

    def __init__(self, katalog: Path, *, storste_fil: int | None = None) -> None:
        self.katalog = katalog.resolve()
        self.port = _free_port()
        self._storste_fil = storste_fil
        self._prosess: Prosess | None = None

    @property
    def hjem(self) -> Path:
        """What the user sees as the folder it comes to."""
        return self.katalog / "hjem"

    @property
    def innstillinger(self) -> Mapping[str, Any]:
        """The channel as mottakere.yaml wants it, under `sftp`."""
        return {
            "vert": "127.0.0.1",
            "port": self.port,
            "bruker": getpass.getuser(),
            "nokkelfil": str(self.katalog / "klient"),
            "vertsnokkel": (self.katalog / "vert.pub").read_text(encoding="utf-8").strip(),
            "inn": "inn",
            "kvitteringer": "kvitteringer",
        }

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, type_: type[BaseException] | None, feil: BaseException | None, spor: TracebackType | None
    ) -> None:
        """Stop, whatever happened."""
        self.stop()

    def start(self) -> None:
        """Start, and return when it answers. Raises OpensshFeil."""
        sshd = shutil.which("sshd", path=_STI)
        if sshd is None:
            raise OpensshFeil("there is no sshd (Debian: apt install openssh-server)")
        for mappe in (self.hjem / "inn", self.hjem / "kvitteringer"):
            mappe.mkdir(mode=0o700, parents=True, exist_ok=True)
        for navn in ("vert", "klient"):
            self._ensure_key(navn)
        if os.geteuid() == 0:
            _SKILLEVEGG.mkdir(mode=0o755, exist_ok=True)
        oppsett = self.katalog / "sshd_config"
        oppsett.write_text(self._settings(), encoding="utf-8")
        kommando = [sshd, "-D", "-e", "-f", str(oppsett)]
        if self._storste_fil is not None:
            kommando = ["sh", "-c", f'ulimit -f {self._storste_fil // 512} && exec "$@"', "sh", *kommando]
        self._prosess = Prosess("sshd", kommando, {"PATH": _STI}, self.katalog / "logg")
        self._prosess.start()
        self._wait(time.monotonic() + _OPPSTART_SEKUNDER)

    def stop(self, frist_sekunder: float = 20.0) -> bool:
        """Stop the server and every session of it; 0 kills at once. True when it ended by itself."""
        prosess, self._prosess = self._prosess, None
        if prosess is None:
            return True
        okter = list(_descendants(prosess.pid))
        slutt = prosess.stop(frist_sekunder)
        for okt in okter:
            # Each connection is a session of its own, so the end of the server is not theirs.
            with suppress(ProcessLookupError):
                os.kill(okt, signal.SIGKILL)
        return slutt

    def _settings(self) -> str:
        linjer = {
            "Port": self.port,
            "ListenAddress": "127.0.0.1",
            "HostKey": self.katalog / "vert",
            "AuthorizedKeysFile": self.katalog / "klient.pub",
            "AuthenticationMethods": "publickey",
            "PermitRootLogin": "prohibit-password",
            "StrictModes": "no",
            "UsePAM": "no",
            "PidFile": "none",
            "Subsystem": f"sftp internal-sftp -d {self.hjem}",
            "ForceCommand": f"internal-sftp -d {self.hjem}",
        }
        return "".join(f"{navn} {verdi}\n" for navn, verdi in linjer.items())

    def _ensure_key(self, navn: str) -> None:
        fil = self.katalog / navn
        if not fil.exists():
            nokkel = asyncssh.generate_private_key("ssh-ed25519", comment=navn)
            nokkel.write_private_key(fil)
            fil.chmod(0o600)
            nokkel.write_public_key(fil.with_suffix(".pub"))

    def _wait(self, slutt: float) -> None:
        while self._prosess is not None and self._prosess.kjorer() and time.monotonic() < slutt:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as linje:
                    if linje.recv(4) == b"SSH-":
                        return
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise OpensshFeil(f"sshd did not start; see {self.katalog / 'logg'}")


def _descendants(pid: int) -> Iterator[int]:
    with suppress(FileNotFoundError):
        for barn in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
            yield int(barn)
            yield from _descendants(int(barn))


def _free_port() -> int:
    with socket.socket() as ledig:
        ledig.bind(("127.0.0.1", 0))
        port: int = ledig.getsockname()[1]
    return port
