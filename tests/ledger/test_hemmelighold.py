"""Nothing personal and no external id stands in clear: not in the files, not in an exception."""

import pickle
import stat
import traceback
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from deploy.lokalt.postgres import Postgres
from schemas.avvik import Alvorlighet, Avvik, Innsendingsstatus
from tiltaksflyt.ledger import (
    Dokumentsvar,
    Holdt,
    Hovednokkelvern,
    Kvitteringsfil,
    LedgerFeil,
    LeieTapt,
    Leveransetilstand,
    NokkelSlettet,
    Samtykke,
    Statuskode,
    Svar,
    Uleselig,
    Utfall,
    load_signing_key,
)
from tiltaksflyt.ledger.nokler import data_nokkel
from tiltaksflyt.ledger.tabeller import bekreftelse, deltakelse, dokument, samtykke

NA = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
I_DAG = date(2026, 3, 2)
FRA = frozenset({"0315"})
AVSENDER = "889640782"
_KOLONNER_I_STATISTIKKEN = """
    SELECT c.relname, a.attname, t.typcategory FROM pg_statistic s
    JOIN pg_class c ON c.oid = s.starelid AND c.relnamespace = 'public'::regnamespace
    JOIN pg_attribute a ON a.attrelid = s.starelid AND a.attnum = s.staattnum
    JOIN pg_type t ON t.oid = a.atttypid
"""


def _live(ledger: Any, store: Any, build_document: Any, kanari: Any) -> str:
    """One deltakelse through everything the ledger keeps, with the canary wherever a caller can put it."""
    funn = ledger.innsendinger.discover(AVSENDER, "a" * 64, 10, etag="e", last_modified=NA, now=NA)
    leie = ledger.innsendinger.claim(funn.innsending_id, now=NA, until=NA)
    avvik = Avvik("IDE001", Alvorlighet.FEIL, "deltaker", 7, 6, kanari.deltaker_id, "personident", "m", "t")
    ledger.innsendinger.answer(
        leie,
        Svar(
            Innsendingsstatus.DELVIS_HOLDT,
            besvart=NA,
            dato=I_DAG,
            antall={"deltakelse": 2},
            avvik=[avvik],
            holdte=[Holdt(kanari.deltakelse_id + "-holdt", ("IDE001",), I_DAG)],
        ),
    )
    ref = store(ledger, plan=[{"deltakelseId": kanari.deltakelse_id, "versjon": 1, "hensikt": kanari.fritekst}])
    plass = build_document(ledger, ref)
    leveranse = ledger.leveranser.create("0315", "sftp", "v", [plass.melding_id], now=NA)
    sending = ledger.leveranser.take_lease(leveranse.leveranse_id, now=NA, until=NA)
    ledger.leveranser.record(sending, Utfall(Leveransetilstand.SENDT, Statuskode.OVERFORT, tid=NA, dato=I_DAG))
    svar = Dokumentsvar(plass.melding_id, "AVVIST", kanari.fornavn, kanari.fritekst, kanari.deltaker_id)
    ukjent = Dokumentsvar(kanari.deltakelse_id, "AVVIST", kanari.fornavn, kanari.fritekst, kanari.deltaker_id)
    ledger.kvitteringer.record(
        Kvitteringsfil("kvittering-1.json", leveranse.leveranse_id, NA, FRA, I_DAG, svar=[svar, ukjent])
    )
    ledger.hendelser.append("AVVIST", {"tekst": kanari.fritekst}, tid=NA, dato=I_DAG, ref=ref)
    ledger.hendelser.append("DRIFT", {"tekst": kanari.fritekst}, tid=NA, dato=I_DAG)
    ledger.tilbakehold.begin(ref, av="Drift", grunn=kanari.fritekst, fra=I_DAG, til=I_DAG)
    ledger.samtykker.store_many(AVSENDER, [_consent(ref, kanari)], I_DAG)
    return ref


