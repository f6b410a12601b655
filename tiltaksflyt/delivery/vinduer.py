"""Whether a recipient takes deliveries now, and when it does next. Times of the wall clock in Oslo.

A window counts from its first minute and ends before its last; one that ends at or before it begins goes on past
midnight and belongs to the weekday on which it began.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import holidays

from schemas.oppsett import Vindu
from transforms.kalender import OSLO, oslo_dato

_DOGN = timedelta(days=1)
# Longer than any row of Norwegian holidays, also for a window of one weekday.
_SOK_DAGER = 60


class AldriApent(Exception):
    """The windows of a recipient never open; the set-up is wrong."""

    kode = "MOTTAKER_ALDRI_APEN"


def is_open(vinduer: Sequence[Vindu], now: datetime) -> bool:
    """Whether the recipient takes deliveries at `now`. Raises ValueError for a time without offset."""
    dag = oslo_dato(now)
    return any(apner <= now < stenger for apner, stenger in _openings(vinduer, dag - _DOGN, 2))


def next_opening(vinduer: Sequence[Vindu], now: datetime) -> datetime:
    """When the recipient takes deliveries next, in UTC: `now` itself when it does already.

    Raises AldriApent when none of the windows opens within two months, ValueError for a time without offset.
    """
    if is_open(vinduer, now):
        return now.astimezone(UTC)
    senere = (apner for apner, _ in _openings(vinduer, oslo_dato(now), _SOK_DAGER) if apner > now)
    forste = min(senere, default=None)
    if forste is None:
        raise AldriApent("no window opens within two months; correct `vinduer` of the recipient in mottakere.yaml")
    return forste


def vindu_navn(vinduer: Sequence[Vindu], now: datetime) -> str | None:
    """A name for the opening that `now` lies in, the same for all of it: its first instant. None when closed."""
    apninger = [apner for apner, stenger in _openings(vinduer, oslo_dato(now) - _DOGN, 2) if apner <= now < stenger]
    return min(apninger).astimezone(OSLO).isoformat(timespec="minutes") if apninger else None


def _openings(vinduer: Sequence[Vindu], fra: date, antall: int) -> Iterator[tuple[datetime, datetime]]:
    """The openings that begin on `antall` days from `fra`, as instants in UTC."""
    for dag in (fra + timedelta(days=n) for n in range(antall)):
        for vindu in vinduer:
            if dag.weekday() in vindu.ukedager and (vindu.helligdager or dag not in _holidays(dag.year)):
                siste = dag if vindu.til > vindu.fra else dag + _DOGN
                # In the hour that comes twice, the first counts for opening and the second for closing.
                yield _instant(dag, vindu.fra, fold=0), _instant(siste, vindu.til, fold=1)


def _instant(dag: date, klokken: time, fold: int) -> datetime:
    return datetime.combine(dag, klokken, OSLO).replace(fold=fold).astimezone(UTC)


@cache
def _holidays(ar: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("NO", years=ar))
