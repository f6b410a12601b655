"""Encodings of text, undone in a stream: each takes the bytes of a layer piece by piece and gives what they say.

A piece may end anywhere, also in the middle of an escape; what is not whole is kept until the next one. Undoing too
much does no harm: the layer itself is searched as it stands beside.
"""

import binascii
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import numpy

from tiltaksflyt.retention.monstre import Kjennetegn

_SKILLE: Final = b"\x00\x00"
_BASE64_TEGN: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_HEX_TEGN: Final = b"0123456789ABCDEFabcdef"
_FRA_URL: Final = bytes.maketrans(b"-_", b"+/")
_LINJESKIFT: Final = b"\r\n \t"
MINSTE_LOP: Final = 16
_KORT_LOP: Final = 4096


def _run_of(alfabet: bytes) -> re.Pattern[bytes]:
    tegn = b"[" + re.escape(alfabet) + b"]*+"
    return re.compile(tegn + rb"(?:[\r\n][\r\n \t]*+" + tegn + rb")*+")


BASE64_LOP: Final = _run_of(_BASE64_TEGN)


class Omkoding(ABC):
    """One encoding, being undone."""

    @property
    def apen(self) -> bool:
        """Whether what was seen last goes on in the next piece."""
        return False

    @abstractmethod
    def feed(self, data: bytes) -> bytes:
        """What the next piece says, as far as it is whole."""

    @abstractmethod
    def close(self) -> bytes:
        """What is left when nothing more comes."""


class _Lopvis(Omkoding):
    """What is encoded in runs; one that is cut by the end of a piece goes on in the next."""

    def __init__(self) -> None:
        self._igjen, self._apen = b"", False

    @property
    def apen(self) -> bool:
        """Whether a run goes on in the next piece."""
        return self._apen

    def feed(self, data: bytes) -> bytes:
        """The decoded runs of the next piece."""
        return b"".join(self._decoded(self._igjen + data, siste=False))

    def close(self) -> bytes:
        """The last run."""
        return b"".join(self._decoded(self._igjen, siste=True))

    @abstractmethod
    def _decoded(self, data: bytes, *, siste: bool) -> Iterator[bytes]:
        """The runs of `data`, with what was kept before it; `siste` when nothing follows."""


class Lop(_Lopvis):
    """Runs of an alphabet (base64, hex), each decoded from its first character, over line breaks too."""

    def __init__(self, alfabet: bytes, gruppe: int, decode: Callable[[bytes], bytes]) -> None:
        self._er_tegn = bytes(byte in alfabet for byte in range(256))
        self._resten = _run_of(alfabet)
        self._gruppe, self._decode = gruppe, decode
        super().__init__()

    def _decoded(self, data: bytes, *, siste: bool) -> Iterator[bytes]:
        fortsetter, ferdig_til = self._apen, 0
        self._igjen, self._apen = b"", False
        for start in ([0] if fortsetter else []) + self._starts(data):
            if start < ferdig_til:
                continue
            treff = self._resten.match(data, start)
            ferdig_til = start if treff is None else treff.end()
            lop = data[start:ferdig_til].translate(None, _LINJESKIFT)
            if ferdig_til == len(data) and not siste:
                hele = len(lop) - len(lop) % self._gruppe
                self._igjen, self._apen = lop[hele:], True
                yield self._decode(lop[:hele])
                return
            yield from self._whole(lop, fortsetter and start == 0)
        if not siste:
            # A run too short to be known as one may go on in the next piece.
            hale = data[max(ferdig_til, len(data) - MINSTE_LOP) :]
            self._igjen = hale[hale.translate(self._er_tegn).rfind(b"\x00") + 1 :]

    def _whole(self, lop: bytes, fortsetter: bool) -> Iterator[bytes]:
        yield self._decode(lop) + _SKILLE
        if not fortsetter and len(lop) <= _KORT_LOP:
            # A short text may be glued to a word before it, and begin at any character.
            for fra in range(1, self._gruppe):
                yield self._decode(lop[fra:]) + _SKILLE

    def _starts(self, data: bytes) -> list[int]:
        brudd = numpy.flatnonzero(numpy.frombuffer(data.translate(self._er_tegn), dtype=numpy.uint8) == 0)
        kanter = numpy.concatenate(([-1], brudd, [len(data)]))
        starter: list[int] = (kanter[:-1][numpy.diff(kanter) > MINSTE_LOP] + 1).tolist()
        return starter


def from_base64(lop: bytes) -> bytes:
    """What a run of base64 says, of either alphabet, as far as it is whole."""
    til_overs = len(lop) % 4
    if til_overs == 1:
        lop = lop[:-1]
    return binascii.a2b_base64(lop.translate(_FRA_URL) + b"=" * (-len(lop) % 4))


def _from_hex(lop: bytes) -> bytes:
    return binascii.unhexlify(lop[: len(lop) - len(lop) % 2])


