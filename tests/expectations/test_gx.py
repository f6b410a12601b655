"""Great Expectations records what the masks decided, and nothing else."""

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations import KontrollFeil, evaluate_chunk
from expectations.gx import GXResultat, _batch_definition, record
from expectations.kjoring import Kjoring
from expectations.predikater import PREDIKATER
from expectations.regelsett import regler_for_innsending
from expectations.suites import REGEL_HOLDER, SUITER, as_text, make_suites

KANARI = "01919221190"


def run_chunk(kjoring: Any, tilfeller: Sequence[Any]) -> Kjoring:
    """The run of several cases of the base case's day as one chunk."""
    _, kjort = evaluate_chunk(
        [kjoring.innsendt(innhold) for innhold in tilfeller], asof=kjoring.asof({}), mottakere=kjoring.mottakere()
    )
    return kjort


@pytest.fixture(scope="module")
def alle_dagens(kjoring: Any) -> Kjoring:
    """Every case of the base case's day in one chunk: each rule is broken somewhere."""
    dag = kjoring.asof({})
    return run_chunk(kjoring, [t.innhold for t in kjoring.innsendinger() if kjoring.asof(t.innhold) == dag])


@pytest.fixture(scope="module")
def resultater(alle_dagens: Kjoring) -> tuple[GXResultat, ...]:
    """What GX said about that chunk."""
    return record(alle_dagens)


def masks_say(kjort: Kjoring) -> set[tuple[str, str]]:
    """Table and rule of every mask that holds a breach."""
    return {
        (regel.steder[nummer].tabell, regel.regel)
        for regel in kjort.regler
        for nummer in range(len(regel.steder))
        if (regel.regel, nummer) in kjort.masker and kjort.masker[(regel.regel, nummer)].any()
    }


def gx_says(resultater: Sequence[GXResultat]) -> set[tuple[str, str]]:
    """Table and rule of every expectation that did not hold."""
    return {(resultat.tabell, regel) for resultat in resultater for regel in resultat.brutte}


def test_gx_says_what_the_masks_say(alle_dagens: Kjoring, resultater: tuple[GXResultat, ...]) -> None:
    assert gx_says(resultater) == masks_say(alle_dagens)
    brutt = {regel for _, regel in gx_says(resultater)}
    assert len(brutt) >= 85, "nearly every rule is broken by some case"


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_gx_says_what_the_masks_say_about_any_two_drops(kjoring: Any, data: st.DataObject) -> None:
    tilfeller = [t for t in kjoring.innsendinger() if kjoring.asof(t.innhold) == kjoring.asof({})]
    valgte = data.draw(st.lists(st.sampled_from(tilfeller), min_size=1, max_size=2))
    kjort = run_chunk(kjoring, [tilfelle.innhold for tilfelle in valgte])
    assert gx_says(record(kjort)) == masks_say(kjort)


def test_every_expectation_of_a_rule_carries_its_id_and_severity(resultater: tuple[GXResultat, ...]) -> None:
    alvor = {regel.regel: regel.alvorlighet.value for regel in regler_for_innsending()}
    regler = [f for resultat in resultater for f in resultat.forventninger if f.type == REGEL_HOLDER]
    assert regler
    assert all(f.alvorlighet == alvor[str(f.regel_id)] for f in regler)


def test_the_shape_of_every_frame_is_asked(resultater: tuple[GXResultat, ...]) -> None:
    for resultat in resultater:
        typer = {f.type for f in resultat.forventninger}
        assert typer >= {"expect_table_row_count_to_equal", "expect_table_columns_to_match_set"}
        assert "expect_column_values_to_not_be_null" in typer


def test_what_is_stored_holds_no_value(kjoring: Any) -> None:
    brudd = {"endre": {"deltaker": {1: {"personident": KANARI, "navEnhet": "9999", "etternavn": "Kanarifugl"}}}}
    lagres = json.dumps([resultat.as_json() for resultat in record(run_chunk(kjoring, [brudd]))])
    assert "IDE007" in lagres
    for verdi in (KANARI, "Kanarifugl", "9999", "L1", "P1", "exception", "dataframe"):
        assert verdi not in lagres


def test_gx_is_quiet_and_sends_nothing(kjoring: Any, capfd: pytest.CaptureFixture[str]) -> None:
    record(run_chunk(kjoring, [{}]))
    ut, feil = capfd.readouterr()
    assert ut + feil == ""
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
    assert _batch_definition().data_asset.datasource.data_context.config.analytics_enabled is False


def test_a_mask_that_gx_contradicts_stops_the_chunk(kjoring: Any) -> None:
    kjort = run_chunk(kjoring, [{}])
    kjort.masker[("OMF007", 0)] = ~kjort.masker[("OMF007", 0)]
    with pytest.raises(KontrollFeil) as feil:
        record(kjort)
    assert feil.value.kode == "GX_UENIG"
    assert "OMF007" in feil.value.sted


def test_a_frame_without_a_column_stops_the_chunk(kjoring: Any) -> None:
    kjort = run_chunk(kjoring, [{}])
    rammer = {**kjort.grunnlag.rammer, "plass": kjort.grunnlag.rammer["plass"].drop(columns="antallVenteliste")}
    kjort.grunnlag = replace(kjort.grunnlag, rammer=rammer)
    with pytest.raises(KontrollFeil) as feil:
        record(kjort)
    assert feil.value.kode == "GX_UENIG"
    assert "expect_table_columns_to_match_set" in feil.value.sted


def test_a_predicate_that_fails_under_gx_says_its_code_and_no_value(
    kjoring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kjort = run_chunk(kjoring, [{}])

    def raises(_k: Any, **_: Any) -> Any:
        raise ValueError(KANARI)

    monkeypatch.setitem(PREDIKATER, "slutt_for_start", raises)
    with pytest.raises(KontrollFeil) as feil:
        record(kjort)
    assert feil.value.kode == "GX_UENIG"
    assert KANARI not in str(feil.value)
    assert feil.value.__cause__ is None
    assert feil.value.__context__ is None


def test_the_suites_are_what_the_rules_make() -> None:
    suiter = make_suites(regler_for_innsending())
    assert {fil.stem for fil in SUITER.glob("*.json")} == suiter.keys()
    for tabell, suite in suiter.items():
        filtekst = (SUITER / f"{tabell}.json").read_text(encoding="utf-8")
        assert filtekst == as_text(suite), "run python -m expectations.suites"
