"""Takes away what says who a customer is, and counts what is left: in the archive, in the ledger, on the stream.

What stays are the books: amounts, dates, states, payment ids. Orders leave the ledger as they would later
(`archive.retiring`), so their tombstones still answer for them, and nothing is ever charged again. The stream cannot be
rewritten: what is there goes with its time, and until then the answer is "not yet".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select, update

from producers.contract.renewals import CANCELLED
from producers.contract.states import TERMINAL
from producers.errors import ProducerError
from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import hold
from producers.runtime.ledger import keys, risk_calls
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.retire_calls import retire
from producers.runtime.ledger.tombstones import FIELDS
from producers.splits.made_of import unnamed, written
from producers.subscriptions.book.tables import ATTEMPTS, SUBSCRIPTIONS
from workers.events.archive.retiring import ArchivedEnds
from workers.events.archive.service import READER
from workers.events.archive.tables import ORDERS
from workers.privacy.finding import (
    PERSONAL,
    PERSONAL_ROWS,
    Person,
    counters_in_ledger,
    entries_on_stream,
    in_archive,
    personal_rows,
    rows_in_ledger,
    splits_in_ledger,
    tables_of,
)

#: Milliseconds after its end for which an order stays in the ledger: no `ORDERS_KEPT_S` lets one leave sooner.
YOUNG_MS: Final = 691_200_000
#: What `retire` answers for an order that is not in the ledger any more.
_GONE: Final = frozenset({"retired", "again", "missing"})


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing can be erased yet: a stable code, and what is in the way."""

    code: str
    what: str


@dataclass(frozen=True, slots=True)
class Left:
    """How much says who the customer is, by where it was looked for; and when the newest of the stream was told (ms;
    0: there is none).
    """

    places: Mapping[str, int]
    stream_newest_ms: int

    @property
    def beside_stream(self) -> int:
        """What is not on the stream."""
        return sum(count for place, count in self.places.items() if place != STREAM)


#: The place of what goes with its time.
STREAM: Final = f"ledger.{keys.EVENTS}"


