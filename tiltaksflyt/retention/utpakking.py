"""Containers that are unpacked while they are read: gzip, zstd, bzip2, xz and the members of a ZIP.

Fed from where they begin, in whatever pieces the layer comes in; they know themselves where they end. What follows
after their end is none of theirs.
"""

import bz2
import contextlib
import lzma
import struct
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import zstandard

from tiltaksflyt.retention.funn import Mangelgrunn
from tiltaksflyt.retention.monstre import Begynnelse

# In small bites: whatever follows a container that has ended is copied by the library once for each bite.
_BIT: Final = 16 * 1024
_UT: Final = 1024 * 1024
_ZSTD_VINDU: Final = 32 * 1024 * 1024
_XZ_MINNE: Final = 80 * 1024 * 1024

Motta = Callable[[bytes], None]


class Slutt(Exception):
    """A container is at its end, or cannot be read further for the reason it gives."""

    def __init__(self, grunn: Mangelgrunn | None = None) -> None:
        super().__init__(grunn)
        self.grunn = grunn


class Pakker(ABC):
    """One way of packing, being unpacked; what comes out goes to `motta`."""

    def __init__(self, motta: Motta) -> None:
        self._motta = motta

    @abstractmethod
    def unpack(self, bit: bytes) -> None:
        """Take the next bite. Raises Slutt at the end, and when it is damaged, sealed or unknown."""


class Gzip(Pakker):
    """gzip, and the deflate of a ZIP."""

    def __init__(self, motta: Motta, wbits: int = 31) -> None:
        super().__init__(motta)
        self._zlib = zlib.decompressobj(wbits)

    def unpack(self, bit: bytes) -> None:
        """Inflate the next bite, a megabyte at a time."""
        while bit:
            for_denne = self._zlib.copy()
            try:
                ut = self._zlib.decompress(bit, _UT)
            except zlib.error:
                self._until_damage(for_denne, bit)
                raise Slutt(Mangelgrunn.SKADET) from None
            self._motta(ut)
            if self._zlib.eof:
                raise Slutt
            bit = self._zlib.unconsumed_tail

    def _until_damage(self, leser: "zlib._Decompress", bit: bytes) -> None:
        # The call that meets the damage gives nothing of what came before it.
        with contextlib.suppress(zlib.error):
            for start in range(len(bit)):
                self._motta(leser.decompress(bit[start : start + 1]))


class Bzip2ellerXz(Pakker):
    """bzip2 and xz, whose readers are alike."""

    def __init__(self, motta: Motta, leser: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        super().__init__(motta)
        self._leser = leser

    def unpack(self, bit: bytes) -> None:
        """Unpack the next bite, a megabyte at a time."""
        while True:
            try:
                ut = self._leser.decompress(bit, _UT)
            except (OSError, ValueError, lzma.LZMAError, EOFError):
                raise Slutt(Mangelgrunn.SKADET) from None
            self._motta(ut)
            if self._leser.eof:
                raise Slutt
            if self._leser.needs_input:
                return
            bit = b""


class Zstd(Pakker):
    """One frame of Zstandard."""

    # The library gives all that a bite holds at once: so little that 128 KB blocks of one repeated byte stay few.
    _BIT: Final = 256

    def __init__(self, motta: Motta) -> None:
        super().__init__(motta)
        self._leser = zstandard.ZstdDecompressor(max_window_size=_ZSTD_VINDU).decompressobj()

    def unpack(self, bit: bytes) -> None:
        """Unpack the next bite, and hand it on in pieces of a megabyte."""
        ut: list[bytes] = []
        try:
            for start in range(0, len(bit), self._BIT):
                ut.append(self._leser.decompress(bit[start : start + self._BIT]))
                if self._leser.eof:
                    raise Slutt
                if sum(map(len, ut)) >= _UT:
                    self._motta(b"".join(ut))
                    ut = []
        except zstandard.ZstdError as feil:
            raise Slutt(_why_not(str(feil))) from None
        finally:
            self._motta(b"".join(ut))


def _why_not(melding: str) -> Mangelgrunn:
    # The library tells a window larger than we allow from damage only in words.
    return Mangelgrunn.FOR_STORT if "too much memory" in melding else Mangelgrunn.SKADET


class Lagret(Pakker):
    """What is not packed at all: it has a length. It lies open in the layer, but with its own name glued to it."""

    def __init__(self, motta: Motta, lengde: int) -> None:
        super().__init__(motta)
        self._igjen = lengde

    def unpack(self, bit: bytes) -> None:
        """Hand on what is left of it."""
        self._motta(bit[: self._igjen])
        self._igjen -= len(bit)
        if self._igjen <= 0:
            raise Slutt


class Zippost(Pakker):
    """One member of a ZIP, from its local header."""

    _HODE: Final = struct.Struct("<4sHHHHHIIIHH")
    _KRYPTERT: Final = 0x1
    _HOYESTE_VERSJON: Final = 63
    _LENGSTE_NAVN: Final = 4096

    def __init__(self, motta: Motta) -> None:
        super().__init__(motta)
        self._hode = b""
        self._indre: Pakker | None = None

    def unpack(self, bit: bytes) -> None:
        """Take the header, then what it heads."""
        if self._indre is None:
            self._hode += bit
            bit = self._begin()
        if self._indre is not None:
            self._indre.unpack(bit)

    def _begin(self) -> bytes:
        if len(self._hode) < self._HODE.size:
            return b""
        _, versjon, flagg, metode, _, _, _, lengde, _, navnelengde, ekstra = self._HODE.unpack_from(self._hode)
        if versjon & 0xFF > self._HOYESTE_VERSJON or not 0 < navnelengde <= self._LENGSTE_NAVN:
            raise Slutt
        innhold = self._HODE.size + navnelengde + ekstra
        if flagg & self._KRYPTERT:
            raise Slutt(Mangelgrunn.KRYPTERT)
        if metode == 0 and lengde in _UTEN_LENGDE:
            raise Slutt  # empty, or its length stands elsewhere: it lies open in the layer
        if metode and metode not in _ZIPMETODER:
            raise Slutt(Mangelgrunn.UKJENT_PAKKING)
        if len(self._hode) <= innhold:
            return b""
        self._indre = _ZIPMETODER[metode](self._motta) if metode else Lagret(self._motta, lengde)
        return self._hode[innhold:]


_UTEN_LENGDE: Final = frozenset({0, 0xFFFFFFFF})
_ZIPMETODER: Final[Mapping[int, Callable[[Motta], Pakker]]] = {
    8: lambda motta: Gzip(motta, -15),
    12: lambda motta: Bzip2ellerXz(motta, bz2.BZ2Decompressor()),
    93: Zstd,
}
PAKKERE: Final[Mapping[Begynnelse, Callable[[Motta], Pakker]]] = {
    Begynnelse.GZIP: Gzip,
    Begynnelse.ZSTD: Zstd,
    Begynnelse.BZIP2: lambda motta: Bzip2ellerXz(motta, bz2.BZ2Decompressor()),
    Begynnelse.XZ: lambda motta: Bzip2ellerXz(motta, lzma.LZMADecompressor(memlimit=_XZ_MINNE)),
    Begynnelse.ZIP: Zippost,
}


def bites(data: bytes) -> Iterator[bytes]:
    """The pieces in which a container is fed."""
    for start in range(0, len(data), _BIT):
        yield data[start : start + _BIT]
