"""What is to be delivered: entered, due, tried, and given up. Each change is one transaction, which holds the reader:
so whoever enters and whoever records do not overlook each other's rows.

Of the deliveries of one endpoint and subject that wait, the first has a time and is due then; the others have none. A
failing one keeps those behind it back, and nobody has to pass over them when looking for what is due.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Text, and_, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import hold
from workers.events.archive.statements import in_parts, write_over
from workers.events.webhooks.schedule import Health, after, next_try_ms
from workers.events.webhooks.tables import DELIVERED, DELIVERIES, ENDPOINTS, FAILED, WAITING

_D: Final = DELIVERIES.c
#: Deliveries of an endpoint that are counted: to count all of a day would hold up those that are due.
COUNTED_MAX: Final = 100_000


class Delivery(NamedTuple):
    """One that is due, after so many tries."""

    endpoint: str
    event_id: str
    subject: str
    body: bytes
    tries: int


class Tried(NamedTuple):
    """What came of a try. `answer` is a status or a word; `asked_s` how long the receiver wants to be left alone."""

    delivery: Delivery
    success: bool
    answer: str
    asked_s: int
    at_ms: int


class Standing(NamedTuple):
    """An endpoint's deliveries by number, COUNTED_MAX at the most, and since when the first waits of those that do."""

    waiting: int
    failed: int
    since_ms: int | None


#: Hears that an endpoint is about to be disabled, and may keep it from being written by raising.
OnDisabled = Callable[[str, Health], None]


class Deliveries:
    """Those of the archive. `reader` is who reads the stream for them."""

    def __init__(self, archive: Archive, reader: str, on_disabled: OnDisabled) -> None:
        self._archive = archive
        self._reader = reader
        self._on_disabled = on_disabled

    def due(
        self, room: Mapping[str, int], busy: Mapping[str, Collection[str]], now_ms: int
    ) -> tuple[dict[str, list[Delivery]], dict[str, Health]]:
        """What is due of each endpoint, as much as there is room for and without what is `busy` (by event id); and how
        the endpoints stand. Nothing of those that are disabled.

        Raises:
            ArchiveUnavailable: the database does not answer.
        """
        with self._archive.reading() as connection:
            healths = {name: health_of(connection, name) for name in room}
            found = {
                name: list(_due(connection, name, most, busy[name], now_ms))
                for name, most in room.items()
                if most > 0 and healths[name].disabled_at_ms is None
            }
        return found, healths

    def record(self, tried: Sequence[Tried]) -> None:
        """Write down what came of these tries. What another has written down meanwhile stays as it is.

        Raises:
            ArchiveUnavailable: nothing is written.
        """
        with self._archive.writing() as connection:
            hold(connection, self._reader)
            for name, group in groupby(sorted(tried, key=_endpoint), key=_endpoint):
                self._record(connection, name, list(group))

    def standing(self, names: Collection[str]) -> dict[str, tuple[Standing, Health]]:
        """How these endpoints stand. Raises ArchiveUnavailable."""
        with self._archive.reading() as connection:
            return {name: (_standing(connection, name), health_of(connection, name)) for name in names}

    def _record(self, connection: Connection, name: str, tried: Sequence[Tried]) -> None:
        connection.execute(_TRIED, [_outcome(each) for each in tried])
        promote(connection, name, {each.delivery.subject for each in tried}, max(each.at_ms for each in tried))
        before = health_of(connection, name)
        now = after(before, [(each.success, each.answer) for each in tried], max(each.at_ms for each in tried))
        if now == before:
            return
        if before.disabled_at_ms is None and now.disabled_at_ms is not None:
            self._on_disabled(name, now)
        set_health(connection, name, now)


def enter(
    connection: Connection, name: str, rows: Sequence[dict[str, Any]], now_ms: int, *, again: bool = False
) -> None:
    """Enter deliveries of one endpoint. Those that are there stay as they are, or wait `again`."""
    if not rows:
        return
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(DELIVERIES)
    if again:
        fresh = ("body", "state", "tries", "since_ms")
        waiting = _D.state != WAITING
        insert = insert.on_conflict_do_update(
            index_elements=["endpoint", "event_id"], set_={each: insert.excluded[each] for each in fresh}, where=waiting
        )
    else:
        insert = insert.on_conflict_do_nothing()
    connection.execute(insert, list(rows))
    promote(connection, name, {row["subject"] for row in rows}, now_ms)


