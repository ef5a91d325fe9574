"""What could not be read of a stream, and what came of holding our books against the gateway's."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "unread_events",
        sa.Column("reader", sa.String(32), nullable=False),
        sa.Column("position", sa.String(41), nullable=False),
        sa.Column("reason", sa.String(255), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("reader", "position", name="pk_unread_events"),
    )
    op.create_table(
        "reconciliations",
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("began_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger, nullable=False),
        sa.Column("differences", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_reconciliations"),
    )
    op.create_index("ix_reconciliations_began_at_ms", "reconciliations", ["began_at_ms"])
