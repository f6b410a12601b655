"""Each rule against its table of cases, which a domain expert extends without Python (tests/regler)."""

from collections import defaultdict
from typing import Any

import pytest

from expectations.regelsett import alle_regler

SLAG = ("gyldig", "brudd", "grense")


def test_nothing_is_wrong_in_the_base_case(kjoring: Any) -> None:
    kontroll = kjoring.kontroll({})
    assert kjoring.avvik(kontroll) == []
    assert len(kontroll.godtatte) == 2


def test_case(tilfelle: Any, kjoring: Any, kontroller: Any) -> None:
    avvik = kjoring.avvik(kontroller[tilfelle])
    assert avvik == tilfelle.forventet
    brutt = any(linje.startswith(tilfelle.regel) for linje in avvik)
    if tilfelle.slag == "brudd" and not tilfelle.regel.startswith("EKSEMPEL"):
        assert brutt, "a case of kind brudd must break its rule"
    if tilfelle.slag == "gyldig":
        assert not brutt, "a case of kind gyldig must not break its rule"


@pytest.mark.parametrize("regel", [regel.regel for regel in alle_regler()])
def test_every_rule_has_a_valid_a_violating_and_a_boundary_case(regel: str, kjoring: Any) -> None:
    slag = defaultdict(set)
    for tilfelle in kjoring.tilfeller():
        slag[tilfelle.regel].add(tilfelle.slag)
    assert slag[regel] >= set(SLAG), f"tests/regler lacks {sorted(set(SLAG) - slag[regel])} for {regel}"


def test_every_table_case_belongs_to_a_rule(kjoring: Any) -> None:
    regler = {regel.regel for regel in alle_regler()}
    ukjente = {t.regel for t in kjoring.tilfeller() if not t.regel.startswith("EKSEMPEL")} - regler
    assert ukjente == set()
