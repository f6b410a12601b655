"""The short form of `make chaos`: each kind of fault once. Nothing lost, nothing twice, nothing stuck in silence."""

from pathlib import Path

from tests.faults.feil import FEIL
from tests.faults.kaos import open_chaos


def test_every_document_arrives_once_whatever_happens(tmp_path: Path) -> None:
    with open_chaos(tmp_path, fro=20261122) as kaos:
        regnskap = kaos.run(len(FEIL))
    assert dict(regnskap.feil) == dict.fromkeys(FEIL, 1)
    assert regnskap.forventet == regnskap.dokumenter == regnskap.hos_mottaker > 2 * len(FEIL), regnskap.as_json()
    assert regnskap.er_i_orden, regnskap.as_json()
    assert regnskap.varslet, "no fault stopped anything, though a login was refused"
