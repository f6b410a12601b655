"""The text frames of a chunk, with their columns read as dates, numbers and keys once each.

A key is a surrogate per (innsending, id), so that no rule can join the rows of two senders (beslutninger 20).
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from expectations.regel import EIER_AV_ID, LAGRET

INNSENDING = "_innsending"
# Tables beside the contract's, of what the ledger knows; only the daily rules have them.
FORPLIKTELSE, DOKUMENT, HOLDT, ETTERSPURT = "forpliktelse", "dokument", "holdt", "etterspurt"
_NOKKEL_I_FORELDER = {tabell: kolonne for kolonne, tabell in EIER_AV_ID.items()}

Serie = Any  # pandas ships no types here; a Series aligned with the frame it comes from
Ramme = Any


class Tabeller:
    """Frames by table, each with a RangeIndex, the contract's columns as text ("" is unknown) and `_innsending`."""

    def __init__(self, rammer: Mapping[str, Ramme]) -> None:
        self._rammer = rammer
        self._lest: dict[tuple[str, ...], Any] = {}
        self._tolket: dict[str, dict[str, Any]] = {"dato": {}, "tall": {}}

    def beside(self, rammer: Mapping[str, Ramme], endret: Collection[tuple[str, str]]) -> "Tabeller":
        """The same rows with other cells in the columns `endret` (table, column), none of them an id.

        What is the same in both is not read again.
        """
        nye = Tabeller(rammer)
        nye._tolket = self._tolket
        beholdt = (sted for sted in self._lest if sted[0] != "hent" and (sted[1], sted[2]) not in endret)
        nye._lest = {sted: self._lest[sted] for sted in beholdt}
        return nye

    def ramme(self, tabell: str) -> Ramme:
        """The frame of a table."""
        return self._rammer[tabell]

    def finnes(self, tabell: str) -> bool:
        """Whether the table has any row."""
        return tabell in self._rammer and len(self._rammer[tabell]) > 0

    def tekst(self, tabell: str, kolonne: str) -> Serie:
        """A column as text."""
        return self._read("tekst", tabell, kolonne)

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

    def tomme(self, tabell: str, kolonne: str) -> Any:  # noqa: ANN401  a numpy array of booleans
        """Where a column is empty. Not to be changed in place."""
        return self._read("tomme", tabell, kolonne)

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
        return self._once((som, tabell, kolonne), lambda: _LESERE[som](self, tabell, kolonne))

    def _once(self, sted: tuple[str, ...], les: Callable[[], Any]) -> Any:  # noqa: ANN401
        if sted not in self._lest:
            self._lest[sted] = les()
        return self._lest[sted]

    def interpret(self, som: str, tabell: str, kolonne: str, les: Callable[[Serie], Any]) -> Any:  # noqa: ANN401
        """The cells of a column as dates or numbers, each different text of the chunk read once."""
        kjente = self._tolket[som]
        nye = [tekst for tekst in self.unike(tabell, kolonne) if tekst not in kjente]
        if nye:
            kjente.update(zip(nye, les(pd.Series(nye, dtype=object)), strict=True))
        return [kjente[celle] for celle in self.celler(tabell, kolonne)]

    def posisjon(self, tabell: str, forelder: str) -> Any:  # noqa: ANN401  a numpy array of integers
        """For each row of a table the position of its parent row, -1 where there is none.

        A row finds its deltaker through its deltakelse where it does not name the person itself, and its
        deltakelse through its samtykke (etteroppfolging). The first of two rows with the same key counts.
        """
        return self._once(("posisjon", tabell, forelder), lambda: self._find(tabell, forelder))

    def _find(self, tabell: str, forelder: str) -> Any:  # noqa: ANN401
        if tabell == forelder:
            return np.arange(len(self._rammer[tabell]))
        kolonne = _NOKKEL_I_FORELDER[forelder.removeprefix(LAGRET)]
        if kolonne in self._rammer[tabell]:
            plasser = self._once(("plasser", forelder, kolonne), lambda: _first_places(self.nokkel(forelder, kolonne)))
            return np.array([plasser.get(nokkel, -1) for nokkel in self.nokkel(tabell, kolonne)], dtype="int64")
        via = "samtykke" if tabell == "etteroppfolging" else "deltakelse"
        if via == tabell or _NOKKEL_I_FORELDER[via] not in self._rammer[tabell]:
            return np.full(len(self._rammer[tabell]), -1)
        forste = self.posisjon(tabell, via)
        andre = self.posisjon(via, forelder)
        if len(andre) == 0:
            return np.full(len(forste), -1)
        return np.where(forste >= 0, andre[forste], -1)

    def hent(self, tabell: str, forelder: str, kolonne: str, som: str = "tekst") -> Serie:
        """A parent's column, aligned with the rows of `tabell`; empty where there is no parent."""
        tomt = "" if som in ("tekst", "nokkel") else None
        return self._once(
            ("hent", tabell, forelder, kolonne, som),
            lambda: self.langs(tabell, forelder, self._read(som, forelder, kolonne), tomt),
        )

    def langs(self, tabell: str, forelder: str, serie: Serie, tomt: str | None = None) -> Serie:
        """A Series over the parent's rows, aligned with the rows of `tabell`; `tomt` where there is no parent."""
        verdier = pd.api.extensions.take(serie.array, self.posisjon(tabell, forelder), allow_fill=True, fill_value=tomt)
        return pd.Series(verdier, index=self._rammer[tabell].index)


