"""What is hidden cannot be computed: a reader with the whole published table and a linear program is refused."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from math import ceil, floor

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from schemas.statistikk import Telling, statistikkregler
from transforms.skjerming import LAND, Enhet, Omrade
from transforms.tiltaksbilde import Tiltaksbilde

REGLER = statistikkregler(date(2026, 9, 30))
AFT = "ARBEIDSFORBEREDENDE_TRENING"
_SLINGRING = 1e-6
_FUNNET, _UENDELIG = 0, 10**9

# What the ended consist of, as the reader knows: no count is less than nothing. Two ways of dividing arbeid, and two of
# dividing those who met, stand beside each other.
ATOMER = ("aldri", "utdanning", "annet", "fast", "ikke_fast", "svart_i", "svart_ute", "svart_ikke", "plan_i_tide",
          "plan_sen", "plan_ingen")  # fmt: skip
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
    "planSkyldt": ("plan_i_tide", "plan_sen"),
}
LIKHETER = (
    (("fast", "ikke_fast"), ("svart_i", "svart_ute", "svart_ikke")),
    (("utdanning", "annet", "fast", "ikke_fast"), ("plan_i_tide", "plan_sen", "plan_ingen")),
)


@st.composite
def enheter(draw: st.DrawFn) -> list[Enhet]:
    """A small country. Few persons and even fewer of most groups, so that much must be hidden."""
    lite = st.integers(0, draw(st.sampled_from((3, 7, 20))))
    resultat = []
    for fylke in ("03", "11", "15")[: draw(st.integers(1, 3))]:
        for nummer in range(draw(st.integers(0, 4))):
            aldri, fast, ikke_fast, utdanning, annet = draw(lite), draw(lite), draw(lite), draw(lite), draw(lite)
            i_arbeid = draw(st.integers(0, fast + ikke_fast))
            svart = draw(st.integers(i_arbeid, fast + ikke_fast))
            i_tide = draw(st.integers(0, fast + ikke_fast + utdanning + annet))
            skyldt = draw(st.integers(i_tide, fast + ikke_fast + utdanning + annet))
            tall = {
                Telling.AVSLUTTET: aldri + fast + ikke_fast + utdanning + annet,
                Telling.ALDRI_MOTT: aldri,
                Telling.ARBEID: fast + ikke_fast,
                Telling.ARBEID_FAST: fast,
                Telling.UTDANNING: utdanning,
                Telling.VARIG_SVART: svart,
                Telling.VARIG_I_ARBEID: i_arbeid,
                Telling.PLAN_SKYLDT: skyldt,
                Telling.PLAN_I_TIDE: i_tide,
            }
            resultat.append(Enhet(fylke, f"{fylke}{nummer:07d}", draw(st.integers(0, 9)) > 0, tall))
    return resultat


class Leser:
    """A reader who knows every arrangør there is, every published figure, and that no count is negative."""

    def __init__(self, enheter: Sequence[Enhet]) -> None:
        self.enheter = enheter
        self._hoyre: list[float] = []
        self._venstre: list[np.ndarray] = []
        for enhet in enheter:
            for en_side, annen_side in LIKHETER:
                self._learn(self.count(enhet.omrade, en_side) - self.count(enhet.omrade, annen_side), 0)

    def count(self, omrade: Omrade, atomer: Iterable[str]) -> np.ndarray:
        rad = np.zeros(len(self.enheter) * len(ATOMER))
        for plass, enhet in enumerate(self.enheter):
            if omrade in (LAND, (enhet.fylke, ""), enhet.omrade):
                for atom in atomer:
                    rad[plass * len(ATOMER) + ATOMER.index(atom)] = 1
        return rad

    def read(self, omrade: Omrade, figur: str, verdi: float) -> None:
        self._learn(self.count(omrade, FIGURER[figur]), verdi)

    def _learn(self, venstre: np.ndarray, hoyre: float) -> None:
        self._venstre.append(venstre)
        self._hoyre.append(hoyre)

    def possible(self, omrade: Omrade, figur: str) -> tuple[int, int]:
        """The least and the most that a figure can be, as whole persons."""
        mal = self.count(omrade, FIGURER[figur])
        ender = [
            linprog(fortegn * mal, A_eq=np.array(self._venstre), b_eq=np.array(self._hoyre), method="highs")
            for fortegn in (1, -1)
        ]
        minst, mest = (ende.fun if ende.status == _FUNNET else None for ende in ender)
        assert minst is not None, "what is published contradicts itself"
        return ceil(minst - _SLINGRING), floor(-mest + _SLINGRING) if mest is not None else _UENDELIG


def areas(enheter: Sequence[Enhet]) -> list[Omrade]:
    return [LAND, *sorted({(e.fylke, "") for e in enheter}), *(e.omrade for e in enheter)]


def shown(bilde: Tiltaksbilde, omrade: Omrade, figur: str) -> float | None:
    return next((f.verdi for f in bilde._figures(omrade) if f.navn == figur), None)


def hidden_and_found(alle: Sequence[Enhet], bilde: Tiltaksbilde) -> tuple[list[str], int]:
    """What is hidden and yet known, and how much is hidden."""
    leser = Leser(alle)
    skjult = []
    for omrade in areas(alle):
        for figur in FIGURER:
            verdi = shown(bilde, omrade, figur)
            if verdi is None:
                skjult.append((omrade, figur))
            else:
                leser.read(omrade, figur, verdi)
    # An arrangør that has nobody has nothing to hide, and the deadlines of one are never given in numbers.
    ekte = {o for e in alle if e.antall(Telling.AVSLUTTET) for o in (LAND, (e.fylke, ""), e.omrade)}
    funnet = []
    for omrade, figur in skjult:
        if omrade in ekte:
            minst, mest = leser.possible(omrade, figur)
            if minst == mest:
                funnet.append(f"{omrade} {figur} = {minst}")
    return funnet, len(skjult)


@settings(max_examples=40, deadline=None)
@given(enheter())
def test_no_hidden_figure_can_be_computed_from_those_shown(alle: list[Enhet]) -> None:
    funnet, _ = hidden_and_found(alle, Tiltaksbilde(AFT, alle, REGLER))
    assert funnet == []
