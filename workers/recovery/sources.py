"""What is left of every order: what the archive tells, what the logs of intents say, and the row of an older copy.

Every order comes once, in pages, whatever it is known from; memory holds one page.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from producers.contract import states
from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import position_of
from producers.runtime.archive_stats import GROUP
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.record import Record
from workers.events.archive.tables import EVENTS, ORDER_ATTEMPTS, ORDERS
from workers.payments.intent_log import Sent
from workers.recovery.decide import UNSENT, Copied, Known
from workers.recovery.sent import SentBook

#: Orders of one page.
PAGE: Final = 500

_CHARGE: Final = "charge"
#: What is needed of a row, if nothing else tells of the order.
_OF_ROW: Final = (
    "ref", "kind", "parent", "amount_minor", "currency", "account", "lane", "producer", "country", "last4", "batch",
    "root", "successor", "further", "created_at", "intent_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Left:
    """All that is left of one order. `successor` is the latest that goes on for it, `listed` the account that lists a
    payment of it; empty where there is none.
    """

    order_id: str
    known: Known | None
    sent: Sent | None
    row: Copied | None
    successor: str = ""
    listed: str = ""

    @property
    def unlogged(self) -> bool:
        """Whether it was sent as the gateway lists it, and nothing else tells of that: then a log is missing."""
        told = self.known is not None and self.known.state != states.ACCEPTED
        return bool(self.listed) and not (self.sent or told) and (self.row is None or self.row.state in UNSENT)

    @property
    def went_on(self) -> bool:
        """Whether another order goes on for it, and its row does not know."""
        return self.successor != (self.row.record.successor if self.row else "")

    @property
    def accepted_at_ms(self) -> int:
        """Nothing of it can have left before."""
        if self.known is not None:
            return self.known.accepted_at_ms
        return self.row.record.number("created_at") if self.row else 0


def told_to_ms(archive: Archive) -> int:
    """Up to when the archive was told everything; 0 where it was told nothing. It is where it stands in the stream: the
    moments in events are those of many clocks, and one that is ahead says nothing of what others told.
    """
    with archive.reading() as connection:
        newest = int(connection.scalar(select(func.max(EVENTS.c.at_ms))) or 0)
        return min(newest, int(position_of(connection, GROUP).partition("-")[0]))


def everything(archive: Archive, sent: SentBook, ledger: SyncLedger, listed: Mapping[str, str]) -> Iterator[list[Left]]:
    """Page after page: what the archive has, then what only the ledger has, then what only the logs have. `listed` are
    accounts by the order_ids of payments on their lists.
    """
    pages = chain(
        _archived(archive, sent, ledger),
        _rest(archive, sent, ledger, _rows_of(ledger), only_sent=False),
        _rest(archive, sent, ledger, (each.order_id for each in sent.all()), only_sent=True),
    )
    for page in pages:
        yield [replace(left, listed=listed.get(left.order_id, "")) for left in page]


def unlogged(archive: Archive, sent: SentBook, ledger: SyncLedger, listed: Mapping[str, str]) -> int:
    """How many of the listed orders were sent although no log has it (see `Left.unlogged`)."""
    found = 0
    names = iter(listed)
    while page := list(islice(names, PAGE)):
        with archive.reading() as connection:
            known = _known(connection, select(ORDERS).where(ORDERS.c.order_id.in_(page)))
        rows = _rows(ledger, page)
        left = (Left(name, known.get(name), sent.of(name), rows.get(name), listed=listed[name]) for name in page)
        found += sum(each.unlogged for each in left if each.known or each.row)
    return found


def _archived(archive: Archive, sent: SentBook, ledger: SyncLedger) -> Iterator[list[Left]]:
    after = ""
    while True:
        with archive.reading() as connection:
            page = _known(connection, select(ORDERS).where(ORDERS.c.order_id > after).order_by(ORDERS.c.order_id))
            heirs = _heirs(connection, page)
        if not page:
            return
        names = list(page)
        rows = _rows(ledger, names)
        yield [_left(name, page[name], sent, rows.get(name), heirs.get(name, "")) for name in names]
        after = names[-1]


def _rest(
    archive: Archive, sent: SentBook, ledger: SyncLedger, names: Iterator[str], *, only_sent: bool
) -> Iterator[list[Left]]:
    """Those that the archive does not have; with `only_sent` those that the ledger does not have either."""
    while page := list(islice(names, PAGE)):
        with archive.reading() as connection:
            known = set(connection.scalars(select(ORDERS.c.order_id).where(ORDERS.c.order_id.in_(page))))
            heirs = _heirs(connection, page)
        rows = _rows(ledger, page)
        left = [
            _left(name, None, sent, rows.get(name), heirs.get(name, ""))
            for name in dict.fromkeys(page)
            if name not in known and not (only_sent and name in rows)
        ]
        if left:
            yield left


def _left(name: str, known: Known | None, sent: SentBook, row: Copied | None, heir: str) -> Left:
    # Of the successors of one order the later name is the later one.
    told = known.successor if known else ""
    successor = max(heir, told, sent.successor_of(name), row.record.successor if row else "")
    return Left(name, known, sent.of(name), row, successor)


def _heirs(connection: Connection, names: Collection[str]) -> dict[str, str]:
    """The latest orders that go on for some of these, as the archive tells."""
    latest = select(ORDERS.c.root, func.max(ORDERS.c.order_id)).where(ORDERS.c.root.in_(names)).group_by(ORDERS.c.root)
    return {row[0]: row[1] for row in connection.execute(latest)}


def _rows_of(ledger: SyncLedger) -> Iterator[str]:
    """The order_ids of all rows. A row may come twice: the second time it is as it was left the first time."""
    prefix, cursor = keys.order(""), b"0"
    while True:
        cursor, found = ledger.read_many([("SCAN", cursor, "MATCH", f"{prefix}*", "COUNT", 1000)])[0]
        yield from (name.decode().removeprefix(prefix) for name in found)
        if cursor == b"0":
            return


def _rows(ledger: SyncLedger, names: Sequence[str]) -> dict[str, Copied]:
    found = ledger.read_many([("HMGET", keys.order(name), "state", *_OF_ROW) for name in names])
    return {name: _copied(name, values) for name, values in zip(names, found, strict=True) if values[0]}


def _copied(name: str, values: Sequence[bytes | None]) -> Copied:
    fields = {field: value for field, value in zip(("state", *_OF_ROW), values, strict=True) if value is not None}
    record = Record(name, fields)
    return Copied(record.state, record)


def _known(connection: Connection, query: Select[Any]) -> dict[str, Known]:
    rows = {row["order_id"]: dict(row) for row in connection.execute(query.limit(PAGE)).mappings()}
    refs = connection.execute(
        select(ORDER_ATTEMPTS.c.order_id, ORDER_ATTEMPTS.c.attempt_ref)
        .where(ORDER_ATTEMPTS.c.order_id.in_(rows))
        .order_by(ORDER_ATTEMPTS.c.changed_at_ms)
    )
    latest: dict[str, str] = {row.order_id: row.attempt_ref for row in refs}
    return {name: _order(row, latest.get(name) or name) for name, row in rows.items()}


def _order(row: Mapping[str, Any], ref: str) -> Known:
    return Known(
        order_id=row["order_id"],
        state=row["state"],
        kind="" if row["kind"] == _CHARGE else row["kind"],
        ref=ref,
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        account=row["account"],
        producer=row["producer"],
        country=row["country"] or "",
        last4=row["card_last4"] or "",
        payment_id=row["payment_id"] or "",
        parent=row["parent_id"] or "",
        follow_up_id=row["follow_up_id"] or "",
        batch=row["batch"] or "",
        root=row["root"] or "",
        successor=row["successor"] or "",
        held=bool(row["held"]),
        reason=row["reason"] or "",
        accepted_at_ms=row["accepted_at_ms"],
        ended_at_ms=row["ended_at_ms"] or 0,
    )
