"""One database, SQLite or PostgreSQL, behind one way to read and one way to write.

SQLite: WAL, foreign keys, secure_delete, 30 s busy timeout, and every write is BEGIN IMMEDIATE, so that two writers
queue instead of failing half-way. PostgreSQL: READ COMMITTED, 30 s lock timeout, and an advisory lock where SQLite's
single writer would have been the guard.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from tiltaksflyt.ledger.feil import LAAST, LedgerFeil, translate

_MODUS = "tiltaksflyt_modus"
_BEGIN = {"les": "BEGIN", "skriv": "BEGIN IMMEDIATE"}
_VENTETID_MS = 30_000
_VENTETID_RYDDING_MS = 2_000
# SQLite binds at most 32 766 values in a statement, and long IN lists are slow to plan on PostgreSQL.
_BUNT = 500

T = TypeVar("T")


def chunks(verdier: Sequence[T], storrelse: int = _BUNT) -> Iterator[Sequence[T]]:
    """The values in pieces short enough for one IN list."""
    for start in range(0, len(verdier), storrelse):
        yield verdier[start : start + storrelse]


def storable(tekst: str | None) -> str | None:
    """Text as a sender wrote it, without what no text column takes: NUL and lone surrogates."""
    return None if tekst is None else tekst.replace("\0", "").encode("utf-8", "replace").decode()


class Database:
    """An open database. Open it in the process that uses it; connections do not survive a fork."""

    def __init__(self, url: str, navn: str, metadata: MetaData, *, create: bool) -> None:
        self.navn = navn
        self.metadata = metadata
        self.engine = _open_engine(url, navn, create=create)
        self.er_sqlite = self.engine.dialect.name == "sqlite"
        self._trad = threading.local()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading: the open transaction's own, or a snapshot of its own. Raises LedgerFeil."""
        with self._connection(skriver=False) as conn:
            yield conn

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection for writing; committed at the end of the outermost `write`, rolled back on any exception.

        Raises LedgerFeil. Never do I/O to anyone else inside.
        """
        with self._connection(skriver=True) as conn:
            yield conn

    @contextmanager
    def _connection(self, *, skriver: bool) -> Iterator[Connection]:
        ytre: Connection | None = getattr(self._trad, "conn", None)
        try:
            if ytre is not None:
                yield ytre
                return
            modus = "skriv" if skriver else "les"
            with self.engine.connect().execution_options(**{_MODUS: modus}) as conn, conn.begin():
                if skriver:
                    self._trad.conn = conn
                try:
                    yield conn
                finally:
                    if skriver:
                        self._trad.conn = None
        except SQLAlchemyError as feil:
            raise translate(feil, self.navn) from None

    def lock(self, conn: Connection, navn: str) -> None:
        """Hold everyone else who asks for `navn` until this transaction ends. SQLite's writer is alone already."""
        self.lock_all(conn, [navn])

    def lock_all(self, conn: Connection, navn: Sequence[str]) -> None:
        """As `lock`, of several names, in their order: whoever locks several does it in the same one."""
        if navn and not self.er_sqlite:
            laas = text("SELECT pg_advisory_xact_lock(hashtextextended(:navn, 0))")
            conn.execute(laas, [{"navn": ett} for ett in navn])

    def forget_free_space(self) -> bool:
        """Rewrite the files so that no freed page or log frame holds what was deleted.

        SQLite: VACUUM and a truncating checkpoint. PostgreSQL: VACUUM FULL of every table and of what the server has
        gathered of them, where the role owns the database; a new segment of its write-ahead log and a checkpoint, when
        the role may ask for them; the server then removes the older segments where `wal_recycle` is off, and otherwise
        writes over them in its own time. Answers False when somebody else's reading or writing was in the way, and a
        later run must finish it. Raises LedgerFeil.
        """
        try:
            with self.engine.connect() as conn:
                return _vacuum_sqlite(conn) if self.er_sqlite else _vacuum_postgres(conn, self.metadata)
        except SQLAlchemyError as feil:
            oversatt = translate(feil, self.navn)
            if oversatt.kode == LAAST:
                return False
            raise oversatt from None

    def close(self) -> None:
        """Close every connection. On SQLite the last one out folds the log into the file."""
        self.engine.dispose()


