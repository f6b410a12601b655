"""Spoilt files of every format: the door answers each, says nothing of what it read, and is never surprised.

`make fuzz` goes on for as long as one likes; what it found stands in funn/ and is read here every time.
"""

import logging
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.intake.mutasjoner import GODE, spoil
from tests.intake.svarkrav import check_answer
from tiltaksflyt.intake import Lesing

FUNN = sorted(Path(__file__).with_name("funn").iterdir())


@pytest.mark.parametrize("format_", GODE)
def test_a_good_file_of_each_format_is_read(lever: Any, caplog: Any, format_: str) -> None:
    lesing = lever(GODE[format_](), filnavn="eksport")
    check_answer(lesing, caplog.text)
    assert not lesing.avvist


@pytest.mark.parametrize("format_", GODE)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(fro=st.integers(0, 2**32))
@example(fro=0)
def test_a_spoilt_file_is_answered(lever: Any, caplog: Any, format_: str, fro: int) -> None:
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    data = spoil(_good(format_), random.Random(fro))  # noqa: S311  not for secrets
    check_answer(lever(data, filnavn="mal"), caplog.text)


@cache
def _good(format_: str) -> bytes:
    return GODE[format_]()


@pytest.mark.parametrize("fil", FUNN, ids=lambda fil: fil.name)
def test_what_was_found_stays_found(lever: Callable[..., Lesing], caplog: Any, fil: Path) -> None:
    check_answer(lever(fil.read_bytes(), filnavn="mal"), caplog.text)