def _first_places(nokler: Serie) -> Mapping[str, int]:
    """Where each key stands first."""
    plasser: dict[str, int] = {}
    for plass, nokkel in enumerate(nokler):
        plasser.setdefault(nokkel, plass)
    plasser.pop("", None)
    return plasser


def _read_tekst(tabeller: Tabeller, tabell: str, kolonne: str) -> Serie:
    return tabeller.ramme(tabell)[kolonne]


def _read_celler(tabeller: Tabeller, tabell: str, kolonne: str) -> Any:  # noqa: ANN401
    return tabeller.ramme(tabell)[kolonne].to_numpy(dtype=object)


def _read_unike(tabeller: Tabeller, tabell: str, kolonne: str) -> frozenset[str]:
    return frozenset(tabeller.celler(tabell, kolonne).tolist())


def _read_tomme(tabeller: Tabeller, tabell: str, kolonne: str) -> Any:  # noqa: ANN401
    return tabeller.celler(tabell, kolonne) == ""


def _read_dato(tabeller: Tabeller, tabell: str, kolonne: str) -> Serie:
    verdier = tabeller.interpret("dato", tabell, kolonne, _as_microseconds)
    return pd.Series(np.array(verdier, dtype="int64").view("datetime64[us]"), copy=False)


def _as_microseconds(tekster: Serie) -> Any:  # noqa: ANN401
    datoer = pd.to_datetime(tekster, format="%Y-%m-%d", errors="coerce")
    return datoer.to_numpy().astype("datetime64[us]").view("int64").tolist()


def _read_tall(tabeller: Tabeller, tabell: str, kolonne: str) -> Serie:
    return pd.Series(tabeller.interpret("tall", tabell, kolonne, _as_floats), dtype="float64")


def _as_floats(tekster: Serie) -> Any:  # noqa: ANN401
    return pd.to_numeric(tekster, errors="coerce").astype("float64").tolist()


def _read_nokkel(tabeller: Tabeller, tabell: str, kolonne: str) -> Serie:
    numre = tabeller.ramme(tabell)[INNSENDING].tolist()
    celler = tabeller.celler(tabell, kolonne)
    nokler = [f"{nummer}:{celle}" if celle else "" for nummer, celle in zip(numre, celler, strict=True)]
    return pd.Series(nokler, dtype=object)


_TOM = frozenset({""})
_LESERE = {
    "tekst": _read_tekst,
    "celler": _read_celler,
    "unike": _read_unike,
    "tomme": _read_tomme,
    "dato": _read_dato,
    "tall": _read_tall,
    "nokkel": _read_nokkel,
}
