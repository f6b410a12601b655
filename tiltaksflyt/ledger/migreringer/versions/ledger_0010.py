"""The day a sender was first told of an erasure, so that only what it was told of is followed up."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0010"
down_revision = "ledger_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody was told before: the list did not exist."""
    op.add_column("slettesak", sa.Column("varslet", sa.Date(), nullable=True))


def downgrade() -> None:
    """What was told is forgotten, and told again."""
    op.drop_column("slettesak", "varslet")
