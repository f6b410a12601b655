"""Containers that only a reader of their own can open, and only whole: PDF, SQLite and Parquet."""

import contextlib
import io
import logging
import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pypdf
from pypdf.generic import StreamObject

from tiltaksflyt.retention.funn import Mangelgrunn
from tiltaksflyt.retention.monstre import Begynnelse
from tiltaksflyt.retention.utpakking import Slutt

# It tells of damage by quoting what it met.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)


class Samler(ABC):
    """One kind of container: when it is whole, and what lies in it."""

    har_lengde = False

    @abstractmethod
    def ends(self, data: bytearray) -> list[int]:
        """Where it may end, of what has not been asked before."""

    @abstractmethod
    def is_over(self, data: bytearray, lest: bool) -> bool:
        """Whether nothing more of it can come."""

    @abstractmethod
    def is_real(self, data: bytearray) -> bool:
        """Whether this is more than bytes that look like a beginning."""

    @abstractmethod
    def read(self, data: bytes) -> Iterator[bytes]:
        """What lies in it. Raises Slutt when it cannot be read."""


class Pdf(Samler):
    """A PDF sets text as glyph numbers; only a reader that knows the fonts can say what stands on the page."""

    _SLUTT: Final = re.compile(rb"%%EOF")
    _VIDERE: Final = re.compile(rb"\s*(?:[0-9]+ [0-9]+ obj|xref|startxref|%)")
    _FORSOK: Final = 16
    _SE_ETTER: Final = 64

    def __init__(self) -> None:
        self._spurt_til = 0
        self._forsok = 0

    def ends(self, data: bytearray) -> list[int]:
        """After each mark of an end: an updated PDF has one more each time."""
        ender = [treff.end() for treff in self._SLUTT.finditer(data, self._spurt_til)]
        ender = ender[: self._FORSOK - self._forsok]
        self._forsok += len(ender)
        self._spurt_til = max(0, len(data) - 5, *ender)
        return ender

    def is_over(self, data: bytearray, lest: bool) -> bool:
        """When something else follows the end."""
        etter = data.rfind(b"%%EOF") + 5
        return lest and len(data) - etter >= self._SE_ETTER and self._VIDERE.match(data, etter) is None

    def is_real(self, data: bytearray) -> bool:
        """Whether an object follows."""
        return b" obj" in data[:4096]

    def read(self, data: bytes) -> Iterator[bytes]:
        """The text of the pages, and every stream there is: metadata, attachments, objects in objects."""
        try:
            leser = pypdf.PdfReader(io.BytesIO(data))
            if leser.is_encrypted and not leser.decrypt(""):
                raise Slutt(Mangelgrunn.KRYPTERT)
            deler = list(_pdf_parts(leser))
        except Slutt:
            raise
        except Exception:  # pypdf raises whatever a damaged file provokes
            raise Slutt(Mangelgrunn.SKADET) from None
        yield from deler


def _pdf_parts(leser: pypdf.PdfReader) -> Iterator[bytes]:
    for side in leser.pages:
        yield side.extract_text().encode("utf-8", "replace")
    yield "\n".join(str(verdi) for verdi in (leser.metadata or {}).values()).encode("utf-8", "replace")
    for generasjon, plasser in leser.xref.items():
        for nummer in plasser:
            objekt = pypdf.generic.IndirectObject(nummer, generasjon, leser).get_object()
            if isinstance(objekt, StreamObject):
                with contextlib.suppress(NotImplementedError, ValueError, KeyError):  # a picture's own packing
                    yield objekt.get_data()


class Sqlite(Samler):
    """A database in the middle of something. A value across two pages is in two pieces, and whole only in its cell."""

    har_lengde = True
    _HODE: Final = 100

    def ends(self, data: bytearray) -> list[int]:
        """Where its header says."""
        lengde = self._length(data)
        return [lengde] if lengde is not None and 0 < lengde <= len(data) else []

    def is_over(self, data: bytearray, lest: bool) -> bool:
        """When the header's length is there, or cannot be."""
        lengde = self._length(data)
        return lest or (lengde is not None and lengde <= len(data))

    def is_real(self, data: bytearray) -> bool:
        """Whether the header gives a length."""
        return bool(self._length(data))

    def read(self, data: bytes) -> Iterator[bytes]:
        """The cells of every table."""
        # As if it had never had a log of its own: a database in memory cannot have one.
        uten_logg = data[:18] + b"\x01\x01" + data[20:]
        with contextlib.closing(sqlite3.connect(":memory:")) as kobling:
            try:
                kobling.deserialize(uten_logg)
                yield from (celler for _, celler in read_cells(kobling))
            except (sqlite3.Error, OverflowError):
                raise Slutt(Mangelgrunn.SKADET) from None

    def _length(self, data: bytearray) -> int | None:
        if len(data) < self._HODE:
            return None
        side = int.from_bytes(data[16:18], "big")
        side = 65536 if side == 1 else side
        antall = int.from_bytes(data[28:32], "big")
        er_side = side >= 512 and side & (side - 1) == 0
        return side * antall if er_side else 0


def read_cells(kobling: sqlite3.Connection) -> Iterator[tuple[str, bytes]]:
    """The rows of every table of an open database, each as the bytes of its cells. Raises sqlite3.Error."""
    kobling.text_factory = bytes
    tabeller = kobling.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0").fetchall()
    for (tabell,) in tabeller:
        navn = tabell.decode("utf-8", "replace")
        sitert = navn.replace('"', '""')
        for rad in kobling.execute(f'SELECT * FROM "{sitert}"'):  # noqa: S608  the name is the file's own
            yield navn, b"\x00\x00".join(map(_cell, rad))


def _cell(verdi: object) -> bytes:
    return verdi if isinstance(verdi, bytes) else b"" if verdi is None else str(verdi).encode()


class Parquet(Samler):
    """A Parquet file, whose pages are packed in ways that have no beginning to be known by."""

    _MERKE: Final = b"PAR1"

    def __init__(self) -> None:
        self._spurt_til = len(self._MERKE)

    def ends(self, data: bytearray) -> list[int]:
        """After each mark that follows the first."""
        ender = []
        while (plass := data.find(self._MERKE, self._spurt_til)) >= 0:
            self._spurt_til = plass + len(self._MERKE)
            ender.append(self._spurt_til)
        return ender

    def is_over(self, data: bytearray, lest: bool) -> bool:
        """When it has been read: there is one footer."""
        del data
        return lest

    def is_real(self, data: bytearray) -> bool:
        """Always: the beginning is followed by a page's header."""
        del data
        return True

    def read(self, data: bytes) -> Iterator[bytes]:
        """The rows as text."""
        import pyarrow  # type: ignore[import-untyped]
        import pyarrow.parquet  # type: ignore[import-untyped]

        try:
            fil: Any = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(data))
            deler = [str(bunt.to_pylist()).encode("utf-8", "replace") for bunt in fil.iter_batches(batch_size=1000)]
        except (pyarrow.ArrowException, OSError, ValueError):
            raise Slutt(Mangelgrunn.SKADET) from None
        yield from deler


SAMLERE: Final[Mapping[Begynnelse, Callable[[], Samler]]] = {
    Begynnelse.PDF: Pdf,
    Begynnelse.SQLITE: Sqlite,
    Begynnelse.PARQUET: Parquet,
}