def _open_engine(url: str, navn: str, *, create: bool) -> Engine:
    try:
        adresse = make_url(url)
    except ArgumentError:
        raise LedgerFeil("LEDGER_URL", navn, "use sqlite:////absolute/file or postgresql://host/database") from None
    if adresse.get_backend_name() == "postgresql":
        adresse = adresse.set(drivername="postgresql+psycopg")
        valg: dict[str, Any] = {"connect_args": {"options": f"-c lock_timeout={_VENTETID_MS}"}, "pool_pre_ping": True}
    elif adresse.get_backend_name() == "sqlite" and adresse.database and adresse.database != ":memory:":
        _prepare_file(Path(adresse.database), navn, create=create)
        valg = {"connect_args": {"timeout": _VENTETID_MS / 1000}}
    else:
        raise LedgerFeil("LEDGER_URL", navn, "use sqlite:////absolute/file or postgresql://host/database")
    engine = create_engine(adresse, hide_parameters=True, **valg)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_file(fil: Path, navn: str, *, create: bool) -> None:
    # Made here rather than by SQLite, so that the file is closed to others from its first byte.
    if fil.exists():
        return
    if not create:
        raise LedgerFeil("LEDGER_MANGLER", navn, "the database file does not exist; create it or correct the URL")
    fil.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(fil, os.O_CREAT | os.O_WRONLY, 0o600))


def _prepare_sqlite(dbapi: Any, _post: object) -> None:  # noqa: ANN401  the driver's own connection
    dbapi.isolation_level = None  # the driver must not begin transactions on its own
    for pragma in (
        f"busy_timeout = {_VENTETID_MS}",
        "foreign_keys = ON",
        "secure_delete = ON",
        "synchronous = FULL",
        "temp_store = MEMORY",
        "journal_mode = WAL",
    ):
        dbapi.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(conn: Connection) -> None:
    begin = _BEGIN.get(conn.get_execution_options().get(_MODUS, ""))
    if begin is not None:
        conn.exec_driver_sql(begin)


def _vacuum_sqlite(conn: Connection) -> bool:
    # Without a mode no transaction is begun, which VACUUM asks for.
    conn.exec_driver_sql(f"PRAGMA busy_timeout = {_VENTETID_RYDDING_MS}")
    try:
        conn.exec_driver_sql("VACUUM")
        opptatt, _, _ = conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        return not opptatt
    finally:
        conn.exec_driver_sql(f"PRAGMA busy_timeout = {_VENTETID_MS}")


def _vacuum_postgres(conn: Connection, metadata: MetaData) -> bool:
    conn.execution_options(isolation_level="AUTOCOMMIT")
    # While VACUUM FULL waits for a table, everybody else waits behind it.
    conn.exec_driver_sql(f"SET lock_timeout = {_VENTETID_RYDDING_MS}")
    try:
        return _vacuum_tables(conn, metadata)
    finally:
        conn.exec_driver_sql("RESET lock_timeout")


def _vacuum_tables(conn: Connection, metadata: MetaData) -> bool:
    for tabell in (*(tabell.name for tabell in metadata.sorted_tables), "pg_catalog.pg_statistic"):
        conn.exec_driver_sql(f"VACUUM (FULL) {tabell}")
    if conn.exec_driver_sql("SELECT has_function_privilege('pg_switch_wal()', 'EXECUTE')").scalar_one():
        conn.exec_driver_sql("SELECT pg_switch_wal()")
    if conn.exec_driver_sql("SELECT pg_has_role(current_user, 'pg_checkpoint', 'USAGE')").scalar_one():
        conn.exec_driver_sql("CHECKPOINT")
    return True
