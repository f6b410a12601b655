"""Months at their edges."""

from datetime import date, datetime

import pytest

from transforms.kalender import OSLO, oslo_dato
from transforms.maned import Maned


@pytest.mark.parametrize(
    ("dato", "maned", "for_", "siste"),
    [
        ("2026-05-01", "2026-05", "2026-04", "2026-05-31"),
        ("2026-05-31", "2026-05", "2026-04", "2026-05-31"),
        ("2026-01-01", "2026-01", "2025-12", "2026-01-31"),
        ("2026-12-31", "2026-12", "2026-11", "2026-12-31"),
        ("2026-03-01", "2026-03", "2026-02", "2026-03-31"),
        ("2028-03-31", "2028-03", "2028-02", "2028-03-31"),
        ("2028-02-29", "2028-02", "2028-01", "2028-02-29"),
        ("2027-02-28", "2027-02", "2027-01", "2027-02-28"),
    ],
)
def test_a_day_has_its_month_and_the_one_before(dato: str, maned: str, for_: str, siste: str) -> None:
    dag = date.fromisoformat(dato)
    assert str(Maned.of(dag)) == maned
    assert str(Maned.before(dag)) == for_
    assert Maned.of(dag).siste_dag.isoformat() == siste


def test_the_first_quarter_of_an_hour_of_a_month_in_oslo_is_of_that_month() -> None:
    """22:15 UTC in summer and 23:15 in winter are the next day in Oslo: when sletting runs."""
    for tid in ("2026-05-31T22:15:00+00:00", "2026-11-30T23:15:00+00:00"):
        i_oslo = oslo_dato(datetime.fromisoformat(tid))
        assert (i_oslo.day, datetime.fromisoformat(tid).astimezone(OSLO).hour) == (1, 0)
        assert Maned.before(i_oslo) == Maned.of(datetime.fromisoformat(tid).date())


def test_months_have_an_order() -> None:
    assert Maned(2025, 12) < Maned(2026, 1) < Maned(2026, 2)
