"""One tiltak over one period: its figures area by area, each shown only where it is safe (skjerming.py)."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import cached_property

from schemas.koder import kodeverk
from schemas.statistikk import Statistikkregler, Telling
from transforms.skjerming import LAND, Enhet, Krav, Omrade, add_up, shown_areas

_TIDEL = Decimal("0.1")
_Deler = Callable[[Mapping[Telling, int]], tuple[int, ...]]
FRISTTELLINGER: Mapping[str, tuple[Telling, Telling]] = {
    "plan": (Telling.PLAN_SKYLDT, Telling.PLAN_I_TIDE),
    "perioderapport": (Telling.PERIODERAPPORT_SKYLDT, Telling.PERIODERAPPORT_I_TIDE),
    "sluttrapport": (Telling.SLUTTRAPPORT_SKYLDT, Telling.SLUTTRAPPORT_I_TIDE),
}


class Niva(StrEnum):
    """The levels of the tree of areas."""

    LAND = "LAND"
    FYLKE = "FYLKE"
    ARRANGOR = "ARRANGOR"


@dataclass(frozen=True)
class Figur:
    """One figure of a line. `verdi` is None where it is hidden; `navn` finds its label, which says of whom it is."""

    navn: str
    verdi: int | float | None

    @property
    def er_skjermet(self) -> bool:
        """Whether the figure is hidden."""
        return self.verdi is None


@dataclass(frozen=True)
class Linje:
    """The figures of one area. `arrangor` is an orgnr, empty above that level; `fylke` is empty for the country."""

    niva: Niva
    tiltakskode: str
    fylke: str
    arrangor: str
    arrangor_navn: str
    figurer: tuple[Figur, ...]

    def verdi(self, navn: str) -> int | float | None:
        """A figure by name; None when it is hidden, or not given at this level."""
        return next((figur.verdi for figur in self.figurer if figur.navn == navn), None)


@dataclass(frozen=True)
class Arrangor:
    """What the statistics know of a sender: its name, and the day it began to report."""

    navn: str
    rapporterer_fra: date


def percent(del_: int, av: int) -> float:
    """A share in percent with one decimal, halves up."""
    return float((Decimal(100 * del_) / Decimal(av)).quantize(_TIDEL, ROUND_HALF_UP))


class Tiltaksbilde:
    """One tiltak over one period: its units, and where each kind of figure is shown.

    A finer figure is shown only where the one it is a part of is. Never having met and the result are parts of the
    ended, beside each other; what is neither is computed from both and must be safe wherever the former is shown.
    """

    def __init__(self, tiltakskode: str, enheter: Sequence[Enhet], regler: Statistikkregler) -> None:
        self.tiltakskode = tiltakskode
        self.enheter = [enhet for enhet in enheter if enhet.antall(Telling.AVSLUTTET) > 0]
        self.regler = regler

    @cached_property
    def avsluttet(self) -> frozenset[Omrade]:
        """Where the number of ended is shown."""
        krav = Krav(self.regler.min_avsluttet, self.regler.min_gruppe, lambda t: (t[Telling.AVSLUTTET],))
        return shown_areas(self.enheter, krav)

    @cached_property
    def resultat(self) -> frozenset[Omrade]:
        """Where the number with a result is."""
        return self._part(self.avsluttet, lambda t: (_with_result(t), t[Telling.AVSLUTTET] - _with_result(t)))

    @cached_property
    def aldri_mott(self) -> frozenset[Omrade]:
        """Where the number who never came is."""
        return self._part(self.avsluttet, lambda t: (t[Telling.ALDRI_MOTT], _met(t), _met(t) - _with_result(t)))

    @cached_property
    def arbeid(self) -> frozenset[Omrade]:
        """Where work and education are told apart."""
        return self._part(self.resultat, lambda t: (t[Telling.ARBEID], t[Telling.UTDANNING]))

    @cached_property
    def fast(self) -> frozenset[Omrade]:
        """Where permanent employment is."""
        return self._part(self.arbeid, lambda t: (t[Telling.ARBEID_FAST], t[Telling.ARBEID] - t[Telling.ARBEID_FAST]))

    @cached_property
    def svart(self) -> frozenset[Omrade]:
        """Where the number who answered after the end is."""
        return self._part(self.arbeid, lambda t: (t[Telling.VARIG_SVART], t[Telling.ARBEID] - t[Telling.VARIG_SVART]))

    @cached_property
    def i_arbeid(self) -> frozenset[Omrade]:
        """Where the number still in work is."""
        return self._part(
            self.svart,
            lambda t: (t[Telling.VARIG_I_ARBEID], t[Telling.VARIG_SVART] - t[Telling.VARIG_I_ARBEID]),
        )

    def _part(self, tillatt: Collection[Omrade], deler: _Deler) -> frozenset[Omrade]:
        return shown_areas(self.enheter, Krav(self.regler.min_avsluttet, self.regler.min_gruppe, deler), tillatt)

    @cached_property
    def har_varig(self) -> bool:
        """Whether anyone has answered after the end."""
        return any(enhet.antall(Telling.VARIG_SVART) for enhet in self.enheter)

    def lines(self, arrangorer: Mapping[str, Arrangor]) -> Iterator[Linje]:
        """The country, each fylke with those of its arrangører that are shown."""
        yield Linje(Niva.LAND, self.tiltakskode, "", "", "", tuple(self._figures(LAND)))
        for fylke in kodeverk("fylke").koder:
            yield Linje(Niva.FYLKE, self.tiltakskode, fylke, "", "", tuple(self._figures((fylke, ""))))
            viste = (enhet for enhet in self.enheter if enhet.fylke == fylke and enhet.omrade in self.avsluttet)
            for enhet in sorted(viste, key=lambda enhet: (arrangorer[enhet.arrangor].navn, enhet.arrangor)):
                navn = arrangorer[enhet.arrangor].navn
                figurer = tuple(self._figures(enhet.omrade))
                yield Linje(Niva.ARRANGOR, self.tiltakskode, fylke, enhet.arrangor, navn, figurer)

    def figure(self, omrade: Omrade, navn: str) -> int | float | None:
        """One figure of one area by name."""
        return next(figur.verdi for figur in self._figures(omrade) if figur.navn == navn)

    def _figures(self, omrade: Omrade) -> Iterator[Figur]:
        t = add_up(enhet for enhet in self.enheter if _is_in(enhet, omrade))
        alle, mott, med_resultat = t[Telling.AVSLUTTET], _met(t), _with_result(t)
        begge = self.resultat & self.aldri_mott

        def figur(navn: str, omrader: Collection[Omrade], verdi: int) -> Figur:
            return Figur(navn, verdi if omrade in omrader else None)

        def andel(navn: str, omrader: Collection[Omrade], del_: int, av: int) -> Figur:
            return Figur(navn, percent(del_, av) if omrade in omrader else None)

        yield figur("avsluttet", self.avsluttet, alle)
        yield figur("aldriMott", self.aldri_mott, t[Telling.ALDRI_MOTT])
        yield andel("resultatgradMedAldriMott", self.resultat, med_resultat, alle)
        yield andel("resultatgradUtenAldriMott", begge, med_resultat, mott)
        yield figur("tilArbeidEllerUtdanning", self.resultat, med_resultat)
        yield figur("tilArbeid", self.arbeid, t[Telling.ARBEID])
        yield figur("tilArbeidFast", self.fast, t[Telling.ARBEID_FAST])
        yield figur("tilUtdanning", self.arbeid, t[Telling.UTDANNING])
        yield figur("tilAnnet", begge, mott - med_resultat)
        if self.har_varig:
            yield figur("varigSvart", self.svart, t[Telling.VARIG_SVART])
            yield figur("varigIArbeid", self.i_arbeid, t[Telling.VARIG_I_ARBEID])
            yield andel("varigResultatgrad", self.i_arbeid, t[Telling.VARIG_I_ARBEID], t[Telling.VARIG_SVART])
        frister = {"frister": tuple(FRISTTELLINGER.values())} if omrade[1] else _per_type()
        for navn, par in frister.items():
            holdt = self._kept_about(sum(t[skyldt] for skyldt, _ in par), sum(t[i_tide] for _, i_tide in par))
            yield Figur(f"{navn}ITide", holdt if omrade in self.avsluttet else None)

    def _kept_about(self, skyldt: int, i_tide: int) -> int | None:
        """How much of what was owed came in time, in steps so wide that one late document is not read out of it."""
        brede = (trinn for trinn in self.regler.fristtrinn_prosent if trinn * skyldt >= 100 * self.regler.min_gruppe)
        trinn = next(brede, None)
        if trinn is None:
            return None
        return trinn * int((Decimal(100 * i_tide) / Decimal(trinn * skyldt)).quantize(Decimal(1), ROUND_HALF_UP))


def _per_type() -> Mapping[str, tuple[tuple[Telling, Telling], ...]]:
    return {navn: (par,) for navn, par in FRISTTELLINGER.items()}


def _with_result(t: Mapping[Telling, int]) -> int:
    return t[Telling.ARBEID] + t[Telling.UTDANNING]


def _met(t: Mapping[Telling, int]) -> int:
    return t[Telling.AVSLUTTET] - t[Telling.ALDRI_MOTT]


def _is_in(enhet: Enhet, omrade: Omrade) -> bool:
    fylke, arrangor = omrade
    return omrade == LAND or (enhet.fylke == fylke and (not arrangor or enhet.arrangor == arrangor))