def _consent(ref: str, kanari: Any) -> Samtykke:
    return Samtykke(
        ekstern_id=kanari.deltakelse_id + "-K1",
        ref=ref,
        formaal="OPPFOLGING_6_MND",
        siste_dag=I_DAG,
        trukket=None,
        innhold={"tiltakskode": "AVKLARING", "avtaleId": kanari.deltaker_id},
        kontakt={"telefonnummer": kanari.ident, "epost": kanari.fornavn},
    )


def _bytes(sted: Any, request: pytest.FixtureRequest) -> bytes:
    """Everything the two databases hold, as it lies: SQLite's files with their logs, or a plain dump."""
    if sted.er_sqlite:
        filer = sorted(fil for fil in sted.mappe.glob("*.db*"))
        assert {"ledger.db", "ledger.db-wal"} <= {fil.name for fil in filer}
        return b"".join(fil.read_bytes() for fil in filer)
    server: Postgres = request.getfixturevalue("postgres")
    innhold = b""
    for url in (sted.ledger_url, sted.nokler_url):
        dump = sted.mappe / "dump.sql"
        server.run("pg_dump", ["--inserts", "-f", str(dump), url.rsplit("/", 1)[1]])
        innhold += dump.read_bytes()
    return innhold


def test_no_canary_in_the_databases(
    sted: Any, store: Any, build_document: Any, kanari: Any, request: pytest.FixtureRequest
) -> None:
    with sted.open() as ledger:
        ref = _live(ledger, store, build_document, kanari)
        innhold = _bytes(sted, request)
        assert ref.encode() in innhold  # the search sees what is there
        for verdi in kanari.values():
            assert verdi.encode() not in innhold
            assert verdi.encode("utf-16-le") not in innhold
        # And what the callers may have back, they have back.
        assert ledger.deltakelser.read(ref)["deltaker"]["personident"] == kanari.ident
        assert ledger.kvitteringer.for_deltakelse(ref)[0].tekst == kanari.fritekst
        assert ledger.hendelser.for_deltakelse(ref)[0].innhold == {"tekst": kanari.fritekst}
        assert ledger.tilbakehold.active(I_DAG)[0].grunn == kanari.fritekst
        (under_samtykke,) = ledger.samtykker.find(AVSENDER, [kanari.deltakelse_id + "-K1"]).values()
        assert under_samtykke["epost"] == kanari.fornavn


def test_after_erasure_not_even_the_ciphertext_is_left(sqlite_sted: Any, store: Any) -> None:
    with sqlite_sted.open() as ledger:
        ref, annen = store(ledger, "-1"), store(ledger, "-2")
        with ledger.database.read() as conn:
            spor = conn.execute(select(deltakelse).where(deltakelse.c.ref == ref)).one()
        sak = ledger.slettinger.open(ref, [], dato=I_DAG, regelverk="AFT")
        nokkel = load_signing_key(sqlite_sted.mappe / "bevis.key")
        assert ledger.slettinger.finish(sak.slettesak_id, nokkel=nokkel, kategorier=[], now=NA)
        filer = lambda: b"".join(fil.read_bytes() for fil in sqlite_sted.mappe.glob("*.db*"))  # noqa: E731
        assert spor.innhold[:40] in filer()  # the log still has it
        assert ledger.forget_free_space()
        innhold = filer()
        for rest in (spor.innhold[:40], ref.encode(), spor.ekstern_hmac.encode(), spor.nokkel_id.encode()):
            assert rest not in innhold
        assert annen.encode() in innhold


