"""Files of one table, CSV or Parquet: alone, or several in a ZIP."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Protocol

from tiltaksflyt.intake.arkiv import Arkiv
from tiltaksflyt.intake.csvleser import Csvfil
from tiltaksflyt.intake.grenser import Grenser
from tiltaksflyt.intake.kilde import Del, Kildetabell, Leseoppsett, Opplysning, Ukjentdel
from tiltaksflyt.intake.tegnsett import Biter

_BIT = 65536
_PARQUET = (b"PAR1", b"PARE")

# What an operating system puts in an archive by itself.
_STOY = re.compile(r"(^|/)(__MACOSX/|\.(?!/)|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)


class Tabellfil(Protocol):
    """A file of one table, its columns known and its rows waiting."""

    kolonner: Sequence[str]

    def table(self, navn: str) -> Kildetabell:
        """The file as the table that the layout calls `navn`."""
        ...

    def notices(self) -> Iterator[Opplysning]:
        """What the reader had to find out by itself, or passes over."""
        ...

    def texts(self) -> Iterator[str]:
        """Every column name and cell, to be looked through."""
        ...


def read_csv(data: bytes, oppsett: Leseoppsett) -> Iterator[Del]:
    """A single CSV file: its table is told by the file name, otherwise by the header."""

    def biter() -> Iterator[bytes]:
        return (data[start : start + _BIT] for start in range(0, len(data), _BIT))

    return _single(Csvfil(biter, oppsett, oppsett.kjenn_tabell(_stem(oppsett.filnavn)) or None), oppsett)


def read_parquet(data: bytes, oppsett: Leseoppsett) -> Iterator[Del]:
    """A single Parquet file: its table is told by the file name, otherwise by the columns."""
    return _single(_open_parquet(data, oppsett.grenser), oppsett)


def read_zip(data: bytes, oppsett: Leseoppsett) -> Iterator[Del]:
    """A ZIP of CSV and Parquet files, a table each, in the order of the archive."""
    arkiv = Arkiv(data, oppsett.grenser, oppsett.dato)
    for nummer, (navn, inngang) in enumerate(arkiv.names.items(), start=1):
        if _STOY.search(navn):
            continue
        tabell = oppsett.kjenn_tabell(_stem(navn))
        if tabell == "":
            continue
        biter = partial(arkiv.unpack, inngang)
        plass = f"fil nr. {nummer} i pakken"
        if next(biter(), b"").startswith(_PARQUET):
            fil: Tabellfil = _open_parquet(arkiv.read(inngang, oppsett.grenser.maks_utpakket_parquet), oppsett.grenser)
            yield Ukjentdel(plass, fil.texts()) if tabell is None else fil.table(tabell)
        elif tabell is None:
            yield Ukjentdel(plass, _loose_text(biter))
        else:
            csvfil = Csvfil(biter, oppsett, tabell)
            yield from csvfil.notices()
            yield csvfil.table(tabell)


def _single(fil: Tabellfil, oppsett: Leseoppsett) -> Iterator[Del]:
    navn = oppsett.kjenn_tabell(_stem(oppsett.filnavn))
    if navn is None:
        navn = oppsett.kjenn_kolonner(fil.kolonner)
    if navn is None:
        yield Ukjentdel("filen", fil.texts())
    elif navn:
        yield from fil.notices()
        yield fil.table(navn)


def _open_parquet(data: bytes, grenser: Grenser) -> Tabellfil:
    # The library is large: who reads no Parquet does not load it.
    from tiltaksflyt.intake.parquetleser import Parquetfil

    return Parquetfil(data, grenser)


def _stem(navn: str) -> str:
    return PurePosixPath(navn.replace("\\", "/")).stem


def _loose_text(biter: Biter) -> Iterator[str]:
    """Pieces of an unknown file, overlapping, with the zero bytes of UTF-16 taken out."""
    forrige = ""
    for bit in biter():
        vindu = forrige + bit.replace(b"\0", b"").decode("latin-1")
        yield vindu
        forrige = vindu[-40:]
