"""Back-off and windows: instants for the one, the wall clock in Oslo for the other, and both right at the seams."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.oppsett import Vindu
from tiltaksflyt.delivery.backoff import Nyforsok, next_attempt, nyforsok
from tiltaksflyt.delivery.vinduer import AldriApent, is_open, next_opening, vindu_navn

OSLO = ZoneInfo("Europe/Oslo")
LEVERANSE = "5b1a3c52-2f60-4c56-9f0c-6f8a2f9f1a11"
FAST = Nyforsok(nyforsok().pauser, 0.0)


def oslo(tekst: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(tekst).replace(tzinfo=OSLO, fold=fold)


# --- back-off ---


def test_the_policy_that_ships() -> None:
    """The whole schedule, by a frozen clock: a plan nobody tests rots."""
    now = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    plan = [next_attempt(n, now=now, leveranse_id=LEVERANSE, policy=FAST) for n in range(1, 9)]
    assert [p - now if p else None for p in plan] == [
        timedelta(minutes=5),
        timedelta(minutes=15),
        timedelta(hours=1),
        timedelta(hours=4),
        timedelta(hours=12),
        timedelta(hours=24),
        timedelta(hours=24),
        None,
    ]
    assert nyforsok().spredning == 0.1


@pytest.mark.parametrize(
    ("now", "ventet"),
    [
        ("2026-03-29T01:30", "2026-03-29T03:30+02:00"),  # one real hour; the clock skips 02:00–03:00
        ("2026-10-25T02:30", "2026-10-25T02:30+01:00"),  # one real hour; the clock shows the same again
        ("2026-12-31T23:30", "2027-01-01T00:30+01:00"),
    ],
)
def test_an_hour_is_an_hour_when_the_clocks_change(now: str, ventet: str) -> None:
    neste = next_attempt(3, now=oslo(now), leveranse_id=LEVERANSE, policy=FAST)
    assert neste == datetime.fromisoformat(ventet)
    assert neste is not None
    assert neste.tzinfo is UTC


@given(st.integers(1, 7), st.uuids().map(str))
def test_the_spread_only_lengthens_and_repeats_itself(forsok: int, leveranse_id: str) -> None:
    now = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    neste = next_attempt(forsok, now=now, leveranse_id=leveranse_id)
    assert neste is not None
    pause = nyforsok().pauser[forsok - 1]
    assert pause <= neste - now <= pause * 1.1
    assert neste == next_attempt(forsok, now=now, leveranse_id=leveranse_id)


def test_packages_do_not_all_come_back_at_once() -> None:
    now = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    assert len({next_attempt(3, now=now, leveranse_id=str(n)) for n in range(50)}) == 50


def test_no_guessing_about_time_or_count() -> None:
    with pytest.raises(ValueError, match="without offset"):
        next_attempt(1, now=datetime(2026, 3, 2), leveranse_id=LEVERANSE)  # noqa: DTZ001
    with pytest.raises(ValueError, match="number 1"):
        next_attempt(0, now=datetime(2026, 3, 2, tzinfo=UTC), leveranse_id=LEVERANSE)


# --- windows ---


def vindu(fra: str, til: str, dager: str = "01234", *, helligdager: bool = False) -> Vindu:
    return Vindu(frozenset(map(int, dager)), time.fromisoformat(fra), time.fromisoformat(til), helligdager)


ARBEIDSTID = (vindu("06:00", "20:00"),)
NATT = (vindu("22:00", "04:00"),)


@pytest.mark.parametrize(
    ("vinduer", "now", "apen"),
    [
        (ARBEIDSTID, "2026-03-02T05:59:59", False),
        (ARBEIDSTID, "2026-03-02T06:00", True),
        (ARBEIDSTID, "2026-03-02T19:59:59", True),
        (ARBEIDSTID, "2026-03-02T20:00", False),
        (ARBEIDSTID, "2026-03-07T12:00", False),  # Saturday
        (ARBEIDSTID, "2026-04-03T12:00", False),  # Good Friday
        (ARBEIDSTID, "2026-05-01T12:00", False),
        (ARBEIDSTID, "2026-12-24T12:00", True),  # not a public holiday
        ((vindu("06:00", "20:00", helligdager=True),), "2026-05-01T12:00", True),
        (NATT, "2026-03-02T23:00", True),
        (NATT, "2026-03-03T03:59", True),
        (NATT, "2026-03-03T04:00", False),
        (NATT, "2026-03-07T03:00", True),  # Saturday, but the window began on Friday
        (NATT, "2026-03-08T23:00", False),
        (NATT, "2026-05-01T03:00", True),  # began on the day before the holiday
        (NATT, "2026-05-01T23:00", False),
        ((vindu("00:00", "00:00"),), "2026-03-02T00:00", True),  # the whole day
        ((vindu("00:00", "00:00"),), "2026-03-06T23:59:59", True),
        ((vindu("06:00", "08:00"), vindu("12:00", "13:00")), "2026-03-02T12:30", True),
        ((vindu("06:00", "08:00"), vindu("12:00", "13:00")), "2026-03-02T09:00", False),
    ],
)
def test_open_or_not(vinduer: tuple[Vindu, ...], now: str, apen: bool) -> None:
    assert is_open(vinduer, oslo(now)) is apen
    assert is_open(vinduer, oslo(now).astimezone(UTC)) is apen


@pytest.mark.parametrize(
    ("vinduer", "now", "neste"),
    [
        (ARBEIDSTID, "2026-03-02T12:00", "2026-03-02T12:00+01:00"),  # open already
        (ARBEIDSTID, "2026-03-02T05:00", "2026-03-02T06:00+01:00"),
        (ARBEIDSTID, "2026-03-06T21:00", "2026-03-09T06:00+01:00"),  # over a weekend
        (ARBEIDSTID, "2026-04-01T21:00", "2026-04-07T06:00+02:00"),  # over Easter
        (ARBEIDSTID, "2026-03-27T21:00", "2026-03-30T06:00+02:00"),  # over the change of clocks
        (ARBEIDSTID, "2026-10-23T21:00", "2026-10-26T06:00+01:00"),
        ((vindu("09:00", "10:00", "3"),), "2026-05-13T12:00", "2026-05-21T09:00+02:00"),  # Thursdays; Ascension Day
        ((vindu("02:30", "05:00", "6", helligdager=True),), "2026-03-28T12:00", "2026-03-29T03:30+02:00"),  # no 02:30
    ],
)
def test_the_next_opening(vinduer: tuple[Vindu, ...], now: str, neste: str) -> None:
    assert next_opening(vinduer, oslo(now)) == datetime.fromisoformat(neste)


def test_the_hour_that_comes_twice_is_open_both_times() -> None:
    vinduer = (vindu("02:00", "03:00", "6", helligdager=True),)
    assert is_open(vinduer, oslo("2026-10-25T02:30", fold=0))
    assert is_open(vinduer, oslo("2026-10-25T02:30", fold=1))
    assert not is_open(vinduer, oslo("2026-10-25T03:00"))
    # a window that ends within it ends the second time the clock shows that
    kort = (vindu("01:00", "02:30", "6", helligdager=True),)
    assert is_open(kort, oslo("2026-10-25T02:15", fold=1))
    assert not is_open(kort, oslo("2026-10-25T02:30", fold=1))
    # and the hour that does not come at all is no opening
    assert not is_open(vinduer, oslo("2026-03-29T03:00"))


def test_one_opening_has_one_name() -> None:
    assert vindu_navn(NATT, oslo("2026-03-02T23:00")) == "2026-03-02T22:00+01:00"
    assert vindu_navn(NATT, oslo("2026-03-03T03:00")) == "2026-03-02T22:00+01:00"
    assert vindu_navn(NATT, oslo("2026-03-03T12:00")) is None


@given(st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)).map(lambda t: t.replace(tzinfo=UTC)))  # noqa: DTZ001
def test_the_next_opening_is_open_and_nothing_before_it_is(now: datetime) -> None:
    neste = next_opening(ARBEIDSTID, now)
    assert is_open(ARBEIDSTID, neste)
    assert now <= neste <= now + timedelta(days=6)
    if neste > now:
        assert not is_open(ARBEIDSTID, now)
        assert not is_open(ARBEIDSTID, neste - timedelta(seconds=1))


def test_windows_that_never_open_are_told() -> None:
    with pytest.raises(AldriApent):
        next_opening((), oslo("2026-03-02T12:00"))
    with pytest.raises(ValueError, match="without offset"):
        is_open(ARBEIDSTID, datetime(2026, 3, 2))  # noqa: DTZ001
