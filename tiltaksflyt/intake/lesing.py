"""What one drop says: the value that intake hands to the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from schemas.avvik import Avvik

PROBLEMKOLONNER = ("tabell", "indeks", "kolonne", "kode")


SLETTEBEKREFTELSE = "slettebekreftelse"


@dataclass(frozen=True)
class Lesing:
    """One drop, read and typed by the contract.

    `hode`: the header `innsending` as canonical text; complete unless `avvist`.
    `tabeller`: contract table to frame, only for tables that the drop has (a table present but empty replaces, a
    table absent leaves what is stored). A frame has every field of the contract as text, "" for unknown, and the
    whole numbers `_rad` (row in the file as dropped) and `_post` (record number).
    `problemer`: cells that could not be typed (columns tabell, indeks, kolonne, kode); the cell is "" in its frame.
    `kolonne` is "" where the row as a whole is at fault.
    `avvik`: what the door itself found. `avvist`: nothing of the drop is used.
    `lest_som`: format and encoding in Norwegian words, and whether it was declared or found out.
    """

    hode: Mapping[str, str]
    tabeller: Mapping[str, pd.DataFrame]
    problemer: pd.DataFrame
    avvik: tuple[Avvik, ...]
    avvist: bool
    lest_som: str = ""

    @property
    def slettesaker(self) -> frozenset[str]:
        """The erasures that the drop confirms, by slettesakId."""
        ramme = self.tabeller.get(SLETTEBEKREFTELSE)
        return frozenset() if ramme is None else frozenset(ramme["slettesakId"]) - {""}


def make_problemer(rader: list[tuple[str, int, str, str]]) -> pd.DataFrame:
    """The frame of cells at fault, with its types also when it is empty."""
    tabell, indeks, kolonne, kode = ([rad[i] for rad in rader] for i in range(4))
    return pd.DataFrame(
        {
            "tabell": pd.Series(tabell, dtype="str"),
            "indeks": pd.Series(indeks, dtype="int64"),
            "kolonne": pd.Series(kolonne, dtype="str"),
            "kode": pd.Series(kode, dtype="str"),
        }
    )


def refused(avvik: tuple[Avvik, ...], lest_som: str = "") -> Lesing:
    """The reading of a drop of which nothing is used."""
    return Lesing(MappingProxyType({}), MappingProxyType({}), make_problemer([]), avvik, True, lest_som)
