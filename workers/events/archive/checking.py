"""The ledger's orders held against the archive's: what has ended there must be told here, and the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, select

from producers.contract.states import TERMINAL
from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import position_of
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import SyncLedger
from workers.events.archive.tables import ORDERS

#: Orders that are looked at together.
CHUNK: Final = 500
#: What is held against each other, as the ledger calls it.
_COMPARED: Final = ("state", "amount_minor", "currency")
_ROWS: Final = select(ORDERS.c.order_id, *(ORDERS.c[name] for name in _COMPARED)).where(
    ORDERS.c.order_id.in_(bindparam("ids", expanding=True))
)
_PREFIX: Final = keys.order("")


@dataclass(frozen=True, slots=True)
class Difference:
    """An order of which ledger and archive say different things: state, amount and currency, None where it is not."""

    order_id: str
    ledger: tuple[str, ...] | None
    archive: tuple[str, ...] | None

    @property
    def what(self) -> str:
        """`missing` in the archive, or `different` there."""
        return "missing" if self.archive is None else "different"


@dataclass(frozen=True, slots=True)
class Check:
    """`ended` orders were looked at; `behind` are those that the archive has yet to read of."""

    ended: int
    behind: int
    differences: tuple[Difference, ...]


def check(ledger: SyncLedger, archive: Archive, reader: str) -> Check:
    """Hold them against each other. Both go on meanwhile: what differs is looked at once more, and what the archive
    has yet to read is no difference.

    Raises:
        LedgerUnavailable, ArchiveUnavailable: one of them does not answer.
    """
    ended = 0
    suspects: list[str] = []
    for order_ids in _all_orders(ledger):
        found = _compared(ledger, archive, order_ids)
        ended += sum(each.ledger is not None and each.ledger[0] in TERMINAL for each in found)
        suspects += [each.order_id for each in found if _differs(each)]
    waiting = _unread(ledger, archive, reader) if suspects else set()
    again = [each for part in _parts(suspects) for each in _compared(ledger, archive, part) if _differs(each)]
    differences = tuple(each for each in again if each.order_id not in waiting)
    return Check(ended, len(again) - len(differences), differences)


def _differs(found: Difference) -> bool:
    """The ledger's end must be the archive's; what has ended here cannot be open there."""
    ours, theirs = found.ledger, found.archive
    if ours is None or (ours[0] not in TERMINAL and (theirs is None or theirs[0] not in TERMINAL)):
        return False
    return ours != theirs


def _all_orders(ledger: SyncLedger) -> Iterator[list[str]]:
    cursor = "0"
    while True:
        at, found = ledger.read_many([("SCAN", cursor, "MATCH", f"{_PREFIX}*", "COUNT", CHUNK)])[0]
        yield [key.decode().removeprefix(_PREFIX) for key in found]
        cursor = at.decode()
        if cursor == "0":
            return


def _compared(ledger: SyncLedger, archive: Archive, order_ids: Sequence[str]) -> list[Difference]:
    if not order_ids:
        return []
    replies = ledger.read_many([("HMGET", keys.order(order_id), *_COMPARED) for order_id in order_ids])
    with archive.reading() as connection:
        rows: Mapping[str, Any] = {row[0]: row[1:] for row in connection.execute(_ROWS, {"ids": order_ids})}
    return [
        Difference(order_id, _told(reply), _told(rows.get(order_id)))
        for order_id, reply in zip(order_ids, replies, strict=True)
    ]


def _told(values: Sequence[Any] | None) -> tuple[str, ...] | None:
    if values is None or values[0] is None:
        return None
    return tuple(value.decode() if isinstance(value, bytes) else str(value) for value in values)


def _unread(ledger: SyncLedger, archive: Archive, reader: str) -> set[str]:
    """The orders of events that the archive has not read, told or about to be."""
    with archive.reading() as connection:
        after = position_of(connection, reader)
    found: set[str] = set()
    for key, start in ((keys.EVENTS, f"({after}"), (keys.OUTBOX, "-")):
        while entries := ledger.read_many([("XRANGE", key, start, "+", "COUNT", CHUNK)])[0]:
            # An event's id begins with what it tells of; a reference is the order_id, or stands in the event.
            found |= {_subject(fields) for _, fields in entries}
            start = f"({entries[-1][0].decode()}"
    return found


def _subject(fields: Sequence[bytes]) -> str:
    named = dict(zip(fields[::2], fields[1::2], strict=True))
    _, _, rest = named.get(b"event", b"").partition(b'"subject":"')
    return rest.partition(b'"')[0].decode(errors="replace")


def _parts(order_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(order_ids), CHUNK):
        yield order_ids[start : start + CHUNK]
