"""What is hidden cannot be computed: a reader with the whole published table and a linear program is refused."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from schemas.statistikk import Telling, statistikkregler
from transforms.skjerming import LAND, Enhet, Omrade, add_up
from transforms.tiltaksbilde import Tiltaksbilde

REGLER = statistikkregler(date(2026, 9, 30))
AFT = "ARBEIDSFORBEREDENDE_TRENING"
_SLINGRING = 1e-6
_FUNNET, _UENDELIG = 0, 10**9

# What the ended consist of, as the reader knows: no count is less than nothing, and arbeid is divided in two ways.
ATOMER = ("aldri", "utdanning", "annet", "fast", "ikke_fast", "svart_i", "svart_ute", "svart_ikke")
FIGURER: Mapping[str, tuple[str, ...]] = {
    "avsluttet": ("aldri", "utdanning", "annet", "fast", "ikke_fast"),
    "aldriMott": ("aldri",),
    "tilArbeidEllerUtdanning": ("utdanning", "fast", "ikke_fast"),
    "tilArbeid": ("fast", "ikke_fast"),
    "tilArbeidFast": ("fast",),
    "tilUtdanning": ("utdanning",),
    "tilAnnet": ("annet",),
    "varigSvart": ("svart_i", "svart_ute"),
    "varigIArbeid": ("svart_i",),
}
LIKHETER = ((("fast", "ikke_fast"), ("svart_i", "svart_ute", "svart_ikke")),)


Tall = dict[Telling, int]


@st.composite
def counts(draw: st.DrawFn, mest: int) -> Tall:
    """What one arrangør has in one period: few persons, and even fewer of most groups."""
    lite = st.integers(0, mest)
    aldri, fast, ikke_fast, utdanning, annet = draw(lite), draw(lite), draw(lite), draw(lite), draw(lite)
    svart = draw(st.integers(0, fast + ikke_fast))
    return {
        Telling.AVSLUTTET: aldri + fast + ikke_fast + utdanning + annet,
        Telling.ALDRI_MOTT: aldri,
        Telling.ARBEID: fast + ikke_fast,
        Telling.ARBEID_FAST: fast,
        Telling.UTDANNING: utdanning,
        Telling.VARIG_SVART: svart,
        Telling.VARIG_I_ARBEID: draw(st.integers(0, svart)),
    }


@st.composite
def countries(draw: st.DrawFn, kvartaler: int = 1) -> list[list[Enhet]]:
    """A small country, quarter by quarter, the same arrangører in each."""
    mest = st.sampled_from((3, 7, 20) if kvartaler == 1 else (1, 3, 6))
    steder = [
        (fylke, f"{fylke}{nummer:07d}", draw(st.integers(0, 9)) > 0, draw(mest))
        for fylke in ("03", "11", "15")[: draw(st.integers(1, 3))]
        for nummer in range(draw(st.integers(0, 4 if kvartaler == 1 else 3)))
    ]
    return [[Enhet(f, a, vises, draw(counts(n))) for f, a, vises, n in steder] for _ in range(kvartaler)]


def together(kvartaler: Sequence[Sequence[Enhet]]) -> list[Enhet]:
    """The arrangører over several quarters."""
    return [Enhet(e[0].fylke, e[0].arrangor, e[0].kan_vises, add_up(e)) for e in zip(*kvartaler, strict=True)]


class Leser:
    """A reader who knows every arrangør there is, all that is published, and that no count is negative.

    Each period is some of the quarters.
    """

    def __init__(self, kvartaler: Sequence[Sequence[Enhet]]) -> None:
        self.enheter = kvartaler[0]
        self.kvartaler = range(len(kvartaler))
        self._hoyre: list[float] = []
        self._venstre: list[np.ndarray] = []
        for kvartal in self.kvartaler:
            for enhet in self.enheter:
                for en_side, annen_side in LIKHETER:
                    sider = (self.count(enhet.omrade, side, [kvartal]) for side in (en_side, annen_side))
                    self._learn(next(sider) - next(sider), 0)

    def count(self, omrade: Omrade, atomer: Iterable[str], perioden: Iterable[int]) -> np.ndarray:
        rad = np.zeros((len(self.kvartaler), len(self.enheter), len(ATOMER)))
        for plass, enhet in enumerate(self.enheter):
            if omrade in (LAND, (enhet.fylke, ""), enhet.omrade):
                for kvartal in perioden:
                    rad[kvartal, plass, [ATOMER.index(atom) for atom in atomer]] = 1
        return rad.reshape(-1)

    def read(self, bilde: Tiltaksbilde, perioden: Iterable[int]) -> list[tuple[Omrade, str]]:
        """Read all that is shown of a period; what is hidden of areas where anyone has ended."""
        skjult = []
        for omrade in areas(self.enheter):
            figurer = {figur.navn: figur.verdi for figur in bilde._figures(omrade)}
            for figur in FIGURER:
                if (verdi := figurer.get(figur)) is not None:
                    self._learn(self.count(omrade, FIGURER[figur], perioden), verdi)
                elif any(omrade in (LAND, (e.fylke, ""), e.omrade) for e in bilde.enheter):
                    skjult.append((omrade, figur))
        return skjult

    def _learn(self, venstre: np.ndarray, hoyre: float) -> None:
        self._venstre.append(venstre)
        self._hoyre.append(hoyre)

    def possible(self, omrade: Omrade, figur: str, perioden: Iterable[int]) -> tuple[int, int]:
        """The least and the most that a figure can be, as whole persons."""
        mal = self.count(omrade, FIGURER[figur], perioden)
        ender = [
            linprog(fortegn * mal, A_eq=np.array(self._venstre), b_eq=np.array(self._hoyre), method="highs")
            for fortegn in (1, -1)
        ]
        minst, mest = (ende.fun if ende.status == _FUNNET else None for ende in ender)
        assert minst is not None, "what is published contradicts itself"
        return ceil(minst - _SLINGRING), floor(-mest + _SLINGRING) if mest is not None else _UENDELIG


def areas(enheter: Sequence[Enhet]) -> list[Omrade]:
    return [LAND, *sorted({(e.fylke, "") for e in enheter}), *(e.omrade for e in enheter)]


def picture(kvartaler: Sequence[Sequence[Enhet]]) -> Tiltaksbilde:
    return Tiltaksbilde(AFT, together(kvartaler), REGLER)


@settings(max_examples=30, deadline=None)
@given(countries())
def test_no_hidden_figure_can_be_computed_from_those_shown(land: list[list[Enhet]]) -> None:
    leser = Leser(land)
    for omrade, figur in leser.read(picture(land), [0]):
        minst, mest = leser.possible(omrade, figur, [0])
        assert minst < mest, (omrade, figur)


@settings(max_examples=8, deadline=None)
@given(countries(kvartaler=5))
def test_two_periods_in_a_row_say_no_more(land: list[list[Enhet]]) -> None:
    """Nothing hidden of either, and nothing of the quarters that only one of them has, for whoever is in both."""
    for_, etter = picture(land[:4]), picture(land[1:])
    leser = Leser(land)
    skjult = [(sted, range(4)) for sted in leser.read(for_, range(4))]
    skjult += [(sted, range(1, 5)) for sted in leser.read(etter, range(1, 5))]
    for (omrade, figur), perioden in skjult:
        minst, mest = leser.possible(omrade, figur, perioden)
        assert minst < mest, (omrade, figur)
    for navn in ("avsluttet", "tilArbeidEllerUtdanning"):
        for omrade in areas(land[0]):
            if None not in (figure(for_, omrade, navn), figure(etter, omrade, navn)):
                for kvartal in (0, 4):
                    minst, mest = leser.possible(omrade, navn, [kvartal])
                    assert mest - minst >= REGLER.min_gruppe, (omrade, navn, kvartal)


def figure(bilde: Tiltaksbilde, omrade: Omrade, navn: str) -> float | None:
    return next(figur.verdi for figur in bilde._figures(omrade) if figur.navn == navn)


def unit(fylke: str, nummer: int, avsluttet: int, **tall: int) -> Enhet:
    return Enhet(fylke, f"{fylke}{nummer:07d}", True, {Telling.AVSLUTTET: avsluttet, **_named(tall)})


def _named(tall: Mapping[str, int]) -> Tall:
    return {Telling(navn): antall for navn, antall in tall.items()}


def shown(*enheter: Enhet) -> set[str]:
    """Where the number of ended is shown: the country, fylker, and arrangører by fylke and number."""
    omrader = Tiltaksbilde(AFT, enheter, REGLER).avsluttet
    return {f"{fylke}.{arrangor[-1]}" if arrangor else fylke or "land" for fylke, arrangor in omrader}


@pytest.mark.parametrize(
    ("enheter", "vises"),
    [
        ([unit("03", 1, 10), unit("03", 2, 10)], {"land", "03", "03.1", "03.2"}),
        # Nine is one too few. The one beside it would give it away, so the fylke alone.
        ([unit("03", 1, 30), unit("03", 2, 9)], {"land", "03"}),
        # Two too small ones together hide each other, five without the larger.
        ([unit("03", 1, 30), unit("03", 2, 9), unit("03", 3, 5)], {"land", "03", "03.1"}),
        ([unit("03", 1, 30), unit("03", 2, 9), unit("03", 3, 4)], {"land", "03"}),
        # One arrangør is its fylke.
        ([unit("03", 1, 9), unit("11", 1, 30)], {"land"}),
        ([unit("03", 1, 10), unit("11", 1, 30)], {"land", "03", "03.1", "11", "11.1"}),
        # A fylke that is too small takes the smallest other with it; that one's larger arrangør stays.
        (
            [unit("03", 1, 5), unit("11", 1, 30), unit("11", 2, 12), unit("15", 1, 90)],
            {"land", "11.1", "15", "15.1"},
        ),
        ([unit("03", 1, 9)], set()),
        ([unit("03", 1, 0)], set()),
        ([], set()),
        # A fylke nobody knows has no line, and hides nobody in the others.
        ([unit("", 1, 9), unit("", 2, 9), unit("03", 1, 30)], {"land", "03", "03.1"}),
    ],
)
def test_who_has_figures_of_their_own(enheter: list[Enhet], vises: set[str]) -> None:
    assert shown(*enheter) == vises


def test_whoever_may_have_no_figure_of_its_own_hides_among_others() -> None:
    ny = Enhet("03", "999999999", False, {Telling.AVSLUTTET: 40})
    assert shown(unit("03", 1, 30), unit("03", 2, 12), ny) == {"land", "03", "03.1"}


@pytest.mark.parametrize(
    ("aldri", "uten"),
    [(4, None), (5, 40.0), (15, 66.7), (16, None)],  # of 30 ended, ten with a result: five must be neither
)
def test_the_two_rates_stand_together_only_where_their_difference_may_be_known(aldri: int, uten: float | None) -> None:
    en = unit("03", 1, 30, ARBEID=6, UTDANNING=4, ALDRI_MOTT=aldri)
    bilde = Tiltaksbilde(AFT, [en], REGLER)
    assert figure(bilde, en.omrade, "resultatgradMedAldriMott") == 33.3
    assert figure(bilde, en.omrade, "resultatgradUtenAldriMott") == uten


@pytest.mark.parametrize(
    ("skyldt", "i_tide", "vises"),
    [(24, 24, None), (25, 25, 100), (25, 22, 80), (100, 97, 95), (100, 98, 100), (500, 497, 99), (500, 498, 100)],
)
def test_deadlines_are_told_in_steps_of_five_documents_or_more(skyldt: int, i_tide: int, vises: int | None) -> None:
    en = unit("03", 1, 30, PLAN_SKYLDT=skyldt, PLAN_I_TIDE=i_tide)
    bilde = Tiltaksbilde(AFT, [en], REGLER)
    assert figure(bilde, LAND, "planITide") == vises
    assert figure(bilde, en.omrade, "fristerITide") == vises
