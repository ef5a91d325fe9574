"""The tables of outbound webhooks. Times are epoch milliseconds (UTC)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from producers.runtime.archive.schema import METADATA

#: What an endpoint is to be told, or was: one row per endpoint and event, whatever is read twice. `state` is waiting,
#: delivered or failed. `seq` is the event's place in the stream, `subject` what keeps its order: only the first that
#: waits of an endpoint and subject has a `next_at_ms`. `body` is empty once it is delivered.
DELIVERIES: Final = Table(
    "webhook_deliveries",
    METADATA,
    Column("endpoint", String(32), primary_key=True),
    Column("event_id", String(160), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("subject", String(64), nullable=False),
    Column("type", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at_ms", BigInteger),
    Column("since_ms", BigInteger, nullable=False, index=True),
    Column("tried_at_ms", BigInteger),
    Column("answer", String(32)),
    Index("ix_webhook_deliveries_next_at_ms", "endpoint", "next_at_ms"),
    Index("ix_webhook_deliveries_subject", "endpoint", "subject", "seq"),
    Index("ix_webhook_deliveries_state", "endpoint", "state", "since_ms"),
)

#: How endpoints stand: failures in a row and since when, and whether they are disabled, since when and why.
ENDPOINTS: Final = Table(
    "webhook_endpoints",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failing_since_ms", BigInteger),
    Column("disabled_at_ms", BigInteger),
    Column("disabled_because", String(32)),
)

WAITING, DELIVERED, FAILED = "waiting", "delivered", "failed"
