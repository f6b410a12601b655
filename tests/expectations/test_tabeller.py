"""A refused cell is read as empty by every later rule, in its own table and from the rows below it; all else stands."""

from typing import Any

import pandas as pd
import pytest

from expectations import evaluate_chunk
from expectations.regelsett import regler_etter_id
from expectations.tabeller import Tabeller

CELLEN = {("deltakelse", "sluttDato")}


@pytest.fixture
def tabeller(kjoring: Any) -> tuple[Tabeller, Tabeller]:
    """The tables of a drop in which the first sluttDato is refused: as rules of single values read them, and after."""
    tilfelle = {"endre": {"deltakelse": {1: {"sluttDato": "1900-01-01"}}}}
    _, kjort = evaluate_chunk([kjoring.innsendt(tilfelle)], asof=kjoring.asof(tilfelle), mottakere={})
    verdi, rad = regler_etter_id()["DAT005"], regler_etter_id()["DAT001"]
    return kjort.tabeller_for(verdi), kjort.tabeller_for(rad)


def test_the_cell_as_it_came_is_read_by_rules_of_single_values(tabeller: tuple[Tabeller, Tabeller]) -> None:
    lest, _ = tabeller
    assert lest.dato("deltakelse", "sluttDato")[0] == pd.Timestamp(1900, 1, 1)


def test_the_refused_cell_is_empty_in_every_reading(tabeller: tuple[Tabeller, Tabeller]) -> None:
    _, renset = tabeller
    assert renset.tekst("deltakelse", "sluttDato").tolist() == ["", "2026-04-30"]
    assert renset.celler("deltakelse", "sluttDato").tolist() == ["", "2026-04-30"]
    assert renset.unike("deltakelse", "sluttDato") == {"", "2026-04-30"}
    assert renset.tomme("deltakelse", "sluttDato").tolist() == [True, False]
    assert renset.dato("deltakelse", "sluttDato").isna().tolist() == [True, False]


def test_a_row_below_sees_the_refused_cell_of_its_parent_as_empty(tabeller: tuple[Tabeller, Tabeller]) -> None:
    lest, renset = tabeller
    assert lest.hent("fravaer", "deltakelse", "sluttDato").tolist() == ["1900-01-01"]
    for som, tom in (("tekst", ""), ("dato", pd.NaT)):
        assert renset.hent("fravaer", "deltakelse", "sluttDato", som).tolist() == [tom]
    # Read before the cell was refused, and so not to be taken over.
    etter = lest.beside({"fravaer": lest.ramme("fravaer"), "deltakelse": renset.ramme("deltakelse")}, CELLEN)
    assert etter.hent("fravaer", "deltakelse", "sluttDato").tolist() == [""]


def test_what_was_not_refused_is_not_read_again(tabeller: tuple[Tabeller, Tabeller]) -> None:
    lest, renset = tabeller
    assert renset.dato("deltakelse", "startDato") is lest.dato("deltakelse", "startDato")
    assert renset.dato("fravaer", "fraDato") is lest.dato("fravaer", "fraDato")


def test_no_date_and_no_number_is_none() -> None:
    tekster = ["2026-02-28", "2026-02-30", "28.02.2026", "", "2026-02-28"]
    ramme = pd.DataFrame({"fraDato": tekster, "timer": ["7.5", "sju", "1e999", "", "-2"]}, dtype=str)
    lest = Tabeller({"fravaer": ramme})
    assert lest.dato("fravaer", "fraDato").isna().tolist() == [False, True, True, True, False]
    tall = lest.tall("fravaer", "timer")
    assert tall.isna().tolist() == [False, True, False, True, False]
    assert (tall[0], tall[4]) == (7.5, -2)
