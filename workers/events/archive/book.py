"""The event stream, written into tables: a chunk of entries in the transaction of whoever has read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection

from producers.contract.chargebacks import ChargebackEvent
from producers.contract.events import OrderEvent
from producers.subscriptions.values import milliseconds
from workers.events.archive.derived import derive_chargebacks, derive_orders
from workers.events.archive.entries import Entry, Told, Unread, aside, read
from workers.events.archive.statements import put_aside, write_events


class Written(NamedTuple):
    """How many entries were events, how many were put aside, and how many rows were written."""

    events: int = 0
    aside: int = 0
    rows: int = 0


class Book(Protocol):
    """What becomes of the entries of a stream. Writing the same again changes nothing."""

    def write(self, connection: Connection, entries: Sequence[Entry], now_ms: int) -> Written:
        """Write them; what cannot be read is put aside."""
        ...

    def put_aside(self, connection: Connection, entry: Entry, reason: str, now_ms: int) -> Written:
        """Put an entry aside that the database refuses."""
        ...


class EventBook:
    """Events, and the orders, attempts and chargebacks that follow from them. `reader` is under whose name what cannot
    be read is put aside.
    """

    def __init__(self, reader: str) -> None:
        self._reader = reader

    def write(self, connection: Connection, entries: Sequence[Entry], now_ms: int) -> Written:
        found = [read(entry) for entry in entries]
        told = [each for each in found if isinstance(each, Told)]
        unread = [each for each in found if isinstance(each, Unread)]
        events = _newest(told)
        write_events(connection, sorted(map(_row, events), key=lambda row: str(row["event_id"])))
        put_aside(connection, [self._aside(each, now_ms) for each in unread])
        orders = {each.event.subject for each in events if isinstance(each.event, OrderEvent)}
        disputes = {each.event.data.chargeback_id for each in events if isinstance(each.event, ChargebackEvent)}
        rows = derive_orders(connection, orders, {each.body: each.event for each in events})
        rows += derive_chargebacks(connection, sorted(disputes))
        return Written(len(told), len(unread), len(events) + len(unread) + rows)

    def put_aside(self, connection: Connection, entry: Entry, reason: str, now_ms: int) -> Written:
        put_aside(connection, [self._aside(aside(entry, reason), now_ms)])
        return Written(0, 1, 1)

    def _aside(self, unread: Unread, now_ms: int) -> dict[str, Any]:
        return {**unread._asdict(), "reader": self._reader, "since_ms": now_ms}


def _newest(told: Sequence[Told]) -> list[Told]:
    """Of tellings under one id, the latest."""
    newest: dict[str, Told] = {}
    for each in told:
        other = newest.get(each.event.id)
        if other is None or milliseconds(other.event.time) < milliseconds(each.event.time):
            newest[each.event.id] = each
    return list(newest.values())


def _row(told: Told) -> dict[str, Any]:
    event = told.event
    return {
        "event_id": event.id,
        "position": told.position,
        "type": str(event.__struct_config__.tag),
        "subject": event.subject,
        "at_ms": milliseconds(event.time),
        "body": told.body,
    }
