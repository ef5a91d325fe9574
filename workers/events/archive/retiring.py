"""Lets orders leave the ledger that ended long ago and are in the archive: a duty of the archive's process.

All orders of the ledger are gone through, again and again, at a bounded share of the server's time, and those that
ended longer ago than `ORDERS_KEPT_S` are looked for in the archive. There is no list of what has left and no position
to keep, so nothing of that can be lost: whoever dies leaves all of it to the next round, and what cannot leave yet (its
hold is open, or something that follows its payment) is simply met again.

The script decides. Two of these at once do no harm; one at a time does the work, by a lease of the ledger.
"""

from __future__ import annotations

import random
import secrets
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

import structlog
from sqlalchemy import bindparam, exists, select

from producers.contract.states import TERMINAL
from producers.errors import ArchiveUnavailable, LedgerUnavailable, ProducerError, QueueFull
from producers.runtime.archive.database import Archive
from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.retire_calls import ended, retire
from producers.runtime.ledger.tombstones import FIELDS
from producers.runtime.settings import Settings
from workers.events.archive.beside import Pause, beside
from workers.events.archive.tables import EVENTS, ORDERS

log: Final[structlog.stdlib.BoundLogger] = structlog.get_logger(__name__)

#: The duty's lease.
DUTY: Final = "retiring"
#: Keys looked at in one step: half a millisecond of the server, for which payments wait.
STEP: Final = 200
#: The share of the time that steps may take.
SHARE: Final = 0.1
#: Seconds between two rounds, and after a failure.
ROUND_S: Final = 600.0
FAILED_S: Final = 10.0
#: Seconds that the lease holds, and after which it is renewed.
LEASE_S: Final = 30.0
#: What an order is counted under that has ended, and the archive does not know how.
NOT_ARCHIVED: Final = "not_archived"


_ENDED: Final = select(ORDERS.c.order_id).where(
    ORDERS.c.order_id.in_(bindparam("order_ids", expanding=True)),
    ORDERS.c.state.in_(sorted(TERMINAL)),
    exists().where(EVENTS.c.subject == ORDERS.c.order_id, EVENTS.c.type.endswith("." + ORDERS.c.state)),
)


class Ends(Protocol):
    """What the archive knows of how orders have ended."""

    def known(self, order_ids: Sequence[str]) -> Collection[str]:
        """Those of these orders whose end it has.

        Raises:
            ArchiveUnavailable: it does not answer.
        """
        ...


class ArchivedEnds:
    """By its tables: the order's row has ended, and the event that said so is there."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def known(self, order_ids: Sequence[str]) -> Collection[str]:
        with self._archive.reading() as connection:
            return set(connection.scalars(_ENDED, {"order_ids": list(order_ids)}))


class Retirement:
    """Goes through the ledger, round by round. `pause` sleeps for so many seconds."""

    def __init__(
        self, ledger: SyncLedger, ends: Ends, *, kept_s: float, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._ledger = ledger
        self._ends = ends
        self._kept_ms = int(kept_s * 1000)
        self._pause = pause
        self._token = secrets.token_hex(16)
        self._renew_at = 0.0

    def run(self) -> None:
        """Round after round, until an exception ends it: a signal, or what an operator must mend.

        Raises:
            LedgerLockdown: another ledger answers than the pinned one.
        """
        try:
            while True:
                try:
                    self.round()
                    rest_s = ROUND_S
                except (LedgerUnavailable, ArchiveUnavailable, QueueFull) as error:
                    log.error("retiring_interrupted", code=error.code)
                    rest_s = FAILED_S
                self._pause(rest_s * random.uniform(0.8, 1.0))  # noqa: S311 - jitter
        finally:
            self._give_up()

    def round(self) -> Counter[str]:
        """Once through the ledger; what became of the orders that ended long ago, by the words of `retire`. It ends
        early where another one does the work.

        Raises:
            LedgerUnavailable, ArchiveUnavailable: nothing is lost; again later.
        """
        found: Counter[str] = Counter()
        cursor = "0"
        while self._leads():
            began = time.monotonic()
            cursor, order_ids = self._ledger.run(ended(cursor, STEP, kept_ms=self._kept_ms))
            if order_ids:
                found += self._retired(order_ids)
            if cursor == "0":
                break
            self._pause((time.monotonic() - began) * (1 / SHARE - 1))
        if found:
            # Orders that the archive does not know are kept: somebody must find out why it does not.
            tell = log.warning if found[NOT_ARCHIVED] else log.info
            tell("orders_retired", **found)
        return found

    def _retired(self, order_ids: Sequence[str]) -> Counter[str]:
        return Counter(retired(self._ledger, self._ends, order_ids, kept_ms=self._kept_ms).values())

    def _leads(self) -> bool:
        now = time.monotonic()
        if now < self._renew_at:
            return True
        leads = self._ledger.run(calls.lead(DUTY, self._token, int(LEASE_S * 1000)))
        self._renew_at = now + LEASE_S / 3 if leads else 0.0
        return leads

    def _give_up(self) -> None:
        try:
            self._ledger.run(calls.lead(DUTY, self._token, 0), patience_s=0)
        except ProducerError as error:
            log.debug("retiring_lease_kept", code=error.code)  # it ends by itself


def retired(ledger: SyncLedger, ends: Ends, order_ids: Sequence[str], *, kept_ms: int) -> dict[str, str]:
    """Let these orders leave where they may; what became of each, by the words of `retire`. One that has left meanwhile
    is not told of.

    Raises:
        LedgerUnavailable, ArchiveUnavailable: nothing is lost; again later.
    """
    known = list(ends.known(order_ids))
    rows = ledger.read_many([("HMGET", keys.order(order_id), *FIELDS) for order_id in known])
    records = [_record(order_id, row) for order_id, row in zip(known, rows, strict=True)]
    # One that has left meanwhile has no row.
    leaving = [record for record in records if record.state in TERMINAL]
    answers = ledger.run_many([retire(record, kept_ms=kept_ms) for record in leaving])
    unknown = dict.fromkeys(set(order_ids) - set(known), NOT_ARCHIVED)
    return unknown | {record.order_id: answer for record, answer in zip(leaving, answers, strict=True)}


@contextmanager
def retiring(settings: Settings, ledger: SyncLedger, archive: Archive) -> Iterator[None]:
    """Let orders leave that ledger, as the settings say, in a thread of its own until the block ends."""

    def make(pause: Pause) -> Callable[[], None]:
        return Retirement(ledger, ArchivedEnds(archive), kept_s=settings.orders_kept_s, pause=pause).run

    with beside(DUTY, make):
        yield


def _record(order_id: str, row: Sequence[bytes | None]) -> Record:
    return Record(order_id, {name: value for name, value in zip(FIELDS, row, strict=True) if value is not None})
