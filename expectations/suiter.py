"""The suites as data: expectations/suites/<table>.json, written from the rules by `python -m expectations.suiter`.

A suite says what must hold of one table: that it has rows, its columns and its row numbers, which Great Expectations
does not ask by itself, and each rule that is asked there, with rule id and severity in meta.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from expectations.regelsett import alle_regler
from schemas.kontrakt import tabeller
from schemas.loader import read_json

SUITER = Path(__file__).parent / "suites"
REGELTYPE = "expect_regel_holder"


def make_suites() -> Mapping[str, Mapping[str, Any]]:
    """The suite of each table that a rule is asked in."""
    suiter: dict[str, dict[str, Any]] = {}
    for regel in alle_regler():
        for nummer, sted in enumerate(regel.steder):
            suite = suiter.setdefault(sted.tabell, {"name": sted.tabell, "expectations": _shape(sted.kontrakttabell)})
            suite["expectations"].append(
                {
                    "type": REGELTYPE,
                    "kwargs": {"regel": regel.regel, "sted": nummer},
                    "meta": {"regel": regel.regel, "alvorlighet": regel.alvorlighet.value, "kolonne": sted.kolonne},
                }
            )
    return suiter


def _shape(tabell: str) -> list[dict[str, Any]]:
    kolonner = [*tabeller()[tabell].felter]
    return [
        {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}, "meta": {}},
        {
            "type": "expect_table_columns_to_match_set",
            "kwargs": {"column_set": kolonner, "exact_match": False},
            "meta": {},
        },
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": kolonner[0]}, "meta": {}},
    ]


def read_suite(tabell: str) -> Mapping[str, Any]:
    """The suite that ships for a table. Raises UgyldigFil."""
    suite: Mapping[str, Any] = read_json(SUITER / f"{tabell}.json")
    return suite


def write_suites(katalog: Path = SUITER) -> int:
    """Write every suite anew, and remove those that no rule asks for; how many there are."""
    katalog.mkdir(exist_ok=True)
    suiter = make_suites()
    for fil in katalog.glob("*.json"):
        if fil.stem not in suiter:
            fil.unlink()
    for tabell, suite in suiter.items():
        (katalog / f"{tabell}.json").write_text(
            json.dumps(suite, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    return len(suiter)


if __name__ == "__main__":
    sys.stdout.write(f"{write_suites()} suites\n")
