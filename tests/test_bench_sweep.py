"""The bench of the sweep, on a little: every way runs, ours finds what was planted, and in little memory."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[1] / "bench" / "bench_sweep.py"
MEGABYTE = 60
# A process that maps or keeps what it reads would hold all of them.
MAKS_VEKST_MB = 30


def measure(katalog: Path, megabyte: int) -> dict[str, dict[str, Any]]:
    valg = ["--megabyte", str(megabyte), "--runder", "1", "--kanarier", "3", "--katalog", str(katalog)]
    subprocess.run([sys.executable, BENCH, *valg], check=True, capture_output=True, cwd=BENCH.parents[1])
    return {ett["mate"]: ett for ett in json.loads((katalog / "resultat.json").read_text(encoding="utf-8"))}


@pytest.fixture(scope="module")
def malt(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return measure(tmp_path_factory.mktemp("bench"), MEGABYTE)


def test_ours_finds_all_three_and_grep_what_lies_open(malt: dict[str, dict[str, Any]]) -> None:
    assert malt["sveip, vårt"]["funnet"] == 3
    assert malt["grep -c -F -f"]["funnet"] == 2
    assert malt["sveip, vårt"]["mangler"] == 0


def test_more_to_search_takes_no_more_memory(malt: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    lite = measure(tmp_path, MEGABYTE // 20)["sveip, vårt"]
    assert malt["sveip, vårt"]["MB"] > 15 * lite["MB"]
    assert malt["sveip, vårt"]["minneMB"] - lite["minneMB"] < MAKS_VEKST_MB
    assert malt["sveip, vårt"]["minneMB"] < 200
