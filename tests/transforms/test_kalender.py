"""Days, months and working days on the edges that the law lives on."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.kalender import add_months, add_virkedager, is_virkedag, oslo_dato

datoer = st.dates(min_value=date(2016, 1, 1), max_value=date(2040, 12, 31))


@pytest.mark.parametrize(
    ("start", "antall", "ventet"),
    [
        ("2026-01-31", 3, "2026-04-30"),  # clamp, not 1 May
        ("2026-01-31", 6, "2026-07-31"),  # counted from the start again, not chained from 30 April
        ("2024-02-29", 12, "2025-02-28"),  # leap day
        ("2023-11-30", 3, "2024-02-29"),  # into a leap February
        ("2026-10-31", 3, "2027-01-31"),  # over New Year
        ("2026-03-31", -1, "2026-02-28"),  # backwards
        ("2026-12-15", 12, "2027-12-15"),
    ],
)
def test_add_months(start: str, antall: int, ventet: str) -> None:
    assert add_months(date.fromisoformat(start), antall) == date.fromisoformat(ventet)


@given(datoer, st.integers(0, 40))
def test_months_never_leave_their_month_and_keep_the_day_when_they_can(start: date, antall: int) -> None:
    slutt = add_months(start, antall)
    assert (slutt.year * 12 + slutt.month) - (start.year * 12 + start.month) == antall
    assert slutt.day == start.day or (
        slutt.day < start.day and (slutt.month != date.fromordinal(slutt.toordinal() + 1).month)
    )


@pytest.mark.parametrize(
    ("dato", "antall", "ventet"),
    [
        ("2026-02-16", 3, "2026-02-19"),  # worked example 1: Monday to Thursday
        ("2026-02-20", 1, "2026-02-23"),  # Friday over the weekend
        ("2026-04-01", 1, "2026-04-07"),  # Wednesday before Easter: Thursday, Friday and Monday are holidays
        ("2026-04-30", 1, "2026-05-04"),  # 1 May
        ("2026-05-15", 1, "2026-05-18"),  # 17 May is a Sunday
        ("2026-12-23", 3, "2026-12-29"),  # 24 December is a working day by the calendar, 25 and 26 are not
        ("2026-02-21", 1, "2026-02-23"),  # counted from a Saturday
    ],
)
def test_add_virkedager(dato: str, antall: int, ventet: str) -> None:
    assert add_virkedager(date.fromisoformat(dato), antall) == date.fromisoformat(ventet)


@given(datoer, st.integers(1, 15))
def test_a_working_day_is_reached_and_the_right_number_passed(dato: date, antall: int) -> None:
    slutt = add_virkedager(dato, antall)
    assert is_virkedag(slutt)
    assert sum(is_virkedag(date.fromordinal(n)) for n in range(dato.toordinal() + 1, slutt.toordinal() + 1)) == antall


@pytest.mark.parametrize(
    ("tid", "ventet"),
    [
        (datetime(2026, 6, 30, 22, 30, tzinfo=UTC), "2026-07-01"),  # summer: UTC + 2
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "2027-01-01"),  # winter: UTC + 1
        (datetime(2026, 3, 28, 23, 15, tzinfo=UTC), "2026-03-29"),  # 00:15 on the night the clock goes forward
        (datetime(2026, 10, 24, 22, 15, tzinfo=UTC), "2026-10-25"),  # 00:15 on the night it goes back
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), "2026-10-25"),
    ],
)
def test_oslo_day(tid: datetime, ventet: str) -> None:
    assert oslo_dato(tid) == date.fromisoformat(ventet)


def test_a_time_without_offset_has_no_day() -> None:
    with pytest.raises(ValueError, match="offset"):
        oslo_dato(datetime(2026, 1, 1))  # noqa: DTZ001  the point of the test
