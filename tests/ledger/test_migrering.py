"""The migrations that ship make exactly the tables the code asks for, on both kinds of database."""

from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Column, Connection, Integer, MetaData, Table, inspect, text

from tiltaksflyt.ledger import (
    Dokumentsvar,
    Filnokkelvern,
    Kvitteringsfil,
    LedgerFeil,
    Leveransetilstand,
    Statuskode,
    Utfall,
    open_key_store,
    open_ledger,
    tabeller,
)
from tiltaksflyt.ledger.migrering import LEDGER, VERSJON

NA = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def _differences(conn: Connection, metadata: MetaData) -> list[Any]:
    oppsett = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(conn, opts=oppsett), metadata))


def test_models_and_migrations_agree(ledger: Any) -> None:
    for database in (ledger.database, ledger.nokler.database):
        with database.read() as conn:
            assert _differences(conn, database.metadata) == []


def test_the_comparison_sees_a_difference(ledger: Any) -> None:
    annet = MetaData(naming_convention=tabeller.NAVNEREGEL)
    for tabell in tabeller.metadata.sorted_tables:
        tabell.to_metadata(annet)
    Table("klokke", annet, Column("ekstra", Integer), extend_existing=True)
    with ledger.database.read() as conn:
        assert [funn[0] for funn in _differences(conn, annet)] == ["add_column"]


def test_the_version_asked_for_is_the_newest_migration() -> None:
    oppsett = Config()
    oppsett.set_main_option("script_location", "tiltaksflyt.ledger:migreringer")
    assert set(ScriptDirectory.from_config(oppsett).get_heads()) == set(VERSJON.values())


def test_states_are_checked_by_the_database_as_drawn(ledger: Any) -> None:
    """Alembic compares no CHECK constraints, so this does."""
    with ledger.database.read() as conn:
        funnet = {
            regel["name"]: regel["sqltext"]
            for navn in tabeller.metadata.tables
            for regel in inspect(conn).get_check_constraints(navn)
        }
    ventet = {
        str(regel.name): regel
        for tabell in tabeller.metadata.tables.values()
        for regel in tabell.constraints
        if isinstance(regel, CheckConstraint)
    }
    assert set(funnet) == set(ventet)
    for navn, regel in ventet.items():
        assert set(str(regel.sqltext).split("'")[1::2]) == set(funnet[navn].split("'")[1::2]), navn


def _migrate_to(ledger: Any, versjon: str, verb: str) -> None:
    oppsett = Config()
    oppsett.set_main_option("script_location", "tiltaksflyt.ledger:migreringer")
    with ledger.database.write() as conn:
        oppsett.attributes["connection"] = conn
        getattr(command, verb)(oppsett, versjon)


def test_documents_receipts_and_keys_come_through_the_tables_made_anew(
    sted: Any, store: Any, build_document: Any
) -> None:
    """Down to the version before and up again, with documents that are sent, answered and superseded."""
    with sted.open() as ledger:
        ref = store(ledger)
        forste = build_document(ledger, ref, tekst="1")
        leveranse = ledger.leveranser.create("0315", "sftp", "v", [forste.melding_id], now=NA)
        leie = ledger.leveranser.take_lease(leveranse.leveranse_id, now=NA, until=NA)
        ledger.leveranser.record(leie, Utfall(Leveransetilstand.MOTTATT, Statuskode.OVERFORT, tid=NA, dato=NA.date()))
        svar = Dokumentsvar(forste.melding_id, "AVVIST", "KODE", "Mangler et punkt.")
        ledger.kvitteringer.record(
            Kvitteringsfil("k1", leveranse.leveranse_id, NA, frozenset({"0315"}), NA.date(), svar=[svar])
        )
        build_document(ledger, ref, tekst="2")
        om_avtale = ledger.avtaler.find_or_create("889640782", "AVKLARING", "46")
        build_document(ledger, om_avtale, "RESULTATRAPPORT")

        for_ = _what_is_known(ledger, ref)
        try:
            _migrate_to(ledger, "ledger_0003", "downgrade")
            with ledger.database.read() as conn:
                assert not inspect(conn).has_table("avtaleomrade")
                assert conn.scalar(text("SELECT count(*) FROM dokument")) == 2
        finally:
            _migrate_to(ledger, VERSJON[LEDGER], "upgrade")
        assert _what_is_known(ledger, ref) == for_
        assert len(for_[0]) == 2
        with ledger.database.read() as conn:
            assert _differences(conn, ledger.database.metadata) == []
            assert [navn for navn in inspect(conn).get_table_names() if navn.startswith("gammel")] == []


def test_what_the_server_had_gathered_of_a_text_goes_with_the_migration(postgresql_sted: Any, store: Any) -> None:
    """And after the next cleaning not even its own file knows a value."""
    with postgresql_sted.open() as ledger:
        refs = [store(ledger, f"-{nr}") for nr in range(5)]
        with ledger.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.exec_driver_sql("ALTER TABLE deltakelse ALTER ref SET STATISTICS 100")
            conn.exec_driver_sql("ANALYZE deltakelse")
            assert all(ref.encode() in _statistics_file(conn) for ref in refs)
        _migrate_to(ledger, "ledger_0011", "downgrade")
        _migrate_to(ledger, VERSJON[LEDGER], "upgrade")
        assert ledger.forget_free_space()
        with ledger.database.engine.connect() as conn:
            assert not any(ref.encode() in _statistics_file(conn) for ref in refs)
        with ledger.database.read() as conn:
            assert _differences(conn, ledger.database.metadata) == []


