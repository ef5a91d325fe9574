"""The history of all payments: events, and orders, attempts and chargebacks as they follow from them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables that the event stream is written to."""
    _events()
    _orders()
    _order_attempts()
    _chargebacks()


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("event_id", sa.String(160), nullable=False),
        sa.Column("position", sa.String(41), nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text),
        sa.PrimaryKeyConstraint("event_id", name="pk_events"),
    )
    _index("events", "subject", "at_ms")


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("producer", sa.String(64), nullable=False),
        sa.Column("customer", sa.String(64)),
        sa.Column("country", sa.String(2)),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64)),
        sa.Column("error", sa.String(255)),
        sa.Column("decline_code", sa.String(16)),
        sa.Column("merchant_advice_code", sa.String(16)),
        sa.Column("card_brand", sa.String(32)),
        sa.Column("card_last4", sa.String(4)),
        sa.Column("card_id", sa.String(64)),
        sa.Column("payment_id", sa.String(36)),
        sa.Column("parent_id", sa.String(36)),
        sa.Column("follow_up_id", sa.String(36)),
        sa.Column("held", sa.Boolean, nullable=False),
        sa.Column("batch", sa.String(64)),
        sa.Column("subscription_id", sa.String(32)),
        sa.Column("period", sa.Integer),
        sa.Column("attempt", sa.Integer),
        sa.Column("root", sa.String(64)),
        sa.Column("successor", sa.String(64)),
        sa.Column("claims", sa.Integer),
        sa.Column("accepted_at_ms", sa.BigInteger, nullable=False),
        sa.Column("sent_at_ms", sa.BigInteger),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.Column("unknown_at_ms", sa.BigInteger),
        sa.Column("parked_at_ms", sa.BigInteger),
        sa.Column("changed_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("order_id", name="pk_orders"),
    )
    op.create_index("ix_orders_accepted_at_ms", "orders", ["accepted_at_ms", "account", "currency"])
    _index("orders", "customer", "card_id", "payment_id", "parent_id", "batch", "subscription_id", "root", "state")


def _order_attempts() -> None:
    op.create_table(
        "order_attempts",
        sa.Column("attempt_ref", sa.String(64), nullable=False),
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("payment_id", sa.String(36)),
        sa.Column("decline_code", sa.String(16)),
        sa.Column("sent_at_ms", sa.BigInteger),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.Column("changed_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("attempt_ref", name="pk_order_attempts"),
    )
    _index("order_attempts", "order_id")


def _chargebacks() -> None:
    op.create_table(
        "chargebacks",
        sa.Column("chargeback_id", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("payment_id", sa.String(36), nullable=False),
        sa.Column("order_id", sa.String(64)),
        sa.Column("reason", sa.String(255)),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("chargeback_id", name="pk_chargebacks"),
    )
    _index("chargebacks", "payment_id", "order_id", "created_at_ms")


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])
