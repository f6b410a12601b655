"""The short form of `make chaos`: each kind of fault once. Nothing lost, nothing twice, nothing stuck in silence."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults.feil import FEIL, MINUTTET
from tests.faults.kaos import open_chaos

DATABASENS = ["databasen borte", "databasen borte underveis"]


@pytest.mark.parametrize(
    ("postgres", "kast"),
    [
        (False, [navn for navn in FEIL if navn != MINUTTET]),
        (True, ["arbeider drept", "to arbeidere", "to arbeidere, begge drept", *DATABASENS * 2, MINUTTET]),
    ],
    ids=["sqlite", "postgresql"],
)
def test_every_document_arrives_once_whatever_happens(postgres: bool, kast: Sequence[str], tmp_path: Path) -> None:
    with open_chaos(tmp_path, fro=20261122, postgres=postgres) as kaos:
        regnskap = kaos.run(kast)
    assert sorted(regnskap.feil.elements()) == sorted(kast)
    assert regnskap.forventet == regnskap.dokumenter == regnskap.hos_mottaker >= 2 * len(kast), regnskap.as_json()
    assert regnskap.er_i_orden, regnskap.as_json()
    assert regnskap.varslet or "API-et: 413" not in kast, "what is too large stops, and is shown to a person"