def _statistics_file(conn: Connection) -> bytes:
    conn.exec_driver_sql("CHECKPOINT")
    innhold: bytes = conn.exec_driver_sql(
        "SELECT pg_read_binary_file(pg_relation_filepath('pg_statistic'))"
    ).scalar_one()
    return innhold


def test_stops_and_days_of_sending_come_through_their_migration(sted: Any, store: Any, build_document: Any) -> None:
    with sted.open() as ledger:
        plass = build_document(ledger, store(ledger))
        leveranse = ledger.leveranser.create("0315", "sftp", "v", [plass.melding_id], now=NA)
        leie = ledger.leveranser.take_lease(leveranse.leveranse_id, now=NA, until=NA)
        ledger.leveranser.record(leie, Utfall(Leveransetilstand.MOTTATT, Statuskode.OVERFORT, tid=NA, dato=NA.date()))
        ledger.stanser.stop("LEVERANSE", leveranse.leveranse_id, av="Kari", grunn="g", now=NA)
        ledger.stanser.lift(ledger.stanser.stop("KANAL", "sftp", av="Kari", grunn="g", now=NA), av="Ola", now=NA)
        ledger.stanser.stop("MOTTAKER", "0315", av="Kari", grunn="g", now=NA)
        try:
            _migrate_to(ledger, "ledger_0005", "downgrade")
        finally:
            _migrate_to(ledger, VERSJON[LEDGER], "upgrade")
        assert ledger.leveranser.get(leveranse.leveranse_id).sendt_dato == NA.date()
        assert [(stans.gjelder, stans.fra) for stans in ledger.stanser.active()] == [("MOTTAKER", NA)]
        assert ledger.leveransehistorikk.attempts(leveranse.leveranse_id) == ()
        with ledger.database.read() as conn:
            assert _differences(conn, ledger.database.metadata) == []
            assert conn.scalar(text("SELECT count(*) FROM stans")) == 2


def test_erasures_come_through_the_day_they_were_told(sted: Any, store: Any) -> None:
    with sted.open() as ledger:
        slettesak_id = ledger.slettinger.announce([ref := store(ledger)], NA.date())[ref]
        try:
            _migrate_to(ledger, "ledger_0008", "downgrade")
        finally:
            _migrate_to(ledger, VERSJON[LEDGER], "upgrade")
        assert ledger.slettinger.get(slettesak_id).varslet is None
        assert ledger.slettinger.announce([ref], NA.date()) == {ref: slettesak_id}
        with ledger.database.read() as conn:
            assert _differences(conn, ledger.database.metadata) == []


def _what_is_known(ledger: Any, ref: str) -> tuple[Any, ...]:
    rader = ledger.dokumenter.list(ref)
    innhold = ledger.dokumenter.read_many([rad.melding_id for rad in rader])
    return rader, innhold, ledger.dokumenter.forsendelser(ref=ref), ledger.kvitteringer.for_deltakelse(ref)


def test_migrating_again_changes_nothing(sted: Any, store: Any) -> None:
    with sted.open() as ledger:
        ref = store(ledger)
    with sted.open(create=True) as ledger:
        ledger.migrate()
        assert ledger.deltakelser.read(ref)


def test_four_processes_may_create_the_ledger_at_once(sqlite_sted: Any) -> None:
    for fil in sqlite_sted.mappe.glob("*.db*"):
        fil.unlink()
    sqlite_sted.start_workers("opprett", 4)
    with sqlite_sted.open() as ledger:
        assert ledger.bevis.head().antall == 0


def test_four_processes_agree_on_one_lookup_key(sted: Any) -> None:
    sted.start_workers("oppslag", 4, sted.mappe / "avtrykk")
    assert len({fil.read_text() for fil in sted.mappe.glob("avtrykk.*")}) == 1


def test_an_older_database_is_refused_with_what_to_do(sted: Any) -> None:
    with sted.open() as ledger:
        with ledger.database.write() as conn:
            ventet = conn.scalar(text("SELECT version_num FROM alembic_version"))
            conn.execute(text("UPDATE alembic_version SET version_num = 'ledger_0000'"))
        with pytest.raises(LedgerFeil, match=r"LEDGER_VERSJON.*run migrate"):
            sted.open()
        with ledger.database.write() as conn:
            conn.execute(text("UPDATE alembic_version SET version_num = :ventet"), {"ventet": ventet})
    sted.open().close()


def test_what_does_not_exist_is_not_made_by_opening(sqlite_sted: Any) -> None:
    nokler = open_key_store(sqlite_sted.nokler_url, Filnokkelvern(sqlite_sted.kek))
    borte = sqlite_sted.mappe / "annet.db"
    with pytest.raises(LedgerFeil, match="LEDGER_MANGLER"):
        open_ledger(f"sqlite:///{borte}", nokler)
    assert not borte.exists()
    nokler.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://a/b", "ikke en adresse"])
def test_an_address_we_do_not_serve_is_refused(url: str, sqlite_sted: Any) -> None:
    with pytest.raises(LedgerFeil, match="LEDGER_URL"):
        open_key_store(url, Filnokkelvern(sqlite_sted.kek), create=True)


def test_keys_and_what_they_open_may_not_share_a_database(sted: Any) -> None:
    nokler = open_key_store(sted.nokler_url, Filnokkelvern(sted.kek))
    with pytest.raises(LedgerFeil, match="SAMME_DATABASE"):
        open_ledger(sted.nokler_url, nokler)
    nokler.close()
