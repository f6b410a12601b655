"""Day by day for months, exactly the right ones exist: held against fasit.py. `make timelapse` is the long form."""

import json
from datetime import date
from pathlib import Path

import pytest

from tests.pipeline.tidsforlop.kjor import run_days

FORSTE_DAG = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("postgres", "dager", "antall"), [(False, 140, 60), (True, 110, 30)], ids=["sqlite", "postgresql"]
)
def test_on_every_day_exactly_the_right_ones_exist(postgres: bool, dager: int, antall: int, tmp_path: Path) -> None:
    utfall = run_days(tmp_path, FORSTE_DAG, dager, antall, fro=1, postgres=postgres)
    beskrevet = json.dumps(utfall.as_json())
    assert utfall.avvik == (), beskrevet
    assert utfall.sveipet > 0, beskrevet
    assert (utfall.treff, utfall.hull) == (0, 0), beskrevet
    assert utfall.er_bevist, beskrevet
    # That it went through what it is for.
    assert min(utfall.slettet, utfall.nektet, utfall.avbrutt, utfall.holdt, utfall.avslatt) > 0, beskrevet
    assert 0 < utfall.samtykker_trukket < utfall.samtykker_slettet < utfall.samtykker, beskrevet
