"""Parquet as text: one table a file, its columns by name, its types as cells. Only what was inspected first is read."""

from collections.abc import Iterator, Sequence, Set
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from tiltaksflyt.intake.grenser import Grenser
from tiltaksflyt.intake.kilde import Kilderad, Kildetabell, Opplysning
from tiltaksflyt.intake.parquetceller import find_cell_maker
from tiltaksflyt.intake.parquetkontroll import inspect_parquet
from tiltaksflyt.intake.portregler import Avvisning

_CELLER_I_ET_UTTREKK = 500_000
_MAKS_RADER_I_ET_UTTREKK = 65_536
_MAKS_DYBDE = 8
_TEKST = frozenset({"STRING", "ENUM", "JSON", "NONE"})


class Parquetfil:
    """One Parquet file, its columns known and its rows waiting.

    Raises Avvisning as `inspect_parquet` does, FIL001 for a column that holds other columns, and FIL007 for a name
    that is no text.
    """

    def __init__(self, data: bytes, grenser: Grenser) -> None:
        uten_ordbok = inspect_parquet(data, grenser)
        self._maks_tekst = grenser.maks_utpakket_parquet
        try:
            self._fil = _open(data, uten_ordbok)
            skjema = self._fil.schema_arrow
            self.kolonner: Sequence[str] = skjema.names
        except (pa.ArrowException, OSError, UnicodeError) as feil:
            raise _refusal(feil) from None
        makere = [find_cell_maker(felt.type) for felt in skjema]
        if None in makere:
            raise Avvisning("FIL001", kolonne=_place(makere.index(None)))
        self._makere = [maker for maker in makere if maker is not None]

    def table(self, navn: str) -> Kildetabell:
        """The file as the table that the layout calls `navn`."""
        plasser = [_place(i) for i in range(len(self.kolonner))]
        return Kildetabell(navn, self.kolonner, plasser, self.rows(), True, "Parquet")

    def texts(self) -> Iterator[str]:
        """Every column name and cell, to be looked through."""
        yield from self.kolonner
        for rad in self.rows():
            yield from rad.celler

    def notices(self) -> Iterator[Opplysning]:
        """Nothing: the file says all of itself."""
        yield from ()

    def rows(self) -> Iterator[Kilderad]:
        """The filled rows, each with its place in the file."""
        plass = post = tekst = 0
        for celler in self._batches():
            for rad in zip(*celler, strict=True):
                plass += 1
                tekst += sum(map(len, rad))
                if tekst > self._maks_tekst:
                    raise Avvisning("FIL003")
                if any(celle or type(celle) is not str for celle in rad):
                    post += 1
                    yield Kilderad(plass, post, rad)

    def _batches(self) -> Iterator[Sequence[Sequence[str]]]:
        """The cells of some rows at a time, column by column."""
        rader = min(_MAKS_RADER_I_ET_UTTREKK, _CELLER_I_ET_UTTREKK // max(len(self.kolonner), 1))
        uttrekk = self._fil.iter_batches(batch_size=rader, use_threads=False)
        while True:
            try:
                kolonner = next(uttrekk).columns
                celler = [maker(kolonne) for maker, kolonne in zip(self._makere, kolonner, strict=True)]
            except StopIteration:
                return
            except (pa.ArrowException, OSError, UnicodeError) as feil:
                raise _refusal(feil) from None
            yield celler


def _open(data: bytes, uten_ordbok: Set[int]) -> Any:  # noqa: ANN401  pyarrow has no types
    """The file with every column of text as a dictionary: a text that stands in a million rows is there once."""
    uten = pq.ParquetFile(pa.BufferReader(data), pre_buffer=False, schema_depth_limit=_MAKS_DYBDE)
    tekster = [
        kolonne.path
        for nummer, kolonne in enumerate(map(uten.schema.column, range(len(uten.schema.names))))
        if nummer not in uten_ordbok and kolonne.physical_type == "BYTE_ARRAY" and kolonne.logical_type.type in _TEKST
    ]
    return pq.ParquetFile(
        pa.BufferReader(data), read_dictionary=tekster, pre_buffer=False, schema_depth_limit=_MAKS_DYBDE
    )


def _refusal(feil: Exception) -> Avvisning:
    """What the sender is told of a fault that the library found; its own words may hold the sender's data."""
    if isinstance(feil, UnicodeError):
        return Avvisning("FIL007")
    if isinstance(feil, (MemoryError, RecursionError)):
        return Avvisning("FIL003")
    return Avvisning("FIL001" if isinstance(feil, NotImplementedError) else "FIL002")


def _place(indeks: int) -> str:
    return f"kolonne {indeks + 1}"
