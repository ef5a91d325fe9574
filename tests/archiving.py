"""Builders for tests of the archive: a stream with something on it, and what its tables must then say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import redis
from sqlalchemy import Table, select

from producers.contract.chargebacks import ChargebackEvent
from producers.contract.events import Event, OrderEvent, encode
from producers.runtime.archive.database import Archive
from producers.runtime.ledger import keys
from workers.events.archive.attempts import attempt_rows
from workers.events.archive.disputes import chargeback_row
from workers.events.archive.orders import order_row
from workers.events.archive.tables import CHARGEBACKS, EVENTS, ORDER_ATTEMPTS, ORDERS

#: Everything that follows from events.
DERIVED = (ORDERS, ORDER_ATTEMPTS, CHARGEBACKS)


def tell(client: redis.Redis, events: Iterable[Event]) -> list[str]:
    """Put events on the stream, as the ledger's scripts do; their positions."""
    with client.pipeline(transaction=False) as pipeline:
        for event in events:
            pipeline.xadd(keys.EVENTS, {"id": event.id, "event": encode(event)})
        return [position.decode() for position in pipeline.execute()]


def rows(archive: Archive, table: Table) -> dict[str, Mapping[str, Any]]:
    """All rows by their key."""
    (key,) = table.primary_key.columns
    with archive.reading() as connection:
        return {row[key.name]: dict(row) for row in connection.execute(select(table)).mappings()}


def counted(events: Iterable[Event]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """What a straightforward count of these events makes of each table: columns that nobody tells are empty."""
    latest: dict[str, Event] = {}
    for event in events:
        if event.id not in latest or latest[event.id].time < event.time:
            latest[event.id] = event
    orders: dict[str, list[OrderEvent]] = {}
    disputes: dict[str, list[ChargebackEvent]] = {}
    for event in latest.values():
        if isinstance(event, OrderEvent):
            orders.setdefault(event.subject, []).append(event)
        elif isinstance(event, ChargebackEvent):
            disputes.setdefault(event.data.chargeback_id, []).append(event)
    empty = dict.fromkeys(ORDERS.columns.keys())
    attempts = [row for told in orders.values() for row in attempt_rows(told)]
    return {
        EVENTS.name: {name: {"event_id": name} for name in latest},
        ORDERS.name: {name: {**empty, **order_row(told)} for name, told in orders.items()},
        ORDER_ATTEMPTS.name: {str(row["attempt_ref"]): row for row in attempts},
        CHARGEBACKS.name: {name: chargeback_row(told) for name, told in disputes.items()},
    }


def wrong(archive: Archive, events: Iterable[Event]) -> list[str]:
    """Where the tables do not say what these events say; empty if they do."""
    found: list[str] = []
    for name, expected in counted(events).items():
        table = next(each for each in (EVENTS, *DERIVED) if each.name == name)
        actual = rows(archive, table)
        found += [f"{name}: {key} is missing" for key in expected.keys() - actual.keys()]
        found += [f"{name}: nobody told {key}" for key in actual.keys() - expected.keys()]
        if table is not EVENTS:
            found += [
                f"{name}: {key}: {actual[key]} instead of {row}"
                for key, row in expected.items()
                if key in actual and actual[key] != row
            ]
    return found
