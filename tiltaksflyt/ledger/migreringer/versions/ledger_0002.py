"""The day of a drop, how much it held, its capacity rows, and what Great Expectations said of each run."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0002"
down_revision = "ledger_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and make the tables."""
    op.add_column("innsending", sa.Column("dato", sa.Date(), nullable=True))
    op.add_column("innsending", sa.Column("mengder", sa.JSON(), nullable=True))
    op.create_table(
        "kontroll",
        sa.Column("kontroll_id", sa.String(length=36), nullable=False),
        sa.Column("tabell", sa.String(length=40), nullable=False),
        sa.Column("dato", sa.Date(), nullable=False),
        sa.Column("tid", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rader", sa.Integer(), nullable=False),
        sa.Column("regler", sa.Integer(), nullable=False),
        sa.Column("brutte", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("kontroll_id", "tabell", name=op.f("pk_kontroll")),
    )
    op.create_index(op.f("ix_kontroll_dato"), "kontroll", ["dato"], unique=False)
    op.create_table(
        "plass",
        sa.Column("avsender", sa.String(length=9), nullable=False),
        sa.Column("tiltakskode", sa.String(length=40), nullable=False),
        sa.Column("avdeling", sa.String(length=9), nullable=False),
        sa.Column("dato", sa.Date(), nullable=False),
        sa.Column("innhold", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("avsender", "tiltakskode", "avdeling", "dato", name=op.f("pk_plass")),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("plass")
    op.drop_index(op.f("ix_kontroll_dato"), table_name="kontroll")
    op.drop_table("kontroll")
    op.drop_column("innsending", "mengder")
    op.drop_column("innsending", "dato")
