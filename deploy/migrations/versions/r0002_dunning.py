"""What follows a declined renewal, trials, and what subscribers are to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what retries, dead cards, trials and notices are kept in."""
    op.add_column("plans", sa.Column("dunning", sa.String(1024)))
    op.add_column("plans", sa.Column("trial_d", sa.Integer))
    op.add_column("subscriptions", sa.Column("cancelled_at_ms", sa.BigInteger))
    op.add_column("subscriptions", sa.Column("trial_d", sa.Integer))
    op.add_column("subscriptions", sa.Column("remind_at_ms", sa.BigInteger))
    op.add_column("subscriptions", sa.Column("reminded_at_ms", sa.BigInteger))
    op.create_index("ix_subscriptions_remind_at_ms", "subscriptions", ["remind_at_ms"])
    op.create_index("ix_subscriptions_payment_id", "subscriptions", ["payment_id"])
    op.add_column("periods", sa.Column("retry_at_ms", sa.BigInteger))
    op.add_column("periods", sa.Column("warn_at_ms", sa.BigInteger))
    op.create_index("ix_periods_retry_at_ms", "periods", ["retry_at_ms"])
    op.create_index("ix_periods_warn_at_ms", "periods", ["warn_at_ms"])
    op.add_column("attempts", sa.Column("needs_customer", sa.Integer))
    op.add_column("attempts", sa.Column("remedy", sa.String(16)))
    op.create_index("ix_attempts_remedy", "attempts", ["remedy"])
    _dead_cards()
    _notices()


def _dead_cards() -> None:
    op.create_table(
        "dead_cards",
        sa.Column("payment_id", sa.String(36), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("order_id", sa.String(47), nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("payment_id", name="pk_dead_cards"),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("notice_id", sa.String(96), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subscription_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("charge_at_ms", sa.BigInteger),
        sa.Column("link_url", sa.String(2048)),
        sa.Column("taken_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("notice_id", name="pk_notices"),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.subscription_id"], name="fk_notices_subscription_id"
        ),
    )
    op.create_index("ix_notices_taken_at_ms", "notices", ["taken_at_ms", "at_ms"])
