"""Asks the gateway for what orders of a period have made, and for its newest payments; keeps what came of it.

The gateway has no list by time, so each payment of ours is asked for by its id, at a bounded pace. Its list of the
newest hundred shows what is there beside them.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import insert, select

from cardinity_client import CardinityClient, Payment
from cardinity_client.errors import GatewayReadError, ObjectNotFound
from cardinity_client.models.follow_ups import FollowUp
from producers.contract.names import REFUND, SETTLEMENT, VOID
from producers.runtime.archive.database import Archive
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.reconcile_stats import ENDED_MS, UNREAD
from workers.events.archive.tables import ORDERS
from workers.reconciling.comparing import Ours, asked, comparable, foreign, listed
from workers.reconciling.tables import RECONCILIATIONS
from workers.reconciling.values import WHATS, Difference, Result

#: Orders that are read from the archive together.
CHUNK: Final = 500


class Reconciler:
    """One run over all accounts. `rate` is reads from the gateway a second, `alone` says that nobody else uses the
    accounts: then what no order of ours made is a difference.
    """

    def __init__(
        self,
        archive: Archive,
        ledger: SyncLedger,
        clients: Mapping[str, CardinityClient],
        *,
        rate: float,
        alone: bool = False,
    ) -> None:
        self._archive = archive
        self._ledger = ledger
        self._clients = clients
        self._rate = rate
        self._alone = alone
        self._differences: list[Difference] = []
        self._both = self._ours = self._theirs = self._unread = 0

    async def run(self, from_ms: int, until_ms: int) -> Result:
        """Hold orders that ended between these moments against the gateway, and keep the result.

        Raises:
            ArchiveUnavailable, LedgerUnavailable: nothing is kept of the run, or nothing told to metrics.
            GatewayReadError: a list could not be read.
        """
        began_at_ms = int(time.time() * 1000)
        for account, client in self._clients.items():
            await self._newest(account, client)
        for ours in self._ended(from_ms, until_ms):
            await self._one(ours)
        result = Result(
            run_id=secrets.token_hex(16),
            began_at_ms=began_at_ms,
            ended_at_ms=int(time.time() * 1000),
            from_ms=from_ms,
            until_ms=until_ms,
            both=self._both,
            ours=self._ours,
            theirs=self._theirs,
            unread=self._unread,
            differences=tuple(self._differences),
        )
        keep(self._archive, result)
        self._tell(result)
        return result

    def _tell(self, result: Result) -> None:
        """Leave the numbers for metrics. Raises LedgerUnavailable: the result is kept all the same."""
        counted = Counter(found.what for found in result.differences)
        numbers: dict[str, int] = {ENDED_MS: result.ended_at_ms, UNREAD: result.unread}
        numbers |= {what: counted[what] for what in WHATS}
        self._ledger.read("HSET", keys.RECONCILED, *(part for pair in numbers.items() for part in pair))

    async def _one(self, ours: Ours) -> None:
        client = self._clients.get(ours.account)
        if client is None:
            self._unread += 1
            return
        await asyncio.sleep(1 / self._rate)
        try:
            found = asked(ours, await _made(client, ours))
        except ObjectNotFound:
            found = asked(ours, None)
        except GatewayReadError:
            self._unread += 1
            return
        self._ours += found is not None and found.what == "absent"
        self._count(found)

    async def _newest(self, account: str, client: CardinityClient) -> None:
        payments = (await client.list_payments()).payments
        known = self._known([payment.order_id for payment in payments if payment.order_id])
        for payment in payments:
            if (ours := known.get(payment.order_id or "")) is not None:
                if (found := listed(ours, payment)) is not None:
                    self._differences.append(found)
            elif not self._in_ledger(payment):
                self._theirs += 1
                if self._alone:
                    self._differences.append(foreign(account, payment))

    def _count(self, found: Difference | None) -> None:
        if found is None:
            self._both += 1
        else:
            self._differences.append(found)

    def _ended(self, from_ms: int, until_ms: int) -> Iterator[Ours]:
        """Orders with something to ask for, by their ids. The first of a chain is told by its last."""
        after = ""
        period = (ORDERS.c.ended_at_ms >= from_ms, ORDERS.c.ended_at_ms < until_ms, ORDERS.c.successor.is_(None))
        orders = select(ORDERS).where(*period).order_by(ORDERS.c.order_id).limit(CHUNK)
        while True:
            with self._archive.reading() as connection:
                rows = connection.execute(orders.where(ORDERS.c.order_id > after)).mappings().all()
            if not rows:
                return
            yield from (ours for row in rows if comparable(ours := Ours.of(dict(row))))
            after = rows[-1]["order_id"]

    def _known(self, order_ids: Sequence[str]) -> dict[str, Ours]:
        with self._archive.reading() as connection:
            rows = connection.execute(select(ORDERS).where(ORDERS.c.order_id.in_(order_ids))).mappings()
            return {row["order_id"]: Ours.of(dict(row)) for row in rows}

    def _in_ledger(self, payment: Payment) -> bool:
        """Whether it is of an order that the archive has yet to read of, or was paid on a link."""
        if payment.order_id and self._ledger.read("EXISTS", keys.order(payment.order_id)):
            return True
        with self._archive.reading() as connection:
            return connection.scalar(select(ORDERS.c.order_id).where(ORDERS.c.payment_id == payment.id)) is not None


def keep(archive: Archive, result: Result) -> None:
    """Store a result."""
    row = {
        "run_id": result.run_id,
        "began_at_ms": result.began_at_ms,
        "ended_at_ms": result.ended_at_ms,
        "differences": len(result.differences),
        "body": msgspec.json.encode(result).decode(),
    }
    with archive.writing() as connection:
        connection.execute(insert(RECONCILIATIONS).values(row))


def latest(archive: Archive) -> Result | None:
    """What the last run found; None if there was none."""
    newest = select(RECONCILIATIONS.c.body).order_by(RECONCILIATIONS.c.began_at_ms.desc()).limit(1)
    with archive.reading() as connection:
        body = connection.scalar(newest)
    return None if body is None else msgspec.json.decode(body, type=Result)


async def _made(client: CardinityClient, ours: Ours) -> Payment | FollowUp:
    assert ours.made_id is not None
    if ours.parent_id is None:
        return await client.get_payment(ours.made_id)
    match ours.kind:
        case str(kind) if kind == REFUND:
            return await client.get_refund(ours.parent_id, ours.made_id)
        case str(kind) if kind == SETTLEMENT:
            return await client.get_settlement(ours.parent_id, ours.made_id)
        case kind:
            assert kind == VOID
            return await client.get_void(ours.parent_id, ours.made_id)
