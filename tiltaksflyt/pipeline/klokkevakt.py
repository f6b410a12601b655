"""The guard of the clock: nothing is erased by a day that may be wrong. docs/pipeline/sletting.md

A machine whose clock leaps two months ahead would erase what nobody has asked it to. Something runs every five minutes,
so a silence of more than a day by our own clock is either a clock that leapt or a house that stood still, and only a
person can tell which.
"""

from datetime import datetime

from schemas.oppbevaring import oppbevaring
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.stans import HUSET, is_step_stopped, stop

SLETTING = "sletting"
HOPPET = "KLOKKEN_HOPPET"


class UsikkerKlokke(Exception):
    """The clock leapt, or the store's own clock disagrees. The text says what to do; nothing is erased meanwhile."""

    kode = "USIKKER_KLOKKE"


def beat(omgivelser: Omgivelser, now: datetime) -> None:
    """Note that something runs. After a leap the step sletting is stopped until a person lets it go.

    A test deployment with a stored day takes its day from there, so no clock can mislead it.
    """
    if omgivelser.ledger.klokke.get() is not None:
        return
    with omgivelser.ledger.transaction():
        sist = omgivelser.ledger.puls.beat(now, grense=oppbevaring().klokkesprang)
        if sist is None:
            return
        grunn = f"{HOPPET} {sist:%Y-%m-%dT%H:%MZ} {now:%Y-%m-%dT%H:%MZ}"
        if not is_step_stopped(omgivelser, SLETTING):
            stop(omgivelser, "STEG", SLETTING, av=HUSET, grunn=grunn, now=now)


def refuse_uncertain_clock(omgivelser: Omgivelser, now: datetime) -> None:
    """Raises UsikkerKlokke while the step is stopped after a leap, or the store's clock is more than that leap away."""
    beat(omgivelser, now)
    if is_step_stopped(omgivelser, SLETTING):
        raise UsikkerKlokke(
            "the clock leapt, or nothing ran for long; see that the date is right, then "
            "`tiltaksflyt release --step sletting --by … --reason …`"
        )
    if omgivelser.ledger.klokke.get() is None and abs(omgivelser.storage.clock() - now) > oppbevaring().klokkesprang:
        raise UsikkerKlokke("the object store and this machine do not agree on the date; set the one that is wrong")
