"""The tables of subscriptions and renewals. Times are epoch milliseconds (UTC), amounts whole minor units.

Nothing is ever deleted here but old renewal plans: a subscription's id, and with it the order_ids of its periods, is
taken for good.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from producers.runtime.archive.schema import METADATA

#: What can be subscribed to, by the merchant's name for it.
PLANS: Final = Table(
    "plans",
    METADATA,
    Column("plan_id", String(64), primary_key=True),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("every", Integer, nullable=False),
    Column("unit", String(5), nullable=False),
    Column("description", String(255)),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("dunning", String(1024)),
    Column("trial_d", Integer),
)

#: `next_number` is the first period that no run has taken yet, `next_due_ms` when it is due (none: never again).
#: `version` grows with every change by a human, so that a run notices one that came between its plan and its deed.
#: `cancelled_at_ms` is there where it ended at once: what was unpaid then is not tried again.
SUBSCRIPTIONS: Final = Table(
    "subscriptions",
    METADATA,
    Column("subscription_id", String(32), primary_key=True),
    Column("customer", String(64), index=True),
    Column("state", String(16), nullable=False),
    Column("country", String(2), nullable=False),
    Column("description", String(255)),
    Column("account", String(64), nullable=False),
    Column("payment_id", String(36), index=True),
    Column("card_dead", String(64)),
    Column("ends_before", Integer),
    Column("next_number", Integer, nullable=False),
    Column("next_due_ms", BigInteger, index=True),
    Column("version", Integer, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False),
    Column("cancelled_at_ms", BigInteger),
    Column("trial_d", Integer),
    Column("remind_at_ms", BigInteger, index=True),
    Column("reminded_at_ms", BigInteger),
)

#: When nothing became due: `until_ms` is missing while a pause lasts. A run that comes late reads here what was paused
#: when a period was due.
PAUSES: Final = Table(
    "pauses",
    METADATA,
    Column("subscription_id", ForeignKey("subscriptions.subscription_id"), primary_key=True),
    Column("from_ms", BigInteger, primary_key=True),
    Column("until_ms", BigInteger),
)

#: What is charged from period `from_number` on, when, and that the customer agreed. Rows are only added: of several for
#: one number the newest revision holds, and a later `from_number` ends the terms before it.
TERMS: Final = Table(
    "subscription_terms",
    METADATA,
    Column("subscription_id", ForeignKey("subscriptions.subscription_id"), primary_key=True),
    Column("from_number", Integer, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("plan_id", ForeignKey("plans.plan_id")),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("every", Integer, nullable=False),
    Column("unit", String(5), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("begins_at_ms", BigInteger, nullable=False),
    Column("base", String(10), nullable=False),
    Column("anchor_day", Integer, nullable=False),
    Column("due_s", Integer, nullable=False),
    Column("consent", String(255)),
    Column("consent_at_ms", BigInteger),
    Column("recorded_at_ms", BigInteger, nullable=False),
    CheckConstraint("amount_minor > 0", name="amount"),
    CheckConstraint("every > 0", name="every"),
)

#: One row per subscription and period: the database itself takes no second one. `attempt` counts its orders. While
#: it is retried, `retry_at_ms` is when, and `warn_at_ms` when its subscriber hears that this is the last time.
PERIODS: Final = Table(
    "periods",
    METADATA,
    Column("subscription_id", ForeignKey("subscriptions.subscription_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("starts_at_ms", BigInteger, nullable=False),
    Column("ends_at_ms", BigInteger, nullable=False),
    Column("due_at_ms", BigInteger, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(64)),
    Column("attempt", Integer, nullable=False),
    Column("run_id", ForeignKey("renewal_runs.run_id")),
    Column("changed_at_ms", BigInteger, nullable=False),
    Column("retry_at_ms", BigInteger, index=True),
    Column("warn_at_ms", BigInteger, index=True),
    Index("ix_periods_state_due_at_ms", "state", "due_at_ms"),
)

#: Orders of a period: the first, and those that dunning or a human added. What is sent is kept as it was decided, so
#: that whoever repeats it after a crash sends the same. `outcome` is the order's state as last told.
ATTEMPTS: Final = Table(
    "attempts",
    METADATA,
    Column("subscription_id", String(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("order_id", String(47), nullable=False),
    Column("payment_id", String(36), nullable=False),
    Column("account", String(64), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("country", String(2), nullable=False),
    Column("description", String(255)),
    Column("made_at_ms", BigInteger, nullable=False),
    Column("outcome", String(16)),
    Column("reason", String(64)),
    Column("error", String(255)),
    Column("decline_code", String(16)),
    Column("merchant_advice_code", String(16)),
    Column("made_payment_id", String(36)),
    Column("event_id", String(128)),
    Column("ended_at_ms", BigInteger),
    Column("needs_customer", Integer),
    Column("remedy", String(16), index=True),
    ForeignKeyConstraint(["subscription_id", "number"], ["periods.subscription_id", "periods.number"]),
    UniqueConstraint("order_id"),
)

#: Every run of the renewals: `ended_at_ms` is missing where it was cut short.
RUNS: Final = Table(
    "renewal_runs",
    METADATA,
    Column("run_id", String(32), primary_key=True),
    Column("plan_hash", String(64)),
    Column("began_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    Column("charges", Integer, nullable=False),
    Column("skips", Integer, nullable=False),
    Column("holds", Integer, nullable=False),
    Column("overtaken", Integer, nullable=False),
)

#: Plans that were shown: what a run is held against when it is told to execute one. `lines` is compressed text.
RENEWAL_PLANS: Final = Table(
    "renewal_plans",
    METADATA,
    Column("plan_hash", String(64), primary_key=True),
    Column("as_of_ms", BigInteger, nullable=False),
    Column("made_at_ms", BigInteger, nullable=False, index=True),
    Column("lines", LargeBinary, nullable=False),
)

#: Payments whose card is never charged again, by any subscription.
DEAD_CARDS: Final = Table(
    "dead_cards",
    METADATA,
    Column("payment_id", String(36), primary_key=True),
    Column("reason", String(64), nullable=False),
    Column("order_id", String(47), nullable=False),
    Column("since_ms", BigInteger, nullable=False),
)

#: What subscribers are to be told, until the merchant says that it has taken it. Each is there once, by its id.
NOTICES: Final = Table(
    "notices",
    METADATA,
    Column("notice_id", String(96), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("subscription_id", ForeignKey("subscriptions.subscription_id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("charge_at_ms", BigInteger),
    Column("link_url", String(2048)),
    Column("taken_at_ms", BigInteger),
    Index("ix_notices_taken_at_ms", "taken_at_ms", "at_ms"),
)
