"""What endpoints of merchants are to be told of, and how they stand."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "webhook_deliveries",
        sa.Column("endpoint", sa.String(32), nullable=False),
        sa.Column("event_id", sa.String(160), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_at_ms", sa.BigInteger),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("tried_at_ms", sa.BigInteger),
        sa.Column("answer", sa.String(32)),
        sa.PrimaryKeyConstraint("endpoint", "event_id", name="pk_webhook_deliveries"),
    )
    for name, columns in (
        ("since_ms", ["since_ms"]),
        ("next_at_ms", ["endpoint", "next_at_ms"]),
        ("subject", ["endpoint", "subject", "seq"]),
        ("state", ["endpoint", "state", "since_ms"]),
    ):
        op.create_index(f"ix_webhook_deliveries_{name}", "webhook_deliveries", columns)
    op.create_table(
        "webhook_endpoints",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failing_since_ms", sa.BigInteger),
        sa.Column("disabled_at_ms", sa.BigInteger),
        sa.Column("disabled_because", sa.String(32)),
        sa.PrimaryKeyConstraint("name", name="pk_webhook_endpoints"),
    )
