"""Thrift's compact encoding, in which Parquet writes its footer and page headers: read to see what a file claims.

The Parquet library makes room for what a header says before it looks at what follows. What is read here first costs
no more than it weighs: binary values are views, and every value counts. Where the library would read the same bytes
as something else, they are refused: what is counted must be what the library sees.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

Struktur = Mapping[tuple[int, int], Any]
"""A struct: (field number, type) to whole number, truth, bytes (a view), list or struct."""

Sti = tuple[int, ...]
"""The field numbers that lead to a field from the outermost struct; lists add nothing."""

SANN, USANN, BYTE, I16, I32, I64, FLYTTALL, BINAER, LISTE, MENGDE, _, STRUKTUR = range(1, 13)
_HELTALL = frozenset({I16, I32, I64})
_MAKS_DYBDE = 24
_MAKS_FELTNUMMER = 2**15 - 1
_MAKS_BYTE_I_TALL = 10
# What a struct costs in the library's memory, however little it holds, counted in values.
_VERDIER_I_EN_STRUKTUR = 20


class UgyldigThrift(Exception):
    """The bytes are no compact Thrift. Says nothing of what they are."""


class ForMyeThrift(Exception):
    """More values than may be read."""


class Thriftleser:
    """Reads structs from `data`, one after another, from `plass`. `maks_verdier` is for them all together.

    `elementtyper`: what the lists hold that the library knows, which it reads so whatever the list itself says.
    """

    def __init__(
        self, data: memoryview, maks_verdier: int, elementtyper: Mapping[Sti, int] = MappingProxyType({})
    ) -> None:
        self._data = data
        self._igjen = maks_verdier
        self._elementtyper = elementtyper
        self.plass = 0

    def read_struct(self, sti: Sti = ()) -> Struktur:
        """The struct at `plass`, which is moved past it.

        Raises UgyldigThrift for what no writer makes (a field twice, an unknown type, nesting without end, an end in
        the middle) and ForMyeThrift past `maks_verdier`.
        """
        self._count(_VERDIER_I_EN_STRUKTUR)
        felter: dict[tuple[int, int], Any] = {}
        sett: set[int] = set()
        nummer = 0
        while hode := self._byte():
            sprang, type_ = hode >> 4, hode & 0x0F
            nummer = nummer + sprang if sprang else self._zigzag()
            if nummer in sett or not 0 <= nummer <= _MAKS_FELTNUMMER:
                raise UgyldigThrift
            sett.add(nummer)
            self._count(1)
            # In a struct, the type of a truth is its value.
            felter[nummer, type_] = None if type_ in (SANN, USANN) else self._value(type_, (*sti, nummer))
        return felter

    def _value(self, type_: int, sti: Sti) -> Any:  # noqa: ANN401  a field is what its type says
        if len(sti) > _MAKS_DYBDE:
            raise UgyldigThrift
        if type_ in _HELTALL:
            return self._zigzag()
        if type_ == BINAER:
            return self._bytes(self._varint())
        if type_ == STRUKTUR:
            return self.read_struct(sti)
        if type_ in (LISTE, MENGDE):
            return self._list(sti)
        if type_ == FLYTTALL:
            return self._bytes(8)
        if type_ in (SANN, USANN, BYTE):
            return self._byte()
        raise UgyldigThrift

    def _list(self, sti: Sti) -> list[Any]:
        hode = self._byte()
        antall, type_ = hode >> 4, hode & 0x0F
        if antall == 0x0F:
            antall = self._varint()
        if antall and self._elementtyper.get(sti, type_) != type_:
            raise UgyldigThrift
        self._count(antall)
        # A list in a list goes no deeper into the fields, and must come to an end all the same.
        innover = (*sti, 0) if type_ in (LISTE, MENGDE) else sti
        return [self._value(type_, innover) for _ in range(antall)]

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
