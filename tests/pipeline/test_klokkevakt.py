"""A clock that may be wrong erases nothing: it leapt, it went back, or the store disagrees."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.pipeline.conftest import Linje
from tests.pipeline.fellesanlegg import Fellesanlegg
from tests.pipeline.saker import make_oppsett
from tiltaksflyt.pipeline import klokkevakt, steg
from tiltaksflyt.pipeline.driftsinngrep import hold, make_inngrep, release
from tiltaksflyt.pipeline.feil import Bruksfeil
from tiltaksflyt.pipeline.klokkevakt import UsikkerKlokke
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.storage import Storage
from transforms.kalender import oslo_dato

DOGN = timedelta(hours=24)


@pytest.fixture
def om(tmp_path: Path, felles: Fellesanlegg) -> Iterator[Omgivelser]:
    """A deployment that takes its day from the machine's clock, as production does."""
    make_oppsett(tmp_path / "mal")
    with felles.open(tmp_path / "anlegg", tmp_path / "mal") as anlegg, anlegg.omgivelser() as omgivelser:
        yield omgivelser


@pytest.fixture
def na() -> datetime:
    return datetime.now(UTC)


def run(om: Omgivelser, navn: str, now: datetime) -> dict[str, int]:
    return steg.run(navn, om, oslo_dato(now), now)


def stopped(om: Omgivelser) -> list[tuple[str, str, str]]:
    return [(ett.gjelder, ett.verdi, ett.av) for ett in om.ledger.stanser.active()]


def test_a_day_of_silence_is_the_most_that_goes_unremarked(om: Omgivelser, na: datetime) -> None:
    run(om, "kvittering", na - DOGN)
    assert run(om, "sletting", na)["slettet"] == 0
    assert stopped(om) == []


@pytest.mark.parametrize("sprang", [DOGN + timedelta(seconds=1), timedelta(days=60), -DOGN - timedelta(seconds=1)])
@pytest.mark.parametrize("forst", ["kvittering", "sletting", "vedlikehold"])
def test_a_leap_stops_what_erases_until_a_person_lets_it_go(
    om: Omgivelser, na: datetime, forst: str, sprang: timedelta
) -> None:
    run(om, "kvittering", na - sprang)
    if forst == "kvittering":
        run(om, "kvittering", na)
    for navn in ("sletting", "vedlikehold", "sletting"):
        with pytest.raises(UsikkerKlokke, match="release --step sletting"):
            run(om, navn, na)
    run(om, "kvittering", na + timedelta(minutes=20))
    assert stopped(om) == [("STEG", "sletting", "tiltaksflyt")]
    assert "KLOKKEN_HOPPET" in om.ledger.stanser.active()[0].grunn
    release(om, "STEG", "sletting", make_inngrep("Vera Vakt", "Maskinen sto stille i ferien", na))
    assert run(om, "sletting", na + timedelta(minutes=30))["slettet"] == 0
    assert run(om, "vedlikehold", na + timedelta(minutes=30))["ubesvarte"] == 0


def test_a_clock_that_is_mended_while_the_step_is_stopped_stops_nothing_more(om: Omgivelser, na: datetime) -> None:
    run(om, "kvittering", na)
    run(om, "kvittering", na + timedelta(days=90))
    run(om, "kvittering", na + timedelta(minutes=5))
    assert len(stopped(om)) == 1
    release(om, "STEG", "sletting", make_inngrep("Vera Vakt", "Klokken er stilt riktig", na))
    assert run(om, "sletting", na + timedelta(minutes=6))["slettet"] == 0


def test_a_store_on_another_machine_knows_better(om: Omgivelser, na: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    assert abs(om.storage.clock() - datetime.now(UTC)) < timedelta(seconds=5)
    monkeypatch.setattr(Storage, "clock", lambda _: na - DOGN - timedelta(seconds=1))
    with pytest.raises(UsikkerKlokke, match="do not agree"):
        run(om, "sletting", na)
    monkeypatch.setattr(Storage, "clock", lambda _: na - DOGN)
    assert run(om, "sletting", na)["slettet"] == 0


def test_no_operator_can_hold_what_erases(om: Omgivelser, na: datetime) -> None:
    with pytest.raises(Bruksfeil, match="no one postpones"):
        hold(om, "STEG", "sletting", make_inngrep("Vera Vakt", "Vil vente", na))


def test_a_stored_day_is_no_clock_to_doubt(linje: Linje, na: datetime) -> None:
    klokkevakt.beat(linje.om, na)
    klokkevakt.beat(linje.om, na + timedelta(days=400))
    assert stopped(linje.om) == []
    assert linje.run("sletting")["slettet"] == 0