class Utf16(_Lopvis):
    """Runs of UTF-16 in either byte order, as UTF-8. One pattern finds both: they are the same bytes, moved by one."""

    _PAR: Final = rb"(?:[\t\n\r\x20-\xff][\x00\x01])"
    _LOP: Final = re.compile(_PAR + rb"{8,}+[\t\n\r\x20-\xff]?")
    _RESTEN: Final = re.compile(_PAR + rb"*+[\t\n\r\x20-\xff]?")
    _HALE: Final = 16

    def _decoded(self, data: bytes, *, siste: bool) -> Iterator[bytes]:
        ferdig_til = 0
        forste = self._RESTEN.match(data) if self._apen else None
        self._igjen, self._apen = b"", False
        if forste is not None:
            ferdig_til = forste.end()
            yield self._run(forste.group(), ferdig_til == len(data) and not siste)
        for treff in self._LOP.finditer(data, ferdig_til):
            ferdig_til = treff.end()
            yield self._run(treff.group(), ferdig_til == len(data) and not siste)
        if not siste and not self._apen:
            self._igjen = data[max(ferdig_til, len(data) - self._HALE) :]

    def _run(self, lop: bytes, fortsetter: bool) -> bytes:
        hele = len(lop) - len(lop) % 2
        tekst = lop[:hele].decode("utf-16-le", "replace").encode("utf-8", "replace")
        if fortsetter:
            self._igjen, self._apen = lop[hele:], True
            return tekst
        return tekst + lop[hele:] + _SKILLE


class Erstatning(Omkoding):
    """Escapes replaced where they stand, and everything else as it is."""

    def __init__(self, flukt: re.Pattern[bytes], halv: re.Pattern[bytes], erstatt: Callable[[bytes], bytes]) -> None:
        self._flukt, self._halv, self._erstatt = flukt, halv, erstatt
        self._igjen = b""

    def feed(self, data: bytes) -> bytes:
        """The next piece without its escapes."""
        data = self._igjen + data
        # Only the last bytes may be half of one; a pattern that ends at the end is slow to look for in all of it.
        fra = max(0, len(data) - _LENGSTE_FLUKT)
        halv = self._halv.search(data, fra)
        til = len(data) if halv is None else halv.start()
        self._igjen = data[til:]
        return self._replaced(data[:til])

    def close(self) -> bytes:
        """What was kept, without its escapes."""
        return self._replaced(self._igjen)

    def _replaced(self, data: bytes) -> bytes:
        return self._flukt.sub(lambda treff: self._erstatt(treff.group()), data)


_LENGSTE_FLUKT: Final = 1024
_FLUKT: Final = re.compile(
    rb"(?:\\+u[0-9A-Fa-f]{4}){1,32}"
    rb"|\\+[nrtbf\"/]"
    rb"|%(?:25)*[0-9A-Fa-f]{2}"
    rb"|&(?:amp;)*#(?:[0-9]{1,7}|[xX][0-9A-Fa-f]{1,6});"
)
_HALV_FLUKT: Final = re.compile(
    rb"(?:(?:\\+u[0-9A-Fa-f]{4}){0,31}\\+(?:u[0-9A-Fa-f]{0,4})?"
    rb"|%(?:25)*[0-9A-Fa-f]?"
    rb"|&(?:a(?:m(?:p(?:;(?:amp;)*)?)?)?)?(?:#[0-9xXA-Fa-f]{0,7})?)\Z"
)
_BOKSTAVER: Final = {ord("n"): b"\n", ord("r"): b"\r", ord("t"): b"\t", ord("b"): b" ", ord("f"): b" "}
_HEKS: Final = re.compile(rb"\\+u")
_QP: Final = re.compile(rb"=(?:\r?\n|[0-9A-Fa-f]{2})")
_HALV_QP: Final = re.compile(rb"=(?:\r|[0-9A-Fa-f])?\Z")
_MERKE: Final = re.compile(rb"<[^<>]{0,900}>")
_HALVT_MERKE: Final = re.compile(rb"<[^<>]{0,900}\Z")
_OVERSATT_URL: Final = {b"%" + f"{byte:02{h}}".encode(): bytes([byte]) for byte in range(256) for h in "xX"}


def _unescaped(flukt: bytes) -> bytes:
    if flukt[0] == ord("%"):
        return _OVERSATT_URL.get(flukt) or bytes([int(flukt[-2:], 16)])
    if flukt[0] == ord("&"):
        return _character(flukt[flukt.index(b"#") + 1 : -1].decode("ascii"))
    if flukt[-1] in _BOKSTAVER and b"u" not in flukt:
        return _BOKSTAVER[flukt[-1]]
    if b"u" not in flukt:
        return flukt[-1:]
    return bytes.fromhex(_HEKS.sub(b"", flukt).decode("ascii")).decode("utf-16-be", "replace").encode()


def _character(nummer: str) -> bytes:
    kode = int(nummer[1:], 16) if nummer[0] in "xX" else int(nummer)
    try:
        return chr(kode).encode()
    except (ValueError, OverflowError):
        return b"?"


def _from_qp(flukt: bytes) -> bytes:
    return b"" if flukt.endswith(b"\n") else bytes([int(flukt[1:], 16)])


OMKODINGER: Final[Mapping[Kjennetegn, Callable[[], Omkoding]]] = {
    Kjennetegn.BASE64: lambda: Lop(_BASE64_TEGN, 4, from_base64),
    Kjennetegn.HEX: lambda: Lop(_HEX_TEGN, 2, _from_hex),
    Kjennetegn.UTF16: Utf16,
    Kjennetegn.FLUKT: lambda: Erstatning(_FLUKT, _HALV_FLUKT, _unescaped),
    Kjennetegn.QP: lambda: Erstatning(_QP, _HALV_QP, _from_qp),
    Kjennetegn.MERKER: lambda: Erstatning(_MERKE, _HALVT_MERKE, lambda _: b""),
}


def short_signs(vindu: bytes) -> frozenset[Kjennetegn]:
    """The escapes of a text too short to have eight characters beside them."""
    funnet = ((Kjennetegn.FLUKT, _FLUKT), (Kjennetegn.QP, _QP))
    return frozenset(kjennetegn for kjennetegn, flukt in funnet if flukt.search(vindu))
