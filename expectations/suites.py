"""The Great Expectations suites as data, made from the rules: `python -m expectations.suites` writes them anew.

One suite per reporting table. Each rule that reports on the table is one expectation with the rule's id and severity
in its meta; row count, column set and not-null stand first, since an empty or halved frame passes everything else.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from expectations.grunnlag import INDEKS, POST, RAD
from expectations.regel import LAGRET, Regel
from expectations.regelsett import regler_for_innsending
from expectations.tabeller import INNSENDING
from schemas.avvik import Alvorlighet
from schemas.kontrakt import tabeller

SUITER = Path(__file__).parent / "suites"
ANTALL_RADER = "antall_rader"
REGEL_HOLDER = "expect_regel_to_hold"
_GX_ALVOR: Mapping[Alvorlighet, str] = {
    Alvorlighet.AVVIST_FIL: "critical",
    Alvorlighet.FEIL: "critical",
    Alvorlighet.ADVARSEL: "warning",
    Alvorlighet.INFO: "info",
}


def make_suites(regler: Sequence[Regel]) -> Mapping[str, dict[str, Any]]:
    """The suite of each table that some rule reports on, by table."""
    rapporterer = dict.fromkeys(sted.tabell for regel in regler for sted in regel.steder)
    return {tabell: _make_suite(tabell, regler) for tabell in sorted(rapporterer)}


def _make_suite(tabell: str, regler: Sequence[Regel]) -> dict[str, Any]:
    egne = [regel for regel in regler if any(sted.tabell == tabell for sted in regel.steder)]
    forventninger = [*_shape(tabell), *(_rule(tabell, regel) for regel in egne)]
    return {"name": tabell, "expectations": forventninger, "meta": {"laget_av": "python -m expectations.suites"}}


def _shape(tabell: str) -> list[dict[str, Any]]:
    felter = tabeller()[tabell.removeprefix(LAGRET)]
    kolonner = [*felter.felter, INNSENDING]
    if not tabell.startswith(LAGRET):
        kolonner += [INDEKS] if tabell == "innsending" else [INDEKS, RAD, POST]
    return [
        _expectation("expect_table_row_count_to_equal", {"value": {"$PARAMETER": ANTALL_RADER}}, {}),
        _expectation("expect_table_columns_to_match_set", {"column_set": kolonner, "exact_match": True}, {}),
        *(
            _expectation("expect_column_values_to_not_be_null", {"column": kolonne}, {})
            for kolonne in (INNSENDING, *felter.nokkel)
        ),
    ]


def _rule(tabell: str, regel: Regel) -> dict[str, Any]:
    steder = [sted for sted in regel.steder if sted.tabell == tabell]
    meta = {
        "regelId": regel.regel,
        "alvorlighet": regel.alvorlighet.value,
        "nivaa": regel.niva.name,
        "predikater": sorted({sted.predikat for sted in steder}),
        "kolonner": [sted.kolonne for sted in steder if sted.kolonne],
        "kilde": regel.kilde,
    }
    alvor = _GX_ALVOR[regel.alvorlighet]
    return _expectation(REGEL_HOLDER, {"regel": regel.regel, "tabell": tabell}, meta, alvor)


def _expectation(type_: str, kwargs: dict[str, Any], meta: dict[str, Any], alvor: str = "critical") -> dict[str, Any]:
    return {"type": type_, "kwargs": kwargs, "meta": meta, "severity": alvor}


def as_text(suite: Mapping[str, Any]) -> str:
    """The suite as its file has it."""
    return json.dumps(suite, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write every suite, and remove those that no table needs any more."""
    suiter = make_suites(regler_for_innsending())
    for fil in SUITER.glob("*.json"):
        if fil.stem not in suiter:
            fil.unlink()
    SUITER.mkdir(exist_ok=True)
    for tabell, suite in suiter.items():
        (SUITER / f"{tabell}.json").write_text(as_text(suite), encoding="utf-8")


if __name__ == "__main__":
    main()
