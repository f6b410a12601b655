"""The databases under a line, each with its own way of being away."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Protocol

from deploy.lokalt.postgres import Postgres, start_postgres


class Databaser(Protocol):
    """The ledger and the key store."""

    @property
    def urler(self) -> tuple[str, str]:
        """Of the ledger, and of the key store."""

    @property
    def kataloger(self) -> tuple[Path, ...]:
        """Where their files lie."""

    def away(self) -> AbstractContextManager[None]:
        """Nobody reaches them until the end of it, and what was not committed is gone."""


class Filer:
    """SQLite: the ledger is away when somebody else has locked it."""

    def __init__(self, katalog: Path) -> None:
        self._ledger = katalog / "ledger" / "ledger.db"
        self._nokkellager = katalog / "nokkellager" / "nokler.db"

    @property
    def urler(self) -> tuple[str, str]:
        """Two files."""
        return f"sqlite:///{self._ledger}", f"sqlite:///{self._nokkellager}"

    @property
    def kataloger(self) -> tuple[Path, ...]:
        """One for each file, and the logs beside it."""
        return self._ledger.parent, self._nokkellager.parent

    @contextmanager
    def away(self) -> Iterator[None]:
        """Locked, by a connection of ours."""
        with closing(sqlite3.connect(self._ledger, timeout=30, isolation_level=None)) as db:
            db.execute("BEGIN EXCLUSIVE")
            yield
            db.execute("ROLLBACK")


class Server:
    """PostgreSQL: the server is killed with what it was doing, and starts again where it was."""

    def __init__(self, katalog: Path) -> None:
        self._server = self._start(katalog)
        self._urler = self._server.create_database("ledger"), self._server.create_database("nokler")

    @property
    def urler(self) -> tuple[str, str]:
        """Two databases on one server."""
        return self._urler

    @property
    def kataloger(self) -> tuple[Path, ...]:
        """The server's."""
        return (self._server.katalog / "data",)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Killed: nobody is asked to finish, and what was committed is not lost."""
        self._server.stop(at_once=True)
        yield
        self._server = self._start(self._server.katalog, self._server.port)

    def stop(self) -> None:
        """For good."""
        self._server.stop(at_once=True)

    @staticmethod
    def _start(katalog: Path, port: int | None = None) -> Postgres:
        return start_postgres(katalog, varig=True, port=port)


@contextmanager
def open_databaser(katalog: Path, *, postgres: bool) -> Iterator[Databaser]:
    """SQLite in `katalog`, or a PostgreSQL server of our own."""
    if not postgres:
        yield Filer(katalog)
        return
    # Not in `katalog`: when we are root another user runs the server, and must be let in.
    serverkatalog = Path(mkdtemp(prefix="tiltaksflyt-kaos-pg-"))
    try:
        server = Server(serverkatalog)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(serverkatalog)
