"""The tables of what happened. Times are epoch milliseconds (UTC), amounts whole minor units of the currency beside.

`events` is the stream as it was told, one row per event id. The other tables are what follows from it, and can be made
anew from it at any time; nobody but the archive's writer changes them.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from producers.runtime.archive.schema import METADATA

#: Every event ever told, by its id. `position` is its place in the stream; `subject` the order_id, or a payment's id.
#: `body` is the event's JSON; empty where its time of keeping is over.
EVENTS: Final = Table(
    "events",
    METADATA,
    Column("event_id", String(160), primary_key=True),
    Column("position", String(41), nullable=False),
    Column("type", String(40), nullable=False),
    Column("subject", String(64), nullable=False, index=True),
    Column("at_ms", BigInteger, nullable=False, index=True),
    Column("body", Text),
)

#: Every order as it was last told. `kind` is charge, refund, settlement, void or link; `parent_id` the payment that a
#: follow-up follows. `sent_at_ms` is when its request could leave; `ended_at_ms` when it entered a terminal state.
#: `unknown_at_ms` and `parked_at_ms` say that it once was, and since when it is, as long as it has not ended.
#: `claims` counts how often it was taken up before it was sent. `held` says that an approved charge took no money.
#: `root` is the order that it goes on for; sums of orders leave out those that have one.
ORDERS: Final = Table(
    "orders",
    METADATA,
    Column("order_id", String(64), primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("account", String(64), nullable=False),
    Column("producer", String(64), nullable=False),
    Column("customer", String(64), index=True),
    Column("country", String(2)),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(64)),
    Column("error", String(255)),
    Column("decline_code", String(16)),
    Column("merchant_advice_code", String(16)),
    Column("card_brand", String(32)),
    Column("card_last4", String(4)),
    Column("card_id", String(64), index=True),
    Column("payment_id", String(36), index=True),
    Column("parent_id", String(36), index=True),
    Column("follow_up_id", String(36)),
    Column("held", Boolean, nullable=False),
    Column("batch", String(64), index=True),
    Column("subscription_id", String(32), index=True),
    Column("period", Integer),
    Column("attempt", Integer),
    Column("root", String(64), index=True),
    Column("successor", String(64)),
    Column("claims", Integer),
    Column("accepted_at_ms", BigInteger, nullable=False),
    Column("sent_at_ms", BigInteger),
    Column("ended_at_ms", BigInteger),
    Column("unknown_at_ms", BigInteger),
    Column("parked_at_ms", BigInteger),
    Column("changed_at_ms", BigInteger, nullable=False),
    Index("ix_orders_accepted_at_ms", "accepted_at_ms", "account", "currency"),
    Index("ix_orders_state", "state"),
)

#: Every attempt at the gateway: `attempt_ref` is what the gateway knows it by.
ORDER_ATTEMPTS: Final = Table(
    "order_attempts",
    METADATA,
    Column("attempt_ref", String(64), primary_key=True),
    Column("order_id", String(64), nullable=False, index=True),
    Column("account", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("payment_id", String(36)),
    Column("decline_code", String(16)),
    Column("sent_at_ms", BigInteger),
    Column("ended_at_ms", BigInteger),
    Column("changed_at_ms", BigInteger, nullable=False),
)

#: Every chargeback with its latest status. `order_id` is missing where the payment is none of ours.
CHARGEBACKS: Final = Table(
    "chargebacks",
    METADATA,
    Column("chargeback_id", String(64), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("payment_id", String(36), nullable=False, index=True),
    Column("order_id", String(64), index=True),
    Column("reason", String(255)),
    Column("created_at_ms", BigInteger, nullable=False, index=True),
    Column("changed_at_ms", BigInteger, nullable=False),
)

#: What operators did, line by line as the audit trail has it (`line`, whose hash is the key). Trails of ledgers that
#: were lost are here too: each begins with number 1.
OPERATOR_ACTIONS: Final = Table(
    "operator_actions",
    METADATA,
    Column("hash", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False, index=True),
    Column("at_ms", BigInteger, nullable=False, index=True),
    Column("actor", String(400), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(400), nullable=False),
    Column("line", Text, nullable=False),
)

#: Notifications of the gateway that were genuine: through which `door`, what kind, and what came of it. No bodies.
NOTIFICATIONS: Final = Table(
    "notifications",
    METADATA,
    Column("notification_id", String(32), primary_key=True),
    Column("door", String(16), nullable=False),
    Column("type", String(200), nullable=False),
    Column("payment_id", String(36), index=True),
    Column("result", String(16), nullable=False),
    Column("at_ms", BigInteger, nullable=False, index=True),
)

#: Entries of a stream that could not be read, with their place in it. `body` is what they hold, card numbers masked.
UNREAD_EVENTS: Final = Table(
    "unread_events",
    METADATA,
    Column("reader", String(32), primary_key=True),
    Column("position", String(41), primary_key=True),
    Column("reason", String(255), nullable=False),
    Column("body", Text, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
)
