"""A line between us and a recipient that can be cut: a TCP relay on loopback which misbehaves when told to."""

import random
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

_BIT = 4096
_VENTER = 0.2


@dataclass(frozen=True)
class Oppforsel:
    """What the line does with each connection. Cut after so many bytes up or down; `opptatt` refuses at once.

    `soppel` answers noise instead of what the recipient said. None means that nothing is cut.
    """

    kutt_opp: int | None = None
    kutt_ned: int | None = None
    opptatt: bool = False
    soppel: bool = False


HEL = Oppforsel()


class Mellomledd:
    """Listens, and relays each connection to `mal`. `oppforsel` may be changed between connections."""

    def __init__(self, mal: Callable[[], tuple[str, int]], tilfeldig: random.Random) -> None:
        self.oppforsel = HEL
        self._mal = mal
        self._tilfeldig = tilfeldig
        self._tjener = socket.create_server(("127.0.0.1", 0))
        self._slutt = threading.Event()
        self._trad = threading.Thread(target=self._listen, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._tjener.getsockname()[1]
        return port

    def __enter__(self) -> Self:
        """Listen."""
        self._trad.start()
        return self

    def __exit__(
        self, type_: type[BaseException] | None, feil: BaseException | None, spor: TracebackType | None
    ) -> None:
        """Stop listening. What is under way ends by itself."""
        self._slutt.set()
        self._tjener.close()
        self._trad.join()

    def _listen(self) -> None:
        self._tjener.settimeout(_VENTER)
        while not self._slutt.is_set():
            with suppress(TimeoutError, OSError):
                inn, _ = self._tjener.accept()
                threading.Thread(target=self._relay, args=(inn, self.oppforsel), daemon=True).start()

    def _relay(self, inn: socket.socket, oppforsel: Oppforsel) -> None:
        with inn:
            if oppforsel.opptatt:
                return
            with suppress(OSError), socket.create_connection(self._mal(), 5) as ut:
                opp = threading.Thread(target=_pump, args=(inn, ut, oppforsel.kutt_opp), daemon=True)
                opp.start()
                _pump(ut, inn, oppforsel.kutt_ned, self._tilfeldig.randbytes if oppforsel.soppel else None)
                opp.join()


def _pump(
    fra: socket.socket, til: socket.socket, kutt: int | None, soppel: Callable[[int], bytes] | None = None
) -> None:
    """Carry bytes one way until the end or the cut; then both ways are closed, as a pulled cable does."""
    igjen = kutt
    with suppress(OSError):
        while del_ := fra.recv(_BIT if igjen is None else min(_BIT, igjen)):
            til.sendall(soppel(len(del_)) if soppel else del_)
            if igjen is not None:
                igjen -= len(del_)
                if igjen == 0:
                    break
    for ende in (fra, til):
        with suppress(OSError):
            ende.shutdown(socket.SHUT_RDWR)
