"""The counts that erased deltakelser leave in the statistics."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0003"
down_revision = "ledger_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "statistikk",
        sa.Column("avsender", sa.String(length=9), nullable=False),
        sa.Column("fylke", sa.String(length=2), nullable=False),
        sa.Column("tiltakskode", sa.String(length=40), nullable=False),
        sa.Column("aar", sa.Integer(), nullable=False),
        sa.Column("kvartal", sa.Integer(), nullable=False),
        sa.Column("telling", sa.String(length=40), nullable=False),
        sa.Column("antall", sa.Integer(), nullable=False),
        sa.CheckConstraint("kvartal BETWEEN 1 AND 4", name=op.f("ck_statistikk_kvartal")),
        sa.CheckConstraint("antall > 0", name=op.f("ck_statistikk_antall")),
        sa.PrimaryKeyConstraint(
            "avsender", "fylke", "tiltakskode", "aar", "kvartal", "telling", name=op.f("pk_statistikk")
        ),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("statistikk")
