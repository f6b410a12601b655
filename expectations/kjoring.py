"""One run of the rules over a chunk: which cells were refused so far, which policy each row stands under, the masks."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from expectations.grunnlag import Grunnlag, Problem, put_together
from expectations.regel import LAGRET, MOTTAK, Niva, Regel, Sted, is_reference
from expectations.tabeller import Ramme, Serie, Tabeller
from schemas.kontrakt import Felttype, tabeller
from schemas.regelverk import Regelverk

Boolsk = Any  # a numpy array of booleans, one per row
_ALDRI = np.iinfo(np.int64).max
_FOR_ALLE = -1
_REGELVERKETS_TABELLER = ("deltakelse", "avtale", "plass")
# How the rows of one table point at the rows of another, in the order tried.
_FELLES_NOKLER = ("deltakelseId", "samtykkeId", "avtaleId", "deltakerId")


class Kjoring:
    """The state of one run. Rules are asked in order; a cell that a rule of shape refuses is not asked about again."""

    def __init__(self, grunnlag: Grunnlag, regler: Sequence[Regel], regelverk: Sequence[Regelverk]) -> None:
        self.grunnlag = grunnlag
        self.regler = tuple(regler)
        self.regelverk = tuple(regelverk)
        self.masker: dict[tuple[str, int], Boolsk] = {}
        self._lest_samlet = self._with_stored(grunnlag.rammer, grunnlag.lest)
        self._renset = grunnlag.lest
        self._samlet = self._lest_samlet
        self._rang = {regel.regel: rang for rang, regel in enumerate(self.regler)}
        self._avvist: dict[tuple[str, str], Any] = {}
        self._problemer: dict[tuple[str, str], list[Problem]] = {}
        self._husket: dict[Hashable, Any] = {}
        for problem in grunnlag.problemer:
            self._problemer.setdefault((problem.tabell, problem.kolonne), []).append(problem)
            self._mark(problem.tabell, problem.kolonne, problem.posisjon, _FOR_ALLE)

    # --- refused cells ---------------------------------------------------------------------------------------

    def problemer_i(self, tabell: str, kolonne: str) -> Sequence[Problem]:
        """The cells of a column that intake could not read; "" for whole rows."""
        return self._problemer.get((tabell, kolonne), ())

    def refuse(self, regel: Regel, sted: Sted, maske: Boolsk) -> None:
        """No later rule is asked about the cells under the mask."""
        for kolonne in sted.kolonner:
            self._mark(sted.tabell, kolonne, maske, self._rang[regel.regel])

    def _mark(self, tabell: str, kolonne: str, hvor: Any, rang: int) -> None:  # noqa: ANN401  position or mask
        ranger = self._avvist.get((tabell, kolonne))
        if ranger is None:
            ranger = np.full(len(self.grunnlag.rammer[tabell]), _ALDRI)
            self._avvist[(tabell, kolonne)] = ranger
        ranger[hvor] = np.minimum(ranger[hvor], rang)

    def is_refused(self, regel: Regel, sted: Sted) -> Boolsk | None:
        """Where a cell that the rule reads was refused before it; None when nowhere."""
        rang = self._rang[regel.regel]
        deler = [self._refused_before(sted.tabell, kolonne, rang) for kolonne in (*sted.kolonner, "")]
        deler += [self._refused_beside(sted.tabell, andre, kolonne, rang) for andre, kolonne in regel.leser]
        funnet = [del_ for del_ in deler if del_ is not None]
        return np.logical_or.reduce(funnet) if funnet else None

    def _refused_before(self, tabell: str, kolonne: str, rang: int) -> Boolsk | None:
        ranger = self._avvist.get((tabell, kolonne))
        return None if ranger is None else ranger < rang

    def _refused_beside(self, tabell: str, andre: str, kolonne: str, rang: int) -> Boolsk | None:
        avvist = [del_ for felt in (kolonne, "") if (del_ := self._refused_before(andre, felt, rang)) is not None]
        if not avvist:
            return None
        rader = np.logical_or.reduce(avvist)
        for nokkel in _FELLES_NOKLER:
            if nokkel in self.grunnlag.rammer[tabell] and nokkel in self.grunnlag.rammer[andre]:
                nokler = set(self.grunnlag.lest.nokkel(andre, nokkel)[rader]) - {""}
                return self.grunnlag.lest.nokkel(tabell, nokkel).isin(nokler).to_numpy()
        return None

    def seal(self) -> None:
        """The rules about single values are done: later rules read refused cells as empty, and the stored rows."""
        if not self._avvist:
            return
        rammer = dict(self.grunnlag.rammer)
        blanke = {sted for sted in self._avvist if sted[1] and not _is_id(*sted)}
        for tabell in {tabell for tabell, _ in blanke}:
            rammer[tabell] = self._without_refused(rammer[tabell], [sted for sted in blanke if sted[0] == tabell])
        self._renset = self.grunnlag.lest.beside(rammer, blanke)
        self._samlet = self._with_stored(rammer, self._renset)

    def _with_stored(self, rammer: Mapping[str, Ramme], uten: Tabeller) -> Tabeller:
        samlet = put_together(self.grunnlag, rammer)
        return uten if samlet is rammer else Tabeller(samlet)

    def tabeller_for(self, regel: Regel) -> Tabeller:
        """The drop's rows as a rule reads them: single values as they came, everything else without refused cells."""
        return self.grunnlag.lest if regel.niva <= Niva.VERDI else self._renset

    def samlet_for(self, regel: Regel) -> Tabeller:
        """The same, followed by the stored rows that still stand."""
        return self._lest_samlet if regel.niva <= Niva.VERDI else self._samlet

    def _without_refused(self, ramme: Ramme, steder: Iterable[tuple[str, str]]) -> Ramme:
        return ramme.assign(
            **{sted[1]: ramme[sted[1]].mask(pd.Series(self._avvist[sted] < _ALDRI), "") for sted in steder}
        )

    def remember(self, hva: Hashable, regn_ut: Callable[[], Any]) -> Any:  # noqa: ANN401  whatever is worked out
        """Something that several rules need, worked out once in the run."""
        if hva not in self._husket:
            self._husket[hva] = regn_ut()
        return self._husket[hva]

    # --- which rows, which policy ----------------------------------------------------------------------------

    def concerns(self, regel: Regel, sted: Sted) -> Boolsk:
        """Where the rule applies: its tiltak, its validity, and a policy to refer to."""
        nokkel = ("gjelder", regel.niva <= Niva.VERDI, sted.tabell, sted.referanser, regel.omraade)
        return self.remember(
            nokkel, lambda: np.logical_and.reduce(list(self._limits(regel, sted.tabell, sted.referanser)))
        )

    def _limits(self, regel: Regel, tabell: str, referanser: frozenset[str]) -> Iterable[Boolsk]:
        if regel.hendelse == (MOTTAK,):
            gjelder = regel.gyldig_fra <= self.grunnlag.asof <= (regel.gyldig_til or self.grunnlag.asof)
            yield np.full(self._lengde(tabell), gjelder)
            yield from self._tiltak(regel, tabell)
            return
        dato = self._hendelsesdato(regel, tabell)
        yield (dato >= pd.Timestamp(regel.gyldig_fra)).to_numpy()
        if regel.gyldig_til is not None:
            yield (dato <= pd.Timestamp(regel.gyldig_til)).to_numpy()
        yield from self._tiltak(regel, tabell)
        if referanser:
            # The last place stands for no policy, which the position -1 finds.
            spor = [*(_has_all(versjon, referanser) for versjon in self.regelverk), False]
            yield np.array(spor)[self._versjon(regel, tabell)]

    def _tiltak(self, regel: Regel, tabell: str) -> Iterable[Boolsk]:
        if regel.tiltakskoder is not None:
            yield self._tiltakskode(regel, tabell).isin(regel.tiltakskoder).to_numpy()
        if regel.unntatte_tiltakskoder:
            yield ~self._tiltakskode(regel, tabell).isin(regel.unntatte_tiltakskoder).to_numpy()

    def regelverk_for(self, regel: Regel, tabell: str) -> Serie:
        """The policy in force for each row on the event's own date; None where there is none."""
        return self._per_versjon(regel, tabell, [*self.regelverk, None])

    def parameter(self, regel: Regel, sted: Sted, navn: str) -> Any:  # noqa: ANN401  a constant, or a Series
        """A parameter: the rule's own constant, or the policy's value (or branch) for each row.

        None or NaN for a row whose policy lacks it: the rule does not concern that row.
        """
        verdi = sted.parametre[navn]
        if not is_reference(verdi):
            return verdi
        sti = verdi[1:]
        if any(kjent.startswith(f"{sti}.") for versjon in self.regelverk for kjent in versjon.parametre):
            return self.regelverk_for(regel, sted.tabell)
        verdier = [versjon.parametre[sti].verdi if sti in versjon.parametre else None for versjon in self.regelverk]
        return self._per_versjon(regel, sted.tabell, [*verdier, None])

    def _per_versjon(self, regel: Regel, tabell: str, verdier: Sequence[Any]) -> Serie:
        oppslag = np.empty(len(verdier), dtype=object)
        oppslag[:] = verdier
        serie = pd.Series(oppslag[self._versjon(regel, tabell)])
        er_tall = all(verdi is None or isinstance(verdi, int | float) for verdi in verdier)
        return serie.astype("float64") if er_tall else serie

    def _versjon(self, regel: Regel, tabell: str) -> Any:  # noqa: ANN401  a numpy array of positions, -1 for none
        sted = ("versjon", regel.niva <= Niva.VERDI, tabell, regel.hendelse)
        return self.remember(sted, lambda: self._find_version(regel, tabell))

    def _find_version(self, regel: Regel, tabell: str) -> Any:  # noqa: ANN401
        koder = self._tiltakskode(regel, tabell)
        datoer = self._hendelsesdato(regel, tabell)
        versjoner = np.full(len(koder), -1)
        for nummer, versjon in enumerate(self.regelverk):
            gjelder = koder.eq(versjon.tiltakskode) & datoer.ge(pd.Timestamp(versjon.gyldig_fra))
            if versjon.gyldig_til is not None:
                gjelder &= datoer.le(pd.Timestamp(versjon.gyldig_til))
            versjoner[gjelder.to_numpy()] = nummer
        return versjoner

    def _tiltakskode(self, regel: Regel, tabell: str) -> Serie:
        samlet = self.samlet_for(regel)
        if tabell.removeprefix(LAGRET) in _REGELVERKETS_TABELLER:
            return samlet.tekst(tabell, "tiltakskode").iloc[: self._lengde(tabell)]
        return samlet.hent(tabell, "deltakelse", "tiltakskode").iloc[: self._lengde(tabell)]

    def _lengde(self, tabell: str) -> int:
        return len(self.grunnlag.rammer[tabell])

    def _hendelsesdato(self, regel: Regel, tabell: str) -> Serie:
        sted = ("hendelse", regel.niva <= Niva.VERDI, tabell, regel.hendelse)
        return self.remember(sted, lambda: self._find_event_date(regel, tabell))

    def _find_event_date(self, regel: Regel, tabell: str) -> Serie:
        mottatt = pd.Series(np.full(self._lengde(tabell), np.datetime64(self.grunnlag.asof, "us")))
        datoer = list(self._event_fields(regel, tabell))
        # A row without any date of its own is dated by its arrival.
        dato = datoer[0].astype("datetime64[us]") if datoer else mottatt
        for neste in (*datoer[1:], mottatt):
            dato = dato.fillna(neste.astype("datetime64[us]"))
        return dato

    def _event_fields(self, regel: Regel, tabell: str) -> Iterable[Serie]:
        samlet = self.samlet_for(regel)
        lengde = self._lengde(tabell)
        for felt in regel.hendelse:
            forelder, _, kolonne = felt.rpartition(".")
            if forelder:
                yield samlet.hent(tabell, forelder, kolonne, "dato").iloc[:lengde]
            elif felt != MOTTAK and felt in samlet.ramme(tabell):
                yield samlet.dato(tabell, felt).iloc[:lengde]

    @property
    def samlet(self) -> Tabeller:
        """The drop's rows without refused cells, followed by the stored rows that still stand."""
        return self._samlet


def _has_all(versjon: Regelverk, referanser: frozenset[str]) -> bool:
    return all(
        not versjon.mangler(sti) or any(kjent.startswith(f"{sti}.") for kjent in versjon.parametre)
        for sti in referanser
    )


def _is_id(tabell: str, kolonne: str) -> bool:
    """A refused id stays: it still says which rows belong together, and so what is held."""
    return tabeller()[tabell].felter[kolonne].type is Felttype.ID
