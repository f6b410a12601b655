"""The consent store: contact information under a key of its own, an end of its own, and evidence of each end."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from tiltaksflyt.ledger import Samtykke, tabeller
from tiltaksflyt.ledger.nokler import data_nokkel

AVSENDER = "889640782"
ANNEN = "974760673"
NOKKEL = Ed25519PrivateKey.generate()
NA = datetime(2026, 6, 24, 22, 15, tzinfo=UTC)
I_DAG = date(2026, 3, 2)
SISTE = date(2026, 8, 31)
DAGEN_ETTER = SISTE + timedelta(days=1)
KONTAKT = {"telefonnummer": "99999999", "epost": "prove@example.org"}
INNHOLD = {"tiltakskode": "AVKLARING", "sluttDato": "2026-02-28", "gitt": "2026-02-27", "gyldigTil": "2026-08-31"}


def consent(ref: str | None, /, **endret: Any) -> Samtykke:
    felter: dict[str, Any] = {
        "ekstern_id": "S1",
        "ref": ref,
        "formaal": "OPPFOLGING_6_MND",
        "siste_dag": SISTE,
        "trukket": None,
        "innhold": INNHOLD,
        "kontakt": KONTAKT,
    }
    return Samtykke(**{**felter, **endret})


def erase(ledger: Any, dato: date) -> list[Any]:
    """Every consent that is due, as the step erases it."""
    forfalte = ledger.samtykker.due(dato)
    if forfalte:
        ledger.samtykker.destroy_keys(dato)
    return [
        bevis
        for rad in forfalte
        if (
            bevis := ledger.samtykker.erase(
                rad.samtykke_ref, dato=dato, lagre={"mottatt": 1}, kategorier=["TELEFON"], nokkel=NOKKEL, now=NA
            )
        )
    ]


def erase_deltakelse(ledger: Any, ref: str) -> None:
    sak = ledger.slettinger.open(ref, [], dato=I_DAG, regelverk="AFT-gjeldende")
    assert ledger.slettinger.finish(sak.slettesak_id, nokkel=NOKKEL, kategorier=[], now=NA)


def keys(ledger: Any) -> int:
    with ledger.nokler.database.read() as conn:
        return int(conn.scalar(select(func.count()).select_from(data_nokkel)))


def test_a_consent_lives_on_without_a_link_when_its_deltakelse_is_erased(ledger: Any, store: Any, kanari: Any) -> None:
    ref = store(ledger)
    ledger.samtykker.store_many(AVSENDER, [consent(ref)], I_DAG)
    assert keys(ledger) == 2
    assert [rad.ref for rad in ledger.samtykker.list()] == [ref]
    erase_deltakelse(ledger, ref)
    assert keys(ledger) == 1
    assert [(rad.ref, rad.siste_dag) for rad in ledger.samtykker.list(AVSENDER)] == [(None, SISTE)]
    assert ledger.samtykker.find(AVSENDER, ["S1", "S2"]) == {
        "S1": {**INNHOLD, **KONTAKT, "formaal": "OPPFOLGING_6_MND"}
    }
    assert ledger.samtykker.find(ANNEN, ["S1"]) == {}
    with ledger.database.read() as conn:
        alt = repr(conn.execute(select(tabeller.samtykke)).all())
    for verdi in (ref, "S1'", *KONTAKT.values(), *kanari.values()):
        assert verdi not in alt


def test_it_ends_the_day_after_its_last_day_and_is_proven_once(ledger: Any, store: Any) -> None:
    ledger.samtykker.store_many(AVSENDER, [consent(store(ledger))], I_DAG)
    assert erase(ledger, SISTE) == []
    (bevis,) = erase(ledger, DAGEN_ETTER)
    assert ledger.samtykker.list() == ()
    assert keys(ledger) == 1
    innhold = bevis.values()
    assert {felt: innhold[felt] for felt in ("art", "avsender", "dato", "grunn", "formaal", "lagre", "antall")} == {
        "art": "SAMTYKKE",
        "avsender": AVSENDER,
        "dato": DAGEN_ETTER.isoformat(),
        "grunn": "SAMTYKKE_UTLOPT",
        "formaal": "OPPFOLGING_6_MND",
        "lagre": {"mottatt": 1, "ledger": 1, "nokkellager": 1},
        "antall": {"samtykke": 1},
    }
    for verdi in ("S1", INNHOLD["sluttDato"], *KONTAKT.values()):
        assert verdi not in bevis.innhold
    assert erase(ledger, DAGEN_ETTER) == []
    assert ledger.bevis.head().antall == 1
    assert ledger.bevis.verify([NOKKEL.public_key()], []).ok


@pytest.mark.parametrize("slettet", [False, True])
def test_a_withdrawal_ends_it_whatever_became_of_the_deltakelse_and_twice_is_once(
    ledger: Any, store: Any, slettet: bool
) -> None:
    ref = store(ledger)
    ledger.samtykker.store_many(AVSENDER, [consent(ref), consent(ref, ekstern_id="S2")], I_DAG)
    if slettet:
        erase_deltakelse(ledger, ref)
    for dag in (I_DAG + timedelta(days=9), I_DAG + timedelta(days=10)):
        trukket = consent(None if slettet else ref, trukket=dag, kontakt=None)
        ledger.samtykker.store_many(AVSENDER, [trukket], dag)
    assert [rad.trukket for rad in ledger.samtykker.due(dag)] == [I_DAG + timedelta(days=9)]
    (bevis,) = erase(ledger, dag)
    assert bevis.values()["grunn"] == "SAMTYKKE_TRUKKET"
    ledger.samtykker.store_many(AVSENDER, [trukket], dag)
    assert erase(ledger, dag) == []
    assert ledger.samtykker.find(AVSENDER, ["S1", "S2"]).keys() == {"S2"}


def test_what_is_withdrawn_is_not_opened_again(ledger: Any, store: Any) -> None:
    ref = store(ledger)
    ledger.samtykker.store_many(AVSENDER, [consent(ref)], I_DAG)
    ledger.samtykker.store_many(AVSENDER, [consent(ref, trukket=I_DAG)], I_DAG)
    antall = keys(ledger)
    ledger.samtykker.destroy_keys(I_DAG)
    ledger.samtykker.store_many(AVSENDER, [consent(ref, siste_dag=date(2027, 1, 1))], I_DAG)
    assert keys(ledger) == antall - 1
    assert len(erase(ledger, I_DAG)) == 1


@pytest.mark.parametrize(
    "endret",
    [
        {"trukket": I_DAG},
        {"siste_dag": I_DAG - timedelta(days=1)},
        {"ref": None},
        {"i_drop": False},
    ],
)
def test_what_is_over_or_belongs_to_no_known_deltakelse_is_not_stored(
    ledger: Any, store: Any, endret: dict[str, Any]
) -> None:
    ref = store(ledger)
    ledger.samtykker.store_many(AVSENDER, [consent(ref, **endret)], I_DAG)
    assert ledger.samtykker.list() == ()
    assert keys(ledger) == 1
    ledger.samtykker.store_many(AVSENDER, [consent(ref, siste_dag=I_DAG)], I_DAG)
    assert len(ledger.samtykker.list()) == 1


def test_the_end_follows_the_deltakelse_while_it_lives_and_then_only_comes_nearer(ledger: Any, store: Any) -> None:
    ref = store(ledger)
    senere, tidligere = SISTE + timedelta(days=30), SISTE - timedelta(days=30)
    siste = lambda: [rad.siste_dag for rad in ledger.samtykker.list()]  # noqa: E731
    for dag in (SISTE, senere, tidligere):
        ledger.samtykker.store_many(AVSENDER, [consent(ref, siste_dag=dag, i_drop=dag == SISTE)], I_DAG)
        assert siste() == [dag]
    erase_deltakelse(ledger, ref)
    for dag, ventet in ((senere, tidligere), (I_DAG, I_DAG)):
        ledger.samtykker.store_many(AVSENDER, [consent(None, siste_dag=dag)], I_DAG)
        assert siste() == [ventet]


def test_how_to_reach_the_person_is_the_newest_that_the_sender_says(ledger: Any, store: Any) -> None:
    ref = store(ledger)

    def after(kontakt: dict[str, str] | None) -> dict[str, str]:
        ledger.samtykker.store_many(AVSENDER, [consent(ref, kontakt=kontakt)], I_DAG)
        return {felt: verdi for felt, verdi in ledger.samtykker.find(AVSENDER, ["S1"])["S1"].items() if felt in KONTAKT}

    assert after(KONTAKT) == KONTAKT
    assert after(None) == KONTAKT
    assert after({"epost": "ny@example.org"}) == {"epost": "ny@example.org"}
    assert after({}) == {}


def test_an_erasure_that_stops_after_the_key_is_finished_by_the_next_run(ledger: Any, store: Any) -> None:
    ledger.samtykker.store_many(AVSENDER, [consent(store(ledger))], I_DAG)
    assert ledger.samtykker.destroy_keys(DAGEN_ETTER) == 1
    assert ledger.samtykker.find(AVSENDER, ["S1"]) == {}
    assert ledger.bevis.head().antall == 0
    assert len(erase(ledger, DAGEN_ETTER)) == 1
    assert ledger.samtykker.list() == ()


def test_an_end_that_a_drop_moved_meanwhile_is_not_erased(ledger: Any, store: Any) -> None:
    ref = store(ledger)
    ledger.samtykker.store_many(AVSENDER, [consent(ref)], I_DAG)
    (rad,) = ledger.samtykker.due(DAGEN_ETTER)
    ledger.samtykker.store_many(AVSENDER, [consent(ref, siste_dag=DAGEN_ETTER)], I_DAG)
    assert ledger.samtykker.destroy_keys(DAGEN_ETTER) == 0
    assert not ledger.samtykker.erase(
        rad.samtykke_ref, dato=DAGEN_ETTER, lagre={}, kategorier=[], nokkel=NOKKEL, now=NA
    )
    assert ledger.samtykker.find(AVSENDER, ["S1"])["S1"]["epost"] == KONTAKT["epost"]


def test_a_lost_key_is_made_anew_by_the_next_drop_while_the_deltakelse_lives(ledger: Any, store: Any) -> None:
    ref = store(ledger)
    ledger.samtykker.store_many(AVSENDER, [consent(ref)], I_DAG)
    with ledger.database.read() as conn:
        ledger.nokler.destroy([conn.scalar(select(tabeller.samtykke.c.nokkel_id))])
    ledger.samtykker.store_many(AVSENDER, [consent(None)], I_DAG)
    assert ledger.samtykker.find(AVSENDER, ["S1"]) == {}
    ledger.samtykker.store_many(AVSENDER, [consent(ref)], I_DAG)
    assert ledger.samtykker.find(AVSENDER, ["S1"])["S1"]["epost"] == KONTAKT["epost"]
