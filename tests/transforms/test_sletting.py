"""The last kept day: one function, its clock and its floor. Day 84 may exist, day 85 may not."""

from datetime import date, timedelta
from typing import Any

import pytest

from schemas.regelverk import regelverk
from transforms.sletting import UlovligSlettefrist, last_day_of_consent, last_kept_day

REGELVERK = regelverk("ARBEIDSFORBEREDENDE_TRENING", date(2026, 1, 1))


def siste_dag(**endret: Any) -> date:
    grunn: dict[str, Any] = {
        "status": "HAR_SLUTTET",
        "status_gyldig_fra": date(2026, 2, 3),
        "slutt_dato": date(2026, 1, 30),
        "sist_i_drop": date(2026, 2, 10),
        "slettefrist_uker": None,
        "regelverk": REGELVERK,
    }
    return last_kept_day(**{**grunn, **endret})


def test_worked_example_5() -> None:
    assert siste_dag() == date(2026, 4, 24)


@pytest.mark.parametrize("status", ["HAR_SLUTTET", "AVBRUTT", "FULLFORT"])
def test_the_end_starts_the_clock_even_when_the_status_comes_late(status: str) -> None:
    assert siste_dag(status=status, status_gyldig_fra=date(2026, 3, 30)) == date(2026, 4, 24)


@pytest.mark.parametrize("status", ["FEILREGISTRERT", "IKKE_AKTUELL"])
def test_what_never_was_counts_from_the_day_of_the_status(status: str) -> None:
    assert siste_dag(status=status) == date(2026, 2, 3) + timedelta(days=84)


@pytest.mark.parametrize("status", ["DELTAR", "VENTER_PA_OPPSTART"])
def test_a_sender_gone_silent_does_not_keep_for_ever(status: str) -> None:
    assert siste_dag(status=status) == date(2026, 2, 10) + timedelta(days=84)


def test_ended_without_an_end_counts_from_the_last_drop() -> None:
    assert siste_dag(slutt_dato=None) == date(2026, 2, 10) + timedelta(days=84)


@pytest.mark.parametrize(("uker", "dager"), [(4, 28), (11, 77), (12, 84), (52, 84)])
def test_an_avtale_may_shorten_and_never_lengthen(uker: int, dager: int) -> None:
    assert siste_dag(slettefrist_uker=uker) == date(2026, 1, 30) + timedelta(days=dager)


def test_under_four_weeks_is_refused() -> None:
    with pytest.raises(UlovligSlettefrist):
        siste_dag(slettefrist_uker=3)


@pytest.mark.parametrize(
    ("formaal", "gyldig_til", "ventet"),
    [
        ("OPPFOLGING_6_MND", "2027-12-31", date(2026, 8, 28)),
        ("OPPFOLGING_6_MND", "2026-08-28", date(2026, 8, 28)),
        ("OPPFOLGING_6_MND", "2026-08-27", date(2026, 8, 27)),
        ("KUNDEREGISTER_12_MND", "2027-12-31", date(2027, 2, 28)),
    ],
)
def test_a_consent_lasts_as_long_as_its_row_says_and_its_formaal_allows(
    formaal: str, gyldig_til: str, ventet: date
) -> None:
    rad = {"formaal": formaal, "gyldigTil": gyldig_til}
    assert last_day_of_consent(rad, date(2026, 2, 28)) == ventet
