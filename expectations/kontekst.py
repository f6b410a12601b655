"""What a predicate sees: its own table, the rows beside it, the header, the sender, the day, and what stood before."""

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from expectations.historikk import Historikk
from expectations.kjoring import Kjoring
from expectations.regel import Regel, Sted
from expectations.tabeller import INNSENDING, Ramme, Serie, Tabeller
from schemas.oppsett import Avsender


@dataclass(frozen=True)
class Rader:
    """All rows of one table: the drop's own first, then the stored ones that still stand."""

    tabeller: Tabeller
    tabell: str

    @property
    def finnes(self) -> bool:
        """Whether there is any row."""
        return self.tabeller.finnes(self.tabell)

    def tekst(self, kolonne: str) -> Serie:
        """A column as text."""
        return self.tabeller.tekst(self.tabell, kolonne)

    def dato(self, kolonne: str) -> Serie:
        """A column as dates."""
        return self.tabeller.dato(self.tabell, kolonne)

    def tall(self, kolonne: str) -> Serie:
        """A column as numbers."""
        return self.tabeller.tall(self.tabell, kolonne)

    def nokkel(self, kolonne: str = "deltakelseId") -> Serie:
        """An id column as keys that are unique across the chunk's drops."""
        return self.tabeller.nokkel(self.tabell, kolonne)

    def fra(self, forelder: str, kolonne: str, som: str = "tekst") -> Serie:
        """A parent's column, aligned with these rows."""
        return self.tabeller.hent(self.tabell, forelder, kolonne, som)

    @property
    def innsending(self) -> Serie:
        """The number of the drop each row belongs to."""
        return self.tabeller.tekst(self.tabell, INNSENDING)


