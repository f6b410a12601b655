"""A counterpart over HTTP on loopback: a real server that does its work, and misbehaves when it is told to.

A counterpart names its operations (`ruter`) and answers them. What a test wants to go wrong it says by operation,
and for how many calls: another answer, none, a line cut after so many bytes, before or after the work was done.
"""

import json
import re
import socket
import ssl
import struct
import threading
from abc import ABC, abstractmethod
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

_BOLK = 1 << 16


@dataclass(frozen=True)
class Svar:
    """What the counterpart answers."""

    status: int
    innhold: bytes = b""
    hode: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, innhold: Any, status: int = 200) -> Self:
        return cls(status, json.dumps(innhold).encode(), {"Content-Type": "application/json; charset=utf-8"})


@dataclass(frozen=True)
class Uorden:
    """One way to misbehave.

    `svar` None: no answer, the line is cut, or left open without a word where `stille` is said. `lest` is how many
    bytes of what is sent are read first (None: all). `utfort` says that the work is done all the same.
    """

    svar: Svar | None = None
    lest: int | None = None
    utfort: bool = False
    stille: bool = False


class Brutt(Exception):
    """The caller went away in the middle of what it sent."""


@dataclass
class Kall:
    """One call as the counterpart sees it."""

    operasjon: str
    metode: str
    sti: tuple[str, ...]
    sporring: Mapping[str, Sequence[str]]
    hode: Mapping[str, str]
    bolker: Callable[[], Iterator[bytes]]

    def body(self, maks: int = 1 << 20) -> bytes:
        innhold = b"".join(self.bolker())
        assert len(innhold) <= maks
        return innhold

    def form(self) -> Mapping[str, str]:
        return {navn: verdier[0] for navn, verdier in parse_qs(self.body().decode()).items()}


Rute = tuple[str, str, str, Callable[[Kall], Svar]]


class Motpart(ABC):
    """The server. `with` starts and stops it; `log` is what was asked, and what was answered (0: nothing)."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.log: list[tuple[str, int]] = []
        self.las = threading.RLock()
        self.klokke: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._uorden: dict[str, deque[Uorden]] = defaultdict(deque)
        self._slutt = threading.Event()
        self._forbindelser: set[socket.socket] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._skjema = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._trad = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @abstractmethod
    def ruter(self) -> Sequence[Rute]:
        """Operation, method, pattern of the path, and who answers."""

    @property
    def adresse(self) -> str:
        return f"{self._skjema}://127.0.0.1:{self._server.server_address[1]}"

    def misbehave(self, operasjon: str, uorden: Uorden, ganger: int = 1) -> None:
        """Misbehave at the next calls of one operation; "*" is whichever comes."""
        with self.las:
            self._uorden[operasjon].extend([uorden] * ganger)

    def behave(self) -> None:
        """Forget what has not gone wrong yet."""
        with self.las:
            self._uorden.clear()

    def count(self, operasjon: str) -> int:
        """How often one operation was asked for."""
        return sum(navn == operasjon for navn, _ in self.log)

    def __enter__(self) -> Self:
        self._trad.start()
        return self

    def __exit__(self, _t: type[BaseException] | None, _v: BaseException | None, _s: TracebackType | None) -> None:
        self._slutt.set()
        self._server.shutdown()
        for forbindelse in list(self._forbindelser):
            with suppress(OSError):
                forbindelse.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._trad.join()

    def _next(self, operasjon: str) -> Uorden | None:
        with self.las:
            for navn in (operasjon, "*"):
                if self._uorden[navn]:
                    return self._uorden[navn].popleft()
        return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        motpart = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                motpart._forbindelser.add(self.connection)

            def finish(self) -> None:
                motpart._forbindelser.discard(self.connection)
                with suppress(OSError):
                    super().finish()

            def date_time_string(self, timestamp: float | None = None) -> str:
                del timestamp
                return format_datetime(motpart.klokke(), usegmt=True)

            def log_message(self, format: str, *args: Any) -> None:
                pass

            def __getattr__(self, navn: str) -> Any:
                if navn.startswith("do_"):
                    return lambda: motpart._serve(self)
                raise AttributeError(navn)

        return Handler

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        try:
            self._answer(handler)
        except (OSError, Brutt):
            handler.close_connection = True

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        adresse = urlsplit(handler.path)
        operasjon, sti, arbeid = "ukjent", (), lambda _: Svar(404)
        for navn, metode, monster, svarer in self.ruter():
            if metode == handler.command and (treff := re.fullmatch(monster, adresse.path)):
                operasjon, sti, arbeid = navn, treff.groups(), svarer
        kropp = _Kropp(handler)
        kall = Kall(
            operasjon,
            handler.command,
            sti,
            parse_qs(adresse.query, keep_blank_values=True),
            {navn.lower(): verdi for navn, verdi in handler.headers.items()},
            kropp.chunks,
        )
        uorden = self._next(operasjon)
        if uorden is None:
            svar = arbeid(kall)
        else:
            kropp.read(uorden.lest) if not uorden.utfort else arbeid(kall)
            if uorden.svar is None:
                self.log.append((operasjon, 0))
                if uorden.stille:
                    self._slutt.wait()
                _cut(handler)
                return
            svar = uorden.svar
        self.log.append((operasjon, svar.status))
        handler.send_response(svar.status)
        for navn, verdi in svar.hode.items():
            handler.send_header(navn, verdi)
        handler.send_header("Content-Length", str(len(svar.innhold)))
        if not kropp.er_lest:
            # Answered before all of it was heard: as a server does that will not have it.
            handler.close_connection = True
            handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(svar.innhold)
        handler.wfile.flush()
        kropp.read(None)


class _Kropp:
    """What the caller sends, as it comes."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self._inn = handler.rfile
        self._igjen = int(handler.headers.get("Content-Length", 0))
        assert "Transfer-Encoding" not in handler.headers, "the length must be said"

    @property
    def er_lest(self) -> bool:
        return self._igjen == 0

    def chunks(self) -> Iterator[bytes]:
        while self._igjen:
            bolk = self._inn.read(min(_BOLK, self._igjen))
            if not bolk:
                raise Brutt
            self._igjen -= len(bolk)
            yield bolk

    def read(self, antall: int | None) -> None:
        if antall is None:
            for _ in self.chunks():
                pass
            return
        antall = min(antall, self._igjen)
        self._igjen -= len(self._inn.read(antall))


def _cut(handler: BaseHTTPRequestHandler) -> None:
    """As a line that breaks: what is on its way is thrown away, and nobody is told politely."""
    with suppress(OSError):
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    with suppress(OSError):
        handler.rfile.close()
        handler.connection.close()


@contextmanager
def dead_address() -> Iterator[str]:
    """An address where nobody answers."""
    with socket.socket() as ledig:
        ledig.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{ledig.getsockname()[1]}"