def test_after_a_withdrawal_not_even_the_ciphertext_or_the_key_is_left(
    sqlite_sted: Any, store: Any, kanari: Any
) -> None:
    with sqlite_sted.open() as ledger:
        ett = _consent(store(ledger), kanari)
        ledger.samtykker.store_many(AVSENDER, [ett], I_DAG)
        with ledger.database.read() as conn:
            rad = conn.execute(select(samtykke)).one()
        with ledger.nokler.database.read() as conn:
            pakket = conn.scalar(select(data_nokkel.c.pakket).where(data_nokkel.c.nokkel_id == rad.nokkel_id))
        ledger.samtykker.store_many(AVSENDER, [replace(ett, trukket=I_DAG)], I_DAG)
        nokkel = load_signing_key(sqlite_sted.mappe / "bevis.key")
        assert ledger.samtykker.erase(rad.samtykke_ref, dato=I_DAG, lagre={}, kategorier=[], nokkel=nokkel, now=NA)
        filer = lambda: b"".join(fil.read_bytes() for fil in sqlite_sted.mappe.glob("*.db*"))  # noqa: E731
        assert rad.innhold[:40] in filer()  # the log still has it
        assert ledger.forget_free_space()
        innhold = filer()
        for rest in (rad.innhold[:40], rad.ekstern_hmac.encode(), rad.nokkel_id.encode(), pakket):
            assert rest not in innhold


def test_the_servers_own_statistics_hold_no_value_that_leads_to_anybody(
    postgresql_sted: Any, store: Any, build_document: Any
) -> None:
    """PostgreSQL keeps a hundred values of a column to plan by, copied by a process of its own, and does not erase them
    with the rows: of the key store it would be wrapped keys."""
    with postgresql_sted.open() as ledger:
        for nr in range(5):
            build_document(ledger, store(ledger, f"-{nr}"))
        for database in (ledger.database, ledger.nokler.database):
            with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                conn.exec_driver_sql("ANALYZE")
                kjent = {tuple(rad) for rad in conn.exec_driver_sql(_KOLONNER_I_STATISTIKKEN)}
            assert not {rad for rad in kjent if rad[2] in ("S", "U")}, "texts and bytes"
            assert database is ledger.nokler.database or ("deltakelse", "siste_dag", "D") in kjent


def test_forgetting_gives_way_to_whoever_reads_and_says_so(sted: Any, store: Any) -> None:
    with sted.open() as leser, sted.open() as ledger:
        ref = store(ledger)
        with leser.database.read() as conn:
            conn.execute(select(deltakelse)).all()
            store(ledger, "-2")
            assert ledger.forget_free_space() is False
        assert ledger.forget_free_space() is True
        assert ledger.deltakelser.read(ref)


def test_a_ciphertext_opens_only_where_it_was_sealed(ledger: Any, store: Any, build_document: Any) -> None:
    ref = store(ledger, "-1")
    plan, slutt = build_document(ledger, ref, "PLAN"), build_document(ledger, ref, "SLUTTRAPPORT")
    with ledger.database.write() as conn:
        innhold = conn.scalar(select(dokument.c.innhold).where(dokument.c.melding_id == plan.melding_id))
        conn.execute(update(dokument).where(dokument.c.melding_id == slutt.melding_id).values(innhold=innhold))
        conn.execute(update(deltakelse).values(innhold=innhold))
    assert ledger.dokumenter.read(plan.melding_id)
    with pytest.raises(Uleselig):
        ledger.dokumenter.read(slutt.melding_id)  # same key, other row
    with pytest.raises(Uleselig):
        ledger.deltakelser.read(ref)  # same key, other table


@pytest.mark.parametrize("endring", [b"", b"\x02", b"\x01"])
def test_a_damaged_ciphertext_is_told_and_not_guessed(ledger: Any, store: Any, endring: bytes) -> None:
    ref = store(ledger)
    with ledger.database.write() as conn:
        conn.execute(update(deltakelse).values(innhold=endring + bytes(40)))
    with pytest.raises(Uleselig, match=r"ULESELIG: deltakelse\.innhold"):
        ledger.deltakelser.read(ref)


def test_the_same_record_never_gives_the_same_bytes_or_fingerprints(ledger: Any, post: Any, store: Any) -> None:
    store(ledger)
    ledger.deltakelser.store(
        "974760673", post(), kildesystem="F", accepted_on=I_DAG, siste_dag=lambda _: I_DAG
    )  # the same ids at another sender
    with ledger.database.read() as conn:
        rader = conn.execute(select(deltakelse)).all()
    for kolonne in ("innhold", "ekstern_hmac", "deltaker_hmac", "nokkel_id"):
        assert len({getattr(rad, kolonne) for rad in rader}) == 2


