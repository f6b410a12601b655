"""The boundary lets no value out, however the step fails; and the log filter masks what still gets written."""

import io
import json
import logging
import traceback
from collections.abc import Callable
from datetime import date

import jsonschema
import pandas as pd
import pytest
from lxml import etree
from pydantic import TypeAdapter
from sqlalchemy import create_engine, text

from tiltaksflyt.grense import StegFeil, boundary
from tiltaksflyt.logg import MASKE, Maskeringsfilter, mask

# Synthetic: month + 80.
KANARI = "15819010029"
NAVN = "Kanarifugl Testesen"


def fail_in_pydantic() -> None:
    TypeAdapter(int).validate_python(f"{KANARI} {NAVN}")


def fail_in_jsonschema() -> None:
    jsonschema.validate({"navn": f"{KANARI} {NAVN}"}, {"properties": {"navn": {"type": "integer"}}})


def fail_in_sqlalchemy() -> None:
    engine = create_engine("sqlite://")
    try:
        with engine.connect() as kobling:
            kobling.execute(text("INSERT INTO borte VALUES (:navn)"), {"navn": f"{KANARI} {NAVN}"})
    finally:
        engine.dispose()


def fail_in_pandas() -> None:
    pd.to_numeric(pd.Series([f"{KANARI} {NAVN}"]))


def fail_in_lxml() -> None:
    etree.Element(f"{KANARI} {NAVN}")


def fail_in_date() -> None:
    date.fromisoformat(f"{KANARI} {NAVN}")


def fail_in_json() -> None:
    json.loads(f'{{"navn": "{KANARI} {NAVN}')


def fail_in_a_lookup() -> None:
    {}[f"{KANARI} {NAVN}"]


def fail_with_a_cause() -> None:
    try:
        fail_in_date()
    except ValueError as feil:
        raise RuntimeError(f"{NAVN} again") from feil


def fail_in_our_own_way() -> None:
    raise EgenFeil(f"{KANARI} {NAVN}")


class EgenFeil(Exception):
    kode = "EGEN_KODE"


FEIL: list[Callable[[], None]] = [
    fail_in_pydantic,
    fail_in_jsonschema,
    fail_in_sqlalchemy,
    fail_in_pandas,
    fail_in_lxml,
    fail_in_date,
    fail_in_json,
    fail_in_a_lookup,
    fail_with_a_cause,
    fail_in_our_own_way,
]


@pytest.mark.parametrize("steg", FEIL, ids=lambda steg: steg.__name__)
def test_a_failing_step_with_a_canary_in_hand_lets_nothing_out(
    steg: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(StegFeil) as fanget:
        boundary("mottak")(steg)()
    feil = fanget.value
    ut = "".join(traceback.format_exception(feil)) + repr(feil) + caplog.text
    assert KANARI not in ut
    assert NAVN not in ut
    assert feil.__cause__ is None
    assert feil.__context__ is None
    assert feil.feil_id in caplog.text


def test_the_canary_would_be_seen_without_the_boundary() -> None:
    for steg in FEIL:
        with pytest.raises(Exception) as fanget:
            steg()
        ut = "".join(traceback.format_exception(fanget.value)) + repr(vars(fanget.value))
        assert NAVN in ut


def test_our_own_errors_keep_their_code_and_a_nested_boundary_changes_nothing() -> None:
    with pytest.raises(StegFeil) as fanget:
        boundary("ytre")(boundary("indre")(fail_in_our_own_way))()
    assert (fanget.value.kode, fanget.value.steg) == ("EGEN_KODE", "indre")


def test_a_code_that_is_no_code_stays_inside() -> None:
    class Snakkesalig(Exception):
        kode = f"{KANARI} {NAVN}"

    def fail() -> None:
        raise Snakkesalig

    with pytest.raises(StegFeil) as fanget:
        boundary("mottak")(fail)()
    assert fanget.value.kode == "UVENTET_Snakkesalig"


def test_a_time_out_from_outside_brings_nothing_along() -> None:
    class Tidsavbrudd(BaseException):
        """As Airflow raises it into a task."""

    def fail() -> None:
        try:
            fail_in_date()
        except ValueError:
            raise Tidsavbrudd  # noqa: B904  what an outside interruption looks like

    with pytest.raises(Tidsavbrudd) as fanget:
        boundary("mottak")(fail)()
    assert NAVN not in "".join(traceback.format_exception(fanget.value))


def test_a_step_that_succeeds_is_untouched() -> None:
    assert boundary("mottak")(lambda a, *, b: a + b)(1, b=2) == 3


@pytest.mark.parametrize("skrevet", [KANARI, f"{KANARI[:6]} {KANARI[6:]}", f"{KANARI[:6]}.{KANARI[6:]}"])
def test_the_mask_knows_the_ways_a_number_is_written(skrevet: str) -> None:
    assert mask(f"deltaker {skrevet}, ny") == f"deltaker {MASKE}, ny"


@pytest.mark.parametrize("tekst", ["12345678901", "915819010029", "158190100290", "4 documents in 3 s"])
def test_the_mask_leaves_other_numbers_alone(tekst: str) -> None:
    assert mask(tekst) == tekst


def test_the_filter_masks_arguments_and_drops_exception_texts() -> None:
    strom = io.StringIO()
    handler = logging.StreamHandler(strom)
    handler.addFilter(Maskeringsfilter())
    logg = logging.getLogger("test.maskering")
    logg.addHandler(handler)
    try:
        logg.warning("ident %s", KANARI)
        try:
            fail_in_date()
        except ValueError:
            logg.exception("step failed")
    finally:
        logg.removeHandler(handler)
    assert KANARI not in strom.getvalue()
    assert NAVN not in strom.getvalue()
    assert "[ValueError]" in strom.getvalue()
