"""The sweep: looks for given identities in every byte of a store, decoding and unpacking what it finds.

It believes nothing about a file from its name. Containers are carved out wherever their signature stands, also in
the middle of a volume file or a write-ahead log, because that is where a deleted object lives on. Everything is read
as streams; what could not be searched whole is told (`Mangel`), never passed over.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tiltaksflyt.retention.funn import Funn, Mangel, Mangelgrunn, Treff
from tiltaksflyt.retention.lag import Grenser, Lag, Sok
from tiltaksflyt.retention.monstre import Monstre
from tiltaksflyt.retention.naler import Nal, make_naler
from tiltaksflyt.retention.samlere import read_cells

__all__ = ["Grenser", "Mangel", "Mangelgrunn", "Nal", "Sveip", "Treff", "make_naler", "search_bytes", "search_tree"]

_VINDU: Final = 1024 * 1024
_SQLITE: Final = b"SQLite format 3\x00"
_SKILLE: Final = b"\x00\x00"


@dataclass
class Omfang:
    """How much was searched."""

    filer: int = 0
    bytes_: int = 0


class Sveip:
    """One sweep for a set of patterns; `omfang` grows as it goes."""

    def __init__(self, naler: Sequence[Nal], grenser: Grenser | None = None) -> None:
        self._sok = Sok(Monstre(naler), grenser or Grenser())
        self.omfang = Omfang()

    def tree(self, katalog: Path) -> Iterator[Funn]:
        """Everything found in and below a folder, names included, and what could not be searched.

        A file that goes away meanwhile is passed over; a folder that is not there, or cannot be read, is told.
        """
        uleselige: list[OSError] = []
        skjulte: dict[str, str] = {}
        if not katalog.is_dir():
            yield Mangel(str(katalog), Mangelgrunn.ULESELIG, 0, alvorlig=True)
        for mappe, undermapper, filer in os.walk(katalog, onerror=uleselige.append):
            undermapper.sort()
            vises = skjulte.get(mappe, str(Path(mappe).relative_to(katalog)))
            for navn in sorted([*undermapper, *filer]):
                plass = Path(mappe, navn)
                i_navnet = list(self._name(plass))
                # A name that is the value, or holds it, is told in another way.
                sti = str(Path(vises, f"[inode {plass.lstat().st_ino}]" if i_navnet else navn))
                if mappe in skjulte or i_navnet:
                    skjulte[str(plass)] = sti
                yield from (replace(funn, sti=f"{sti}!navn") for funn in i_navnet)
                if plass.is_file() and not plass.is_symlink():
                    yield from self.file(plass, sti)
            while uleselige:
                uleselig = str(Path(uleselige.pop().filename).parent)
                yield Mangel(skjulte.get(uleselig, uleselig), Mangelgrunn.ULESELIG, 0, alvorlig=True)

    def file(self, fil: Path, sti: str | None = None) -> Iterator[Funn]:
        """Everything found in one file, window by window."""
        sti = sti or fil.name
        lag = Lag(self._sok, sti, er_fil=True)
        er_sqlite = False
        try:
            with fil.open("rb", buffering=0) as strom:
                er_sqlite = os.pread(strom.fileno(), len(_SQLITE), 0) == _SQLITE
                while vindu := strom.read(_VINDU):
                    lag.feed(vindu)
                    self.omfang.bytes_ += len(vindu)
                    yield from self._found()
        except FileNotFoundError:
            return
        except OSError:
            yield Mangel(sti, Mangelgrunn.ULESELIG, 0, alvorlig=True)
        self.omfang.filer += 1
        lag.close()
        if er_sqlite:
            yield from self._sqlite(fil, sti)
        yield from self._found()

    def bytes_(self, data: bytes, sti: str) -> Iterator[Funn]:
        """Everything found in some bytes."""
        return self.pieces((data[start : start + _VINDU] for start in range(0, len(data), _VINDU)), sti)

    def pieces(self, biter: Iterable[bytes], sti: str) -> Iterator[Funn]:
        """Everything found in bytes that come in pieces, of any length."""
        lag = Lag(self._sok, sti)
        for bit in biter:
            lag.feed(bit)
            yield from self._found()
        lag.close()
        yield from self._found()

    def _name(self, plass: Path) -> Iterator[Funn]:
        navn = os.fsencode(plass.name)
        if plass.is_symlink():
            with contextlib.suppress(OSError):
                navn += _SKILLE + os.fsencode(plass.readlink())
        return self.bytes_(navn, "navn")

    def _sqlite(self, fil: Path, sti: str) -> Iterator[Funn]:
        # A value that crosses a page boundary is in two pieces in the file and whole only in its cell.
        lag: Lag | None = None
        try:
            with contextlib.closing(sqlite3.connect(f"{fil.resolve().as_uri()}?mode=ro", uri=True)) as kobling:
                forrige = None
                for tabell, celler in read_cells(kobling):
                    if lag is None or tabell != forrige:
                        if lag is not None:
                            lag.close()
                        lag, forrige = Lag(self._sok, f"{sti}!{tabell}", 1), tabell
                    lag.feed(celler + _SKILLE)
                    yield from self._found()
        except sqlite3.Error:
            if fil.exists():
                yield Mangel(sti, Mangelgrunn.SKADET, 0, alvorlig=True)
        if lag is not None:
            lag.close()
        yield from self._found()

    def _found(self) -> Iterator[Funn]:
        funnet, self._sok.funn = self._sok.funn, []
        yield from funnet


def search_tree(katalog: Path, naler: Sequence[Nal]) -> Iterator[Treff]:
    """Every hit in every file below a folder, file names included."""
    return (funn for funn in Sveip(naler).tree(katalog) if isinstance(funn, Treff))


def search_bytes(data: bytes, naler: Sequence[Nal], sti: str) -> Iterator[Treff]:
    """Every hit in some bytes and in whatever can be unpacked or decoded from them."""
    return (funn for funn in Sveip(naler).bytes_(data, sti) if isinstance(funn, Treff))
