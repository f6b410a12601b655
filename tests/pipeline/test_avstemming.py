"""The nightly reconciliation with the real receiver: what agrees, what differs, what the list mends, what is erased."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.lokalt.anlegg import LokaltAnlegg
from tests.pipeline.conftest import START, Linje
from tests.pipeline.saker import document, make_oppsett, plan, running
from tiltaksflyt.ledger import Forsendelsestilstand, Leveransetilstand, Statuskode
from tiltaksflyt.ledger.tabeller import metadata
from tiltaksflyt.pipeline import avstemming, avvisning

OPPSTART = date(2026, 2, 10)
DAG = timedelta(days=1)
ANTALL = 2
ENHET, TAUS = "9703", "9799"
UKJENT = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def linje(tmp_path: Path) -> Iterator[Linje]:
    """The Nav-kontor of the cases, and one that has no list."""
    mal = make_oppsett(tmp_path / "mal")
    fil = mal / "mottakere.yaml"
    (kontor,) = yaml.safe_load(fil.read_text(encoding="utf-8"))["mottakere"]
    bucket = {"bucket": {"inn": f"mottakere/{TAUS}/inn", "kvitteringer": f"mottakere/{TAUS}/kvitteringer"}}
    taus = {**kontor, "navEnhet": TAUS, "navn": "TEST Nav Taus", "kanal": bucket}
    fil.write_text(yaml.safe_dump({"mottakere": [kontor, taus]}), encoding="utf-8")
    with LokaltAnlegg(tmp_path / "anlegg", mal) as anlegg, anlegg.omgivelser() as omgivelser:
        yield Linje(anlegg, omgivelser).on(START)
        anlegg.weed.stop(0)


@pytest.fixture
def sendt(linje: Linje) -> Linje:
    """Two plans at the recipient, sent long enough ago to be on its list, with their answers lying ready."""
    deltakelser = [running(n, OPPSTART) for n in range(1, ANTALL + 1)]
    linje.receive(document(START, deltakelser, plan=[plan(n, START) for n in range(1, ANTALL + 1)]))
    linje.run("rapportering", "levering")
    linje.wait_for_receipts(ANTALL)
    frist = datetime.now(UTC) + timedelta(seconds=20)
    while not list(receipts(linje).glob("*.kvittering.json")):
        assert datetime.now(UTC) < frist, "the receiver did not answer"
    return linje


def receipts(linje: Linje) -> Path:
    return next(sti for sti in linje.anlegg.mottakerkatalog.rglob("kvitteringer") if sti.is_dir())


def publish(linje: Linje, endre: Callable[[dict[str, Any]], None] = lambda _: None) -> Path:
    """The receiver's list, as of two hours from now; what was just sent has then been there for long enough."""
    fil = linje.anlegg.mottak.publish_list()
    liste = json.loads(fil.read_text(encoding="utf-8"))
    liste["til"] = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    endre(liste)
    fil.write_text(json.dumps(liste), encoding="utf-8")
    return fil


def night(linje: Linje) -> dict[str, int]:
    return avstemming.reconcile(linje.om, linje.dato, linje.now)


def documents(liste: dict[str, Any]) -> list[dict[str, Any]]:
    return [melding for leveranse in liste["leveranser"] for melding in leveranse["meldinger"]]


def shown(linje: Linje) -> dict[str, Any]:
    bilde: dict[str, Any] = linje.om.ledger.oversikt(linje.now).as_json()["avstemming"]
    return bilde


def lose_receipts(linje: Linje) -> None:
    for fil in receipts(linje).iterdir():
        fil.unlink()


def test_both_sides_agree_and_the_list_is_taken(sendt: Linje) -> None:
    sendt.run("kvittering")
    fil = publish(sendt)
    assert sendt.run("kvittering").get("ulest", 0) == 0  # it is not taken for a receipt, and waits for the night
    assert fil.exists()
    antall = night(sendt)
    assert (antall["avstemt"], antall["like"], antall["avvik"], antall["reparert"]) == (1, ANTALL, 0, 0)
    assert antall["ikkeAvstemt"] == 0
    assert shown(sendt) == {"avvik": {}, "sist": {ENHET: START.isoformat()}}
    assert not fil.exists()


def test_a_recipient_without_a_list_is_shown_and_is_no_fault(sendt: Linje) -> None:
    antall = night(sendt)
    assert (antall["ikkeAvstemt"], antall["avvik"]) == (1, 0)
    assert shown(sendt) == {"avvik": {}, "sist": {ENHET: None}}
    publish(sendt)
    night(sendt)
    assert night(sendt.on(START + DAG))["ikkeAvstemt"] == 1
    assert shown(sendt)["sist"] == {ENHET: START.isoformat()}


def test_what_is_missing_there_is_a_difference_until_it_is_there(sendt: Linje) -> None:
    sendt.run("kvittering")

    def lose_one(liste: dict[str, Any]) -> None:
        liste["leveranser"][0]["meldinger"].pop()

    publish(sendt, lose_one)
    antall = night(sendt)
    assert (antall["like"], antall["avvik"], antall["nyeAvvik"]) == (ANTALL - 1, 1, 1)
    (avvik,) = sendt.om.ledger.avstemminger.open()
    assert (avvik.kode, avvik.mottaker, avvik.forst) == (Statuskode.IKKE_HOS_MOTTAKER, ENHET, START)
    publish(sendt, lose_one)
    antall = night(sendt.on(START + DAG))
    assert (antall["avvik"], antall["nyeAvvik"]) == (1, 0)
    publish(sendt)
    antall = night(sendt)
    assert (antall["avvik"], antall["lukkedeAvvik"]) == (0, 1)


