"""All patterns of a sweep in one automaton: one pass over the bytes, however many identities are looked for.

Beside the needles it knows how containers begin, and what shows that a text is encoded.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

import hyperscan

from tiltaksflyt.retention.naler import Nal


class Begynnelse(StrEnum):
    """How a container begins; the value is how it is named in a place."""

    GZIP = "gzip"
    ZSTD = "zstd"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZIP = "zip"
    PDF = "pdf"
    SQLITE = "sqlite"
    PARQUET = "parquet"
    BASE64 = "base64"
    CMS = "cms"
    UKJENT = "ukjent"


class Kjennetegn(StrEnum):
    """What shows that a text is encoded; the value is how the encoding is named in a place."""

    BASE64 = "base64"
    HEX = "hex"
    UTF16 = "utf-16"
    FLUKT = "flukt"
    QP = "quoted-printable"
    MERKER = "uten merker"


# Each with the bytes of it that must be there; what else must hold is asked where it is unpacked.
_BEGYNNELSER: Final = (
    (rb"\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]", 10, Begynnelse.GZIP),
    (rb"\x28\xb5\x2f\xfd", 4, Begynnelse.ZSTD),
    (rb"BZh[1-9]1AY&SY", 10, Begynnelse.BZIP2),
    (rb"\xfd7zXZ\x00", 6, Begynnelse.XZ),
    (rb"PK\x03\x04", 4, Begynnelse.ZIP),
    (rb"%PDF-[12]\.[0-9][\t\r\n %]", 9, Begynnelse.PDF),
    (rb"SQLite format 3\x00", 16, Begynnelse.SQLITE),
    (rb"PAR1\x15", 5, Begynnelse.PARQUET),
    (rb"[A-Za-z0-9+/_-]H4sI", 5, Begynnelse.BASE64),
    (rb"[A-Za-z0-9+/_-]UEsDB", 6, Begynnelse.BASE64),
    (rb"[A-Za-z0-9+/_-]JVBERi", 7, Begynnelse.BASE64),
    (rb"[A-Za-z0-9+/_-]KLUv[/_]", 6, Begynnelse.BASE64),
    (rb"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", 11, Begynnelse.CMS),
    (rb"7z\xbc\xaf\x27\x1c", 6, Begynnelse.UKJENT),
    (rb"Rar!\x1a\x07", 6, Begynnelse.UKJENT),
    (rb"\xff\x06\x00\x00sNaPpY", 10, Begynnelse.UKJENT),
)
_KJENNETEGN: Final = (
    (rb"[A-Za-z0-9+/_-]{16}", Kjennetegn.BASE64),
    (rb"[A-Fa-f0-9]{16}", Kjennetegn.HEX),
    (rb"(?:[\x09\x0a\x0d\x20-\xff][\x00\x01]){8}", Kjennetegn.UTF16),
    # A text element that is closed after a letter or a digit: as Word, Excel and web pages cut a text in two.
    (rb"[0-9A-Za-z. \-]</(?:w:t|a:t|t|text:span|span|b|i)>", Kjennetegn.MERKER),
)
# In random bytes an escape stands now and then by chance, and rarely with text beside it. Asking the automaton for the
# text as well makes it five times slower than asking it for the escape and looking at the text ourselves.
_FLUKTER: Final = (
    (rb"\\(?:[nrt\"/]|u[0-9A-Fa-f]{4})|%[0-9A-Fa-f]{2}|&(?:amp;)*#[0-9xX]", Kjennetegn.FLUKT),
    (rb"=(?:\r?\n|3D|[0189A-F][0-9A-F]|20|(?:[0-9A-F]{2}=){2})", Kjennetegn.QP),
)
_I_TEKST: Final = re.compile(rb"[\t\r\n\x20-\x7e]{12}")
_FORAN, _ETTER = 15, 11
# A window this short has little room for a text beside an escape: there each escape counts.
KORT: Final = 512


@dataclass(frozen=True)
class Avlesning:
    """What stands in one window: needles and beginnings by where they start, and what shows an encoding."""

    naler: list[tuple[Nal, int]]
    begynnelser: list[tuple[Begynnelse, int]]
    kjennetegn: frozenset[Kjennetegn]


class Monstre:
    """The patterns of one sweep, compiled. Not for several threads at once."""

    def __init__(self, naler: Sequence[Nal]) -> None:
        self._naler = tuple(naler)
        uttrykk = [b"".join(b"\\x%02x" % byte for byte in nal.bytes_) for nal in naler]
        uttrykk += [uttrykk_ for uttrykk_, _, _ in _BEGYNNELSER]
        self._steder = _compile(uttrykk, hyperscan.HS_FLAG_DOTALL)
        self._tegn = _signs()
        lengder = [len(nal.bytes_) for nal in naler] + [lengde for _, lengde, _ in _BEGYNNELSER]
        self.lengste = max(64, *lengder)

    def read(self, vindu: bytes, fra: int) -> Avlesning:
        """What ends after the first `fra` bytes of a window: those were in the window before."""
        ender: list[tuple[int, int]] = []
        self._steder.scan(vindu, match_event_handler=lambda nr, _fra, til, _flagg, _ut: ender.append((nr, til)))
        naler, begynnelser = [], []
        for nr, til in ender:
            if til <= fra:
                continue
            if nr < len(self._naler):
                nal = self._naler[nr]
                naler.append((nal, til - len(nal.bytes_)))
            else:
                _, lengde, begynnelse = _BEGYNNELSER[nr - len(self._naler)]
                begynnelser.append((begynnelse, til - lengde + (begynnelse is Begynnelse.BASE64)))
        return Avlesning(naler, begynnelser, self._signs(vindu))

    def _signs(self, vindu: bytes) -> frozenset[Kjennetegn]:
        sett: list[int] = []
        self._tegn.scan(vindu, match_event_handler=lambda nr, _fra, _til, _flagg, _ut: sett.append(nr))
        funnet = {_KJENNETEGN[nr][1] for nr in sett}
        funnet |= {kjennetegn for base, kjennetegn in _escapes() if _is_in_text(base, vindu)}
        return frozenset(funnet)


def _is_in_text(base: hyperscan.Database, vindu: bytes) -> bool:
    def look(_nr: int, _fra: int, til: int, _flagg: int, _ut: object) -> bool:
        return _I_TEKST.search(vindu, max(0, til - _FORAN), til + _ETTER) is not None

    try:
        base.scan(vindu, match_event_handler=look)
    except hyperscan.ScanTerminated:
        return True
    return False


@cache
def _signs() -> hyperscan.Database:
    return _compile([uttrykk for uttrykk, _ in _KJENNETEGN], hyperscan.HS_FLAG_DOTALL | hyperscan.HS_FLAG_SINGLEMATCH)


@cache
def _escapes() -> tuple[tuple[hyperscan.Database, Kjennetegn], ...]:
    return tuple((_compile([uttrykk], hyperscan.HS_FLAG_DOTALL), kjennetegn) for uttrykk, kjennetegn in _FLUKTER)


def _compile(uttrykk: list[bytes], flagg: int) -> hyperscan.Database:
    base = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    antall = len(uttrykk)
    base.compile(expressions=uttrykk, ids=list(range(antall)), elements=antall, flags=[flagg] * antall)
    return base