@dataclass(frozen=True)
class Kontekst:
    """One rule asked in one place. Every Series it gives is aligned with the reporting table's frame."""

    kjoring: Kjoring
    regel: Regel
    sted: Sted

    @property
    def tabell(self) -> str:
        """The table the rule reports on."""
        return self.sted.tabell

    @property
    def _tabeller(self) -> Tabeller:
        return self.kjoring.tabeller_for(self.regel)

    @property
    def _samlet(self) -> Tabeller:
        return self.kjoring.samlet_for(self.regel)

    @property
    def antall(self) -> int:
        """The number of rows."""
        return len(self._tabeller.ramme(self.tabell))

    @property
    def asof(self) -> pd.Timestamp:
        """The day the rules are asked for: the day of arrival for a drop."""
        return pd.Timestamp(self.kjoring.grunnlag.asof)

    @property
    def nav_enheter(self) -> frozenset[str]:
        """The Nav-enheter that the register of recipients holds."""
        return self.kjoring.grunnlag.nav_enheter

    @property
    def innsending(self) -> Serie:
        """The number of the drop each row belongs to."""
        return self._tabeller.tekst(self.tabell, INNSENDING)

    def kolonne(self, nummer: int = 0) -> str:
        """A column of the place."""
        return self.sted.kolonner[nummer]

    def ramme(self, kolonner: Sequence[str]) -> Ramme:
        """Columns of the reporting table as text."""
        return self._tabeller.ramme(self.tabell)[list(kolonner)]

    def tekst(self, kolonne: str) -> Serie:
        """A column of the reporting table as text."""
        return self._tabeller.tekst(self.tabell, kolonne)

    def dato(self, kolonne: str) -> Serie:
        """A column of the reporting table as dates; NaT where it is empty."""
        return self._tabeller.dato(self.tabell, kolonne)

    def tall(self, kolonne: str) -> Serie:
        """A column of the reporting table as numbers; NaN where it is empty."""
        return self._tabeller.tall(self.tabell, kolonne)

    def nokkel(self, kolonne: str = "deltakelseId") -> Serie:
        """An id column of the reporting table as keys that are unique across the chunk's drops."""
        return self._tabeller.nokkel(self.tabell, kolonne)

    def celler(self, kolonne: str) -> Any:  # noqa: ANN401  a numpy array of texts
        """The cells of a column of the reporting table."""
        return self._tabeller.celler(self.tabell, kolonne)

    def blant(self, kolonne: str, er_brudd: Callable[[str], bool]) -> Serie:
        """Where the text of a column is one of those that `er_brudd` says; asked once for each different text."""
        brudd = {tekst for tekst in self._tabeller.unike(self.tabell, kolonne) if er_brudd(tekst)}
        return self.tekst(kolonne).isin(brudd) if brudd else self.maske()

    def tom(self, kolonne: str) -> Serie:
        """Where a column of the reporting table is empty."""
        return pd.Series(self._tabeller.tomme(self.tabell, kolonne).copy(), copy=False)

    def finnes(self, kolonne: str) -> Serie:
        """Where a column of the reporting table holds something."""
        return pd.Series(~self._tabeller.tomme(self.tabell, kolonne), copy=False)

    def fra(self, forelder: str, kolonne: str, som: str = "tekst") -> Serie:
        """A column of the row's deltakelse, deltaker, avtale or samtykke, or of what was stored about it."""
        return self.egne(self._samlet.hent(self.tabell, forelder, kolonne, som))

    def langs(self, forelder: str, serie: Serie) -> Serie:
        """A Series over `rader(forelder)`, as each row's parent has it; empty where there is no parent."""
        return self.egne(self._samlet.langs(self.tabell, forelder, serie))

    def har_forelder(self, forelder: str) -> Serie:
        """Where the row's parent exists, in the drop or stored."""
        return pd.Series(self._samlet.posisjon(self.tabell, forelder)[: self.antall] >= 0)

    def rader(self, tabell: str) -> Rader:
        """All rows of a table, the drop's own first."""
        return Rader(self._samlet, tabell)

    def egne(self, serie: Serie) -> Serie:
        """The part of a Series over `rader` of the reporting table that belongs to the drop itself."""
        return serie if len(serie) == self.antall else serie.iloc[: self.antall]

    def noen(self, tabell: str, maske: Serie, kolonne: str = "deltakelseId") -> Serie:
        """Where some row of `tabell` under the mask has the same key as the row here."""
        nokler = set(self.rader(tabell).nokkel(kolonne).to_numpy()[np.asarray(maske)]) - {""}
        return pd.Series([nokkel in nokler for nokkel in self.nokkel(kolonne)], dtype=bool)

    def hode(self, felt: str) -> Serie:
        """A header field of each row's drop."""
        return self.av_innsending(lambda nummer: self.kjoring.grunnlag.innsendte[nummer].hode.get(felt, ""))

    def avsender(self, sier: Callable[[Avsender], bool]) -> Serie:
        """Where the set-up of each row's sender says something."""
        return self.av_innsending(lambda nummer: sier(self.kjoring.grunnlag.innsendte[nummer].avsender))

    def historikk(self, nummer: int) -> Historikk:
        """What was accepted before from the sender of one drop."""
        return self.kjoring.grunnlag.innsendte[nummer].historikk

    def har_historikk(self) -> Serie:
        """Where anything was accepted before from each row's sender."""
        return self.av_innsending(lambda nummer: not self.historikk(nummer).er_tom)

    def bekreftet(self, kolonne: str) -> Serie:
        """Where persons have confirmed this rule's breach for the id in a column."""
        saker = {
            (nummer, sak)
            for nummer, innsendt in enumerate(self.kjoring.grunnlag.innsendte)
            for regel, sak in innsendt.historikk.bekreftet
            if regel == self.regel.regel
        }
        if not saker:
            return self.maske()
        par = zip(self.innsending, self.tekst(kolonne), strict=True)
        return self.maske([sted in saker for sted in par])

    def av_innsending(self, verdi: Callable[[int], Any]) -> Serie:
        """A value of each row's drop."""
        verdier = np.array([verdi(nummer) for nummer in range(len(self.kjoring.grunnlag.innsendte))])
        return pd.Series(verdier[self.innsending.to_numpy()])

    def problem(self, koder: Collection[str], *, hele_raden: bool = False) -> Serie:
        """Where intake could not read the cell (or the row) for one of these reasons."""
        maske = np.zeros(self.antall, dtype=bool)
        for problem in self.kjoring.problemer_i(self.tabell, "" if hele_raden else self.kolonne()):
            if problem.kode in koder:
                maske[problem.posisjon] = True
        return pd.Series(maske)

    def regelverk(self) -> Serie:
        """The policy in force for each row on the event's own date; None where there is none."""
        return self.kjoring.regelverk_for(self.regel, self.tabell)

    def husk(self, hva: Hashable, regn_ut: Callable[[], Any]) -> Any:  # noqa: ANN401  whatever is worked out
        """Something that several places need, worked out once in a run."""
        return self.kjoring.remember((self.regel.niva, hva), regn_ut)

    def maske(self, verdier: Any = False) -> Serie:  # noqa: ANN401  one boolean, or one per row
        """A mask of the reporting table's length."""
        if isinstance(verdier, bool):
            return pd.Series(np.full(self.antall, verdier))
        return pd.Series(verdier, dtype=bool)
