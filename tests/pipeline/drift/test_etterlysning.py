"""A receipt that does not come is asked after from the exact day, and the alarm is gone when it comes."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from schemas.kvitteringsfrist import kvitteringsfrist_dager
from tests.pipeline.drift.conftest import NA, Drift
from tests.pipeline.saker import ENHET
from tiltaksflyt.delivery import Kanalkode, SendOutcome
from tiltaksflyt.ledger import Dokumentsvar, Kvitteringsfil
from tiltaksflyt.pipeline import etterlysning, oversikt

OSLO = ZoneInfo("Europe/Oslo")
DAG = timedelta(days=1)


def answer(drift: Drift, leveranse_id: str, now: datetime = NA) -> None:
    """The recipient answers every document of the package."""
    meldinger = [rad.melding_id for rad in drift.om.ledger.dokumenter.forsendelser(leveranse_id=leveranse_id)]
    svar = [Dokumentsvar(melding_id, "GODTATT") for melding_id in meldinger]
    fra = frozenset({drift.om.ledger.leveranser.get(leveranse_id).mottaker})
    drift.om.ledger.kvitteringer.record(
        Kvitteringsfil(f"k-{leveranse_id}", leveranse_id, now, fra, now.date(), svar=svar)
    )


def test_the_number_that_ships_is_three_working_days() -> None:
    assert kvitteringsfrist_dager() == 3


@pytest.mark.parametrize(
    ("sendt", "frist"),
    [
        ("2026-03-02", "2026-03-05"),  # Monday to Thursday
        ("2026-03-05", "2026-03-10"),  # Thursday, over the weekend
        ("2026-03-07", "2026-03-11"),  # Saturday: Monday is the first
        ("2026-03-31", "2026-04-08"),  # Easter: 2, 3 and 6 April are holidays
        ("2026-04-01", "2026-04-09"),
        ("2026-12-30", "2027-01-05"),  # New Year's Day is a Friday
        ("2026-12-23", "2026-12-29"),  # Christmas Day is a Friday; 24 and 31 December are working days
        ("2026-04-29", "2026-05-05"),  # 1 May is a Friday
        ("2026-05-12", "2026-05-18"),  # Ascension Day; 17 May is a Sunday
        ("2026-03-27", "2026-04-01"),  # over the night to summer time
        ("2026-10-23", "2026-10-28"),  # over the night to winter time
    ],
)
def test_the_last_day_is_in_time_and_the_one_after_is_not(drift: Drift, sendt: str, frist: str) -> None:
    now = datetime.fromisoformat(f"{sendt}T12:00").replace(tzinfo=OSLO)
    leveranse_id = drift.make_package(now)
    assert drift.send(leveranse_id, now) == "OVERFORT"
    siste = date.fromisoformat(frist)
    assert etterlysning.late_receipts(drift.om, siste) == ()
    (mangler,) = etterlysning.late_receipts(drift.om, siste + DAG)
    assert mangler.as_json() == {
        "leveranseId": leveranse_id,
        "mottaker": ENHET,
        "sendt": sendt,
        "frist": frist,
        "ubesvart": 1,
    }


@pytest.mark.parametrize(
    ("sendt_utc", "frist"),
    [
        ("2026-03-28T22:59:59", "2026-04-01"),  # still Saturday in Oslo, an hour before the night of the change
        ("2026-03-28T23:00:00", "2026-04-01"),  # Sunday; the same working days follow
        ("2026-03-29T21:59:59", "2026-04-01"),  # Sunday until 22:00 UTC, now that it is summer time
        ("2026-03-29T22:00:00", "2026-04-07"),  # Monday: Tuesday, Wednesday, and Tuesday after Easter
        ("2026-10-25T22:59:59", "2026-10-28"),  # Sunday until 23:00 UTC, now that it is winter time
        ("2026-10-25T23:00:00", "2026-10-29"),  # Monday
        ("2026-12-31T23:00:00", "2027-01-06"),  # New Year's Day in Oslo, while UTC has the last of the old year
    ],
)
def test_the_day_of_sending_is_the_day_in_oslo(drift: Drift, sendt_utc: str, frist: str) -> None:
    now = datetime.fromisoformat(f"{sendt_utc}+00:00")
    drift.send(drift.make_package(now), now)
    siste = date.fromisoformat(frist)
    assert etterlysning.late_receipts(drift.om, siste) == ()
    assert len(etterlysning.late_receipts(drift.om, siste + DAG)) == 1


def test_a_recipient_may_have_a_number_of_its_own(drift: Drift) -> None:
    drift.send(drift.make_package(), NA)
    assert len(etterlysning.late_receipts(drift.om, date(2026, 3, 6))) == 1
    drift.with_recipient(kvitteringsfrist_dager=5)
    assert etterlysning.late_receipts(drift.om, date(2026, 3, 9)) == ()
    assert len(etterlysning.late_receipts(drift.om, date(2026, 3, 10))) == 1


def test_the_alarm_is_listed_and_told_and_gone_when_the_receipt_comes(drift: Drift) -> None:
    forste, andre = drift.make_package(), drift.make_package()
    for leveranse_id in (forste, andre):
        drift.send(leveranse_id, NA)
    sent = NA + timedelta(days=4)
    listet = oversikt.status(drift.om, sent)["kvitteringMangler"]
    assert sorted(ett["leveranseId"] for ett in listet) == sorted([forste, andre])
    assert etterlysning.alarms(drift.om, sent.date(), sent) == {"KVITTERING_MANGLER": 2}
    answer(drift, forste, sent)
    assert [ett["leveranseId"] for ett in oversikt.status(drift.om, sent)["kvitteringMangler"]] == [andre]
    answer(drift, andre, sent)
    assert oversikt.status(drift.om, sent)["kvitteringMangler"] == []
    assert etterlysning.alarms(drift.om, sent.date(), sent) == {}


def test_what_was_never_sent_is_not_asked_after_and_what_is_stuck_is_told_as_that(drift: Drift) -> None:
    leveranse_id = drift.make_package()
    drift.kanal.svar.append(SendOutcome(Kanalkode.MAPPE_MANGLER))
    drift.send(leveranse_id, NA)
    sent = NA + timedelta(days=30)
    assert etterlysning.alarms(drift.om, sent.date(), sent) == {"SITTER_FAST": 1}


def test_what_is_sent_again_is_waited_for_from_then(drift: Drift) -> None:
    leveranse_id = drift.make_package()
    drift.send(leveranse_id, NA)
    fredag = NA + timedelta(days=4)
    assert len(etterlysning.late_receipts(drift.om, fredag.date())) == 1
    drift.om.ledger.leveranser.retry(leveranse_id, now=fredag)
    assert drift.send(leveranse_id, fredag) == "OVERFORT"
    assert etterlysning.late_receipts(drift.om, date(2026, 3, 11)) == ()
    assert len(etterlysning.late_receipts(drift.om, date(2026, 3, 12))) == 1
