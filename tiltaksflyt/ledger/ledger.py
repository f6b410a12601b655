"""The open ledger: one database, one key store, and a service for each area of what is known."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Self

from tiltaksflyt.ledger import nokler as nokkeltabeller
from tiltaksflyt.ledger import oversikt, tabeller
from tiltaksflyt.ledger.avstemminger import Avstemminger
from tiltaksflyt.ledger.avtaler import Avtaler
from tiltaksflyt.ledger.bevis import Beviskjede
from tiltaksflyt.ledger.database import Database
from tiltaksflyt.ledger.deltakelser import Deltakelser
from tiltaksflyt.ledger.dokumenter import Dokumenter
from tiltaksflyt.ledger.drift import Bekreftelser, Klokke, Puls, Stanser
from tiltaksflyt.ledger.etteroppfolginger import Etteroppfolginger
from tiltaksflyt.ledger.feil import LedgerFeil
from tiltaksflyt.ledger.forpliktelser import Forpliktelser
from tiltaksflyt.ledger.hendelser import Hendelser
from tiltaksflyt.ledger.innsendinger import Innsendinger
from tiltaksflyt.ledger.kontroller import Kontroller
from tiltaksflyt.ledger.kvitteringer import Kvitteringer
from tiltaksflyt.ledger.leveranseforsok import Leveransehistorikk
from tiltaksflyt.ledger.leveranser import Leveranser
from tiltaksflyt.ledger.manedsstand import Manedsstander
from tiltaksflyt.ledger.merknader import Kvitteringsmerknader
from tiltaksflyt.ledger.migrering import LEDGER, NOKKELLAGER, check_version, migrate
from tiltaksflyt.ledger.nokkelvern import Nokkelvern
from tiltaksflyt.ledger.nokler import Nokkellager, refuse_same_database
from tiltaksflyt.ledger.oversikt import Oversikt
from tiltaksflyt.ledger.plasser import Plasser
from tiltaksflyt.ledger.samtykker import Samtykker
from tiltaksflyt.ledger.slettebekreftelser import Slettebekreftelser
from tiltaksflyt.ledger.slettinger import Slettinger
from tiltaksflyt.ledger.statistikk import Statistikk
from tiltaksflyt.ledger.tilbakehold import Tilbakeholdte
from tiltaksflyt.ledger.tilganger import Tilganger
from tiltaksflyt.ledger.utlagte import Utlagte


class Ledger:
    """Everything the ledger does, by area. Open it in the process that uses it, and close it."""

    def __init__(self, database: Database, nokler: Nokkellager, *, er_test: bool) -> None:
        self.database = database
        self.nokler = nokler
        self.innsendinger = Innsendinger(database, nokler)
        self.deltakelser = Deltakelser(database, nokler)
        self.avtaler = Avtaler(database, nokler)
        self.forpliktelser = Forpliktelser(database)
        self.dokumenter = Dokumenter(database, nokler)
        self.leveranser = Leveranser(database)
        self.leveransehistorikk = Leveransehistorikk(database)
        self.kvitteringer = Kvitteringer(database, nokler)
        self.merknader = Kvitteringsmerknader(database, nokler)
        self.avstemminger = Avstemminger(database)
        self.samtykker = Samtykker(database, nokler)
        self.etteroppfolginger = Etteroppfolginger(database, nokler)
        self.slettinger = Slettinger(database, nokler)
        self.slettebekreftelser = Slettebekreftelser(database)
        self.tilbakehold = Tilbakeholdte(database, nokler)
        self.tilganger = Tilganger(database)
        self.bevis = Beviskjede(database)
        self.manedsstander = Manedsstander(database)
        self.hendelser = Hendelser(database, nokler)
        self.utlagte = Utlagte(database)
        self.klokke = Klokke(database, er_test=er_test)
        self.puls = Puls(database)
        self.stanser = Stanser(database)
        self.bekreftelser = Bekreftelser(database)
        self.kontroller = Kontroller(database)
        self.plasser = Plasser(database)
        self.statistikk = Statistikk(database)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything written inside is one commit, and none of it when an exception leaves the block.

        No I/O to anyone else inside: on SQLite every other writer waits. Data keys made inside are committed to the
        key store at once; a rollback leaves them there, opening nothing.
        """
        with self.database.write():
            yield

    def oversikt(self, now: datetime) -> Oversikt:
        """The counts that `status` shows."""
        with self.database.read() as conn:
            return oversikt.count(conn, now)

    def migrate(self) -> None:
        """Bring the tables to this version's. Safe to run by several at once."""
        migrate(self.database, LEDGER)

    def forget_free_space(self) -> bool:
        """Rewrite both databases so that freed space holds nothing (Database.forget_free_space). After erasures."""
        return self.database.forget_free_space() & self.nokler.forget_free_space()

    def close(self) -> None:
        """Close the ledger and its key store."""
        self.database.close()
        self.nokler.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_key_store(url: str, vern: Nokkelvern, *, create: bool = False) -> Nokkellager:
    """Open the key store; with `create` make it, or bring it to this version.

    `url` is sqlite:////absolute/file or postgresql://…; `vern` holds the key-encryption keys. Raises LedgerFeil.
    """
    database = Database(url, "nokkellager", nokkeltabeller.metadata, create=create)
    _bring_up(database, NOKKELLAGER, create=create)
    return Nokkellager(database, vern)


def open_ledger(url: str, nokler: Nokkellager, *, create: bool = False, er_test: bool = False) -> Ledger:
    """Open the ledger; with `create` make it, or bring it to this version.

    `er_test` marks a test deployment, the only kind with a stored clock. Raises LedgerFeil: the file or the tables
    are missing, the version is another, or the key store lies in the same database. The ledger closes `nokler` with
    itself; until it is open, `nokler` is the caller's to close.
    """
    database = Database(url, "ledger", tabeller.metadata, create=create)
    refuse_same_database(database, nokler.database)
    _bring_up(database, LEDGER, create=create)
    return Ledger(database, nokler, er_test=er_test)


def _bring_up(database: Database, gren: str, *, create: bool) -> None:
    try:
        if create:
            migrate(database, gren)
        check_version(database, gren)
    except LedgerFeil:
        database.close()
        raise
