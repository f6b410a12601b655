"""The whole receiver: the door, and the loop that takes what has come through it. In one process, with an end."""

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncssh

from schemas.loader import UgyldigFil
from tiltaksflyt.referansemottak.liste import list_name, publish_list
from tiltaksflyt.referansemottak.mottak import Mottak, Mottaksoppsett
from tiltaksflyt.referansemottak.register import INN, Mottatt
from tiltaksflyt.referansemottak.sftp_server import SftpServer
from tiltaksflyt.referansemottak.skjema import Dokumentskjema
from tiltaksflyt.referansemottak.skriving import write_whole

_DELFIL = ".part"
_SISTE_LISTE = "siste-avstemming"
_PAUSE_SEKUNDER = 0.1
_STOPP_SEKUNDER = 20.0
_LOGG = logging.getLogger("referansemottak")


def read_nokler(katalog: Path) -> Mapping[str, Sequence[asyncssh.SSHKey]]:
    """The public keys of each user: <katalog>/<bruker>.pub, one key a line. Raises UgyldigFil."""
    nokler: dict[str, Sequence[asyncssh.SSHKey]] = {}
    for fil in sorted(katalog.glob("*.pub")):
        try:
            nokler[fil.stem] = asyncssh.read_public_key_list(fil)
        except asyncssh.KeyImportError:
            raise UgyldigFil(fil, "", "not a list of public keys as OpenSSH writes them") from None
    if not nokler:
        raise UgyldigFil(katalog, "", "holds no <user>.pub; nobody could log in")
    return nokler


class Referansemottak:
    """A reference, not NAV's receiver: shows what a recipient is expected to do, and answers in demo and tests.

    Starts in threads of this process; `with` stops it whatever happens.
    """

    def __init__(
        self,
        oppsett: Mottaksoppsett,
        nokler: Mapping[str, Sequence[asyncssh.SSHKey]],
        *,
        vert: str = "127.0.0.1",
        port: int = 0,
        klokke: Callable[[], datetime] = lambda: datetime.now(UTC),
        skjemaer: Mapping[str, Dokumentskjema] | None = None,
    ) -> None:
        self.mottak = Mottak(oppsett, klokke, skjemaer)
        self.vert = vert
        self.port = port
        self._katalog = oppsett.katalog
        self._klokke = klokke
        self._enheter = oppsett.enheter
        self._server = SftpServer(self.mottak, nokler, oppsett.grenser.pakke)
        self._brukere = tuple(nokler)
        self._vertsnokkel = _ensure_host_key(oppsett.katalog / "vertsnokkel")
        self._slutt = threading.Event()
        self._sett: dict[Path, tuple[int, int]] = {}
        self._lokke = asyncio.new_event_loop()
        self._trader: list[threading.Thread] = []

    @property
    def mottatt(self) -> Mottatt:
        """What has been received, to be counted."""
        return self.mottak.mottatt

    @property
    def vertsnokkel(self) -> str:
        """The public host key, as mottakere.yaml wants it."""
        return self._vertsnokkel.export_public_key().decode().strip()

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
        """Listen and watch. Returns when senders can log in, with `port` set."""
        for bruker in self._brukere:
            self.mottak.home(bruker)
        self._trader = [
            threading.Thread(target=self._lokke.run_forever, name="referansemottak-sftp"),
            threading.Thread(target=self._watch, name="referansemottak-vakt"),
        ]
        self._trader[0].start()
        try:
            start = self._server.start(self.vert, self.port, self._vertsnokkel)
            self.port = asyncio.run_coroutine_threadsafe(start, self._lokke).result(_STOPP_SEKUNDER)
        except BaseException:
            self._end_loop()
            raise
        self._trader[1].start()

    def stop(self) -> None:
        """Stop taking, close the door, and wait until both have ended."""
        self._slutt.set()
        if self._trader and self._trader[1].is_alive():
            self._trader[1].join()
        if self._lokke.is_running():
            ferdig: Future[None] = asyncio.run_coroutine_threadsafe(self._server.stop(), self._lokke)
            ferdig.result(_STOPP_SEKUNDER)
            self._end_loop()

    def _end_loop(self) -> None:
        self._lokke.call_soon_threadsafe(self._lokke.stop)
        self._trader[0].join()
        self._lokke.close()

    def take_ready(self) -> int:
        """Look once at every sender's `inn`, and take each package that is the same as at the last look."""
        tatt = 0
        sett: dict[Path, tuple[int, int]] = {}
        for bruker in self._brukere:
            for fil, mal in _look(self.mottak.home(bruker) / INN).items():
                if self._sett.get(fil) == mal:
                    self._take(bruker, fil)
                    tatt += 1
                else:
                    sett[fil] = mal
        self._sett = sett
        return tatt

    def publish_lists(self) -> None:
        """Lay the list of what has been received among the receipts of each sender: once a day, or when asked."""
        for bruker in self._brukere:
            publish_list(self._katalog, bruker, self._enheter, self._klokke())

    def publish_when_due(self) -> None:
        """Publish when the day in Oslo is another than the last time; not on the first day, when nothing has come."""
        dagens, merke = list_name(self._klokke()), self._katalog / _SISTE_LISTE
        siste = merke.read_text(encoding="utf-8") if merke.exists() else None
        if siste == dagens:
            return
        if siste is not None:
            self.publish_lists()
        write_whole(merke, dagens.encode())

    def _take(self, bruker: str, fil: Path) -> None:
        try:
            self.mottak.take(bruker, fil)
        except Exception as feil:
            # One package never stops another. The text may carry what stood in it, so only its kind is told.
            _LOGG.error("a package failed with %s", type(feil).__name__)
            with suppress(OSError):
                self.mottak.set_aside(bruker, fil)

    def _watch(self) -> None:
        while not self._slutt.wait(_PAUSE_SEKUNDER):
            self.take_ready()
            self.publish_when_due()


def _look(mappe: Path) -> dict[Path, tuple[int, int]]:
    """Size and time of each file that is not half-sent."""
    funnet = {}
    with os.scandir(mappe) as oppforinger:
        for oppforing in oppforinger:
            if oppforing.is_file(follow_symlinks=False) and not oppforing.name.endswith(_DELFIL):
                mal = oppforing.stat(follow_symlinks=False)
                funnet[Path(oppforing.path)] = (mal.st_size, mal.st_mtime_ns)
    return funnet


def _ensure_host_key(fil: Path) -> asyncssh.SSHKey:
    """The receiver's own host key, made at the first start."""
    if not fil.exists():
        nokkel = asyncssh.generate_private_key("ssh-ed25519", comment="referansemottak")
        fil.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        nokkel.write_private_key(fil)
        fil.chmod(0o600)
        nokkel.write_public_key(fil.with_suffix(".pub"))
    return asyncssh.read_private_key(fil)
