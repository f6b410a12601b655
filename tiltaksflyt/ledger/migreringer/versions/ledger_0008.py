"""The pulse of the house, by which a clock that leaps is known. The table of runs goes: no step wrote it."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0008"
down_revision = "ledger_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the one, drop the other."""
    op.create_table(
        "puls",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tid", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_puls_en_puls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_puls")),
    )
    op.drop_table("kjoring")


def downgrade() -> None:
    """Back to the empty table of runs."""
    op.create_table(
        "kjoring",
        sa.Column("kjoring_id", sa.String(length=36), nullable=False),
        sa.Column("steg", sa.String(length=40), nullable=False),
        sa.Column("dato", sa.Date(), nullable=False),
        sa.Column("startet", sa.DateTime(timezone=True), nullable=False),
        sa.Column("avsluttet", sa.DateTime(timezone=True), nullable=True),
        sa.Column("utfall", sa.String(length=40), nullable=False),
        sa.Column("kode", sa.String(length=40), nullable=True),
        sa.Column("antall", sa.JSON(), nullable=False),
        sa.CheckConstraint("utfall IN ('KJORER', 'FULLFORT', 'FEILET')", name=op.f("ck_kjoring_utfall")),
        sa.PrimaryKeyConstraint("kjoring_id", name=op.f("pk_kjoring")),
    )
    op.create_index(op.f("ix_kjoring_steg_startet"), "kjoring", ["steg", "startet"], unique=False)
    op.drop_table("puls")
