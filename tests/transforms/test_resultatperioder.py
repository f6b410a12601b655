"""Which periods have a resultatrapport, as tables that a domain expert can extend."""

from dataclasses import replace
from datetime import date
from types import MappingProxyType

import pytest

from schemas.regelverk import ManglerRegelverk, Regelverk, regelverk
from transforms.kvartal import Kvartal
from transforms.resultatperioder import due_periods, period_number

AFT = "ARBEIDSFORBEREDENDE_TRENING"


def policy(maaneder: int | None = 12, dager: int = 21, tiltakskode: str = AFT) -> Regelverk:
    """The policy of a tiltak with another interval."""
    versjon = regelverk(tiltakskode, date(2026, 12, 31))
    stier = {"frister.resultatrapport.maaneder": maaneder, "frister.resultatrapport.dager": dager}
    mal = versjon.parametre["frister.varsel.snartDager"]
    nye = {sti: replace(mal, verdi=verdi) for sti, verdi in stier.items()}
    return replace(versjon, parametre=MappingProxyType({**versjon.parametre, **nye}))


def periods(
    versjon: Regelverk, dato: str, rapporterer_fra: str = "2020-01-01", forste: str = "2025-4"
) -> list[tuple[str, str, bool]]:
    funnet = due_periods(
        lambda _: versjon, date.fromisoformat(rapporterer_fra), date.fromisoformat(dato), Kvartal.parse(forste)
    )
    return [(str(periode.fra), str(periode.til), periode.er_kortere) for periode in funnet]


@pytest.mark.parametrize(
    ("dato", "ventet"),
    [
        ("2026-12-31", []),
        ("2027-01-20", []),
        ("2027-01-21", [("2026-1", "2026-4", False)]),  # 31 December + 21 days
        ("2027-06-30", [("2026-1", "2026-4", False)]),
        ("2028-01-21", [("2026-1", "2026-4", False), ("2027-1", "2027-4", False)]),
    ],
)
def test_the_year_is_due_three_weeks_after_its_end(dato: str, ventet: list[tuple[str, str, bool]]) -> None:
    assert periods(policy(), dato) == ventet


@pytest.mark.parametrize(
    ("maaneder", "ventet"),
    [
        (3, ["2025-4", "2026-1", "2026-2"]),
        (6, ["2026-2"]),  # the half-year that ended with 2025-4 began before the counts stand apart
        (12, []),
    ],
)
def test_policy_says_how_long_a_period_is(maaneder: int, ventet: list[str]) -> None:
    assert [til for _, til, _ in periods(policy(maaneder), "2026-07-21")] == ventet


@pytest.mark.parametrize(
    ("rapporterer_fra", "ventet"),
    [
        ("2026-01-01", [("2026-1", "2026-4", False)]),
        ("2026-01-02", [("2026-2", "2026-4", True)]),
        ("2026-10-01", [("2026-4", "2026-4", True)]),
        ("2026-10-02", []),  # no whole quarter in the year
        ("2027-03-01", []),
    ],
)
def test_the_first_period_begins_with_the_first_whole_quarter_reported_from_here(
    rapporterer_fra: str, ventet: list[tuple[str, str, bool]]
) -> None:
    assert periods(policy(), "2027-02-01", rapporterer_fra) == ventet


def test_a_period_whose_counts_are_merged_is_not_built_in_part() -> None:
    assert periods(policy(), "2027-07-01", forste="2026-2") == []
    assert periods(policy(), "2027-07-01", "2026-02-01", forste="2026-2") == [("2026-2", "2026-4", True)]


@pytest.mark.parametrize("versjon", [policy(None), regelverk("SUPPORTED_EMPLOYMENT", date(2026, 12, 31))])
def test_where_policy_asks_for_none_there_is_none(versjon: Regelverk) -> None:
    assert periods(versjon, "2027-02-01") == []


def test_what_a_kommune_is_responsible_for_goes_to_no_nav_fylke() -> None:
    assert periods(policy(tiltakskode="KVALIFISERINGSPROGRAM"), "2027-02-01") == []


def test_a_tiltak_without_a_policy_on_the_last_day_has_no_report() -> None:
    def none(dato: date) -> Regelverk:
        raise ManglerRegelverk(str(dato))

    assert list(due_periods(none, date(2020, 1, 1), date(2027, 2, 1), Kvartal(2025, 4))) == []


def test_a_period_is_known_by_the_quarter_it_ends_with() -> None:
    assert [period_number(Kvartal(2026, n)) for n in (1, 4)] == [20261, 20264]
