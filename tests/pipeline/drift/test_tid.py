"""When a package is tried: the planned instant across the change of clocks, never sooner than asked, never at night."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from schemas.oppsett import Vindu
from tests.pipeline.drift.conftest import ALLTID, ARBEIDSTID, NA, Drift
from tests.pipeline.saker import ENHET
from tiltaksflyt.delivery import Kanalkode, SendOutcome
from tiltaksflyt.delivery.backoff import next_attempt
from tiltaksflyt.ledger import Forsendelsestilstand, Leveransetilstand, Statuskode

OSLO = ZoneInfo("Europe/Oslo")
SEKUND = timedelta(seconds=1)


def oslo(tekst: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(tekst).replace(tzinfo=OSLO, fold=fold)


# --- back-off ---


@pytest.mark.parametrize(
    ("na", "fold", "viser"),
    [
        ("2026-03-29T01:30", 0, "03:3"),  # the clock skips the hour from 02:00
        ("2026-10-25T02:10", 0, "02:1"),  # it shows the same hour again
        ("2026-10-25T02:10", 1, "03:1"),
        ("2026-12-31T23:30", 0, "00:3"),
    ],
)
def test_an_hour_is_an_hour_from_the_plan_to_the_row(drift: Drift, na: str, fold: int, viser: str) -> None:
    now = oslo(na, fold)
    leveranse_id = drift.make_package(now, forsok=2)
    drift.kanal.svar.append(SendOutcome(Kanalkode.KANAL_NEDE))
    assert drift.send(leveranse_id, now) == "KANAL_NEDE"
    rad = drift.om.ledger.leveranser.get(leveranse_id)
    neste = rad.neste_forsok
    assert neste is not None
    assert neste == next_attempt(3, now=now, leveranse_id=leveranse_id)
    ventet = neste - now.astimezone(UTC)
    assert timedelta(hours=1) <= ventet <= timedelta(hours=1, minutes=6)
    assert f"{neste.astimezone(OSLO):%H:%M}".startswith(viser)
    assert drift.om.ledger.leveransehistorikk.attempts(leveranse_id)[-1].neste_forsok == neste
    assert drift.choose(neste - SEKUND) == []
    assert drift.send(leveranse_id, neste - SEKUND) == "IKKE_FORFALT"
    assert drift.choose(neste) == [leveranse_id]
    assert drift.send(leveranse_id, neste) == "OVERFORT"


@pytest.mark.parametrize("na", ["2026-03-28T20:00", "2026-10-24T20:00", "2026-06-10T12:00"])
def test_who_asks_to_be_left_alone_is_never_asked_sooner(drift: Drift, na: str) -> None:
    """Retry-After is longer than the plan, which says a quarter of an hour, also over the night of a change."""
    now = oslo(na)
    leveranse_id = drift.make_package(now)
    drift.kanal.svar.append(SendOutcome(Kanalkode.KANAL_OPPTATT, vent_minst=timedelta(hours=12)))
    assert drift.send(leveranse_id, now) == "KANAL_OPPTATT"
    neste = drift.om.ledger.leveranser.get(leveranse_id).neste_forsok
    assert neste == now.astimezone(UTC) + timedelta(hours=12)
    assert drift.choose(neste - SEKUND) == []
    assert drift.choose(neste) == [leveranse_id]


def test_a_plan_that_is_longer_than_what_is_asked_stands(drift: Drift) -> None:
    leveranse_id = drift.make_package(forsok=2)
    drift.kanal.svar.append(SendOutcome(Kanalkode.KANAL_OPPTATT, vent_minst=timedelta(seconds=30)))
    drift.send(leveranse_id, NA)
    rad = drift.om.ledger.leveranser.get(leveranse_id)
    assert rad.neste_forsok == next_attempt(3, now=NA, leveranse_id=leveranse_id)


# --- windows ---


@pytest.mark.parametrize(
    ("klokken", "apen"),
    [
        ("2026-03-02T23:00", False),
        ("2026-03-02T19:59:59", True),
        ("2026-03-02T20:00", False),
        ("2026-03-07T12:00", False),  # Saturday
        ("2026-04-03T12:00", False),  # Good Friday
        ("2026-05-01T12:00", False),
        ("2026-12-24T12:00", True),  # no public holiday
        ("2026-03-29T12:00", False),
        ("2026-03-30T06:30", True),  # the first morning of summer time: 04:30 UTC
        ("2026-10-26T05:59", False),  # the first morning of winter time: 04:59 UTC
    ],
)
def test_what_was_gathered_in_the_window_is_sent_in_the_window(drift: Drift, klokken: str, apen: bool) -> None:
    now = oslo(klokken)
    leveranse_id = drift.make_package(now - timedelta(hours=3))
    drift.with_recipient(vinduer=(ARBEIDSTID,))
    assert drift.choose(now) == ([leveranse_id] if apen else [])
    assert drift.send(leveranse_id, now) == ("OVERFORT" if apen else "UTENFOR_VINDU")
    assert drift.kanal.sendt == ([leveranse_id] if apen else [])
    rad = drift.om.ledger.leveranser.get(leveranse_id)
    assert (rad.tilstand, rad.forsok) == ((Leveransetilstand.MOTTATT, 2) if apen else (Leveransetilstand.OPPRETTET, 1))
    assert len(drift.om.ledger.leveransehistorikk.attempts(leveranse_id)) == rad.forsok


def test_a_retry_whose_time_comes_at_night_waits_for_the_morning(drift: Drift) -> None:
    kveld = oslo("2026-04-01T19:58")  # the day before Maundy Thursday
    leveranse_id = drift.make_package(kveld)
    drift.with_recipient(vinduer=(ARBEIDSTID,))
    drift.kanal.svar.append(SendOutcome(Kanalkode.KANAL_NEDE))
    drift.send(leveranse_id, kveld)
    neste = drift.om.ledger.leveranser.get(leveranse_id).neste_forsok
    assert neste is not None
    assert neste > oslo("2026-04-01T20:00")
    for stengt in (neste, oslo("2026-04-02T12:00"), oslo("2026-04-06T12:00"), oslo("2026-04-07T05:59")):
        assert drift.choose(stengt) == []
        assert drift.send(leveranse_id, stengt) == "UTENFOR_VINDU"
    apner = oslo("2026-04-07T06:00")
    assert drift.choose(apner) == [leveranse_id]
    assert drift.send(leveranse_id, apner) == "OVERFORT"
    assert len(drift.kanal.sendt) == 2


@pytest.mark.parametrize(("helligdager", "utfall"), [(False, "UTENFOR_VINDU"), (True, "OVERFORT")])
def test_the_recipient_says_whether_it_takes_deliveries_on_a_holiday(
    drift: Drift, helligdager: bool, utfall: str
) -> None:
    vindu = Vindu(ARBEIDSTID.ukedager, ARBEIDSTID.fra, ARBEIDSTID.til, helligdager)
    forste_mai = oslo("2026-05-01T12:00")
    leveranse_id = drift.make_package(forste_mai)
    assert drift.with_recipient(vinduer=(vindu,)).send(leveranse_id, forste_mai) == utfall


def test_nothing_is_gathered_for_a_recipient_that_is_closed(drift: Drift) -> None:
    drift.make_document()
    drift.with_recipient(vinduer=(ARBEIDSTID,))
    assert drift.choose(oslo("2026-03-02T23:00")) == []
    assert drift.om.ledger.leveranser.list() == ()
    assert len(drift.choose(oslo("2026-03-03T06:00"))) == 1


# --- test and production ---


@pytest.mark.parametrize(("modus", "er_test"), [("TEST", False), ("PROD", True)])
def test_a_test_deployment_speaks_to_test_recipients_only_and_production_to_none(
    drift: Drift, modus: str, er_test: bool
) -> None:
    leveranse_id = drift.make_package()
    melding_id = drift.make_document()
    drift.with_recipient(er_test=er_test)
    drift.om = replace(drift.om, modus=modus)
    assert drift.choose(NA) == []
    assert drift.send(leveranse_id, NA) == "UKJENT_MOTTAKER"
    assert drift.kanal.sendt == []
    assert drift.om.ledger.leveranser.get(leveranse_id).tilstand is Leveransetilstand.FEIL
    klare = drift.om.ledger.dokumenter.forsendelser(tilstand=Forsendelsestilstand.KLAR)
    assert [rad.melding_id for rad in klare] == [melding_id]


def test_a_package_to_someone_who_is_not_in_the_register_waits_for_a_person(drift: Drift) -> None:
    leveranse_id = drift.make_package(mottaker="9799")
    assert "9799" not in drift.om.oppsett.mottakere
    assert ENHET in drift.om.oppsett.mottakere
    assert drift.send(leveranse_id, NA) == "UKJENT_MOTTAKER"
    rad = drift.om.ledger.leveranser.get(leveranse_id)
    assert rad.statuskode is Statuskode.UKJENT_MOTTAKER
    assert drift.with_recipient(vinduer=(ALLTID,)).kanal.sendt == []
