"""The server's own statistics hold no text and no bytes of the ledger."""

from tiltaksflyt.ledger.migreringer.kolonnestatistikk import gather_no_values

revision = "ledger_0012"
down_revision = "ledger_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tables and rows stay as they are."""
    gather_no_values()


def downgrade() -> None:
    """Older code works as well without them."""
