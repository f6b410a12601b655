"""NAV's periods: the story that NAV tells in its own documentation, day by day, and what must hold for any entries."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.deltakelsesmengder import Deltakelsesmengde, begin_at, periodise, valid_entries, within

Kort = tuple[int, int | None, str, str]


def entry(prosent: int, dager: int | None, gyldig_fra: str, opprettet: str) -> Deltakelsesmengde:
    return Deltakelsesmengde(
        Decimal(prosent),
        None if dager is None else Decimal(dager),
        date.fromisoformat(gyldig_fra),
        datetime.fromisoformat(opprettet),
    )


def short(mengder: Sequence[Deltakelsesmengde]) -> list[tuple[int, str]]:
    return [(int(mengde.deltakelsesprosent), mengde.gyldig_fra.isoformat()) for mengde in mengder]


PAMELDT = entry(100, None, "2024-12-01", "2024-12-01")
FORTI = entry(40, 2, "2024-12-15", "2024-12-10")
NITTI = entry(90, 5, "2024-12-10", "2024-12-17T08:00")
FORTI_IGJEN = entry(40, 2, "2024-12-15", "2024-12-17T09:00")
HUNDRE = entry(100, None, "2025-02-01", "2025-01-02")
HALVT = entry(50, None, "2025-02-01", "2025-01-02")


def test_nav_s_own_story_of_a_deltaker() -> None:
    """amt-deltaker docs/deltakelsesmengder.md, «Eksempler»."""
    assert short(periodise([PAMELDT], None, None)) == [(100, "2024-12-01")]
    start, slutt = date(2024, 12, 10), date(2025, 2, 10)
    assert short(periodise([PAMELDT], start, slutt)) == [(100, "2024-12-10")]
    assert short(periodise([PAMELDT, FORTI], start, slutt)) == [(100, "2024-12-10"), (40, "2024-12-15")]
    tilbake_i_tid = (*begin_at(valid_entries([PAMELDT]), start), FORTI, NITTI)
    assert short(periodise(tilbake_i_tid, start, slutt)) == [(90, "2024-12-10")]
    begge = [*tilbake_i_tid, FORTI_IGJEN]
    assert short(periodise(begge, start, slutt)) == [(90, "2024-12-10"), (40, "2024-12-15")]
    fram = periodise(begge, date(2024, 12, 17), slutt)
    assert short(fram) == [(40, "2024-12-17")]
    assert short(periodise(fram, start, slutt)) == [(40, "2024-12-10")]
    med_fremtidig = [*periodise(fram, start, None), HUNDRE]
    assert short(periodise(med_fremtidig, start, date(2025, 1, 15))) == [(40, "2024-12-10")]
    assert short(periodise(med_fremtidig, start, date(2025, 3, 31))) == [(40, "2024-12-10"), (100, "2025-02-01")]


@pytest.mark.parametrize(("slutt", "ventet"), [("2025-01-31", 1), ("2025-02-01", 2)])
def test_the_last_day_is_of_the_deltakelse(slutt: str, ventet: int) -> None:
    assert len(periodise([PAMELDT, HALVT], PAMELDT.gyldig_fra, date.fromisoformat(slutt))) == ventet


@pytest.mark.parametrize(
    ("mengder", "ventet"),
    [
        # DeltakelsesmengderTest.kt of navikt/amt-deltakelser
        (
            [
                (50, None, "2024-01-01", "2024-01-01"),
                (75, None, "2024-01-10", "2024-01-09"),
                (90, None, "2024-01-20", "2024-01-15"),
            ],
            [(50, "2024-01-01"), (75, "2024-01-10"), (90, "2024-01-20")],
        ),
        (
            [
                (69, None, "2024-01-01", "2024-01-01"),
                (70, None, "2024-01-02", "2024-01-14"),
                (100, None, "2024-01-15", "2024-01-15"),
                (90, None, "2024-01-30", "2024-01-25"),
                (90, None, "2024-01-10", "2024-01-05"),
                (80, None, "2024-01-10", "2024-01-06"),
                (70, None, "2024-01-05", "2024-01-10"),
                (60, None, "2024-01-15", "2024-01-11"),
            ],
            [(69, "2024-01-01"), (70, "2024-01-02"), (100, "2024-01-15"), (90, "2024-01-30")],
        ),
        (
            [
                (60, None, "2024-01-01", "2024-01-01"),
                (100, None, "2024-01-15", "2024-01-15"),
                (50, None, "2024-01-15", "2024-01-12"),
            ],
            [(60, "2024-01-01"), (100, "2024-01-15")],
        ),
        ([(80, None, "2024-01-10", "2024-01-05"), (100, None, "2024-01-05", "2024-01-14")], [(100, "2024-01-05")]),
        (
            [
                (70, None, "2024-01-10", "2024-01-08"),
                (80, None, "2024-01-10", "2024-01-09"),
                (90, None, "2024-01-10", "2024-01-10"),
            ],
            [(90, "2024-01-10")],
        ),
        (
            [
                (100, None, "2024-01-15", "2024-01-15"),
                (90, None, "2024-01-30", "2024-01-25"),
                (100, None, "2024-01-20", "2024-01-30"),
            ],
            [(100, "2024-01-15")],
        ),
        # of two registered together from the same day, the last in the list
        ([(50, None, "2024-01-10", "2024-01-10"), (60, None, "2024-01-10", "2024-01-10")], [(60, "2024-01-10")]),
        ([], []),
    ],
)
def test_which_entries_hold(mengder: list[Kort], ventet: list[tuple[int, str]]) -> None:
    assert short(valid_entries([entry(*kort) for kort in mengder])) == ventet


DAGER = st.dates(date(2026, 1, 1), date(2026, 3, 1))
ENTRIES = st.lists(
    st.builds(
        Deltakelsesmengde,
        deltakelsesprosent=st.integers(1, 4).map(lambda n: Decimal(n * 25)),
        dager_per_uke=st.one_of(st.none(), st.integers(1, 5).map(Decimal)),
        gyldig_fra=DAGER,
        opprettet=DAGER.map(lambda dag: datetime.fromisoformat(f"{dag}T00:00")),
    ),
    max_size=8,
)


def extent_on(mengder: Sequence[Deltakelsesmengde], dag: date) -> Deltakelsesmengde | None:
    return next((mengde for mengde in reversed(mengder) if mengde.gyldig_fra <= dag), None)


@given(ENTRIES)
def test_the_newest_registered_entry_decides_every_day_from_its_own_on(mengder: list[Deltakelsesmengde]) -> None:
    """The rule itself, asked day by day: of what is valid from that day or before, the newest registered stands."""
    gyldige = valid_entries(mengder)
    for dag in {mengde.gyldig_fra + timedelta(days=n) for mengde in mengder for n in (-1, 0, 1)}:
        kandidater = [(m.opprettet, m.gyldig_fra, nummer) for nummer, m in enumerate(mengder) if m.gyldig_fra <= dag]
        gjeldende = extent_on(gyldige, dag)
        if not kandidater:
            assert gjeldende is None
        else:
            assert gjeldende is not None
            assert gjeldende.is_same_extent(mengder[max(kandidater)[2]])


@given(ENTRIES)
def test_valid_entries_are_by_day_each_another_extent_and_stay_as_they_are(mengder: list[Deltakelsesmengde]) -> None:
    gyldige = valid_entries(mengder)
    dager = [mengde.gyldig_fra for mengde in gyldige]
    assert dager == sorted(set(dager))
    assert not any(en.is_same_extent(to) for en, to in pairwise(gyldige))
    assert valid_entries(gyldige) == gyldige
    assert set(gyldige) <= set(mengder)


@given(ENTRIES)
def test_registered_at_the_same_moment_the_last_of_each_day_stands_as_in_both_of_nav_s_rules(
    mengder: list[Deltakelsesmengde],
) -> None:
    """All that the export asks for. The other Deltakelsesmengder.kt lets an entry remove only those of its own day."""
    samtidig = [replace(mengde, opprettet=PAMELDT.opprettet) for mengde in mengder]
    siste_per_dag = {mengde.gyldig_fra: mengde for mengde in samtidig}
    ventet: list[Deltakelsesmengde] = []
    for _, mengde in sorted(siste_per_dag.items()):
        if not ventet or not ventet[-1].is_same_extent(mengde):
            ventet.append(mengde)
    assert list(valid_entries(samtidig)) == ventet


@given(ENTRIES, DAGER, st.one_of(st.none(), st.integers(0, 60)))
def test_a_published_list_lies_within_the_deltakelse_and_is_published_the_same_again(
    mengder: list[Deltakelsesmengde], start: date, dager: int | None
) -> None:
    slutt = None if dager is None else start + timedelta(days=dager)
    liste = periodise(mengder, start, slutt)
    assert bool(liste) == bool(mengder) or (slutt is not None and not liste)
    assert [mengde.gyldig_fra for mengde in liste[:1]] == [start][: len(liste)]
    assert all(start <= mengde.gyldig_fra and (slutt is None or mengde.gyldig_fra <= slutt) for mengde in liste)
    assert periodise(liste, start, slutt) == liste


@given(ENTRIES, DAGER)
def test_moving_the_start_changes_no_day_that_had_an_extent(mengder: list[Deltakelsesmengde], start: date) -> None:
    gyldige = valid_entries(mengder)
    flyttet = begin_at(gyldige, start)
    for n in range(60):
        dag = start + timedelta(days=n)
        for_ = extent_on(gyldige, dag) or (gyldige[0] if gyldige else None)
        etter = extent_on(flyttet, dag)
        assert (for_ is None) == (etter is None)
        assert for_ is None or (etter is not None and for_.is_same_extent(etter))


@given(ENTRIES, DAGER, st.integers(0, 30))
def test_a_later_end_only_adds(mengder: list[Deltakelsesmengde], start: date, dager: int) -> None:
    gyldige = valid_entries(mengder)
    kort, lang = (within(gyldige, start, start + timedelta(days=n)) for n in (dager, dager + 20))
    assert lang[: len(kort)] == kort
    assert within(gyldige, start, None)[: len(lang)] == lang
