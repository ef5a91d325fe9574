"""Who keeps the event stream from being trimmed, and how one is let go that reads no more.

A reader stands in the archive (renewals, webhooks), or is a consumer group of Redis; the archive's own is both. The
stream holds whatever one of them has not read, so one that was given up holds all that is told from then on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select

from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import READERS, WEBHOOKS
from producers.runtime.archive_stats import GROUP
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import SyncLedger
from producers.subscriptions.book.following import READER as RENEWALS
from workers.events.archive.stream import LedgerStream, place

#: Readers of the event stream that stand in the archive; others there read other streams.
_ARCHIVED: Final = (GROUP, RENEWALS, WEBHOOKS)


@dataclass(frozen=True, slots=True)
class Holder:
    """A reader of the stream. `waiting_since_ms` is when the first entry was told that it has not read, 0 for none."""

    name: str
    position: str
    waiting_since_ms: int


def holders(ledger: SyncLedger, archive: Archive) -> list[Holder]:
    """All of them, who is furthest behind first. Of one that stands in the archive and in Redis the archive says where.

    Raises:
        LedgerUnavailable, ArchiveUnavailable: one of them does not answer.
    """
    with archive.reading() as connection:
        found = connection.execute(
            select(READERS.c.name, READERS.c.position).where(READERS.c.name.in_(_ARCHIVED))
        ).all()
    positions = LedgerStream(ledger).groups() | {row.name: row.position for row in found}
    behind = sorted(positions.items(), key=lambda each: (place(each[1]), each[0]))
    return [Holder(name, position, _first_after(ledger, position)) for name, position in behind]


def let_go(ledger: SyncLedger, archive: Archive, name: str) -> None:
    """Hold the stream for that reader no longer. Comes it again, it begins with what is left. Raises as `holders`."""
    with archive.writing() as connection:
        connection.execute(delete(READERS).where(READERS.c.name == name, READERS.c.name.in_(_ARCHIVED)))
    ledger.read("XGROUP", "DESTROY", keys.EVENTS, name)


def _first_after(ledger: SyncLedger, position: str) -> int:
    (entries,) = ledger.read_many([("XRANGE", keys.EVENTS, f"({position}", "+", "COUNT", 1)])
    return place(entries[0][0].decode())[0] if entries else 0
