"""Bytes to text: the encoding declared by the profile or found out, and refused (FIL007) where it is in doubt.

Text is read in pieces, so that a large file is never held twice.
"""

import codecs
import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from tiltaksflyt.intake.portregler import Avvisning

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Biter = Callable[[], Iterable[bytes]]
"""The bytes of a file in pieces, from the beginning at every call."""

# UTF-8 read as Windows-1252 (rule SKJ007): the lead byte C3, C2 or E2 80 followed by a continuation byte.
MOJIBAKE = re.compile(
    "\u00c3[\u0080-\u00bf\u0160\u0161\u017d\u017e\u0192\u02c6\u02dc\u0152\u0153\u0178\u2013-\u2026\u2030\u2039\u203a]"
    "|\u00c2[\u0080-\u00bf]|\u00e2\u20ac|\u00e2\u0080|\u00ef\u00bb\u00bf"
)

# Signs that stand between two letters only when the text is neither Windows-1252 nor ISO-8859-1: æ, ø and å of the
# old DOS and Macintosh encodings come out as these.
_TEGN_I_ORD = re.compile(
    "[^\\W\\d_][\u2018\u2020\u2021\u2022\u2030\u2039\u203a\u00a2\u00a5\u00a7\u00be\u00bf][^\\W\\d_]"
)

_BOM = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_UTF16_BOM = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# UTF-8 beyond U+FFFF, or a JSON or XML escape that may be; and UTF-8 beyond U+00FF.
_FJERNE_TEGN = re.compile(rb"[\xf0-\xf7]|\\u[dD]|&#")
_ANDRE_TEGN = re.compile(rb"[\xc4-\xef]")
_BEGYNNELSE = 64
_MINST_TO_BYTE_TEGN = 4
_NAVN = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "windows-1252": "Windows-1252",
    "iso-8859-1": "ISO-8859-1",
}


class Tegnsett(NamedTuple):
    """An encoding by Python's name, in Norwegian words how it was settled, and whether another could be meant."""

    navn: str
    lest_som: str
    er_funnet_ut: bool = False


def settle_encoding(biter: Biter, oppgitt: str | None) -> Tegnsett:
    """The encoding of a file: its byte order mark decides; else what the profile declares; else the bytes.

    Raises Avvisning FIL007 where æ, ø and å cannot be read with certainty.
    """
    start = next(iter(biter()), b"")
    merket = next((tegnsett for bom, tegnsett in _BOM if start.startswith(bom)), None)
    if merket:
        return Tegnsett(merket, f"{_NAVN[merket]} (merket i filen)")
    if oppgitt:
        return Tegnsett(oppgitt, f"{_NAVN[oppgitt]} (oppgitt i oppsettet)")
    umerket = find_unmarked_utf16(start)
    if umerket:
        return Tegnsett(umerket, "UTF-16 (oppdaget)", er_funnet_ut=True)
    if _is_valid(biter(), "utf-8"):
        return Tegnsett("utf-8", "UTF-8 (oppdaget)")
    # ISO-8859-1 agrees with Windows-1252 wherever it has letters, so the wider one reads both.
    if _is_valid(biter(), "windows-1252") and not _looks_wrong(biter()):
        return Tegnsett("windows-1252", "Windows-1252 (oppdaget)", er_funnet_ut=True)
    raise Avvisning("FIL007")


def find_unmarked_utf16(start: bytes) -> str | None:
    """The byte order of UTF-16 that does not say so: names of columns are Latin, so every other byte is zero."""
    begynnelse = start[:_BEGYNNELSE]
    forste, andre = begynnelse[0::2], begynnelse[1::2]
    if len(andre) < _MINST_TO_BYTE_TEGN or andre.count(0) + forste.count(0) < 0.9 * len(andre):
        return None
    if not forste.count(0):
        return "utf-16-le"
    return None if andre.count(0) else "utf-16-be"


def refuse_large_document(data: bytes, maks: int) -> None:
    """Refuse a document whose text would take more than `maks` bytes in memory. Raises Avvisning FIL003.

    A text with one letter from far out takes four bytes for each of its letters, and an escape may hide that letter.
    """
    if data.startswith(_UTF16_BOM) or find_unmarked_utf16(data):
        bredde = 2
    elif _FJERNE_TEGN.search(data):
        bredde = 4
    else:
        bredde = 2 if _ANDRE_TEGN.search(data) else 1
    if len(data) * bredde > maks:
        raise Avvisning("FIL003")


def read_lines(biter: Biter, tegnsett: Tegnsett, maks_linje: int) -> Iterator[str]:
    """The physical lines of a file, each with its line end.

    Raises Avvisning FIL007 for bytes outside the encoding or a first line that is UTF-8 in disguise, FIL003 for a
    line longer than `maks_linje` characters.
    """
    strom = io.TextIOWrapper(io.BufferedReader(_Bitstrom(biter())), encoding=tegnsett.navn, newline="")
    try:
        # One broken cell is its row's fault; a broken first line is the file's.
        linje = strom.readline(maks_linje + 1)
        if MOJIBAKE.search(linje):
            raise Avvisning("FIL007")
        while linje:
            if len(linje) > maks_linje:
                raise Avvisning("FIL003")
            yield linje
            linje = strom.readline(maks_linje + 1)
    except UnicodeDecodeError:
        raise Avvisning("FIL007") from None


def _decode(biter: Iterable[bytes], navn: str) -> Iterator[str]:
    dekoder = codecs.getincrementaldecoder(navn)()
    for bit in biter:
        yield dekoder.decode(bit)
    yield dekoder.decode(b"", final=True)


def _is_valid(biter: Iterable[bytes], navn: str) -> bool:
    try:
        for _ in _decode(biter, navn):
            pass
    except UnicodeDecodeError:
        return False
    return True


def _looks_wrong(biter: Iterable[bytes]) -> bool:
    forrige = ""
    for tekst in _decode(biter, "windows-1252"):
        # Two characters of the piece before, so that a sequence across the border is seen.
        vindu = forrige + tekst
        if MOJIBAKE.search(vindu) or _TEGN_I_ORD.search(vindu):
            return True
        forrige = vindu[-2:]
    return False


class _Bitstrom(io.RawIOBase):
    """Pieces of bytes as a stream that the standard library's text layer can read."""

    def __init__(self, biter: Iterable[bytes]) -> None:
        self._biter = iter(biter)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        while not self._rest:
            try:
                self._rest = memoryview(next(self._biter))
            except StopIteration:
                return 0
        plass = memoryview(buffer)
        antall = min(len(plass), len(self._rest))
        plass[:antall] = self._rest[:antall]
        self._rest = self._rest[antall:]
        return antall
