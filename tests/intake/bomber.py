"""Makes one bomb by name, drops it at the door, and prints the answer and the process's peak in megabytes.

A program of its own, so that the peak is the door's and nobody else's. The bombs are put together from one compressed
block repeated, since compressing gigabytes would be the slow part.
"""

import re
import struct
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa  # type: ignore[import-untyped]

from schemas.oppsett import Avsender
from tests.intake.parquetfiler import change_page, write_parquet
from tiltaksflyt.intake import read_drop

MB = 1024 * 1024
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
P = "http://schemas.openxmlformats.org/package/2006/relationships"
DTD = b'<!DOCTYPE a [<!ENTITY b "xxx">]>'
STOY = b"".join(zlib.crc32(struct.pack("<I", n)).to_bytes(4, "little") for n in range(MB // 4))


class Del(NamedTuple):
    """An entry: `foran`, then `blokk` repeated, then `bak`. `oppgitt` is the size it claims, None for the truth."""

    foran: bytes = b""
    blokk: bytes = b""
    ganger: int = 0
    bak: bytes = b""
    oppgitt: int | None = None


def _deflate(del_: Del) -> bytes:
    pakker = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    start = pakker.compress(del_.foran) + pakker.flush(zlib.Z_FULL_FLUSH)
    blokk = pakker.compress(del_.blokk) + pakker.flush(zlib.Z_FULL_FLUSH)
    return start + blokk * del_.ganger + pakker.compress(del_.bak) + pakker.flush()


def _crc(del_: Del) -> int:
    if del_.oppgitt is not None or del_.ganger * len(del_.blokk) > 500 * MB:
        return 0  # refused before the end is reached
    sum_ = zlib.crc32(del_.foran)
    for _ in range(del_.ganger):
        sum_ = zlib.crc32(del_.blokk, sum_)
    return zlib.crc32(del_.bak, sum_)


def pack(deler: Mapping[str, Del]) -> bytes:
    """A ZIP of the entries, written field by field."""
    lokalt, sentralt = b"", b""
    for navn, del_ in deler.items():
        pakket = _deflate(del_)
        storrelse = len(del_.foran) + del_.ganger * len(del_.blokk) + len(del_.bak)
        felles = struct.pack(
            "<HHHHHIIIHH", 20, 0, 8, 0, 33, _crc(del_), len(pakket), del_.oppgitt or storrelse, len(navn), 0
        )
        sentralt += b"PK\x01\x02" + struct.pack("<H", 20) + felles + struct.pack("<HHHII", 0, 0, 0, 0, len(lokalt))
        sentralt += navn.encode()
        lokalt += b"PK\x03\x04" + felles + navn.encode() + pakket
    slutt = struct.pack("<HHHHIIH", 0, 0, len(deler) % 65536, len(deler) % 65536, len(sentralt), len(lokalt), 0)
    return lokalt + sentralt + b"PK\x05\x06" + slutt


def workbook(ark: Del, tekster: Del | None = None) -> dict[str, Del]:
    """A workbook of one sheet, with noise beside it so that the ratio alone does not refuse it."""
    bok = f'<workbook xmlns="{S}" xmlns:r="{R}"><sheets><sheet name="stengt" r:id="a"/></sheets></workbook>'
    kobling = f'<Relationships xmlns="{P}"><Relationship Id="a" Target="worksheets/s.xml"/></Relationships>'
    return {
        "[Content_Types].xml": Del(b"<Types/>"),
        "xl/workbook.xml": Del(bok.encode()),
        "xl/_rels/workbook.xml.rels": Del(kobling.encode()),
        "xl/sharedStrings.xml": tekster or Del(b"<sst/>"),
        "xl/worksheets/s.xml": ark,
        "xl/media/image1.png": Del(STOY),
    }


def _sheet(foran: bytes = b"", blokk: bytes = b"", ganger: int = 0, dtd: bytes = b"") -> Del:
    return Del(dtd + b"<worksheet><sheetData><row r='1'>" + foran, blokk, ganger, b"</row></sheetData></worksheet>")


def _names_one_text(antall: int) -> Del:
    rader = "".join(f"<row r='{n}'><c r='A{n}' t='s'><v>0</v></c></row>" for n in range(1, antall))
    return Del(f"<worksheet><sheetData>{rader}</sheetData></worksheet>".encode())


def _long_lines(antall: int) -> Iterator[bytes]:
    return (b"%d;L;YRKE;%s\n" % (nummer, b"x" * 2_000) for nummer in range(antall))


def _record(tekst: bytes) -> bytes:
    return b"<r><beskrivelse>" + tekst + b"</beskrivelse></r>"


def _parquet(tekster: list[str]) -> bytes:
    kolonne = pa.array(range(1), pa.int32()).take(pa.array([0] * len(tekster), pa.int32()))
    ordbok = pa.DictionaryArray.from_arrays(kolonne, pa.array(tekster[:1]))
    return write_parquet({"fraDato": ordbok, "tilDato": ordbok, "ny": ordbok})


def _parquet_page(storrelse: int) -> bytes:
    def claim(side: Any) -> None:
        side[1][2] = storrelse

    return change_page(write_parquet({"fraDato": ["2026-07-01"]}), claim)


BOMBER: Mapping[str, Callable[[], bytes]] = {
    "declared": lambda: pack({"stengt.csv": Del(blokk=bytes(MB), ganger=3000)}),
    "lying": lambda: pack({"stengt.csv": Del(blokk=bytes(MB), ganger=3000, oppgitt=100)}),
    "padded": lambda: pack({"stengt.csv": Del(b"fraDato;tilDato\n", b"a;b\n" * 250_000, 50), "stoy.bin": Del(STOY)}),
    "grid": lambda: pack(workbook(_sheet(b'<c r="XFD1048576"><v>1</v></c>'))),
    "cells": lambda: pack(workbook(_sheet(blokk=b"<c><v>1</v></c>" * 60_000, ganger=90))),
    "strings": lambda: pack(workbook(_sheet(), Del(b"<sst>", b"<si><t/></si>" * 70_000, 75, b"</sst>"))),
    "entity": lambda: pack(workbook(_sheet(blokk=b"&b;" * 900_000, ganger=30, dtd=DTD))),
    "json": lambda: b'{"mal": [' + b"[]," * 30_000_000 + b"[]]}",
    "json rows": lambda: b'{"mal": [' + b'{"a":1},' * 220_000 + b"{}]}",
    "lines": lambda: b'{"tabell":"mal"}\n' * 249_000,
    "xml": lambda: b"<innsending><mal>" + b"<a/>" * 30_000_000 + b"</mal></innsending>",
    "xml rows": lambda: b"<innsending><mal>" + b"<r><a/></r>" * 830_000 + b"</mal></innsending>",
    "xml depth": lambda: b"<innsending>" + b"<a>" * 800_000 + b"</a>" * 800_000 + b"</innsending>",
    "line": lambda: b"a;b\n" + b"x" * (150 * MB),
    "quotes": lambda: b"fraDato;tilDato\n" + b'"x;y\n' * 5_000_000,
    "one text": lambda: pack(workbook(_names_one_text(4_000), Del(b"<sst><si><t>", b"x" * MB, 90, b"</t></si></sst>"))),
    "shared": lambda: pack(
        workbook(_names_one_text(100_000), Del(b"<sst><si><t>" + b"x" * 32_000 + b"</t></si></sst>"))
    ),
    "csv text": lambda: b"".join([b"malId;deltakelseId;maltype;beskrivelse\n", *_long_lines(50_000)]),
    "json text": lambda: b"".join([b'{"mal":[{"beskrivelse":"', b"x" * (95 * MB), b'"}]}']),
    "json letters": lambda: b"".join([b'{"mal":[{"beskrivelse":"', b"x" * (90 * MB), b'\\ud83d\\ude00"}]}']),
    "json escapes": lambda: b"".join([b'{"mal":[{"beskrivelse":"', b"ab\\n" * 24_000_000, b'"}]}']),
    "xml text": lambda: b"".join([b"<innsending><mal>", *[_record(b"x" * 9 * MB)] * 10, b"</mal></innsending>"]),
    "xml letters": lambda: b"".join(
        [b"<innsending><mal>", *[_record(b"x" * 9 * MB + b"&#128512;")] * 9, b"</mal></innsending>"]
    ),
    "unknown": lambda: pack({"x.txt": Del(b"", b"Dette er en tekst. " * 50_000, 2000), "stoy.bin": Del(STOY * 5)}),
    "faults": lambda: b"".join([b"avdelingOrgnr;fraDato;tilDato\n", b"1;2;3\n" * 1_600_000]),
    "rows": lambda: b"".join([b"avdelingOrgnr;fraDato;tilDato\n", b"1;2026-01-01;2026-01-01\n" * 830_000]),
    "parquet page": lambda: _parquet_page(2**31 - 1),
    "parquet text": lambda: _parquet(["x" * MB] * 1_000_000),
    "parquet cells": lambda: _parquet(["x"] * 5_000_001),
    "parquet rows": lambda: _parquet(["x"] * 1_600_000),
    "entries": lambda: pack({f"{n}.csv": Del() for n in range(5_000)}),
}


def main() -> None:
    avsender = Avsender(
        orgnr="810000000",
        konsern_orgnr=None,
        navn="A",
        rapporterer_fra=date(2026, 1, 1),
        profil=None,
        maalform="nb",
        kildesystem="K",
        omfang="FULL",
        modus="TEST",
        filnavn=None,
        tillatte_personopplysninger=frozenset(),
        adressebeskyttelse_rutine=None,
    )
    lesing = read_drop(
        BOMBER[sys.argv[1]](), filnavn="x", avsender=avsender, mottatt=datetime(2026, 3, 2, tzinfo=UTC), modus="TEST"
    )
    # Not ru_maxrss: that begins at what the parent had when it started us.
    topp = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024  # type: ignore[index]
    sys.stdout.write(f"{','.join(sorted({avvik.regelId for avvik in lesing.avvik}))} {topp}\n")


if __name__ == "__main__":
    main()
