"""The ways that bench_documents measures carry the same words: a few documents through the same code, never timed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[1] / "bench" / "bench_documents.py"
MATER = 13
ANTALL = 3
KONTROLLER = ("kontroll", "JSON Schema")


@pytest.fixture(scope="module")
def malt(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    katalog = tmp_path_factory.mktemp("bench")
    valg = ["--antall", str(ANTALL), "--samlet", str(ANTALL), "--runder", "1"]
    subprocess.run(
        [sys.executable, BENCH, *valg, "--katalog", katalog], check=True, capture_output=True, cwd=BENCH.parents[1]
    )
    resultat: list[dict[str, Any]] = json.loads((katalog / "resultat.json").read_text(encoding="utf-8"))
    return resultat


def test_every_way_answered(malt: list[dict[str, Any]]) -> None:
    assert len({ett["mate"] for ett in malt}) == len(malt) == MATER
    alt = [ett for ett in malt if ett["mate"].startswith("alt")]
    assert [ett["filer"] for ett in alt] == [3, 3]


def test_every_file_of_every_way_carries_every_word_of_the_same_documents(malt: list[dict[str, Any]]) -> None:
    skrevet = [ett for ett in malt if not ett["mate"].startswith(KONTROLLER)]
    assert len(skrevet) == MATER - 3
    assert {ett["borte"] for ett in skrevet} == {0}
    assert all(ett["filer"] >= 1 for ett in skrevet)
    hver_for_seg = {ett["ord"] for ett in skrevet if "én fil" not in ett["mate"]}
    assert len(hver_for_seg) == 1
    assert hver_for_seg.pop() > 500
