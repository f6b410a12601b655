"""Attempts are remembered, the day of sending stands on the package, and one package may be stopped by itself.

The table of stops is made anew and filled again, since SQLite cannot change a CHECK.
"""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0006"
down_revision = "ledger_0005"
branch_labels = None
depends_on = None

_KOLONNER = "stans_id, gjelder, verdi, av, grunn, fra, opphevet, opphevet_av"


def upgrade() -> None:
    """Make the table and the column, and let a stop be of a LEVERANSE."""
    op.create_table(
        "leveranseforsok",
        sa.Column("leveranse_id", sa.String(length=36), nullable=False),
        sa.Column("nr", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("startet", sa.DateTime(timezone=True), nullable=False),
        sa.Column("avsluttet", sa.DateTime(timezone=True), nullable=True),
        sa.Column("statuskode", sa.String(length=40), nullable=True),
        sa.Column("neste_forsok", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["leveranse_id"], ["leveranse.leveranse_id"], name=op.f("fk_leveranseforsok_leveranse_id")
        ),
        sa.PrimaryKeyConstraint("leveranse_id", "nr", name=op.f("pk_leveranseforsok")),
    )
    op.add_column("leveranse", sa.Column("sendt_dato", sa.Date(), nullable=True))
    op.execute(
        "UPDATE leveranse SET sendt_dato = (SELECT max(forsendelse.sendt_dato) FROM forsendelse "
        "WHERE forsendelse.leveranse_id = leveranse.leveranse_id) WHERE sendt IS NOT NULL"
    )
    _make_stans_anew("'STEG', 'AVSENDER', 'MOTTAKER', 'KANAL', 'LEVERANSE'", "gjelder <> ''")


def downgrade() -> None:
    """Take them away again, with the stops of single packages."""
    _make_stans_anew("'STEG', 'AVSENDER', 'MOTTAKER', 'KANAL'", "gjelder <> 'LEVERANSE'")
    op.drop_column("leveranse", "sendt_dato")
    op.drop_table("leveranseforsok")


def _make_stans_anew(gjelder: str, beholdes: str) -> None:
    op.execute(f"CREATE TABLE gammel_stans AS SELECT * FROM stans WHERE {beholdes}")  # noqa: S608  our own constants
    op.execute("DROP TABLE stans")
    op.create_table(
        "stans",
        sa.Column("stans_id", sa.String(length=36), nullable=False),
        sa.Column("gjelder", sa.String(length=40), nullable=False),
        sa.Column("verdi", sa.String(length=60), nullable=False),
        sa.Column("av", sa.Text(), nullable=False),
        sa.Column("grunn", sa.Text(), nullable=False),
        sa.Column("fra", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opphevet", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opphevet_av", sa.Text(), nullable=True),
        sa.CheckConstraint(f"gjelder IN ({gjelder})", name=op.f("ck_stans_gjelder")),
        sa.PrimaryKeyConstraint("stans_id", name=op.f("pk_stans")),
    )
    op.execute(f"INSERT INTO stans ({_KOLONNER}) SELECT {_KOLONNER} FROM gammel_stans")  # noqa: S608
    op.execute("DROP TABLE gammel_stans")
