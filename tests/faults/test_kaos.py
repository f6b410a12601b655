"""The short form of `make chaos`: each kind of fault twice. Nothing lost, nothing twice, nothing stuck in silence."""

from pathlib import Path

from tests.faults.kaos import FEIL, run


def test_every_document_arrives_once_whatever_happens(tmp_path: Path) -> None:
    regnskap = run(tmp_path, antall_feil=2 * len(FEIL), fro=20261122, dokumenter=30)
    assert sum(regnskap.feil.values()) == 2 * len(FEIL)
    assert regnskap.dokumenter == regnskap.hos_mottaker == 30, regnskap.as_json()
    assert (regnskap.tapt, regnskap.dobbelt, regnskap.sittende_uten_varsel) == (0, 0, 0), regnskap.as_json()
