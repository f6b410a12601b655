"""What a set-up must say of roles and agreement before production starts."""

from datetime import date
from typing import Any

import pytest

from schemas.roller import read_roles

RAPPORTERER_FRA = date(2026, 1, 1)
HELT: dict[str, Any] = {
    "behandlingsansvarlig": "NAV",
    "databehandleravtale": {"referanse": "DBA-1", "fra": "2025-01-01"},
    "underdatabehandlerGodkjent": "2026-01-01",
    "tillattePersonopplysninger": ["NAVN"],
}


def gaps(roller: dict[str, Any]) -> list[str]:
    return [mangel.sted.removeprefix("roller.") for mangel in read_roles(roller).gaps(RAPPORTERER_FRA)]


def test_a_whole_set_up_lacks_nothing() -> None:
    assert gaps(HELT) == []


def test_without_roles_everything_is_asked_for_and_each_says_what_to_write() -> None:
    assert gaps({}) == list(HELT)
    assert all(mangel.skriv for mangel in read_roles({}).gaps(RAPPORTERER_FRA))


@pytest.mark.parametrize("del_", list(HELT))
def test_each_part_is_asked_for(del_: str) -> None:
    assert gaps({navn: verdi for navn, verdi in HELT.items() if navn != del_}) == [del_]


@pytest.mark.parametrize(
    ("endret", "mangler"),
    [
        ({"databehandleravtale": {"referanse": "DBA-1", "fra": "2026-01-01"}}, []),
        ({"databehandleravtale": {"referanse": "DBA-1", "fra": "2026-01-02"}}, ["databehandleravtale.fra"]),
        ({"databehandleravtale": {"referanse": "DBA-1"}}, ["databehandleravtale"]),
        ({"underdatabehandlerGodkjent": "2026-01-02"}, ["underdatabehandlerGodkjent"]),
        ({"tillattePersonopplysninger": []}, ["tillattePersonopplysninger"]),
    ],
)
def test_an_agreement_that_begins_too_late_or_ticks_nothing_is_none(endret: dict[str, Any], mangler: list[str]) -> None:
    assert gaps(HELT | endret) == mangler
