"""The sweep: looks for given identities in every byte of a store, decoding and unpacking what it finds.

It believes nothing about a file from its name. Containers are carved out wherever their signature stands, also in
the middle of a volume file or a write-ahead log, because that is where a deleted object lives on.
"""

import base64
import contextlib
import io
import mmap
import re
import sqlite3
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pypdf
import zstandard

MAKS_DYBDE: Final = 5
MAKS_UTPAKKET: Final = 256 * 1024 * 1024
_GZIP = re.compile(rb"\x1f\x8b\x08")
_ZSTD = re.compile(rb"\x28\xb5\x2f\xfd")
_ZIP_POST = re.compile(rb"PK\x03\x04")
_PDF = re.compile(rb"%PDF-.*?%%EOF", re.DOTALL)
_SQLITE = b"SQLite format 3\x00"
_ZIP_HODE = struct.Struct("<4sHHHHHIIIHH")
_DEFLATE = 8
_IDENT_LENGDE = 11

Bytes = bytes | mmap.mmap


@dataclass(frozen=True)
class Nal:
    """One byte pattern that gives an identity away, and the encoding it stands in."""

    bytes_: bytes
    koding: str


@dataclass(frozen=True, order=True)
class Treff:
    """Where a pattern was found. `sti` is the file and, after «!», what was unpacked on the way; never the value."""

    sti: str
    koding: str
    posisjon: int


def make_naler(verdi: str) -> tuple[Nal, ...]:
    """The patterns of one identity: plain, spaced, UTF-16, base64 at each alignment, hex."""
    former = {verdi: "tekst"}
    if len(verdi) == _IDENT_LENGDE and verdi.isdigit():
        former[f"{verdi[:6]} {verdi[6:]}"] = "tekst med mellomrom"
        former[f"{verdi[:6]}.{verdi[6:]}"] = "tekst med punktum"
        former[f"{verdi[:2]}.{verdi[2:4]}.{verdi[4:6]} {verdi[6:]}"] = "tekst som dato"
    naler: dict[bytes, str] = {}
    for form, navn in former.items():
        for koding in ("utf-8", "utf-16-le", "utf-16-be", "cp1252"):
            with contextlib.suppress(UnicodeEncodeError):
                naler.setdefault(form.encode(koding), f"{navn}, {koding}")
    ren = verdi.encode("utf-8")
    naler.setdefault(ren.hex().encode(), "hex")
    naler.setdefault(ren.hex().upper().encode(), "hex")
    for forskyvning in range(3):
        naler.setdefault(_base64_core(ren, forskyvning), f"base64, forskyvning {forskyvning}")
    return tuple(Nal(bytes_, koding) for bytes_, koding in naler.items())


