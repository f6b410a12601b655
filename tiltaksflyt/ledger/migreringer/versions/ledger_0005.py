"""What a channel calls a package, where it gives it a name of its own."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0005"
down_revision = "ledger_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column."""
    op.add_column("leveranse", sa.Column("kanal_ref", sa.String(length=100), nullable=True))


def downgrade() -> None:
    """Take it away again: a package that is under way in such a channel is not followed any more."""
    op.drop_column("leveranse", "kanal_ref")
