"""Entries of a stream that could not be read, kept beside what was written of the others."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table that unreadable entries are put aside into."""
    op.create_table(
        "unread_events",
        sa.Column("reader", sa.String(32), nullable=False),
        sa.Column("position", sa.String(41), nullable=False),
        sa.Column("reason", sa.String(255), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("reader", "position", name="pk_unread_events"),
    )
