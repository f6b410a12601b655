"""Containers on their way through a layer: fed piece by piece until they end, and told when they are not whole."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final, Protocol

from tiltaksflyt.retention.funn import Mangelgrunn
from tiltaksflyt.retention.monstre import Begynnelse
from tiltaksflyt.retention.omkoding import BASE64_LOP, from_base64
from tiltaksflyt.retention.samlere import Samler
from tiltaksflyt.retention.utpakking import Motta, Pakker, Slutt, bites

_SKILLE: Final = b"\x00\x00"


class Innhold(Protocol):
    """Where a container hands on what it holds."""

    mengde: int
    stengt: bool

    def feed(self, data: bytes) -> None:
        """Search what came out."""

    def close(self) -> None:
        """Nothing more comes out."""

    def tell(self, grunn: Mangelgrunn, *, alvorlig: bool) -> None:
        """It is not searched whole."""

    def reserve(self, antall: int) -> bool:
        """Whether so many more bytes may be held in memory."""


class Beholder(ABC):
    """One container. `ekte` when it stands where only a container would: then it should be whole."""

    def __init__(self, innhold: Innhold, *, ekte: bool) -> None:
        self._innhold, self._ekte = innhold, ekte
        self.ferdig = False

    @abstractmethod
    def feed(self, data: bytes) -> None:
        """The next piece of the layer it lies in."""

    def close(self) -> None:
        """The layer ended before the container did."""
        if not self.ferdig:
            self._end(Mangelgrunn.SKADET)

    def _end(self, grunn: Mangelgrunn | None) -> None:
        self.ferdig = True
        self._innhold.close()
        if grunn is Mangelgrunn.SKADET and not (self._ekte or self._innhold.mengde):
            return  # bytes that look like a beginning, as there are in anything
        if grunn is not None and not self._innhold.stengt:
            seriost = grunn is Mangelgrunn.FOR_STORT or (self._ekte and grunn is not Mangelgrunn.KRYPTERT)
            self._innhold.tell(grunn, alvorlig=seriost)


class Pakket(Beholder):
    """A container that is unpacked as it comes."""

    def __init__(self, innhold: Innhold, pakker: Callable[[Motta], Pakker], *, ekte: bool) -> None:
        super().__init__(innhold, ekte=ekte)
        self._pakker = pakker(innhold.feed)

    def feed(self, data: bytes) -> None:
        """Unpack the next piece, until it ends."""
        for bit in bites(data):
            if self.ferdig or self._innhold.stengt:
                self.ferdig = True
                return
            try:
                self._pakker.unpack(bit)
            except Slutt as slutt:
                self._end(slutt.grunn)


class Base64(Beholder):
    """A container in base64 that begins in the middle of a run: decoded from there."""

    def __init__(self, innhold: Innhold, *, ekte: bool) -> None:
        super().__init__(innhold, ekte=ekte)
        self._igjen = b""

    def feed(self, data: bytes) -> None:
        """Decode the next piece of the run."""
        if self.ferdig:
            return
        data = self._igjen + data
        treff = BASE64_LOP.match(data)
        til = 0 if treff is None else treff.end()
        lop = data[:til].translate(None, b"\r\n \t")
        if til < len(data):
            self._innhold.feed(from_base64(lop))
            self._end(None)
            return
        hele = len(lop) - len(lop) % 4
        self._igjen = lop[hele:]
        self._innhold.feed(from_base64(lop[:hele]))

    def close(self) -> None:
        """The run is the last of the layer."""
        if not self.ferdig:
            self._innhold.feed(from_base64(self._igjen))
            self._end(None)


class Samlet(Beholder):
    """A container that is read only when it is whole: held in memory until then, within the limit."""

    def __init__(self, innhold: Innhold, slag: Begynnelse, samler: Samler, *, ekte: bool) -> None:
        super().__init__(innhold, ekte=ekte)
        self._slag, self._samler = slag, samler
        self._data = bytearray()
        self._lest = False

    def feed(self, data: bytes) -> None:
        """Hold the next piece, and read what is whole of it."""
        if self.ferdig:
            return
        if not self._innhold.reserve(len(data)):
            self._innhold.reserve(-len(data))
            self._done(None if self._lest or not self._samler.is_real(self._data) else Mangelgrunn.FOR_STORT)
            return
        self._data += data
        for til in self._samler.ends(self._data):
            self._read(til)
        if self._samler.is_over(self._data, self._lest):
            self._done(None if self._lest else Mangelgrunn.SKADET)

    def end_before(self, begynnelse: Begynnelse) -> None:
        """Another of the kind begins, and this one is over unless it has a length of its own."""
        if begynnelse is self._slag and not self._samler.har_lengde:
            self.close()

    def close(self) -> None:
        """What is held is all there is."""
        if not self.ferdig:
            self._done(None if self._lest or not self._samler.is_real(self._data) else Mangelgrunn.SKADET)

    def _read(self, til: int) -> None:
        try:
            for del_ in self._samler.read(bytes(self._data[:til])):
                self._innhold.feed(del_ + _SKILLE)
        except Slutt as slutt:
            if slutt.grunn is Mangelgrunn.KRYPTERT:
                self._innhold.tell(slutt.grunn, alvorlig=False)
                self._lest = True
        else:
            self._lest = True

    def _done(self, grunn: Mangelgrunn | None) -> None:
        self._innhold.reserve(-len(self._data))
        self._data = bytearray()
        self._end(grunn)
