"""The statistics of one period: every figure that may be shown, with what it is a share of, and what is hidden.

Pure: the counts come in, by arrangør, fylke, tiltak and quarter; the limits are policy of the period's last day.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from schemas.statistikk import Statistikkregler, Telling
from transforms.kvartal import Kvartal
from transforms.skjerming import LAND, Enhet, Omrade
from transforms.tiltaksbilde import Arrangor, Linje, Tiltaksbilde


class Forbehold(StrEnum):
    """Why the figures of a period are not final. One is enough: such figures are not for publication."""

    IKKE_FROSSET = "IKKE_FROSSET"
    PERIODEN_ER_IKKE_DEKKET = "PERIODEN_ER_IKKE_DEKKET"
    PERIODEN_ER_SAMMENSLATT = "PERIODEN_ER_SAMMENSLATT"


@dataclass(frozen=True)
class Celle:
    """A count of one arrangør, fylke, tiltak and quarter. Old counts have neither arrangør nor fylke."""

    avsender: str
    fylke: str
    tiltakskode: str
    kvartal: Kvartal
    telling: Telling
    antall: int


@dataclass(frozen=True)
class Utviklingspunkt:
    """The resultatgrad of the country over the period that ends with a quarter."""

    tiltakskode: str
    kvartal: Kvartal
    resultatgrad: float


@dataclass(frozen=True)
class Utgivelse:
    """Everything that is shown of one period. Final when there is no `forbehold`."""

    kvartal: Kvartal
    regler: Statistikkregler
    er_test: bool
    forbehold: tuple[Forbehold, ...]
    linjer: tuple[Linje, ...]
    utvikling: tuple[Utviklingspunkt, ...]

    @property
    def fra(self) -> date:
        """The first day of the period."""
        return self.kvartal.plus(1 - self.regler.periode_kvartaler).forste_dag

    @property
    def til(self) -> date:
        """The last day of the period."""
        return self.kvartal.siste_dag

    @property
    def tiltakskoder(self) -> tuple[str, ...]:
        """The tiltak that have figures, in the order shown."""
        return tuple(dict.fromkeys(linje.tiltakskode for linje in self.linjer))


def newest_final(dato: date, slettedager: int) -> Kvartal:
    """The newest quarter of whose ended nothing is left to change: its last day's deletion is over."""
    kvartal = Kvartal.of(dato)
    while not is_frozen(kvartal, dato, slettedager):
        kvartal = kvartal.plus(-1)
    return kvartal


def is_frozen(kvartal: Kvartal, dato: date, slettedager: int) -> bool:
    """Whether whoever ended on the quarter's last day is erased by `dato`: after the last day that it may be kept."""
    return dato > kvartal.siste_dag + timedelta(days=slettedager)


def first_apart(dato: date, regler: Statistikkregler) -> Kvartal:
    """The first quarter whose counts still stand by arrangør and fylke on `dato`."""
    return Kvartal.of(dato).plus(1 - regler.arrangor_kvartaler)


def reservations(
    kvartal: Kvartal, regler: Statistikkregler, dato: date, slettedager: int, arrangorer: Iterable[Arrangor]
) -> tuple[Forbehold, ...]:
    """Why the period that ends with `kvartal` is not final on `dato`, or no more.

    A period that begins before anyone reported would give away its last quarter alone to whoever subtracts.
    """
    fra = kvartal.plus(1 - regler.periode_kvartaler).forste_dag
    forste = min((arrangor.rapporterer_fra for arrangor in arrangorer), default=date.max)
    funn = []
    if not is_frozen(kvartal, dato, slettedager):
        funn.append(Forbehold.IKKE_FROSSET)
    if forste > fra:
        funn.append(Forbehold.PERIODEN_ER_IKKE_DEKKET)
    if fra < first_apart(dato, regler).forste_dag:
        funn.append(Forbehold.PERIODEN_ER_SAMMENSLATT)
    return tuple(funn)


def publish(
    celler: Sequence[Celle],
    kvartal: Kvartal,
    regler: Statistikkregler,
    *,
    arrangorer: Mapping[str, Arrangor],
    delt_fra: Kvartal,
    forbehold: tuple[Forbehold, ...],
    er_test: bool,
) -> Utgivelse:
    """The figures of the period that ends with `kvartal`, by tiltak, each area that may be shown.

    `delt_fra` is the first quarter whose counts stand by arrangør and fylke (first_apart). Every fylke has its line,
    hidden or not; an arrangør has one only where its number of ended may be shown.
    """
    linjer: list[Linje] = []
    utvikling: list[Utviklingspunkt] = []
    for tiltakskode in sorted({celle.tiltakskode for celle in celler}):
        egne = [celle for celle in celler if celle.tiltakskode == tiltakskode]
        bilde = Tiltaksbilde(tiltakskode, units(egne, kvartal, regler, arrangorer, delt_fra), regler)
        if not bilde.enheter:
            continue
        linjer += bilde.lines(arrangorer)
        if bilde.resultat:
            utvikling += _development(egne, tiltakskode, kvartal, regler)
    return Utgivelse(kvartal, regler, er_test, forbehold, tuple(linjer), tuple(utvikling))


def units(
    celler: Iterable[Celle],
    kvartal: Kvartal,
    regler: Statistikkregler,
    arrangorer: Mapping[str, Arrangor],
    delt_fra: Kvartal,
) -> tuple[Enhet, ...]:
    """The counts of one tiltak over a period, per arrangør and fylke; all as one where the period is older.

    What still stood apart of an older period would be a part of a year only, and what it was less than the whole
    year's published figure, a quarter. An arrangør that began to report within the period is in its fylke's figures and
    has none of its own: the next period minus this one would be its last quarter.
    """
    perioden = kvartal.back(regler.periode_kvartaler)
    er_delt = perioden[0] >= delt_fra
    tall: dict[Omrade, dict[Telling, int]] = defaultdict(lambda: defaultdict(int))
    for celle in celler:
        if celle.kvartal in perioden:
            tall[(celle.fylke, celle.avsender) if er_delt else LAND][celle.telling] += celle.antall
    fra = perioden[0].forste_dag
    return tuple(
        Enhet(fylke, orgnr, orgnr in arrangorer and arrangorer[orgnr].rapporterer_fra <= fra, dict(antall))
        for (fylke, orgnr), antall in sorted(tall.items())
    )


def _development(
    celler: Sequence[Celle], tiltakskode: str, kvartal: Kvartal, regler: Statistikkregler
) -> Iterator[Utviklingspunkt]:
    """The country only, and so without telling anyone apart."""
    forste = min(celle.kvartal for celle in celler)
    for slutt in kvartal.back(regler.utvikling_perioder):
        if forste > slutt.plus(1 - regler.periode_kvartaler):
            continue
        bilde = Tiltaksbilde(tiltakskode, units(celler, slutt, regler, {}, slutt.plus(1)), regler)
        grad = bilde.figure(LAND, "resultatgradMedAldriMott")
        if grad is not None:
            yield Utviklingspunkt(tiltakskode, slutt, float(grad))
