"""Which figures of a tree of areas may be shown, so that none that is hidden can be computed from those that are.

The tree is land, fylker, and the arrangører of each fylke. Whatever is shown can be added and subtracted, so what a
reader can learn are the sums over the *blocks* of a partition: each shown arrangør alone, and the rest of each fylke
(or of all fylker that are not shown) as one. Every block must be safe by itself; then every sum of blocks is (ADR 17).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.statistikk import Telling

Omrade = tuple[str, str]
LAND: Omrade = ("", "")
# Counts that were merged when they grew old have no arrangør; they are those of several.
SAMMENSLATT = ""


@dataclass(frozen=True)
class Enhet:
    """One arrangør in one fylke, with its counts. `kan_vises` is false where no figure of its own may be given."""

    fylke: str
    arrangor: str
    kan_vises: bool
    tall: Mapping[Telling, int]

    @property
    def omrade(self) -> Omrade:
        """Its place in the tree."""
        return self.fylke, self.arrangor

    def antall(self, telling: Telling) -> int:
        """One count."""
        return self.tall.get(telling, 0)


def add_up(enheter: Iterable[Enhet]) -> dict[Telling, int]:
    """The counts of several together."""
    samlet = dict.fromkeys(Telling, 0)
    for enhet in enheter:
        for telling, antall in enhet.tall.items():
            samlet[telling] += antall
    return samlet


@dataclass(frozen=True)
class Krav:
    """When a block is safe to show one kind of figure of.

    `deler` are the groups that become known with the figure: each must hold `min_gruppe`, none of them included. An
    arrangør alone must have `min_avsluttet` ended. A block of several must be of at least two, and hold `min_gruppe`
    ended without its largest, who knows its own.
    """

    min_avsluttet: int
    min_gruppe: int
    deler: Callable[[Mapping[Telling, int]], tuple[int, ...]]

    def alone(self, enhet: Enhet) -> bool:
        """Whether the figure of one arrangør may be shown."""
        return enhet.antall(Telling.AVSLUTTET) >= self.min_avsluttet and self._holds([enhet])

    def together(self, enheter: Sequence[Enhet]) -> bool:
        """Whether the sum over several, none of whom is shown alone, may become known."""
        if not any(enhet.arrangor == SAMMENSLATT for enhet in enheter):
            avsluttet = [enhet.antall(Telling.AVSLUTTET) for enhet in enheter]
            if len(avsluttet) < 2 or sum(avsluttet) - max(avsluttet) < self.min_gruppe:
                return False
        return self._holds(enheter)

    def _holds(self, enheter: Iterable[Enhet]) -> bool:
        return all(antall >= self.min_gruppe for antall in self.deler(add_up(enheter)))


@dataclass
class _Fylke:
    """How far one fylke has come: who is shown (smallest first), who is in the rest, and whether its sum is shown."""

    kode: str
    vist: list[Enhet]
    rest: list[Enhet]
    sum_vises: bool = True
    avsluttet: int = field(init=False)

    def __post_init__(self) -> None:
        self.vist.sort(key=lambda enhet: (enhet.antall(Telling.AVSLUTTET), enhet.arrangor))
        self.avsluttet = sum(enhet.antall(Telling.AVSLUTTET) for enhet in (*self.vist, *self.rest))

    def hide_smallest(self) -> None:
        """The smallest that is shown goes into the rest."""
        self.rest.append(self.vist.pop(0))


def shown_areas(enheter: Iterable[Enhet], krav: Krav, tillatt: Collection[Omrade] | None = None) -> frozenset[Omrade]:
    """The areas that may be shown. `tillatt`, when given, are those that may be at all: where a coarser figure is.

    The choice reads the order of size in ended only, and no result: which area was hidden to protect another tells
    nothing about theirs. An arrangør with nobody ended is no part of it.
    """
    med = [enhet for enhet in enheter if enhet.antall(Telling.AVSLUTTET) > 0]
    if tillatt is not None and LAND not in tillatt:
        return frozenset()
    fylker = [_open_fylke(kode, [e for e in med if e.fylke == kode], krav, tillatt) for kode in _codes(med)]
    if not fylker or not _close_country(fylker, krav):
        return frozenset()
    omrader = {LAND}
    for fylke in fylker:
        omrader |= {enhet.omrade for enhet in fylke.vist}
        if fylke.sum_vises:
            omrader.add((fylke.kode, ""))
    return frozenset(omrader)


def _codes(enheter: Iterable[Enhet]) -> list[str]:
    return sorted({enhet.fylke for enhet in enheter})


def _open_fylke(kode: str, enheter: Sequence[Enhet], krav: Krav, tillatt: Collection[Omrade] | None) -> _Fylke:
    """One fylke by itself: whoever is safe alone, and as many more in the rest as it takes to make the rest safe."""

    def may_be_shown(enhet: Enhet) -> bool:
        lov = tillatt is None or enhet.omrade in tillatt
        return lov and enhet.kan_vises and krav.alone(enhet)

    vist = [enhet for enhet in enheter if may_be_shown(enhet)]
    fylke = _Fylke(kode, vist, [enhet for enhet in enheter if enhet not in vist])
    while fylke.rest and fylke.vist and not krav.together(fylke.rest):
        fylke.hide_smallest()
    # A fylke that is not known has no code of its own: its sum would be the whole country's.
    lov = kode != "" and (tillatt is None or (kode, "") in tillatt)
    fylke.sum_vises = lov and (not fylke.rest or krav.together(fylke.rest))
    return fylke


def _close_country(fylker: Sequence[_Fylke], krav: Krav) -> bool:
    """Hide more until the rest of all fylker whose sum is not shown is safe as one. False when it never is."""
    while True:
        skjulte = [fylke for fylke in fylker if not fylke.sum_vises]
        for fylke in skjulte:
            # With everyone in it shown, its sum would be known after all.
            if not fylke.rest:
                fylke.hide_smallest()
        rest = [enhet for fylke in skjulte for enhet in fylke.rest]
        if not rest or krav.together(rest):
            return True
        videre = [fylke for fylke in skjulte if fylke.vist]
        synlige = [fylke for fylke in fylker if fylke.sum_vises]
        if videre:
            min(videre, key=lambda fylke: (fylke.vist[0].antall(Telling.AVSLUTTET), fylke.kode)).hide_smallest()
        elif synlige:
            min(synlige, key=lambda fylke: (fylke.avsluttet, fylke.kode)).sum_vises = False
        else:
            return False
