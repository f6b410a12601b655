"""The text frames of a chunk, with their columns read as dates, numbers and keys once each.

A key is a surrogate per (innsending, id), so that no rule can join the rows of two senders (beslutninger 20).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from expectations.regel import EIER_AV_ID, LAGRET

INNSENDING = "_innsending"
_NOKKEL_I_FORELDER = {tabell: kolonne for kolonne, tabell in EIER_AV_ID.items()}

Serie = Any  # pandas ships no types here; a Series aligned with the frame it comes from
Ramme = Any


class Tabeller:
    """Frames by table, each with a RangeIndex, the contract's columns as text ("" is unknown) and `_innsending`."""

    def __init__(self, rammer: Mapping[str, Ramme]) -> None:
        self._rammer = rammer
        self._lest: dict[tuple[str, str, str], Serie] = {}

    def ramme(self, tabell: str) -> Ramme:
        """The frame of a table."""
        return self._rammer[tabell]

    def finnes(self, tabell: str) -> bool:
        """Whether the table has any row."""
        return tabell in self._rammer and len(self._rammer[tabell]) > 0

    def tekst(self, tabell: str, kolonne: str) -> Serie:
        """A column as text."""
        return self._rammer[tabell][kolonne]

    def celler(self, tabell: str, kolonne: str) -> Any:  # noqa: ANN401  a numpy array of texts
        """The cells of a column, for what is asked of so many columns that a Series for each would cost most."""
        return self._read("celler", tabell, kolonne)

    def unike(self, tabell: str, kolonne: str) -> frozenset[str]:
        """The different texts of a column."""
        unike: frozenset[str] = self._read("unike", tabell, kolonne)
        return unike

    def er_tom(self, tabell: str, kolonne: str) -> bool:
        """Whether a column is empty in every row."""
        return self.unike(tabell, kolonne) <= _TOM

    def dato(self, tabell: str, kolonne: str) -> Serie:
        """A column as dates; NaT where it is empty or no date."""
        return self._read("dato", tabell, kolonne)

    def tall(self, tabell: str, kolonne: str) -> Serie:
        """A column as numbers; NaN where it is empty or no number."""
        return self._read("tall", tabell, kolonne)

    def nokkel(self, tabell: str, kolonne: str) -> Serie:
        """A column as surrogate keys; "" where the id is empty."""
        return self._read("nokkel", tabell, kolonne)

    def _read(self, som: str, tabell: str, kolonne: str) -> Any:  # noqa: ANN401
        sted = (som, tabell, kolonne)
        if sted not in self._lest:
            self._lest[sted] = _LESERE[som](self, tabell, kolonne)
        return self._lest[sted]

    def posisjon(self, tabell: str, forelder: str) -> Any:  # noqa: ANN401  a numpy array of integers
        """For each row of a table the position of its parent row, -1 where there is none.

        A row finds its deltaker through its deltakelse where it does not name the person itself, and its
        deltakelse through its samtykke (etteroppfolging). The first of two rows with the same key counts.
        """
        sted = ("posisjon", tabell, forelder)
        if sted not in self._lest:
            self._lest[sted] = self._find(tabell, forelder)
        return self._lest[sted]

    def _find(self, tabell: str, forelder: str) -> Any:  # noqa: ANN401
        if tabell == forelder:
            return np.arange(len(self._rammer[tabell]))
        kolonne = _NOKKEL_I_FORELDER[forelder.removeprefix(LAGRET)]
        if kolonne in self._rammer[tabell]:
            return self._match(self.nokkel(tabell, kolonne), self.nokkel(forelder, kolonne))
        via = "samtykke" if tabell == "etteroppfolging" else "deltakelse"
        if via == tabell or _NOKKEL_I_FORELDER[via] not in self._rammer[tabell]:
            return np.full(len(self._rammer[tabell]), -1)
        forste = self.posisjon(tabell, via)
        andre = self.posisjon(via, forelder)
        if len(andre) == 0:
            return np.full(len(forste), -1)
        return np.where(forste >= 0, andre[forste], -1)

    @staticmethod
    def _match(nokler: Serie, foreldre: Serie) -> Any:  # noqa: ANN401
        entydige = ~foreldre.duplicated() & foreldre.ne("")
        posisjoner = np.flatnonzero(entydige.to_numpy())
        treff = pd.Index(foreldre.to_numpy(dtype=object)[posisjoner]).get_indexer(nokler.to_numpy(dtype=object))
        if len(posisjoner) == 0:
            return treff
        return np.where(treff >= 0, posisjoner[treff], -1)

    def hent(self, tabell: str, forelder: str, kolonne: str, som: str = "tekst") -> Serie:
        """A parent's column, aligned with the rows of `tabell`; empty where there is no parent."""
        kilde = self.tekst(forelder, kolonne) if som == "tekst" else self._read(som, forelder, kolonne)
        return self.langs(tabell, forelder, kilde, "" if som in ("tekst", "nokkel") else None)

    def langs(self, tabell: str, forelder: str, serie: Serie, tomt: str | None = None) -> Serie:
        """A Series over the parent's rows, aligned with the rows of `tabell`; `tomt` where there is no parent."""
        verdier = pd.api.extensions.take(serie.array, self.posisjon(tabell, forelder), allow_fill=True, fill_value=tomt)
        return pd.Series(verdier, index=self._rammer[tabell].index)


def _read_celler(tabeller: Tabeller, tabell: str, kolonne: str) -> Any:  # noqa: ANN401
    return tabeller.ramme(tabell)[kolonne].to_numpy(dtype=object)


def _read_unike(tabeller: Tabeller, tabell: str, kolonne: str) -> frozenset[str]:
    return frozenset(tabeller.celler(tabell, kolonne).tolist())


def _read_dato(tabeller: Tabeller, tabell: str, kolonne: str) -> Serie:
    return pd.to_datetime(tabeller.ramme(tabell)[kolonne], format="%Y-%m-%d", errors="coerce")


def _read_tall(tabeller: Tabeller, tabell: str, kolonne: str) -> Serie:
    return pd.to_numeric(tabeller.ramme(tabell)[kolonne], errors="coerce").astype("float64")


def _read_nokkel(tabeller: Tabeller, tabell: str, kolonne: str) -> Serie:
    numre = tabeller.ramme(tabell)[INNSENDING].tolist()
    celler = tabeller.celler(tabell, kolonne)
    nokler = [f"{nummer}:{celle}" if celle else "" for nummer, celle in zip(numre, celler, strict=True)]
    return pd.Series(nokler, dtype=object)


_TOM = frozenset({""})
_LESERE = {
    "celler": _read_celler,
    "unike": _read_unike,
    "dato": _read_dato,
    "tall": _read_tall,
    "nokkel": _read_nokkel,
}