def _everything_in(feil: BaseException) -> str:
    """All that a logger, a debugger or a pickle could show of an exception and of what it came from."""
    deler, sett = [], set()
    rest: list[BaseException | None] = [feil]
    while rest:
        denne = rest.pop()
        if denne is None or id(denne) in sett:
            continue
        sett.add(id(denne))
        deler += [str(denne), repr(denne), repr(denne.args), repr(vars(denne))]
        deler += traceback.format_exception(denne)
        rest += [denne.__cause__, denne.__context__]
    return "\n".join(deler)


def test_an_exception_of_the_database_carries_no_value(ledger: Any, kanari: Any) -> None:
    rad = {"regel": "R", "sak": kanari.ident, "av": kanari.fornavn, "grunn": kanari.fritekst, "tid": NA}

    def insert_twice() -> None:
        with ledger.database.write() as conn:
            conn.execute(insert(bekreftelse).values(**rad))
            conn.execute(insert(bekreftelse).values(**rad))

    with pytest.raises(LedgerFeil, match="LEDGER_BRUDD") as brudd:
        insert_twice()
    with pytest.raises(LedgerFeil, match="LEDGER_VERDI") as verdi:
        ledger.bekreftelser.confirm("R", kanari.ident, av="A", grunn=kanari.fritekst, tid=NA.replace(tzinfo=None))
    for feil in (brudd.value, verdi.value):
        assert not isinstance(feil, SQLAlchemyError)
        alt = _everything_in(feil)
        assert kanari.ident not in alt
        assert kanari.fritekst not in alt


@pytest.mark.parametrize(
    "feil",
    [LedgerFeil("A", "b", "c"), LeieTapt("x"), NokkelSlettet("x"), Uleselig("x")],
    ids=lambda f: type(f).__name__,
)
def test_faults_survive_a_process_boundary(feil: LedgerFeil) -> None:
    kopi = pickle.loads(pickle.dumps(feil))  # noqa: S301  our own bytes
    assert (type(kopi), str(kopi), kopi.kode) == (type(feil), str(feil), feil.kode)


def test_files_are_closed_to_others(sqlite_sted: Any, store: Any) -> None:
    with sqlite_sted.open() as ledger:
        store(ledger)
        load_signing_key(sqlite_sted.mappe / "hemmelig" / "bevis.key")
        filer = [fil for fil in sqlite_sted.mappe.rglob("*") if fil.is_file()]
        assert {"ledger.db-wal", "nokler.db-wal", "889640782.kek", "bevis.key"} <= {fil.name for fil in filer}
        assert {stat.S_IMODE(fil.stat().st_mode) for fil in filer} == {0o600}


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    fil = tmp_path / "bevis.key"
    load_signing_key(fil)
    fil.chmod(0o640)
    with pytest.raises(LedgerFeil, match="KEK_TILGANG"):
        load_signing_key(fil)
    fil.chmod(0o600)
    fil.write_bytes(b"kort")
    with pytest.raises(LedgerFeil, match="KEK_LENGDE"):
        load_signing_key(fil)


def test_a_master_key_gives_each_sender_its_own_key() -> None:
    vern = Hovednokkelvern({1: bytes(range(32))})
    pakker = vern.wrap(AVSENDER, {"id-1": b"k" * 32})
    assert vern.unwrap(AVSENDER, pakker) == {"id-1": b"k" * 32}
    for eier, nokkel_id in (("974760673", "id-1"), (AVSENDER, "id-2")):
        with pytest.raises(Uleselig):
            vern.unwrap(eier, {nokkel_id: pakker["id-1"]})
    with pytest.raises(LedgerFeil, match="KEK_LENGDE"):
        Hovednokkelvern({1: b"kort"})
