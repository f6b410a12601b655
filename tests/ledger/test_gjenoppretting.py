"""The ledger's first promise: back up, erase, restore, and reading still fails."""

import json
import shutil
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from sqlalchemy import LargeBinary, select
from sqlalchemy.engine import make_url

from deploy.lokalt.postgres import Postgres
from tiltaksflyt.ledger import (
    Dokumentsvar,
    Kvitteringsfil,
    Ledger,
    LedgerFeil,
    Leveransetilstand,
    NokkelSlettet,
    Samtykke,
    Statuskode,
    Uleselig,
    Utfall,
    load_signing_key,
    nokler,
    tabeller,
)

NA = datetime(2026, 6, 1, 22, 15, tzinfo=UTC)
I_DAG = date(2026, 6, 2)
DAGEN_ETTER = date(2026, 6, 3)
AVSENDER = "889640782"
L = Leveransetilstand


def _copy_database(fra: Path, til: Path) -> None:
    """SQLite's own way to back up, which sees what is in the write-ahead log as well."""
    with closing(sqlite3.connect(fra)) as kilde, closing(sqlite3.connect(til)) as mal:
        kilde.backup(mal)


@pytest.fixture
def back_up(sted: Any, request: pytest.FixtureRequest) -> Callable[[], Callable[[], None]]:
    """Back up the ledger, as an operator would, and answer what restores it. The key store is left alone."""

    def sqlite() -> Callable[[], None]:
        fil = Path(make_url(sted.ledger_url).database or "")
        kopi = sted.mappe / "sikkerhetskopi.db"
        _copy_database(fil, kopi)

        def restore() -> None:
            for rest in fil.parent.glob(f"{fil.name}*"):
                rest.unlink()
            _copy_database(kopi, fil)

        return restore

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
        assert ledger.deltakelser.get(ref).avsender == AVSENDER  # the row itself did come back
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


def _sealed(ledger: Ledger) -> Iterator[tuple[str, bytes]]:
    """Every sealed value in every table, and where it stands."""
    with ledger.database.read() as conn:
        for tabell in tabeller.metadata.sorted_tables:
            for kolonne in tabell.columns:
                if isinstance(kolonne.type, LargeBinary) and kolonne is not tabeller.slettebevis.c.signatur:
                    yield from ((str(kolonne), v) for v in conn.scalars(select(kolonne)) if v is not None)


