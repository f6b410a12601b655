"""Good files of every format that the door reads, and ways to spoil them: for the tests, and for the long fuzzing."""

import csv
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import xlsxwriter

from tests.intake.parquetfiler import Felt, change_footer, write_parquet

KANARI = "Kanarifugl"
"""Stands in every text of the good files; no answer may hold it."""

_MAL = {
    "malId": ["M1", "M2"],
    "deltakelseId": ["L1", "L1"],
    "maltype": ["YRKE", "FAGLIG"],
    "beskrivelse": [f"{KANARI} å æ", f"{KANARI} 2"],
    "frist": ["2026-06-01", ""],
}
_STENGT = {"avdelingOrgnr": ["810000000"], "fraDato": ["2026-07-01"], "tilDato": ["2026-07-31"]}
_TABELLER = {"mal": _MAL, "stengt": _STENGT}


def _rows(tabell: Mapping[str, list[str]]) -> list[list[str]]:
    return [list(tabell), *map(list, zip(*tabell.values(), strict=True))]


def _records(tabell: Mapping[str, list[str]]) -> list[dict[str, str]]:
    hode, *rader = _rows(tabell)
    return [dict(zip(hode, rad, strict=True)) for rad in rader]


def _csv(tabell: Mapping[str, list[str]], tegnsett: str = "utf-8") -> bytes:
    ut = io.StringIO()
    csv.writer(ut, delimiter=";").writerows(_rows(tabell))
    return ut.getvalue().encode(tegnsett)


def _zip(filer: Mapping[str, bytes], pakking: int = zipfile.ZIP_DEFLATED) -> bytes:
    ut = io.BytesIO()
    with zipfile.ZipFile(ut, "w", pakking) as arkiv:
        for navn, innhold in filer.items():
            arkiv.writestr(navn, innhold)
    return ut.getvalue()


def _xlsx() -> bytes:
    ut = io.BytesIO()
    bok = xlsxwriter.Workbook(ut, {"in_memory": True})
    for navn, tabell in _TABELLER.items():
        ark = bok.add_worksheet(navn)
        for nummer, rad in enumerate(_rows(tabell)):
            ark.write_row(nummer, 0, rad)
    bok.close()
    return ut.getvalue()


def _loose_xlsx() -> bytes:
    """The workbook with its parts unpacked, so that a changed byte changes the XML and not only its packing."""
    with zipfile.ZipFile(io.BytesIO(_xlsx())) as arkiv:
        return _zip({navn: arkiv.read(navn) for navn in arkiv.namelist()}, zipfile.ZIP_STORED)


def _xml() -> bytes:
    lister = "".join(
        f"<{navn}>{''.join(_element(post) for post in _records(tabell))}</{navn}>" for navn, tabell in _TABELLER.items()
    )
    return f"<?xml version='1.0' encoding='utf-8'?><innsending>{lister}</innsending>".encode()


def _element(post: Mapping[str, str]) -> str:
    return f"<rad>{''.join(f'<{felt}>{verdi}</{felt}>' for felt, verdi in post.items())}</rad>"


def _json() -> bytes:
    return json.dumps({navn: _records(tabell) for navn, tabell in _TABELLER.items()}, ensure_ascii=False).encode()


def _jsonl() -> bytes:
    poster = [{"tabell": navn, **post} for navn, tabell in _TABELLER.items() for post in _records(tabell)]
    return "".join(json.dumps(post, ensure_ascii=False) + "\n" for post in poster).encode()


GODE: Mapping[str, Callable[[], bytes]] = MappingProxyType(
    {
        "csv": lambda: _csv(_MAL),
        "csv16": lambda: _csv(_MAL, "utf-16"),
        "csv1252": lambda: _csv(_MAL, "cp1252"),
        "zip": lambda: _zip({f"{navn}.csv": _csv(tabell) for navn, tabell in _TABELLER.items()}),
        "xlsx": _xlsx,
        "xlsxxml": _loose_xlsx,
        "json": _json,
        "jsonl": _jsonl,
        "xml": _xml,
        "parquet": lambda: write_parquet(_MAL),
        "parquetplain": lambda: write_parquet(_MAL, compression="none", use_dictionary=False, store_schema=False),
        "parquetlister": lambda: write_parquet(
            {"deltakelseId": ["L"], "dato": ["2026-01-01"], "oppfolgingstype": ["X"], "deltok": [[KANARI, "NAV"]]}
        ),
        "zipparquet": lambda: _zip({"mal.parquet": write_parquet(_MAL), "stengt.csv": _csv(_STENGT)}),
    }
)

