"""Subscriptions, their periods and attempts, and what the runs of the renewals leave."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of subscriptions."""
    _subscriptions()
    _periods()
    _runs()


def _subscriptions() -> None:
    """What is subscribed to, by whom, and on which terms."""
    op.create_table(
        "plans",
        sa.Column("plan_id", sa.String(64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("every", sa.Integer, nullable=False),
        sa.Column("unit", sa.String(5), nullable=False),
        sa.Column("description", sa.String(255)),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("plan_id", name="pk_plans"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("subscription_id", sa.String(32), nullable=False),
        sa.Column("customer", sa.String(64)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("description", sa.String(255)),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("payment_id", sa.String(36)),
        sa.Column("card_dead", sa.String(64)),
        sa.Column("ends_before", sa.Integer),
        sa.Column("next_number", sa.Integer, nullable=False),
        sa.Column("next_due_ms", sa.BigInteger),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("subscription_id", name="pk_subscriptions"),
    )
    op.create_index("ix_subscriptions_customer", "subscriptions", ["customer"])
    op.create_index("ix_subscriptions_next_due_ms", "subscriptions", ["next_due_ms"])
    op.create_table(
        "subscription_terms",
        sa.Column("subscription_id", sa.String(32), nullable=False),
        sa.Column("from_number", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("plan_id", sa.String(64)),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("every", sa.Integer, nullable=False),
        sa.Column("unit", sa.String(5), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("begins_at_ms", sa.BigInteger, nullable=False),
        sa.Column("base", sa.String(10), nullable=False),
        sa.Column("anchor_day", sa.Integer, nullable=False),
        sa.Column("due_s", sa.Integer, nullable=False),
        sa.Column("consent", sa.String(255)),
        sa.Column("consent_at_ms", sa.BigInteger),
        sa.Column("recorded_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("subscription_id", "from_number", "revision", name="pk_subscription_terms"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.plan_id"], name="fk_subscription_terms_plan_id"),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.subscription_id"], name="fk_subscription_terms_subscription_id"
        ),
        sa.CheckConstraint("amount_minor > 0", name="ck_subscription_terms_amount"),
        sa.CheckConstraint("every > 0", name="ck_subscription_terms_every"),
    )


def _periods() -> None:
    """The periods that were due, the orders of each, and the runs that took them."""
    op.create_table(
        "renewal_runs",
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("plan_hash", sa.String(64)),
        sa.Column("began_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.Column("charges", sa.Integer, nullable=False),
        sa.Column("skips", sa.Integer, nullable=False),
        sa.Column("holds", sa.Integer, nullable=False),
        sa.Column("overtaken", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_renewal_runs"),
    )
    op.create_table(
        "periods",
        sa.Column("subscription_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("starts_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ends_at_ms", sa.BigInteger, nullable=False),
        sa.Column("due_at_ms", sa.BigInteger, nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64)),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("run_id", sa.String(32)),
        sa.Column("changed_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("subscription_id", "number", name="pk_periods"),
        sa.ForeignKeyConstraint(["run_id"], ["renewal_runs.run_id"], name="fk_periods_run_id"),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.subscription_id"], name="fk_periods_subscription_id"
        ),
    )
    op.create_index("ix_periods_state_due_at_ms", "periods", ["state", "due_at_ms"])
    op.create_table(
        "attempts",
        sa.Column("subscription_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("order_id", sa.String(47), nullable=False),
        sa.Column("payment_id", sa.String(36), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("description", sa.String(255)),
        sa.Column("made_at_ms", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String(16)),
        sa.Column("reason", sa.String(64)),
        sa.Column("error", sa.String(255)),
        sa.Column("decline_code", sa.String(16)),
        sa.Column("merchant_advice_code", sa.String(16)),
        sa.Column("made_payment_id", sa.String(36)),
        sa.Column("event_id", sa.String(128)),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("subscription_id", "number", "attempt", name="pk_attempts"),
        sa.ForeignKeyConstraint(
            ["subscription_id", "number"],
            ["periods.subscription_id", "periods.number"],
            name="fk_attempts_subscription_id_number",
        ),
        sa.UniqueConstraint("order_id", name="uq_attempts_order_id"),
    )


def _runs() -> None:
    """Plans that were shown, and how far readers have come."""
    op.create_table(
        "renewal_plans",
        sa.Column("plan_hash", sa.String(64), nullable=False),
        sa.Column("as_of_ms", sa.BigInteger, nullable=False),
        sa.Column("made_at_ms", sa.BigInteger, nullable=False),
        sa.Column("lines", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("plan_hash", name="pk_renewal_plans"),
    )
    op.create_index("ix_renewal_plans_made_at_ms", "renewal_plans", ["made_at_ms"])
    op.create_table(
        "readers",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("position", sa.String(41), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_readers"),
    )
