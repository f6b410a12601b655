"""The key store's first tables."""

import sqlalchemy as sa
from alembic import op

revision = "nokkellager_0001"
down_revision = None
branch_labels = ("nokkellager",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "data_nokkel",
        sa.Column("nokkel_id", sa.String(length=36), nullable=False),
        sa.Column("avsender", sa.String(length=9), nullable=False),
        sa.Column("pakket", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("nokkel_id", name=op.f("pk_data_nokkel")),
    )
    op.create_index(op.f("ix_data_nokkel_avsender"), "data_nokkel", ["avsender"], unique=False)
    op.create_table(
        "oppslagsnokkel",
        sa.Column("eier", sa.String(length=9), nullable=False),
        sa.Column("nokkel_id", sa.String(length=36), nullable=False),
        sa.Column("pakket", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("eier", name=op.f("pk_oppslagsnokkel")),
    )
