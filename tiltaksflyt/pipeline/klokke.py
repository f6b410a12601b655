"""Which day it is in a test deployment: the stored clock, which scheduled runs read too. It only moves forward."""

from datetime import date, datetime, time

from tiltaksflyt.pipeline.feil import Oppsettsfeil
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from transforms.kalender import OSLO, oslo_dato


def day_of(omgivelser: Omgivelser, forfalt: datetime) -> date:
    """The stored day of a test deployment, otherwise the day in Oslo at `forfalt`. Production has no stored clock."""
    lagret = omgivelser.ledger.klokke.get() if omgivelser.er_test else None
    return lagret or oslo_dato(forfalt)


def on_day(dato: date, now: datetime) -> datetime:
    """The time of day that `now` is in Oslo, on the day that a run is for."""
    return datetime.combine(dato, now.astimezone(OSLO).time().replace(microsecond=0), tzinfo=OSLO)


def arrival(dato: date, now: datetime) -> datetime:
    """When a drop that is received as of `dato` arrived: now, or for another day than today, the end of that day."""
    if oslo_dato(now) == dato:
        return now
    return datetime.combine(dato, time(23, 59, 59), tzinfo=OSLO)


def move(omgivelser: Omgivelser, dato: date) -> None:
    """Move the stored clock forward. Raises Oppsettsfeil in production and KlokkeTilbake for an earlier day."""
    if not omgivelser.er_test:
        raise Oppsettsfeil("only a test deployment (TILTAKSFLYT_MODUS=TEST) has a clock that can be moved")
    omgivelser.ledger.klokke.move(dato)