def _base64_core(verdi: bytes, forskyvning: int) -> bytes:
    # Only the characters that depend on the value alone: the first and the last mix with its neighbours.
    kodet = base64.b64encode(b"\x00" * forskyvning + verdi)
    forste = -(-forskyvning * 8 // 6)
    siste = (forskyvning + len(verdi)) * 8 // 6
    return kodet[forste:siste]


def search_tree(katalog: Path, naler: tuple[Nal, ...]) -> Iterator[Treff]:
    """Every hit in every file below a folder, file names included. A file that goes away meanwhile is passed over."""
    for fil in sorted(katalog.rglob("*")):
        navn = str(fil.relative_to(katalog))
        yield from _search_plain(navn.encode("utf-8", "surrogateescape"), naler, f"{navn}!navn")
        if fil.is_file() and not fil.is_symlink():
            with contextlib.suppress(FileNotFoundError):
                yield from search_file(fil, naler, navn)


def search_file(fil: Path, naler: tuple[Nal, ...], navn: str | None = None) -> Iterator[Treff]:
    """Every hit in one file, mapped rather than read, so that its size does not matter."""
    sti = navn or fil.name
    with fil.open("rb") as strom:
        if fil.stat().st_size == 0:
            return
        with mmap.mmap(strom.fileno(), 0, access=mmap.ACCESS_READ) as kart:
            yield from search_bytes(kart, naler, sti)
            er_sqlite = kart[: len(_SQLITE)] == _SQLITE
    if er_sqlite:
        yield from _search_sqlite(fil, naler, sti)


def search_bytes(data: Bytes, naler: tuple[Nal, ...], sti: str, dybde: int = 0) -> Iterator[Treff]:
    """Every hit in some bytes and in whatever can be unpacked from them, down to MAKS_DYBDE layers."""
    yield from _search_plain(data, naler, sti)
    if dybde < MAKS_DYBDE:
        for indre, utpakket in _unpack(data):
            yield from search_bytes(utpakket, naler, f"{sti}!{indre}", dybde + 1)


def _search_plain(data: Bytes, naler: tuple[Nal, ...], sti: str) -> Iterator[Treff]:
    for nal in naler:
        posisjon = data.find(nal.bytes_)
        while posisjon >= 0:
            yield Treff(sti, nal.koding, posisjon)
            posisjon = data.find(nal.bytes_, posisjon + 1)


def _unpack(data: Bytes) -> Iterator[tuple[str, bytes]]:
    for treff in _GZIP.finditer(data):
        yield from _inflated(f"gzip@{treff.start()}", data, treff.start(), 31)
    for treff in _ZSTD.finditer(data):
        yield from _zstd(data, treff.start())
    for treff in _ZIP_POST.finditer(data):
        yield from _zip_entry(data, treff.start())
    for treff in _PDF.finditer(data):
        yield f"pdf@{treff.start()}", _pdf_text(treff.group())


def _inflated(navn: str, data: Bytes, fra: int, wbits: int) -> Iterator[tuple[str, bytes]]:
    utpakker = zlib.decompressobj(wbits)
    # A truncated or overwritten stream is searched as far as it goes.
    with contextlib.suppress(zlib.error):
        yield navn, utpakker.decompress(data[fra : fra + MAKS_UTPAKKET], MAKS_UTPAKKET)


def _zstd(data: Bytes, fra: int) -> Iterator[tuple[str, bytes]]:
    with contextlib.suppress(zstandard.ZstdError):
        leser = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data[fra : fra + MAKS_UTPAKKET]))
        yield f"zstd@{fra}", leser.read(MAKS_UTPAKKET)


def _zip_entry(data: Bytes, fra: int) -> Iterator[tuple[str, bytes]]:
    hode = data[fra : fra + _ZIP_HODE.size]
    if len(hode) < _ZIP_HODE.size:
        return
    *_, metode, _tid, _dato, _crc, pakket, _storrelse, navnelengde, ekstra = _ZIP_HODE.unpack(hode)
    innhold = fra + _ZIP_HODE.size + navnelengde + ekstra
    if metode == _DEFLATE:
        yield from _inflated(f"zip@{fra}", data, innhold, -15)
    elif pakket:
        yield f"zip@{fra}", data[innhold : innhold + pakket]


def _pdf_text(pdf: bytes) -> bytes:
    # A PDF sets text as glyph numbers; only a reader that knows the fonts can say what stands on the page.
    try:
        leser = pypdf.PdfReader(io.BytesIO(pdf))
        sider = [side.extract_text() for side in leser.pages]
        info = [str(verdi) for verdi in (leser.metadata or {}).values()]
        xmp = leser.xmp_metadata
        strommer = [xmp.stream.get_data().decode("utf-8", "replace")] if xmp is not None else []
        return "\n".join([*sider, *info, *strommer]).encode("utf-8", "replace")
    except Exception:  # pypdf raises whatever a damaged file provokes; its raw bytes are searched all the same
        return b""


def _search_sqlite(fil: Path, naler: tuple[Nal, ...], sti: str) -> Iterator[Treff]:
    # A value that crosses a page boundary is in two pieces in the file and whole only in its cell.
    try:
        kobling = sqlite3.connect(f"{fil.resolve().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error:
        return
    with contextlib.closing(kobling), contextlib.suppress(sqlite3.Error):
        tabeller = [rad[0] for rad in kobling.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for tabell in tabeller:
            sitert = tabell.replace('"', '""')
            for rad in kobling.execute(f'SELECT * FROM "{sitert}"'):  # noqa: S608  the name is the file's own
                for celle in rad:
                    data = celle if isinstance(celle, bytes) else str(celle).encode("utf-8", "surrogateescape")
                    yield from search_bytes(data, naler, f"{sti}!{tabell}", 1)