def test_what_we_never_sent_is_a_difference_by_its_number(sendt: Linje) -> None:
    sendt.run("kvittering")
    fremmed = {"meldingId": UKJENT, "status": "GODTATT", "tid": "2026-03-01T12:00:00Z"}
    publish(sendt, lambda liste: liste["leveranser"][0]["meldinger"].append(fremmed))
    assert night(sendt)["avvik"] == 1
    assert shown(sendt)["avvik"] == {"UKJENT_HOS_OSS": 1}


def test_another_answer_there_is_a_difference_and_moves_nothing(sendt: Linje) -> None:
    sendt.run("kvittering")
    publish(sendt, lambda liste: documents(liste)[0].update(status="AVVIST", kode="X1"))
    assert night(sendt)["avvik"] == 1
    assert shown(sendt)["avvik"] == {"ANNET_SVAR": 1}
    assert {rad.tilstand for rad in plans(sendt)} == {Forsendelsestilstand.GODTATT}


def test_the_same_document_twice_on_the_list_is_a_difference(sendt: Linje) -> None:
    sendt.run("kvittering")
    publish(sendt, lambda liste: liste["leveranser"][0]["meldinger"].append(documents(liste)[0]))
    night(sendt)
    assert shown(sendt)["avvik"] == {"DOBBELT_MOTTATT": 1}


def plans(linje: Linje) -> list[Any]:
    return [
        rad
        for n in range(1, ANTALL + 1)
        for rad in linje.om.ledger.dokumenter.forsendelser(ref=linje.ref(f"D{n}"))
        if rad.type == "PLAN"
    ]


def test_where_the_receipts_were_lost_the_list_serves_as_them(sendt: Linje) -> None:
    lose_receipts(sendt)
    publish(sendt, lambda liste: documents(liste)[0].update(status="AVVIST", kode="MANGLER"))
    antall = night(sendt)
    assert (antall["reparert"], antall["avvik"], antall["like"]) == (1 + ANTALL, 0, ANTALL)
    (pakke,) = sendt.om.ledger.leveranser.list()
    assert pakke.tilstand is Leveransetilstand.LEVERT
    assert sorted(rad.tilstand for rad in plans(sendt)) == [Forsendelsestilstand.AVVIST, Forsendelsestilstand.GODTATT]
    (avvist,) = [rad for rad in plans(sendt) if rad.tilstand is Forsendelsestilstand.AVVIST]
    assert "MANGLER" in sendt.outbox()[f"avvist/{avvist.melding_id}/avvisning.html"].decode()
    assert night(sendt).get("reparert", 0) == 0


def test_a_night_that_breaks_off_before_the_sender_is_told_tells_it_the_next(
    sendt: Linje, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Krasj(BaseException):
        """Stands for kill -9."""

    def crash(*_: object, **__: object) -> None:
        raise Krasj

    lose_receipts(sendt)
    publish(sendt, lambda liste: documents(liste)[0].update(status="AVVIST", kode="MANGLER"))
    with monkeypatch.context() as lapp:
        lapp.setattr(avvisning, "_tell", crash)
        with pytest.raises(Krasj):
            night(sendt)
    assert not [navn for navn in sendt.outbox() if navn.startswith("avvist/")]
    night(sendt)
    assert [navn for navn in sendt.outbox() if navn.startswith("avvist/")]


def test_a_package_we_gave_up_and_that_is_there_is_mended(sendt: Linje) -> None:
    lose_receipts(sendt)
    (rad,) = sendt.om.ledger.leveranser.list()
    sendt.om.ledger.leveranser.follow(rad.leveranse_id, Leveransetilstand.FEIL)
    publish(sendt)
    assert night(sendt)["reparert"] == 1 + ANTALL
    assert sendt.om.ledger.leveranser.get(rad.leveranse_id).tilstand is Leveransetilstand.LEVERT


def test_what_we_erased_is_counted_and_leaves_no_id_behind(sendt: Linje) -> None:
    sendt.run("kvittering")
    (rad, *_) = plans(sendt)
    slutt = {"status": "HAR_SLUTTET", "statusGyldigFra": START.isoformat(), "sluttDato": START.isoformat()}
    senere = START + 60 * DAG
    sendt.on(senere).receive(document(senere, [running(1, OPPSTART) | slutt, running(2, OPPSTART)], omfang="ENDRING"))
    assert sendt.on(START + 85 * DAG).run("sletting")["slettet"] == 1
    fil = publish(sendt)
    assert rad.melding_id in fil.read_text(encoding="utf-8")
    antall = night(sendt)
    assert (antall["avvik"], antall["slettet"], antall["like"]) == (0, 1, ANTALL - 1)
    with sendt.om.ledger.database.read() as conn:
        for tabell in metadata.sorted_tables:
            assert rad.melding_id not in repr(conn.execute(tabell.select()).all()), tabell.name
