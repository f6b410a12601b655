"""Which periods of an avtale a report is due for: whole quarters of the calendar year, by policy."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.oppsett import NAV
from schemas.regelverk import ManglerRegelverk, Regelverk
from transforms.forpliktelser import Regelverkoppslag
from transforms.kvartal import Kvartal

MANEDER_I_KVARTAL = 3
RESULTATRAPPORT_MAANEDER = "frister.resultatrapport.maaneder"
RESULTATRAPPORT_DAGER = "frister.resultatrapport.dager"


@dataclass(frozen=True)
class Resultatperiode:
    """One period, `til` included, with the policy in force on its last day.

    `er_kortere`: it begins later than the calendar has it, since the sender did not report from here before.
    """

    fra: Kvartal
    til: Kvartal
    er_kortere: bool
    regelverk: Regelverk

    @property
    def nummer(self) -> int:
        """What the ledger knows its document by."""
        return period_number(self.til)


def period_number(til: Kvartal) -> int:
    """A period by the quarter it ends with, as a number: 20264 for the fourth of 2026."""
    return til.aar * 10 + til.nummer


def due_periods(
    policy: Regelverkoppslag,
    rapporterer_fra: date,
    dato: date,
    forste: Kvartal,
    *,
    lengde: str = RESULTATRAPPORT_MAANEDER,
    ventetid: str = RESULTATRAPPORT_DAGER,
) -> Iterator[Resultatperiode]:
    """The periods of one tiltak whose report may be built on `dato`, oldest first.

    `lengde` and `ventetid` are the policy's months in a period and days after it. A period is due so many days after
    its last day, where the policy of that day asks for one and Nav has ordered the tiltak. It begins at the earliest
    with the first whole quarter that the sender reports from here, and not before `forste`, the first quarter whose
    counts still stand by arrangør and fylke.
    """
    egen = Kvartal.of(rapporterer_fra)
    if egen.forste_dag < rapporterer_fra:
        egen = egen.plus(1)
    til = forste
    while til.siste_dag < dato:
        periode = _period_ending(til, policy, egen, lengde)
        if periode is not None and periode.fra >= forste and _is_due(periode, dato, ventetid):
            yield periode
        til = til.plus(1)


def _period_ending(til: Kvartal, policy: Regelverkoppslag, egen: Kvartal, lengde: str) -> Resultatperiode | None:
    try:
        regelverk = policy(til.siste_dag)
    except ManglerRegelverk:
        return None
    maaneder = regelverk.valgfritt_heltall(lengde)
    if maaneder is None or regelverk.verdi("mottaker.behandlingsansvarlig") != NAV:
        return None
    kvartaler = maaneder // MANEDER_I_KVARTAL
    if til.nummer % kvartaler or til < egen:
        return None
    fra = til.plus(1 - kvartaler)
    return Resultatperiode(max(fra, egen), til, fra < egen, regelverk)


def _is_due(periode: Resultatperiode, dato: date, ventetid: str) -> bool:
    dager = periode.regelverk.heltall(ventetid)
    return dato >= periode.til.siste_dag + timedelta(days=dager)
