"""What is remarkable about receipts, and how what was sent compares with what the recipient has."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0007"
down_revision = "ledger_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "kvitteringsmerknad",
        sa.Column("merknad_id", sa.String(length=36), nullable=False),
        sa.Column("kode", sa.String(length=40), nullable=False),
        sa.Column("mottaker", sa.String(length=20), nullable=False),
        sa.Column("leveranse_id", sa.String(length=36), nullable=True),
        *_subject("kvitteringsmerknad"),
        sa.Column("avtrykk", sa.String(length=64), nullable=True),
        sa.Column("antall", sa.Integer(), nullable=False),
        sa.Column("forst", sa.Date(), nullable=False),
        sa.Column("sist", sa.Date(), nullable=False),
        sa.Column("lagt_til_side", sa.Date(), nullable=True),
        sa.Column("lukket", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["leveranse_id"], ["leveranse.leveranse_id"], name=op.f("fk_kvitteringsmerknad_leveranse_id")
        ),
        sa.PrimaryKeyConstraint("merknad_id", name=op.f("pk_kvitteringsmerknad")),
        sa.UniqueConstraint("avtrykk", name=op.f("uq_kvitteringsmerknad_avtrykk")),
    )
    _index("kvitteringsmerknad", "leveranse_id")
    op.create_table(
        "avstemming",
        sa.Column("mottaker", sa.String(length=20), nullable=False),
        sa.Column("dato", sa.Date(), nullable=False),
        sa.Column("antall", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("mottaker", name=op.f("pk_avstemming")),
    )
    op.create_table(
        "avstemmingsavvik",
        sa.Column("avvik_id", sa.String(length=36), nullable=False),
        sa.Column("mottaker", sa.String(length=20), nullable=False),
        sa.Column("leveranse_id", sa.String(length=36), nullable=False),
        *_subject("avstemmingsavvik"),
        sa.Column("kode", sa.String(length=40), nullable=False),
        sa.Column("antall", sa.Integer(), nullable=False),
        sa.Column("forst", sa.Date(), nullable=False),
        sa.Column("lukket", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("avvik_id", name=op.f("pk_avstemmingsavvik")),
    )
    _index("avstemmingsavvik")
    op.create_index(
        op.f("ix_avstemmingsavvik_mottaker_lukket"), "avstemmingsavvik", ["mottaker", "lukket"], unique=False
    )


def downgrade() -> None:
    """Take them away again: what was remarked is forgotten, and the next list is compared anew."""
    op.drop_table("avstemmingsavvik")
    op.drop_table("avstemming")
    op.drop_table("kvitteringsmerknad")


def _subject(tabell: str) -> list[sa.Column[str] | sa.Constraint]:
    return [
        sa.Column("melding_id", sa.String(length=36), nullable=True),
        sa.Column("ref", sa.String(length=36), nullable=True),
        sa.Column("avtale_ref", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["melding_id"], ["forsendelse.melding_id"], name=op.f(f"fk_{tabell}_melding_id")),
        sa.ForeignKeyConstraint(["ref"], ["deltakelse.ref"], name=op.f(f"fk_{tabell}_ref")),
        sa.ForeignKeyConstraint(["avtale_ref"], ["avtaleomrade.avtale_ref"], name=op.f(f"fk_{tabell}_avtale_ref")),
    ]


def _index(tabell: str, *kolonner: str) -> None:
    for kolonne in ("melding_id", "ref", "avtale_ref", *kolonner):
        op.create_index(op.f(f"ix_{tabell}_{kolonne}"), tabell, [kolonne], unique=False)
