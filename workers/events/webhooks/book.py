"""The event stream, written down as deliveries: a chunk of entries in the transaction that moves the reader's position.

So whoever is killed has written a chunk and stands behind it, or neither. What is read again is there already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection

from producers.contract.events import Event, encode
from workers.events.archive.book import Written
from workers.events.archive.entries import Entry, Told, Unread, aside, read
from workers.events.archive.statements import put_aside
from workers.events.archive.stream import place
from workers.events.webhooks.deliveries import enter
from workers.events.webhooks.endpoints import Endpoint, Endpoints
from workers.events.webhooks.tables import WAITING

#: Bits of the number of an entry among those of its millisecond.
_NUMBER_BITS: Final = 20


class DeliveryBook:
    """What each endpoint is to be told. `reader` is under whose name is put aside what cannot be read."""

    def __init__(self, reader: str, endpoints: Endpoints) -> None:
        self._reader = reader
        self._endpoints = endpoints

    def write(self, connection: Connection, entries: Sequence[Entry], now_ms: int) -> Written:
        """Write them down for those who want them."""
        found = [read(entry) for entry in entries]
        told = [each for each in found if isinstance(each, Told)]
        unread = [each for each in found if isinstance(each, Unread)]
        put_aside(connection, [self._aside(each, now_ms) for each in unread])
        rows = 0
        for endpoint in self._endpoints.values():
            wanted = [
                row_of(endpoint, each.event, each.position, now_ms) for each in told if endpoint.wants(each.event)
            ]
            rows += len(wanted)
            enter(connection, endpoint.name, wanted, now_ms)
        return Written(len(told), len(unread), rows + len(unread))

    def put_aside(self, connection: Connection, entry: Entry, reason: str, now_ms: int) -> Written:
        """Put an entry aside that the database refuses."""
        put_aside(connection, [self._aside(aside(entry, reason), now_ms)])
        return Written(0, 1, 1)

    def _aside(self, unread: Unread, now_ms: int) -> dict[str, Any]:
        return {**unread._asdict(), "reader": self._reader, "since_ms": now_ms}


def row_of(endpoint: Endpoint, event: Event, position: str, now_ms: int) -> dict[str, Any]:
    """The delivery of that event, which is at that place in the stream, to that endpoint.

    The body is what we know of the event, made anew: fields that somebody else wrote to the stream do not leave.
    """
    at_ms, number = place(position)
    return {
        "endpoint": endpoint.name,
        "event_id": event.id,
        "seq": (at_ms << _NUMBER_BITS) + min(number, 2**_NUMBER_BITS - 1),
        "subject": event.subject,
        "type": str(event.__struct_config__.tag),
        "body": encode(event).decode(),
        "state": WAITING,
        "tries": 0,
        "next_at_ms": None,
        "since_ms": now_ms,
        "tried_at_ms": None,
        "answer": None,
    }
