"""Brings a database to this version's tables, with the migrations that ship in the package.

Ledger and key store are two branches of one Alembic history, since each database holds one of them. Alembic is
imported only where it migrates: every task opens the ledger, and it would cost each of them a quarter of a second.
"""

from sqlalchemy import inspect, text

from tiltaksflyt.ledger.database import Database
from tiltaksflyt.ledger.feil import LedgerFeil

LEDGER = "ledger"
NOKKELLAGER = "nokkellager"
# The newest migration of each branch; a test holds it against the migrations themselves.
VERSJON = {LEDGER: "ledger_0012", NOKKELLAGER: "nokkellager_0003"}


def migrate(database: Database, gren: str) -> None:
    """Bring the database to the newest version of its branch. Several processes may ask at once. Raises LedgerFeil."""
    from alembic import command
    from alembic.config import Config

    oppsett = Config()
    oppsett.set_main_option("script_location", "tiltaksflyt.ledger:migreringer")
    with database.write() as conn:
        database.lock(conn, "migrering")
        oppsett.attributes["connection"] = conn
        command.upgrade(oppsett, f"{gren}@head")


def check_version(database: Database, gren: str) -> None:
    """Raises LedgerFeil when the database is older or newer than the code, or empty."""
    with database.read() as conn:
        funnet = None
        if inspect(conn).has_table("alembic_version"):
            funnet = conn.scalar(text("SELECT version_num FROM alembic_version"))
    if funnet != VERSJON[gren]:
        raise LedgerFeil(
            "LEDGER_VERSJON",
            gren,
            f"the tables are at {funnet or 'nothing'}, the code wants {VERSJON[gren]}; run migrate",
        )
