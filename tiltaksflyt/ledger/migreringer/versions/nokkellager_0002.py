"""How far the rotation of each owner's key-encryption key has come."""

import sqlalchemy as sa
from alembic import op

revision = "nokkellager_0002"
down_revision = "nokkellager_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table. Wrapped keys stay as they are: those without a version are of the first."""
    op.create_table(
        "nokkelrotasjon",
        sa.Column("eier", sa.String(length=9), nullable=False),
        sa.Column("versjon", sa.Integer(), nullable=False),
        sa.Column("minst", sa.Integer(), nullable=False),
        sa.Column("begynt", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fullfort", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("eier", name=op.f("pk_nokkelrotasjon")),
    )


def downgrade() -> None:
    """Drop it. Only before the first rotation: older code reads no key that is wrapped with a version."""
    op.drop_table("nokkelrotasjon")
