"""Thrift's compact encoding, in which Parquet writes its footer and page headers: read to see what a file claims.

The Parquet library makes room for what a header says before it looks at what follows. What is read here first costs
no more than it weighs: binary values are views, and every value counts.
"""

from collections.abc import Mapping
from typing import Any

Struktur = Mapping[int, Any]
"""A struct: field number to whole number, truth, bytes (a view), list or struct."""

_MAKS_DYBDE = 24
_MAKS_BYTE_I_TALL = 10
# What a struct costs in the library's memory, however little it holds, counted in values.
_VERDIER_I_EN_STRUKTUR = 20

# The types of a value: true, false and 1 byte; 16, 32 and 64 bits; a fraction; bytes; list and set; a struct.
_SANN, _USANN, _BYTE = 1, 2, 3
_HELTALL = frozenset({4, 5, 6})
_FLYTTALL, _BINAER = 7, 8
_LISTER = frozenset({9, 10})
_STRUKTUR = 12


class UgyldigThrift(Exception):
    """The bytes are no compact Thrift. Says nothing of what they are."""


class ForMyeThrift(Exception):
    """More values than may be read."""


class Thriftleser:
    """Reads structs from `data`, one after another, from `plass`. `maks_verdier` is for them all together."""

    def __init__(self, data: memoryview, maks_verdier: int) -> None:
        self._data = data
        self._igjen = maks_verdier
        self.plass = 0

    def read_struct(self, dybde: int = 0) -> Struktur:
        """The struct at `plass`, which is moved past it.

        Raises UgyldigThrift for what no writer makes (a field twice, an unknown type, nesting without end, an end in
        the middle) and ForMyeThrift past `maks_verdier`.
        """
        if dybde > _MAKS_DYBDE:
            raise UgyldigThrift
        self._count(_VERDIER_I_EN_STRUKTUR)
        felter: dict[int, Any] = {}
        nummer = 0
        while hode := self._byte():
            sprang, type_ = hode >> 4, hode & 0x0F
            nummer = nummer + sprang if sprang else self._zigzag()
            if nummer in felter:
                raise UgyldigThrift
            self._count(1)
            felter[nummer] = type_ == _SANN if type_ in (_SANN, _USANN) else self._value(type_, dybde)
        return felter

    def _value(self, type_: int, dybde: int) -> Any:  # noqa: ANN401  a field is what its type says
        if type_ in _HELTALL:
            return self._zigzag()
        if type_ == _BINAER:
            return self._bytes(self._varint())
        if type_ == _STRUKTUR:
            return self.read_struct(dybde + 1)
        if type_ in _LISTER:
            return self._list(dybde)
        if type_ == _FLYTTALL:
            return self._bytes(8)
        if type_ in (_SANN, _USANN, _BYTE):
            return self._byte()
        raise UgyldigThrift

    def _list(self, dybde: int) -> list[Any]:
        if dybde > _MAKS_DYBDE:
            raise UgyldigThrift
        hode = self._byte()
        antall, type_ = hode >> 4, hode & 0x0F
        if antall == 0x0F:
            antall = self._varint()
        if antall > self._igjen:
            raise ForMyeThrift
        self._count(antall)
        return [self._value(type_, dybde + 1) for _ in range(antall)]

    def _count(self, verdier: int) -> None:
        self._igjen -= verdier
        if self._igjen < 0:
            raise ForMyeThrift

    def _byte(self) -> int:
        if self.plass >= len(self._data):
            raise UgyldigThrift
        self.plass += 1
        return self._data[self.plass - 1]

    def _bytes(self, antall: int) -> memoryview:
        if antall > len(self._data) - self.plass:
            raise UgyldigThrift
        self.plass += antall
        return self._data[self.plass - antall : self.plass]

    def _varint(self) -> int:
        tall = 0
        for nummer in range(_MAKS_BYTE_I_TALL):
            byte = self._byte()
            tall |= (byte & 0x7F) << (7 * nummer)
            if byte < 0x80:
                return tall
        raise UgyldigThrift

    def _zigzag(self) -> int:
        tall = self._varint()
        return (tall >> 1) ^ -(tall & 1)
