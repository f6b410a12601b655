"""What a Parquet file would cost, found out before the library that reads it is let near.

The library believes the file: a page header of twelve bytes makes it set aside two gigabytes. So the footer and every
page header are read here first, and held against the limits and against each other.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from tiltaksflyt.intake.grenser import Grenser
from tiltaksflyt.intake.portregler import Avvisning
from tiltaksflyt.intake.thrift import (
    BINAER,
    I32,
    I64,
    LISTE,
    STRUKTUR,
    ForMyeThrift,
    Sti,
    Struktur,
    Thriftleser,
    UgyldigThrift,
)

# The lists of a footer and what they hold: schema, row groups, notes, orders; columns and sorting; encodings, names,
# notes and page counts of a column; and its histograms and kinds of geometry.
_ELEMENTTYPER: Mapping[Sti, int] = MappingProxyType(
    {
        (2,): STRUKTUR,
        (4,): STRUKTUR,
        (5,): STRUKTUR,
        (7,): STRUKTUR,
        (4, 1): STRUKTUR,
        (4, 4): STRUKTUR,
        (4, 1, 3, 2): I32,
        (4, 1, 3, 3): BINAER,
        (4, 1, 3, 8): STRUKTUR,
        (4, 1, 3, 13): STRUKTUR,
        (4, 1, 3, 16, 2): I64,
        (4, 1, 3, 16, 3): I64,
        (4, 1, 3, 17, 2): I32,
    }
)
_MAGI = b"PAR1"
_MAKS_BUNNTEKST = 8 * 1024 * 1024
_MAKS_VERDIER = 1_000_000
_MAKS_SIDEVERDIER = 20_000_000
# Uncompressed, Snappy, gzip, Brotli, LZ4, Zstandard, raw LZ4. Not LZO, which the library does not have.
_PAKKING = frozenset({0, 1, 2, 4, 5, 6, 7})
# Each value repeats the beginning of the one before: a page of a megabyte becomes any number of gigabytes.
_DELTA_BYTE_ARRAY = 7
_DELTA_LENGTH_BYTE_ARRAY = 6
_DATASIDE, _ORDBOKSIDE, _DATASIDE_V2 = 0, 2, 3


def inspect_parquet(data: bytes, grenser: Grenser) -> frozenset[int]:
    """See that a file may be read. Gives the columns, from 0, whose texts the library has no dictionary for.

    Raises Avvisning: FIL002 (damaged, cut short, locked), FIL003 (claims more than the limits, or keeps its columns in
    other files), FIL001 (packed in a way that is not read).
    """
    if len(data) > grenser.maks_utpakket_parquet:
        raise Avvisning("FIL003")
    try:
        kontroll = _Kontroll(memoryview(data), grenser)
        kontroll.run()
    except UgyldigThrift:
        raise Avvisning("FIL002") from None
    except ForMyeThrift:
        raise Avvisning("FIL003") from None
    # With both, the dictionary would be written out in full: one text of a megabyte in every row.
    if kontroll.uten_ordbok & kontroll.med_ordbok:
        raise Avvisning("FIL001")
    return frozenset(kontroll.uten_ordbok)


class _Kontroll:
    def __init__(self, data: memoryview, grenser: Grenser) -> None:
        self._data = data
        self._grenser = grenser
        self._sider = Thriftleser(data, _MAKS_SIDEVERDIER)
        self.uten_ordbok: set[int] = set()
        self.med_ordbok: set[int] = set()
        self._utpakket = 0
        self._verdier = 0

    def run(self) -> None:
        bunn = self._footer()
        # Field 8: the columns are encrypted though the footer is not.
        if (8, STRUKTUR) in bunn:
            raise Avvisning("FIL002")
        blader = sum(1 for element in _structs(bunn, 2) if not _number(element, 5, I32, mangler=0))
        if blader > self._grenser.maks_kolonner:
            raise Avvisning("FIL003")
        rader = 0
        for gruppe in _structs(bunn, 4):
            kolonner = list(_structs(gruppe, 1))
            if len(kolonner) != blader:
                raise Avvisning("FIL002")
            rader += _number(gruppe, 3, I64)
            if rader * max(blader, 1) > self._grenser.maks_celler:
                raise Avvisning("FIL003")
            for nummer, kolonne in enumerate(kolonner):
                self._inspect_column(nummer, kolonne)
        if rader != _number(bunn, 3, I64):
            raise Avvisning("FIL002")

    def _footer(self) -> Struktur:
        slutt = bytes(self._data[-8:])
        if slutt[4:] != _MAGI or len(self._data) < 12:
            raise Avvisning("FIL002")
        (lengde,) = struct.unpack("<I", slutt[:4])
        if lengde > len(self._data) - 12:
            raise Avvisning("FIL002")
        if lengde > _MAKS_BUNNTEKST:
            raise Avvisning("FIL003")
        return Thriftleser(self._data[-8 - lengde : -8], _MAKS_VERDIER, _ELEMENTTYPER).read_struct()

    def _inspect_column(self, nummer: int, kolonne: Struktur) -> None:
        # Field 1: the column lies in another file. Fields 8 and 9: it is encrypted.
        if (1, BINAER) in kolonne:
            raise Avvisning("FIL003")
        if (8, STRUKTUR) in kolonne or (9, BINAER) in kolonne:
            raise Avvisning("FIL002")
        meta = _struct(kolonne, 3)
        if _number(meta, 4, I32) not in _PAKKING:
            raise Avvisning("FIL001")
        antall = _number(meta, 5, I64)
        self._verdier += antall
        if self._verdier > self._grenser.maks_celler:
            raise Avvisning("FIL003")
        if antall == 0:
            # Where there is nothing, the places of the pages are not filled in either, and nobody looks there.
            return
        start = min(_number(meta, 9, I64), _number(meta, 11, I64, mangler=0) or len(self._data))
        sider = self._pages(start, start + _number(meta, 7, I64))
        if antall != sum(self._values_in(nummer, side, antall) for side in sider):
            raise Avvisning("FIL002")

    def _pages(self, start: int, slutt: int) -> Iterator[Struktur]:
        """The page headers of a column, what they unpack to having been counted."""
        if slutt > len(self._data):
            raise Avvisning("FIL002")
        while start < slutt:
            self._sider.plass = start
            side = self._sider.read_struct()
            start = self._sider.plass + _number(side, 3, I32)
            if start > slutt:
                raise Avvisning("FIL002")
            self._utpakket += _number(side, 2, I32)
            if self._utpakket > self._grenser.maks_utpakket_parquet:
                raise Avvisning("FIL003")
            yield side

    def _values_in(self, nummer: int, side: Struktur, i_kolonnen: int) -> int:
        """How many values of the column a page holds."""
        type_ = _number(side, 1, I32)
        if type_ == _ORDBOKSIDE:
            # Room is made for every entry that is claimed; none is needed beyond one a value.
            if _number(_struct(side, 7), 1, I32) > i_kolonnen:
                raise Avvisning("FIL002")
            self.med_ordbok.add(nummer)
            return 0
        if type_ not in (_DATASIDE, _DATASIDE_V2):
            return 0
        hode, koding = (_struct(side, 5), 2) if type_ == _DATASIDE else (_struct(side, 8), 4)
        if _number(hode, koding, I32) == _DELTA_BYTE_ARRAY:
            raise Avvisning("FIL001")
        if _number(hode, koding, I32) == _DELTA_LENGTH_BYTE_ARRAY:
            self.uten_ordbok.add(nummer)
        return _number(hode, 1, I32)


def _number(struktur: Struktur, felt: int, type_: int, *, mangler: int | None = None) -> int:
    """A whole number that is not negative. Raises Avvisning FIL002."""
    tall = struktur.get((felt, type_), mangler)
    if not isinstance(tall, int) or tall < 0:
        raise Avvisning("FIL002")
    return tall


def _struct(struktur: Struktur, felt: int) -> Struktur:
    verdi: Struktur | None = struktur.get((felt, STRUKTUR))
    if verdi is None:
        raise Avvisning("FIL002")
    return verdi


def _structs(struktur: Struktur, felt: int) -> Sequence[Struktur]:
    liste: Sequence[Struktur] | None = struktur.get((felt, LISTE))
    if liste is None:
        raise Avvisning("FIL002")
    return liste
