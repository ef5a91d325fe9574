"""When subscriptions were paused, and what this archive is called where several share a ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both; who is paused now has been since the last change that is known."""
    op.create_table(
        "pauses",
        sa.Column("subscription_id", sa.String(32), nullable=False),
        sa.Column("from_ms", sa.BigInteger, nullable=False),
        sa.Column("until_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("subscription_id", "from_ms", name="pk_pauses"),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.subscription_id"], name="fk_pauses_subscription_id"
        ),
    )
    op.execute(
        "INSERT INTO pauses (subscription_id, from_ms)"
        " SELECT subscription_id, changed_at_ms FROM subscriptions WHERE state = 'paused'"
    )
    op.create_table(
        "archive_name",
        sa.Column("one", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_archive_name"),
    )
