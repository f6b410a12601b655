"""Each rule stands at one gate, and the gates are in the order a drop goes through them."""

import pytest

from expectations.porter import _DUBLETT, gate
from expectations.predikater import PREDIKATER
from expectations.regel import Niva
from expectations.regelsett import alle_regler, regler_etter_id
from schemas.avvik import Alvorlighet, Port


@pytest.mark.parametrize(
    ("regel", "port"),
    [
        ("SKJ001", Port.FORM),
        ("SKJ006", Port.FORM),
        ("IDE001", Port.KODER_OG_IDENTER),
        ("KOD001", Port.KODER_OG_IDENTER),
        ("TVE001", Port.DUBLETTER),
        ("TVE005", Port.DUBLETTER),
        ("DAT001", Port.I_RADEN),
        ("TVE003", Port.PA_TVERS),
        ("TVE006", Port.PA_TVERS),
        ("TVE009", Port.MOT_HISTORIKKEN),
        ("FIL015", Port.MOT_HISTORIKKEN),
        ("SLE001", Port.FRISTER),
        ("PLA001", Port.DOKUMENT),
    ],
)
def test_where_a_rule_stands(regel: str, port: Port) -> None:
    assert gate(regler_etter_id()[regel]) is port


def test_every_rule_stands_somewhere_and_only_a_documents_rule_at_the_document() -> None:
    for regel in alle_regler():
        assert (gate(regel) is Port.DOKUMENT) == (regel.niva is Niva.DOKUMENT), regel.regel


def test_what_finds_duplicates_exists() -> None:
    assert PREDIKATER.keys() >= _DUBLETT


def test_gates_that_hold_a_deltakelse_have_a_rule() -> None:
    holdere = {gate(regel) for regel in alle_regler() if regel.alvorlighet is Alvorlighet.FEIL}
    assert set(Port) - holdere == {Port.FIL}