class Erasure:
    """Of one customer. `now_ms` decides which orders ended long enough ago."""

    def __init__(self, archive: Archive, ledger: SyncLedger, person: Person, now_ms: int) -> None:
        self._archive = archive
        self._ledger = ledger
        self._person = person
        self._now_ms = now_ms

    def left(self) -> Left:
        """Look for them everywhere. Raises LedgerUnavailable, ArchiveUnavailable."""
        with self._archive.reading() as connection:
            places = in_archive(connection, self._person)
        own, among = counters_in_ledger(self._ledger, self._person)
        entries, newest_ms = entries_on_stream(self._ledger, self._person)
        places |= {
            f"ledger.{keys.order('*')}": len(rows_in_ledger(self._ledger, self._person)),
            f"ledger.{keys.split('*')}": len(splits_in_ledger(self._ledger, self._person)),
            f"ledger.{risk_calls.order('*').removesuffix('order:*')}*": len(own) + len(among),
            STREAM: entries,
        }
        return Left(places, newest_ms)

    def obstacles(self) -> list[Refused]:
        """What must end first; empty where everything may go."""
        return [*self._subscriptions(), *self._archived(), *self._in_ledger()]

    def erase(self) -> None:
        """Take it away: first from the ledger, then from the archive, in one transaction. Begun again, it goes on.

        Raises:
            ProducerError: `erase_deferred`, an order cannot leave the ledger yet; the archive is as it was.
            LedgerUnavailable, ArchiveUnavailable: again later.
        """
        self._retire()
        self._forget_splits()
        self._forget_counters()
        theirs = tables_of(self._person)
        with self._archive.writing() as connection:
            hold(connection, READER)
            for table in PERSONAL_ROWS:
                connection.execute(delete(table).where(theirs[table]))
            for table, names in PERSONAL.items():
                emptied = dict.fromkeys(names)
                connection.execute(update(table).where(personal_rows(table, theirs[table])).values(emptied))

    def _subscriptions(self) -> Iterator[Refused]:
        with self._archive.reading() as connection:
            theirs = SUBSCRIPTIONS.c.subscription_id.in_(self._person.subscriptions)
            query = select(SUBSCRIPTIONS.c.subscription_id, SUBSCRIPTIONS.c.state).where(theirs)
            for name, state in connection.execute(query.where(SUBSCRIPTIONS.c.state != CANCELLED)):
                yield Refused("erase_subscription_open", f"subscription {name} is {state}: cancel it first")
            # A run that was killed may have decided on an order that it has not handed in: the next one does.
            decided = select(ATTEMPTS.c.order_id).where(
                ATTEMPTS.c.subscription_id.in_(self._person.subscriptions), ATTEMPTS.c.outcome.is_(None)
            )
            for order_id in connection.scalars(decided):
                yield Refused(
                    "erase_order_open", f"order {order_id} of a subscription has no outcome: it has yet to end"
                )

    def _archived(self) -> Iterator[Refused]:
        with self._archive.reading() as connection:
            query = select(ORDERS.c.order_id, ORDERS.c.state, ORDERS.c.ended_at_ms)
            for row in connection.execute(query.where(ORDERS.c.order_id.in_(self._person.orders))):
                yield from self._of_order(row.order_id, row.state, row.ended_at_ms)

    def _in_ledger(self) -> Iterator[Refused]:
        for record in self._records():
            if record.order_id not in self._person.orders:
                yield from self._of_order(record.order_id, record.state, record.number("since"))

    def _of_order(self, order_id: str, state: str, ended_at_ms: int | None) -> Iterator[Refused]:
        if state not in TERMINAL or ended_at_ms is None:
            yield Refused("erase_order_open", f"order {order_id} is {state}: it has yet to end")
        elif ended_at_ms > self._now_ms - YOUNG_MS:
            days = YOUNG_MS // 86_400_000
            yield Refused("erase_order_young", f"order {order_id} ended less than {days} days ago")

    def _records(self) -> list[Record]:
        order_ids = rows_in_ledger(self._ledger, self._person)
        rows = self._ledger.read_many([("HMGET", keys.order(order_id), "root", *FIELDS) for order_id in order_ids])
        names = ("root", *FIELDS)
        records = [
            Record(order_id, {name: value for name, value in zip(names, row, strict=True) if value is not None})
            for order_id, row in zip(order_ids, rows, strict=True)
        ]
        # An order that goes on for another one leaves after it.
        return sorted((record for record in records if record.state), key=lambda record: record.root != "")

    def _retire(self) -> None:
        records = self._records()
        self._check_archived(records)
        for record in records:
            answer = self._ledger.run(retire(record, kept_ms=YOUNG_MS))
            if answer not in _GONE:
                message = f"order {record.order_id} cannot leave the ledger yet ({answer}): try again later"
                raise ProducerError("erase_deferred", message)

    def _check_archived(self, records: Sequence[Record]) -> None:
        order_ids = [record.order_id for record in records]
        known = ArchivedEnds(self._archive).known(order_ids) if order_ids else ()
        for order_id in sorted(set(order_ids) - set(known)):
            message = f"the archive does not have the end of {order_id} yet: cardinity archive run --once"
            raise ProducerError("erase_deferred", message)

    def _forget_splits(self) -> None:
        """All parts have ended, and answer for themselves; the split's name stays taken."""
        named = splits_in_ledger(self._ledger, self._person)
        if named:
            self._ledger.read_many([("HSET", key, "made_of", written(unnamed(split))) for key, split in named.items()])

    def _forget_counters(self) -> None:
        own, among = counters_in_ledger(self._ledger, self._person)
        commands = [("DEL", key) for key in own] + [("ZREM", key, name) for key, name in among]
        if commands:
            self._ledger.read_many(commands)
