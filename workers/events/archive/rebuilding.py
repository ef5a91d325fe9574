"""All that follows from events, made anew from them, in place: while others read it, and beside a running archive.

Part by part, each in a transaction of its own that keeps the archive from writing meanwhile. Whoever is stopped half
way leaves tables that say what they did before, and begins again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Exists, Table, delete, exists, literal, select

from producers.contract.events import CLASSES
from producers.contract.names import CHARGEBACK_TYPES
from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import hold
from workers.events.archive.book import EventBook
from workers.events.archive.derived import derive_chargebacks, derive_orders
from workers.events.archive.entries import Entry, Told, read
from workers.events.archive.statements import ASKED_MAX
from workers.events.archive.tables import CHARGEBACKS, EVENTS, ORDER_ATTEMPTS, ORDERS, UNREAD_EVENTS


class Rebuilt(NamedTuple):
    """Orders and chargebacks made anew, rows dropped of which nobody tells, and entries that can be read by now."""

    orders: int
    chargebacks: int
    dropped: int
    recovered: int


def rebuild(archive: Archive, reader: str) -> Rebuilt:
    """Make the tables anew. Rows of events that are kept no more stay as they are.

    Raises:
        ArchiveUnavailable: the database does not answer; run it again.
    """
    recovered = _recover(archive, reader)
    orders = sum(_orders(archive, reader))
    chargebacks = sum(_chargebacks(archive, reader))
    with archive.writing() as connection:
        hold(connection, reader)
        dropped = _drop(connection)
    return Rebuilt(orders, chargebacks, dropped, recovered)


def _orders(archive: Archive, reader: str) -> Iterator[int]:
    after = ""
    types = tuple(CLASSES)
    subjects = select(EVENTS.c.subject).where(EVENTS.c.type.in_(types)).distinct().order_by(EVENTS.c.subject)
    while True:
        with archive.writing() as connection:
            hold(connection, reader)
            found = list(connection.scalars(subjects.where(EVENTS.c.subject > after).limit(ASKED_MAX)))
            derive_orders(connection, found, {}, anew=True)
        if not found:
            return
        yield len(found)
        after = found[-1]


def _chargebacks(archive: Archive, reader: str) -> Iterator[int]:
    after = before = ""
    told = select(EVENTS.c.event_id).where(EVENTS.c.type.in_(tuple(CHARGEBACK_TYPES.values())))
    while True:
        with archive.writing() as connection:
            hold(connection, reader)
            some = told.where(EVENTS.c.event_id > after).order_by(EVENTS.c.event_id).limit(ASKED_MAX)
            found = list(connection.scalars(some))
            # Those of one chargeback stand beside each other: it is counted with the last of them.
            disputes = sorted({event_id.split("/")[1] for event_id in found} - {before})
            derive_chargebacks(connection, disputes)
        if not found:
            return
        yield len(disputes)
        after, before = found[-1], found[-1].split("/")[1]


def _recover(archive: Archive, reader: str) -> int:
    """Write what was put aside and can be read now: by a later version, or because the database takes it."""
    book, now_ms, recovered = EventBook(reader), int(time.time() * 1000), 0
    with archive.writing() as connection:
        hold(connection, reader)
        unread = connection.execute(select(UNREAD_EVENTS).where(UNREAD_EVENTS.c.reader == reader)).mappings().all()
        for row in unread:
            entry = Entry(row["position"], {b"event": row["body"].encode()})
            if isinstance(read(entry), Told):
                connection.execute(
                    delete(UNREAD_EVENTS).where(
                        UNREAD_EVENTS.c.reader == reader, UNREAD_EVENTS.c.position == row["position"]
                    )
                )
                book.write(connection, [entry], now_ms)
                recovered += 1
    return recovered


def _drop(connection: Connection) -> int:
    """Take away the rows of what no event tells of."""
    told = exists().where(EVENTS.c.subject == ORDERS.c.order_id)
    known = exists().where(ORDERS.c.order_id == ORDER_ATTEMPTS.c.order_id)
    ids = [literal("chargeback/") + CHARGEBACKS.c.chargeback_id + f"/{status}" for status in CHARGEBACK_TYPES]
    disputed = exists().where(EVENTS.c.event_id.in_(ids))
    return (
        _without(connection, ORDERS, told)
        + _without(connection, ORDER_ATTEMPTS, known)
        + _without(connection, CHARGEBACKS, disputed)
    )


def _without(connection: Connection, table: Table, is_told: Exists) -> int:
    return connection.execute(delete(table).where(~is_told)).rowcount