def test_a_restored_backup_yields_nothing_from_any_table(
    sted: Any, store: Any, build_document: Any, kanari: Any, back_up: Callable[[], Callable[[], None]]
) -> None:
    """Each store of the ledger by its own way to read, then every sealed value in it with every key that is left."""
    nokkel = load_signing_key(sted.mappe / "bevis.key")
    with sted.open() as ledger:
        ref = store(ledger, deltakelse={"sluttDato": "2026-03-09"})
        melding_id = build_document(ledger, ref).melding_id
        leveranse_id = ledger.leveranser.create("0315", "sftp", "v", [melding_id], now=NA).leveranse_id
        leie = ledger.leveranser.take_lease(leveranse_id, now=NA, until=NA)
        ledger.leveranser.record(leie, Utfall(L.MOTTATT, Statuskode.OVERFORT, tid=NA, dato=I_DAG))
        svar = [Dokumentsvar(melding_id, "AVVIST", "A7", kanari.fritekst)]
        ledger.kvitteringer.record(Kvitteringsfil("k1", leveranse_id, NA, frozenset({"0315"}), I_DAG, svar=svar))
        ledger.tilbakehold.begin(ref, av="Kari", grunn=kanari.fritekst, fra=date(2026, 3, 2), til=date(2026, 12, 31))
        ledger.hendelser.append("DOKUMENT_BYGGET", {"tekst": kanari.fritekst}, tid=NA, dato=I_DAG, ref=ref)
        kontakt = {"epost": kanari.fritekst}
        ledger.samtykker.store_many(
            AVSENDER, [Samtykke("S1", ref, "OPPFOLGING_6_MND", I_DAG, None, {}, kontakt)], I_DAG
        )
        assert ledger.samtykker.find(AVSENDER, ["S1"])["S1"]["epost"] == kanari.fritekst
        (kvittering,) = ledger.kvitteringer.for_deltakelse(ref)
        assert kanari.fritekst in str(kvittering)
        (hold,) = ledger.tilbakehold.active(I_DAG)
        assert hold.grunn == kanari.fritekst
        steder = {sted_ for sted_, _ in _sealed(ledger)}
        assert {t.rpartition(".")[0] for t in steder} == {
            "deltakelse",
            "dokument",
            "hendelse",
            "kvittering",
            "samtykke",
            "tilbakehold",
        }
    restore = back_up()
    with sted.open() as ledger:
        store(ledger, "-2")  # somebody else, whose key is there when the backup is opened
        sak = ledger.slettinger.open(
            ref, [], dato=I_DAG, regelverk="AFT-gjeldende", grunn=Statuskode.STRENGT_FORTROLIG
        )  # which no hold stops
        assert ledger.slettinger.finish(sak.slettesak_id, nokkel=nokkel, kategorier=["NAVN"], now=NA)
        assert ledger.samtykker.destroy_keys(DAGEN_ETTER) == 1
    restore()
    with sted.open() as ledger:
        for read in (
            ledger.deltakelser.read,
            ledger.hendelser.for_deltakelse,
            ledger.kvitteringer.for_deltakelse,
            lambda _: ledger.dokumenter.read(melding_id),
        ):
            with pytest.raises(NokkelSlettet):
                read(ref)
        (hold,) = ledger.tilbakehold.active(I_DAG)
        assert hold.grunn is None
        assert ledger.samtykker.find(AVSENDER, ["S1"]) == {}
        assert ledger.dokumenter.read_many([melding_id]) == {}
        with ledger.nokler.database.read() as conn:
            igjen = list(conn.scalars(select(nokler.data_nokkel.c.nokkel_id)))
        alle = [*ledger.nokler.get_many(igjen).values(), ledger.nokler.lookup_key(AVSENDER)]
        assert len(alle) == 2
        assert {sted_ for sted_, _ in _sealed(ledger)} == steder
        assert [sted_ for sted_, verdi in _sealed(ledger) if any(decrypts(nokkel, verdi) for nokkel in alle)] == []


def decrypts(nokkel: bytes, verdi: bytes) -> bool:
    """Whether the key fits, the place being no secret: without its tag, the stream alone would be readable text."""
    strom = Cipher(AES(nokkel), CTR(verdi[1:13] + (2).to_bytes(4))).decryptor()
    try:
        json.loads(zlib.decompress(strom.update(verdi[13:-16])))
    except (zlib.error, ValueError):
        return False
    return True


def test_the_reader_without_a_place_does_read(sqlite_sted: Any, store: Any) -> None:
    """So that what the test above does not find could have been found."""
    with sqlite_sted.open() as ledger:
        store(ledger)
        with ledger.nokler.database.read() as conn:
            (nokkel_id,) = conn.scalars(select(nokler.data_nokkel.c.nokkel_id))
        assert [decrypts(ledger.nokler.get(nokkel_id), verdi) for _, verdi in _sealed(ledger)] == [True]


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
        ledger.samtykker.store_many(AVSENDER, [replace(ett, ref=store(ledger))], I_DAG)
        (rad,) = ledger.samtykker.list()
    restore = back_up()
    with sted.open() as ledger:
        ledger.samtykker.store_many(AVSENDER, [replace(ett, trukket=I_DAG)], I_DAG)
        assert ledger.samtykker.erase(rad.samtykke_ref, dato=I_DAG, lagre={}, kategorier=[], nokkel=nokkel, now=NA)
        kopi = ledger.bevis.entries()
    restore()
    with sted.open() as ledger:
        assert ledger.samtykker.list() == (rad,)
        assert ledger.samtykker.find(AVSENDER, ["S1"]) == {}
        assert ledger.slettinger.remove_again(ledger.bevis.replay(kopi, [nokkel.public_key()])) == 1
        assert ledger.samtykker.list() == ()


def test_a_lost_key_store_costs_one_full_drop(sqlite_sted: Any, store: Any) -> None:
    with sqlite_sted.open() as ledger:
        gammel = store(ledger)
    for fil in sqlite_sted.mappe.glob("nokler.db*"):
        fil.unlink()
    with sqlite_sted.open(create=True) as ledger:
        assert ledger.deltakelser.find_ref(AVSENDER, "EKSTERN-DELTAKELSE-4711") is None
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
