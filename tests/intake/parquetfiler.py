"""Parquet files as ordinary writers make them, and with any claim in their footer or first page changed."""

import io
import struct
from collections.abc import Callable
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

Felt = list[Any]
"""A Thrift field as [number, type, value]; a list as (type, values); a struct as its fields."""


def write_parquet(kolonner: Any, **valg: Any) -> bytes:
    ut = io.BytesIO()
    pq.write_table(kolonner if isinstance(kolonner, pa.Table) else pa.table(kolonner), ut, **valg)
    return ut.getvalue()


def change_footer(data: bytes, endre: Callable[[list[Felt]], None]) -> bytes:
    """The file with its footer decoded, changed and written anew."""
    (lengde,) = struct.unpack("<I", data[-8:-4])
    felter = Leser(data[-8 - lengde : -8]).struct()
    endre(felter)
    bunn = encode(felter)
    return data[: -8 - lengde] + bunn + struct.pack("<I", len(bunn)) + data[-4:]


def change_page(data: bytes, endre: Callable[[list[Felt]], None]) -> bytes:
    """A file of one column and one row group with its first page header changed, and the footer made to fit."""
    leser = Leser(data[4:])
    side = leser.struct()
    endre(side)
    ny = encode(side)
    vokst = len(ny) - leser.plass

    def fit(bunn: list[Felt]) -> None:
        meta = column_meta(bunn)
        get(meta, 7)[2] += vokst
        if get(side, 1)[2] == 2:
            get(meta, 9)[2] += vokst

    return change_footer(data[:4] + ny + data[4 + leser.plass :], fit)


def get(felter: list[Felt], nummer: int) -> Felt:
    return next(felt for felt in felter if felt[0] == nummer)


def column_chunk(bunn: list[Felt]) -> list[Felt]:
    """The first column of the first row group."""
    gruppe: list[Felt] = get(bunn, 4)[2][1][0]
    kolonne: list[Felt] = get(gruppe, 1)[2][1][0]
    return kolonne


def column_meta(bunn: list[Felt]) -> list[Felt]:
    meta: list[Felt] = get(column_chunk(bunn), 3)[2]
    return meta


class Leser:
    """Thrift's compact encoding with its types, so that it can be written again."""

    def __init__(self, data: bytes) -> None:
        self.data, self.plass = data, 0

    def byte(self) -> int:
        self.plass += 1
        return self.data[self.plass - 1]

    def varint(self) -> int:
        tall = nummer = 0
        while (byte := self.byte()) & 0x80:
            tall |= (byte & 0x7F) << nummer
            nummer += 7
        return tall | byte << nummer

    def struct(self) -> list[Felt]:
        felter, nummer = [], 0
        while hode := self.byte():
            nummer += hode >> 4
            felter.append([nummer, hode & 15, self.value(hode & 15)])
        return felter

    def value(self, type_: int) -> Any:
        if type_ in (4, 5, 6):
            tall = self.varint()
            return (tall >> 1) ^ -(tall & 1)
        if type_ == 8:
            lengde = self.varint()
            self.plass += lengde
            return self.data[self.plass - lengde : self.plass]
        if type_ in (9, 10):
            hode = self.byte()
            antall = hode >> 4 if hode >> 4 < 15 else self.varint()
            return (hode & 15, [self.value(hode & 15) for _ in range(antall)])
        return self.struct() if type_ == 12 else (self.byte() if type_ == 3 else None)


def encode(felter: list[Felt]) -> bytes:
    ut, forrige = b"", 0
    for nummer, type_, verdi in felter:
        kort = 0 < nummer - forrige < 16
        ut += bytes([(nummer - forrige) << 4 | type_] if kort else [type_]) + (b"" if kort else _varint(nummer * 2))
        ut += _value(type_, verdi)
        forrige = nummer
    return ut + b"\0"


def _varint(tall: int) -> bytes:
    ut = b""
    while tall >= 0x80:
        ut += bytes([tall & 0x7F | 0x80])
        tall >>= 7
    return ut + bytes([tall])


def _value(type_: int, verdi: Any) -> bytes:
    if type_ in (4, 5, 6):
        return _varint(verdi * 2 if verdi >= 0 else -verdi * 2 - 1)
    if type_ == 8:
        return _varint(len(verdi)) + verdi
    if type_ in (9, 10):
        indre, verdier = verdi
        hode = bytes([min(len(verdier), 15) << 4 | indre]) + (_varint(len(verdier)) if len(verdier) >= 15 else b"")
        return hode + b"".join(_value(indre, ett) for ett in verdier)
    return encode(verdi) if type_ == 12 else (bytes([verdi]) if type_ == 3 else b"")