def promote(connection: Connection, name: str, subjects: Collection[str], now_ms: int) -> None:
    """Make the first that waits of each of these subjects due, where none has a time yet."""
    waiting = and_(_D.endpoint == name, _D.state == WAITING)
    for part in in_parts(sorted(subjects)):
        heads = select(_D.subject, func.min(_D.seq).label("seq")).where(waiting, _D.subject.in_(part))
        found = connection.execute(heads.group_by(_D.subject).having(func.count(_D.next_at_ms) == 0)).all()
        if found:
            connection.execute(
                update(DELIVERIES)
                .where(waiting, _D.subject == bindparam("b_subject"), _D.seq == bindparam("b_seq"))
                .values(next_at_ms=now_ms),
                [{"b_subject": row.subject, "b_seq": row.seq} for row in found],
            )


def health_of(connection: Connection, name: str) -> Health:
    """How that endpoint stands."""
    row = connection.execute(select(ENDPOINTS).where(ENDPOINTS.c.name == name)).mappings().first()
    return Health() if row is None else Health(**{field: row[field] for field in row if field != "name"})


def set_health(connection: Connection, name: str, health: Health) -> None:
    """Write down how that endpoint stands."""
    row = {
        "name": name,
        "failures": health.failures,
        "failing_since_ms": health.failing_since_ms,
        "disabled_at_ms": health.disabled_at_ms,
        "disabled_because": health.disabled_because,
    }
    write_over(connection, ENDPOINTS, [row])


_TRIED: Final = (
    update(DELIVERIES)
    .where(
        _D.endpoint == bindparam("b_endpoint"),
        _D.event_id == bindparam("b_event_id"),
        _D.state == WAITING,
        _D.tries == bindparam("b_tries"),
    )
    .values(
        state=bindparam("b_state"),
        tries=bindparam("b_tries") + 1,
        next_at_ms=bindparam("b_next"),
        tried_at_ms=bindparam("b_at"),
        answer=bindparam("b_answer"),
        body=func.coalesce(bindparam("b_body", type_=Text), _D.body),
    )
)


def _outcome(tried: Tried) -> dict[str, Any]:
    tries = tried.delivery.tries
    chance = random.random()  # noqa: S311 - jitter
    next_ms = None if tried.success else next_try_ms(tries + 1, tried.at_ms, chance, tried.asked_s)
    return {
        "b_endpoint": tried.delivery.endpoint,
        "b_event_id": tried.delivery.event_id,
        "b_tries": tries,
        "b_state": DELIVERED if tried.success else FAILED if next_ms is None else WAITING,
        "b_next": next_ms,
        "b_at": tried.at_ms,
        "b_answer": tried.answer,
        "b_body": "" if tried.success else None,
    }


def _due(connection: Connection, name: str, most: int, busy: Collection[str], now_ms: int) -> Iterator[Delivery]:
    columns = select(_D.event_id, _D.subject, _D.body, _D.tries)
    due = columns.where(_D.endpoint == name, _D.next_at_ms <= now_ms).order_by(_D.next_at_ms, _D.seq)
    left = most
    for row in connection.execute(due.limit(most + len(busy))):
        if row.event_id not in busy and left:
            left -= 1
            yield Delivery(name, row.event_id, row.subject, row.body.encode(), row.tries)


def _standing(connection: Connection, name: str) -> Standing:
    first = select(func.min(_D.since_ms)).where(_D.endpoint == name, _D.state == WAITING)
    waiting, failed = (_counted(connection, name, state) for state in (WAITING, FAILED))
    return Standing(waiting, failed, connection.scalar(first))


def _counted(connection: Connection, name: str, state: str) -> int:
    some = select(_D.event_id).where(_D.endpoint == name, _D.state == state).limit(COUNTED_MAX).subquery()
    return connection.scalar(select(func.count()).select_from(some)) or 0


def _endpoint(tried: Tried) -> str:
    return tried.delivery.endpoint
