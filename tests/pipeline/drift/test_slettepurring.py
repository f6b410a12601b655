"""Deletions that a sender has not confirmed for its own system: counted by age, alerted in time, given up at last."""

from datetime import date, timedelta

import pytest

from schemas.sletteoppfolging import sletteoppfolging
from tests.pipeline.drift.conftest import I_DAG, NA, Drift
from tests.pipeline.saker import AVSENDER
from tiltaksflyt.pipeline import etterlysning, oversikt, sletting

DAG = timedelta(days=1)


def erase_told(drift: Drift, dato: date) -> str:
    """Tell the sender of one deltakelse and erase it the same day; its slettesakId."""
    ledger = drift.om.ledger
    drift.make_document()
    (rad,) = ledger.deltakelser.list(AVSENDER)
    slettesak_id = ledger.slettinger.announce([rad.ref], dato)[rad.ref]
    sak = ledger.slettinger.open(rad.ref, sletting.LAGRE, dato=dato, regelverk="AFT-gjeldende")
    sletting.erase([sak.slettesak_id], omgivelser=drift.om, dato=dato, now=NA)
    assert ledger.deltakelser.list(AVSENDER) == ()
    return slettesak_id


def test_the_policys_numbers() -> None:
    assert (sletteoppfolging().purring.days, sletteoppfolging().oppfolging.days) == (14, 84)


@pytest.mark.parametrize(
    ("dager", "uker", "purres", "oppgitt"),
    [
        (0, {"0": 1}, 0, 0),
        (7, {"1": 1}, 0, 0),
        (14, {"2": 1}, 0, 0),
        (15, {"2": 1}, 1, 0),
        (84, {"12": 1}, 1, 0),
        (85, {}, 0, 1),
    ],
)
def test_each_day_has_its_count_and_its_alert(
    drift: Drift, dager: int, uker: dict[str, int], purres: int, oppgitt: int
) -> None:
    erase_told(drift, I_DAG)
    naa = NA + timedelta(days=dager)
    ventet = {"ukerSidenSletting": uker, "purres": purres, "oppgitt": oppgitt}
    assert oversikt.status(drift.om, naa)["slettingUbekreftet"] == ventet
    assert etterlysning.alarms(drift.om, I_DAG + dager * DAG, naa).get("SLETTING_UBEKREFTET", 0) == purres


def test_they_are_gone_when_the_sender_confirms(drift: Drift) -> None:
    forste, andre = erase_told(drift, I_DAG), erase_told(drift, I_DAG + 7 * DAG)
    sent = I_DAG + 20 * DAG
    assert etterlysning.unconfirmed_deletions(drift.om, sent).per_uke == {2: 1, 1: 1}
    assert etterlysning.unconfirmed_deletions(drift.om, sent).purres == 1
    drift.om.ledger.slettinger.confirm_by_sender(AVSENDER, forste, sent)
    assert etterlysning.unconfirmed_deletions(drift.om, sent).per_uke == {1: 1}
    assert "SLETTING_UBEKREFTET" not in etterlysning.alarms(drift.om, sent, NA)
    drift.om.ledger.slettinger.confirm_by_sender(AVSENDER, andre, sent)
    assert etterlysning.unconfirmed_deletions(drift.om, sent).as_json()["ukerSidenSletting"] == {}
