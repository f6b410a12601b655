"""The ledger's first promise: back up, erase, restore, and reading still fails."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from deploy.lokalt.postgres import Postgres
from tiltaksflyt.ledger import LedgerFeil, NokkelSlettet, Samtykke, Statuskode, Uleselig, load_signing_key

NA = datetime(2026, 6, 1, 22, 15, tzinfo=UTC)
I_DAG = date(2026, 6, 2)


@pytest.fixture
def back_up(sted: Any, request: pytest.FixtureRequest) -> Callable[[], Callable[[], None]]:
    """Back up the ledger, as an operator would, and answer what restores it. The key store is left alone."""

    def sqlite() -> Callable[[], None]:
        fil = Path(make_url(sted.ledger_url).database or "")
        kopi = sted.mappe / "sikkerhetskopi.db"
        shutil.copy(fil, kopi)
        return lambda: shutil.copy(kopi, fil) and None

    def postgresql() -> Callable[[], None]:
        server: Postgres = request.getfixturevalue("postgres")
        database = make_url(sted.ledger_url).database or ""
        kopi = str(sted.mappe / "sikkerhetskopi.dump")
        server.run("pg_dump", ["-Fc", "-f", kopi, database])
        return lambda: server.run("pg_restore", ["--clean", "-d", database, kopi])

    return sqlite if sted.er_sqlite else postgresql


def test_a_backup_of_something_erased_cannot_be_read(
    sted: Any, store: Any, build_document: Any, back_up: Callable[[], Callable[[], None]]
) -> None:
    with sted.open() as ledger:
        ref = store(ledger, deltakelse={"sluttDato": "2026-03-09"})
        annen = store(ledger, "-2")
        dokument = build_document(ledger, ref)
        ledger.hendelser.append("DOKUMENT_BYGGET", {"type": "PLAN"}, tid=NA, dato=I_DAG, ref=ref)
    restore = back_up()
    with sted.open() as ledger:
        nokkel = load_signing_key(sted.mappe / "bevis.key")
        sak = ledger.slettinger.open(ref, [], dato=I_DAG, regelverk="AFT-gjeldende")
        assert ledger.slettinger.finish(sak.slettesak_id, nokkel=nokkel, kategorier=["NAVN"], now=NA)
    restore()
    with sted.open() as ledger:
        assert ledger.deltakelser.get(ref).avsender == "889640782"  # the row itself did come back
        with pytest.raises(NokkelSlettet):
            ledger.deltakelser.read(ref)
        with pytest.raises(NokkelSlettet):
            ledger.dokumenter.read(dokument.melding_id)
        with pytest.raises(NokkelSlettet):
            ledger.hendelser.for_deltakelse(ref)
        assert [rad.ref for rad, _ in ledger.deltakelser.each()] == [annen]

        assert ledger.slettinger.ghosts() == (ref,)
        sak = ledger.slettinger.open(
            ref, [], dato=I_DAG, regelverk="AFT-gjeldende", grunn=Statuskode.ETTER_GJENOPPRETTING
        )
        assert ledger.slettinger.finish(sak.slettesak_id, nokkel=nokkel, kategorier=["NAVN"], now=NA)
        assert ledger.slettinger.ghosts() == ()


def test_an_announced_erasure_is_replayed_from_the_evidence_kept_outside(
    sted: Any, store: Any, back_up: Callable[[], Callable[[], None]]
) -> None:
    nokkel = load_signing_key(sted.mappe / "bevis.key")
    with sted.open() as ledger:
        ref, annen = store(ledger, "-1"), store(ledger, "-2")
        slettesak_id = ledger.slettinger.announce([ref], I_DAG)[ref]
    restore = back_up()
    with sted.open() as ledger:
        ledger.slettinger.open(ref, [], dato=I_DAG, regelverk="AFT-gjeldende")
        ledger.slettinger.finish(slettesak_id, nokkel=nokkel, kategorier=["NAVN"], now=NA)
        kopi, hode = ledger.bevis.entries(), ledger.bevis.head()
    restore()
    with sted.open() as ledger:
        assert not ledger.bevis.verify([nokkel.public_key()], [hode]).ok  # the restored chain is too short, and told
        ider = ledger.bevis.replay(kopi, [nokkel.public_key()])
        assert ider == (slettesak_id,)
        assert ledger.slettinger.remove_again(ider) == 1
        assert ledger.slettinger.remove_again(ider) == 0
        assert [rad.ref for rad in ledger.deltakelser.list()] == [annen]
        assert ledger.bevis.verify([nokkel.public_key()], [hode]).ok
        assert ledger.bevis.replay(kopi, [nokkel.public_key()]) == ()


def test_a_consent_that_a_restore_brings_back_cannot_be_read_and_is_removed_again(
    sted: Any, store: Any, back_up: Callable[[], Callable[[], None]]
) -> None:
    nokkel = load_signing_key(sted.mappe / "bevis.key")
    ett = Samtykke("S1", None, "OPPFOLGING_6_MND", I_DAG, None, {}, {"epost": "prove@example.org"})
    with sted.open() as ledger:
        ledger.samtykker.store_many("889640782", [replace(ett, ref=store(ledger))], I_DAG)
        (rad,) = ledger.samtykker.list()
    restore = back_up()
    with sted.open() as ledger:
        ledger.samtykker.store_many("889640782", [replace(ett, trukket=I_DAG)], I_DAG)
        assert ledger.samtykker.erase(rad.samtykke_ref, dato=I_DAG, lagre={}, kategorier=[], nokkel=nokkel, now=NA)
        kopi = ledger.bevis.entries()
    restore()
    with sted.open() as ledger:
        assert ledger.samtykker.list() == (rad,)
        assert ledger.samtykker.find("889640782", ["S1"]) == {}
        assert ledger.slettinger.remove_again(ledger.bevis.replay(kopi, [nokkel.public_key()])) == 1
        assert ledger.samtykker.list() == ()


def test_a_lost_key_store_costs_one_full_drop(sqlite_sted: Any, store: Any) -> None:
    with sqlite_sted.open() as ledger:
        gammel = store(ledger)
    for fil in sqlite_sted.mappe.glob("nokler.db*"):
        fil.unlink()
    with sqlite_sted.open(create=True) as ledger:
        assert ledger.deltakelser.find_ref("889640782", "EKSTERN-DELTAKELSE-4711") is None
        ny = store(ledger)
        assert ledger.deltakelser.read(ny)["deltaker"]["fornavn"] == "Kanarifuglia"
        assert ledger.slettinger.ghosts() == (gammel,)


def test_a_missing_key_encryption_key_is_told_and_never_made_anew(sqlite_sted: Any, store: Any) -> None:
    with sqlite_sted.open() as ledger:
        ref = store(ledger)
    shutil.rmtree(sqlite_sted.kek)
    with sqlite_sted.open() as ledger:
        with pytest.raises(LedgerFeil, match="KEK_MANGLER"):
            ledger.deltakelser.read(ref)
        with pytest.raises(LedgerFeil, match="KEK_MANGLER"):
            store(ledger, "-2")
    assert not sqlite_sted.kek.exists()


def test_another_key_encryption_key_opens_nothing(sqlite_sted: Any, store: Any) -> None:
    with sqlite_sted.open() as ledger:
        ref = store(ledger)
    for fil in sqlite_sted.kek.iterdir():
        fil.write_bytes(bytes(32))
    with sqlite_sted.open() as ledger, pytest.raises(Uleselig):
        ledger.deltakelser.read(ref)