_STRUKTUR = 12
_SIFFER = re.compile(rb"[0-9]+")
_STYKKE = re.compile(rb"<[^<>]*>|\"[^\"]*\"|[{}\[\],:;\n]|[^<>\"{}\[\],:;\n]+")
_UTBYTTE = (
    b"",
    b"\0",
    b'"',
    b"<",
    b"&#0;",
    b"]]>",
    b"<!DOCTYPE a>",
    b"null",
    b"NaN",
    b"1e999",
    b"[[[[",
    b'{"a":1,"a":2}',
    b"\xff\xfe",
    b"\xf0\x9f\x98\x80",
    b"\\ud800",
    b"tabell",
    b"innsending",
    b"XFD1048576",
)


def spoil(data: bytes, tilfeldig: random.Random) -> bytes:
    """One to four changes, each of a byte, a piece or the structure; mostly inside what is packed."""
    if data.startswith(b"PK\x03\x04") and tilfeldig.random() < 0.7:
        return _spoil_entry(data, tilfeldig)
    if data.startswith(b"PAR1") and tilfeldig.random() < 0.6:
        return _spoil_footer(data, tilfeldig)
    for _ in range(tilfeldig.randint(1, 4)):
        data = tilfeldig.choice(_ENDRINGER)(data, tilfeldig)
    return data


def _spoil_entry(data: bytes, tilfeldig: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as arkiv:
        deler = {navn: arkiv.read(navn) for navn in arkiv.namelist()}
    valgt = tilfeldig.choice(list(deler))
    return _zip({navn: spoil(innhold, tilfeldig) if navn == valgt else innhold for navn, innhold in deler.items()})


def _spoil_footer(data: bytes, tilfeldig: random.Random) -> bytes:
    """One claim of the footer lost, doubled or changed; what the claims are about is left."""

    def change(bunn: list[Felt]) -> None:
        felter = tilfeldig.choice(list(_structs(bunn)))
        felt = tilfeldig.choice(felter)
        match tilfeldig.randrange(4):
            case 0:
                felter.remove(felt)
            case 1 if isinstance(felt[2], tuple):
                felt[2][1].extend(felt[2][1])
            case 2 if isinstance(felt[2], bytes):
                felt[2] = tilfeldig.choice((b"", b"\xff", felt[2] * 3, b"\0"))
            case _ if isinstance(felt[2], int):
                felt[2] = tilfeldig.choice((0, 1, -1, felt[2] + 1, felt[2] ^ 8, 2**31 - 1, 2**62, 7))

    return change_footer(data, change)


def _structs(felter: list[Felt]) -> Iterator[list[Felt]]:
    if felter:
        yield felter
    for _, type_, verdi in felter:
        if type_ == _STRUKTUR:
            yield from _structs(verdi)
        elif isinstance(verdi, tuple) and verdi[0] == _STRUKTUR:
            for ett in verdi[1]:
                yield from _structs(ett)


def _flip(data: bytes, tilfeldig: random.Random) -> bytes:
    if not data:
        return data
    ut = bytearray(data)
    plass = tilfeldig.randrange(len(ut))
    ut[plass] = tilfeldig.choice((tilfeldig.randrange(256), ut[plass] ^ 1 << tilfeldig.randrange(8), 0, 0x7F, 0xFF))
    return bytes(ut)


def _cut(data: bytes, tilfeldig: random.Random) -> bytes:
    return data[: tilfeldig.randint(0, len(data))]


def _splice(data: bytes, tilfeldig: random.Random) -> bytes:
    fra, til, inn = (tilfeldig.randint(0, len(data)) for _ in range(3))
    return data[:inn] + data[fra : min(til, fra + 200)] + data[inn + tilfeldig.choice((0, 0, 5, 50)) :]


def _number(data: bytes, tilfeldig: random.Random) -> bytes:
    """Another number where one stands."""
    treff = list(_SIFFER.finditer(data))
    if not treff:
        return data
    ett = tilfeldig.choice(treff)
    return data[: ett.start()] + tilfeldig.choice((b"0", b"-1", b"4294967296", b"9" * 30)) + data[ett.end() :]


def _piece(data: bytes, tilfeldig: random.Random) -> bytes:
    """A tag, a text or a separator lost, doubled, moved or put for another."""
    stykker = _STYKKE.findall(data)
    if len(stykker) < 2:
        return data
    fra, til = tilfeldig.randrange(len(stykker)), tilfeldig.randrange(len(stykker))
    match tilfeldig.randrange(4):
        case 0:
            del stykker[fra]
        case 1:
            stykker[fra] *= 2
        case 2:
            stykker[fra], stykker[til] = stykker[til], stykker[fra]
        case _:
            stykker[fra] = tilfeldig.choice(_UTBYTTE)
    return b"".join(stykker)


_ENDRINGER = (_flip, _flip, _cut, _splice, _number, _piece, _piece)
