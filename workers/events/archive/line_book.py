"""Streams whose entries each become one row, and nothing follows from it: the audit trail, and notifications.

A row is never written over: what is there under its key is what was told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table, select

from producers.contract.audit import read_line
from producers.runtime.archive.database import Archive
from workers.events.archive.book import Written
from workers.events.archive.entries import Entry, aside
from workers.events.archive.statements import put_aside, write_once
from workers.events.archive.tables import NOTIFICATIONS, OPERATOR_ACTIONS

#: The readers of the two streams: their positions, their leases, and their groups in Redis.
AUDIT_READER: Final = "audit"
NOTIFICATIONS_READER: Final = "notifications"

#: An entry's row; None where it is none of ours.
RowOf = Callable[[Entry], Mapping[str, Any] | None]


class LineBook:
    """Entries into one table. `reader` is under whose name what cannot be read is put aside."""

    def __init__(self, reader: str, table: Table, row_of: RowOf) -> None:
        self._reader = reader
        self._table = table
        self._row_of = row_of

    def write(self, connection: Connection, entries: Sequence[Entry], now_ms: int) -> Written:
        rows = [(entry, self._row_of(entry)) for entry in entries]
        known = [dict(row) for _, row in rows if row is not None]
        write_once(connection, self._table, known)
        for entry, row in rows:
            if row is None:
                self.put_aside(connection, entry, "it is not what this stream holds", now_ms)
        return Written(len(known), len(rows) - len(known), len(rows))

    def put_aside(self, connection: Connection, entry: Entry, reason: str, now_ms: int) -> Written:
        unread = {**aside(entry, reason)._asdict(), "reader": self._reader, "since_ms": now_ms}
        put_aside(connection, [unread])
        return Written(0, 1, 1)


class AuditBook(LineBook):
    """The audit trail, line by line. A line that does not have the hash it says is put aside."""

    def __init__(self) -> None:
        super().__init__(AUDIT_READER, OPERATOR_ACTIONS, _operator_action)


class NotificationBook(LineBook):
    """Notifications, as their door left them."""

    def __init__(self) -> None:
        super().__init__(NOTIFICATIONS_READER, NOTIFICATIONS, _notification)


def archived_lines(archive: Archive, seq_max: int) -> dict[str, bytes]:
    """Lines of all trails up to that number, by their hashes. Raises ArchiveUnavailable."""
    query = select(OPERATOR_ACTIONS.c.hash, OPERATOR_ACTIONS.c.line).where(OPERATOR_ACTIONS.c.seq <= seq_max)
    with archive.reading() as connection:
        return {digest: line.encode() for digest, line in connection.execute(query)}


def _operator_action(entry: Entry) -> Mapping[str, Any] | None:
    line = entry.fields.get(b"line", b"")
    found = read_line(line)
    if found is None or found[0].head.hash != found[1]:
        return None
    told, digest = found
    return {
        "hash": digest,
        "seq": told.seq,
        "at_ms": told.at_ms,
        "actor": told.actor,
        "action": told.action,
        "subject": told.subject,
        "line": line.decode(),
    }


def _notification(entry: Entry) -> Mapping[str, Any] | None:
    try:
        told = {name.decode(): value.decode() for name, value in entry.fields.items()}
        return {
            "notification_id": told["id"],
            "door": told["door"],
            "type": told["type"],
            "payment_id": told["payment_id"] or None,
            "result": told["result"],
            "at_ms": int(entry.position.partition("-")[0]),
        }
    except (KeyError, UnicodeDecodeError):
        return None
