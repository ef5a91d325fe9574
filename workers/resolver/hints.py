"""Heeds hints: asks the gateway for the payment that somebody pointed at, and shows it to the resolver.

A hint decides nothing (rule R12). It is a payment's id that came through a door anybody may knock at, so it costs one
read for each account at the most, and what that shows counts as if the mirror had shown it. An order that is being sent
is its owner's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from cardinity_client import CardinityClient, Payment
from cardinity_client.errors import GatewayReadError, PaymentNotFound
from producers.contract.succession import root_of
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record, record_from
from producers.runtime.ledger.tombstones import question, record_of
from workers.resolver.resolver import Resolver

#: Hints heeded at once; more are dropped. They hold slots and connections that payments need, and the mirror will see
#: what they were about.
HINTS_MAX: Final = 32


class HintWatcher(Protocol):
    """What the heeding of hints tells about itself."""

    def hinted(self, result: str) -> None: ...


class Hints:
    """Hints at payments. `accounts` are the clients that may know a payment, each with the resolver of its orders."""

    def __init__(
        self, accounts: Iterable[tuple[CardinityClient, Resolver]], ledger: Executor, watcher: HintWatcher
    ) -> None:
        self._accounts = tuple(accounts)
        self._ledger = ledger
        self._watcher = watcher
        self._under_way = 0

    async def heed(self, payment_id: str) -> None:
        """Look at what was pointed at; the result is counted.

        Raises:
            LedgerUnavailable, LedgerLockdown: nothing was changed; the mirror sees the payment all the same.
        """
        if self._under_way >= HINTS_MAX:
            self._watcher.hinted("dropped")
            return
        self._under_way += 1
        try:
            self._watcher.hinted(await self._heeded(payment_id))
        finally:
            self._under_way -= 1

    async def _heeded(self, payment_id: str) -> str:
        result = "payment_unknown"
        for client, resolver in self._accounts:
            try:
                payment = await client.get_payment(payment_id)
            except PaymentNotFound:
                continue
            except GatewayReadError:
                result = "unread"
                continue
            record = await self._order_of(payment)
            return "order_unknown" if record is None else await resolver.look_at(record, payment)
        return result

    async def _order_of(self, payment: Payment) -> Record | None:
        """The order that the payment names; other traffic of the account names what it likes."""
        ref = payment.order_id or ""
        if not ref.isascii():
            return None
        # An order that goes on for another has a row of its own.
        for order_id in dict.fromkeys((ref, root_of(ref))):
            if order_id and (row := await self._ledger.read("HGETALL", keys.order(order_id))):
                return record_from(order_id, row)
            if order_id and (stone := await self._ledger.read(*question(order_id))):
                return record_of(order_id, stone)
        return None
