"""What an operator does about endpoints and deliveries: looks, enables, disables, has events told again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, select

from producers.contract.events import Event, decode
from producers.errors import EventError
from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import hold
from workers.events.archive.tables import EVENTS
from workers.events.webhooks.book import row_of
from workers.events.webhooks.deliveries import enter, health_of, set_health
from workers.events.webhooks.endpoints import Endpoint, Endpoints
from workers.events.webhooks.schedule import BY_OPERATOR, Health
from workers.events.webhooks.tables import DELIVERED, DELIVERIES

#: Events that are told again in one transaction.
CHUNK: Final = 500

_D: Final = DELIVERIES.c
_E: Final = EVENTS.c


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery that waits or was given up."""

    event_id: str
    type: str
    subject: str
    state: str
    tries: int
    next_at_ms: int | None
    since_ms: int
    tried_at_ms: int | None
    answer: str | None


class Desk:
    """Works on the archive. `reader` is who reads the stream for the deliveries."""

    def __init__(self, archive: Archive, reader: str, endpoints: Endpoints) -> None:
        self._archive = archive
        self._reader = reader
        self._endpoints = endpoints

    def open_rows(self, name: str, most: int) -> list[Row]:
        """The oldest deliveries to that endpoint that wait or were given up. Raises ArchiveUnavailable."""
        columns = [_D[field] for field in Row.__slots__]
        found = select(*columns).where(_D.endpoint == name, _D.state != DELIVERED).order_by(_D.seq).limit(most)
        with self._archive.reading() as connection:
            return [Row(**row) for row in connection.execute(found).mappings()]

    def enable(self, name: str) -> bool:
        """Let it have what waits, at once; False where it was enabled. Raises ArchiveUnavailable."""
        with self._archive.writing() as connection:
            hold(connection, self._reader)
            if health_of(connection, name).disabled_at_ms is None:
                return False
            set_health(connection, name, Health())
        return True

    def disable(self, name: str, now_ms: int) -> bool:
        """Let it have nothing; what comes waits for it. False where it was disabled. Raises ArchiveUnavailable."""
        with self._archive.writing() as connection:
            hold(connection, self._reader)
            health = health_of(connection, name)
            if health.disabled_at_ms is not None:
                return False
            set_health(connection, name, replace(health, disabled_at_ms=now_ms, disabled_because=BY_OPERATOR))
        return True

    def wanted(self, which: ColumnElement[bool], names: Collection[str]) -> dict[str, int]:
        """How many of these events each of these endpoints would be told. Raises ArchiveUnavailable."""
        counts = dict.fromkeys(names, 0)
        for found in self._events(which):
            for endpoint in self._to(names):
                counts[endpoint.name] += sum(endpoint.wants(event) for event, _ in found)
        return counts

    def redeliver(self, which: ColumnElement[bool], names: Collection[str], now_ms: int) -> dict[str, int]:
        """Have these events told again, to each of these endpoints that wants them, under the same ids; how many. Those
        that wait already are left to wait. Killed half way, it is to be run again. Raises ArchiveUnavailable.
        """
        counts = dict.fromkeys(names, 0)
        for found in self._events(which):
            with self._archive.writing() as connection:
                hold(connection, self._reader)
                for endpoint in self._to(names):
                    rows = [row_of(endpoint, event, at, now_ms) for event, at in found if endpoint.wants(event)]
                    enter(connection, endpoint.name, rows, now_ms, again=True)
                    counts[endpoint.name] += len(rows)
        return counts

    def _to(self, names: Collection[str]) -> list[Endpoint]:
        return [endpoint for name, endpoint in self._endpoints.items() if name in names]

    def _events(self, which: ColumnElement[bool]) -> Iterator[list[tuple[Event, str]]]:
        """These events of the archive and their places, part by part; without those whose bodies are no longer kept."""
        after = ""
        while True:
            part = select(_E.event_id, _E.position, _E.body).where(which, _E.event_id > after, _E.body.is_not(None))
            with self._archive.reading() as connection:
                rows = connection.execute(part.order_by(_E.event_id).limit(CHUNK)).all()
            if not rows:
                return
            after = rows[-1].event_id
            yield list(_decoded(rows))


def one(event_id: str) -> ColumnElement[bool]:
    """That event."""
    return _E.event_id == event_id


def since(at_ms: int) -> ColumnElement[bool]:
    """Events that have happened since then."""
    return _E.at_ms >= at_ms


def _decoded(rows: Sequence[Any]) -> Iterator[tuple[Event, str]]:
    for row in rows:
        try:
            yield decode(row.body.encode()), row.position
        except EventError:  # of a newer version, which may tell it
            continue
