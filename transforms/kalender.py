"""Days as the rules count them: calendar days in Europe/Oslo, months clamped at month end, Norwegian working days.

Rule words: regelkatalog («addMonths», «workdays»), frister-og-sletting («Months are calendar months with clamp at
month end, computed from startDato each time, never chained»).
"""

import calendar
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

OSLO = ZoneInfo("Europe/Oslo")
_MANEDER_I_ARET = 12
_LORDAG = 5


def add_months(dato: date, antall: int) -> date:
    """The same day of the month `antall` months on, or the last day of that month when it is shorter."""
    maned = dato.month - 1 + antall
    ar, maned = dato.year + maned // _MANEDER_I_ARET, maned % _MANEDER_I_ARET + 1
    return date(ar, maned, min(dato.day, calendar.monthrange(ar, maned)[1]))


@cache
def helligdager(ar: int) -> frozenset[date]:
    """The public holidays of a year in Norway."""
    return frozenset(holidays.country_holidays("NO", years=ar))


def is_virkedag(dato: date) -> bool:
    """Whether the day is Monday to Friday and no public holiday."""
    return dato.weekday() < _LORDAG and dato not in helligdager(dato.year)


def add_virkedager(dato: date, antall: int) -> date:
    """The `antall`-th working day after `dato`; `dato` itself never counts."""
    while antall > 0:
        dato += timedelta(days=1)
        if is_virkedag(dato):
            antall -= 1
    return dato


def oslo_dato(tid: datetime) -> date:
    """The calendar day in Oslo at an instant. Raises ValueError for a time without offset."""
    if tid.tzinfo is None:
        raise ValueError("a time without offset has no day")
    return tid.astimezone(OSLO).date()
