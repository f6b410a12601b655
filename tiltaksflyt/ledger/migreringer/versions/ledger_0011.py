"""The day the answer under a consent was counted, so that it is counted once."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0011"
down_revision = "ledger_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None was counted before."""
    op.add_column("samtykke", sa.Column("telt", sa.Date(), nullable=True))


def downgrade() -> None:
    """What was counted stays counted: the answers are no more."""
    op.drop_column("samtykke", "telt")
