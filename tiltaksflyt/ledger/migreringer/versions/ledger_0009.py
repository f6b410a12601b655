"""The access log: who opened something about a deltaker, and why."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0009"
down_revision = "ledger_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "tilgang",
        sa.Column("tilgang_id", sa.String(length=36), nullable=False),
        sa.Column("tid", sa.DateTime(timezone=True), nullable=False),
        sa.Column("avsender", sa.String(length=9), nullable=False),
        sa.Column("handling", sa.String(length=40), nullable=False),
        sa.Column("rolle", sa.String(length=40), nullable=False),
        sa.Column("av", sa.Text(), nullable=False),
        sa.Column("grunn", sa.Text(), nullable=False),
        sa.Column("slettesak_id", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("tilgang_id", name=op.f("pk_tilgang")),
    )
    op.create_index(op.f("ix_tilgang_avsender_tid"), "tilgang", ["avsender", "tid"], unique=False)
    op.create_index(op.f("ix_tilgang_tid"), "tilgang", ["tid"], unique=False)


def downgrade() -> None:
    """Take it away again; what was logged is lost."""
    op.drop_table("tilgang")
