"""The ways that bench_validate measures find the same: a tiny size through the same code. Nothing is timed here."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[1] / "bench" / "bench_validate.py"
MATER = 6


@pytest.fixture(scope="module")
def malt(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    katalog = tmp_path_factory.mktemp("bench")
    valg = ["--storrelser", "30", "--ganger", "1", "--deltakere", "40", "--budsjett", "600", "--bare-storrelser"]
    subprocess.run(
        [sys.executable, BENCH, *valg, "--katalog", katalog], check=True, capture_output=True, cwd=BENCH.parents[1]
    )
    resultat: list[dict[str, Any]] = json.loads((katalog / "resultat.json").read_text(encoding="utf-8"))["malt"]
    return resultat


def test_every_way_answered_for_the_same_rows(malt: list[dict[str, Any]]) -> None:
    assert len(malt) == MATER
    assert {(ett["ferdig"], ett["deltakelser"]) for ett in malt} == {(True, 30)}
    assert len({ett["rader"] for ett in malt}) == 1


def test_the_ways_find_the_same_breaches_of_every_rule_they_share(malt: list[dict[str, Any]]) -> None:
    funn = {ett["mate"]: Counter(ett["brudd"]) for ett in malt if ett["mate"].startswith("felles")}
    assert len(funn) == MATER - 2
    forste = next(iter(funn.values()))
    assert all(brudd == forste for brudd in funn.values())
    assert len(+forste) >= 6
