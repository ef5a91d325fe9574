"""Lets go of holds that no order will take: doubled authorisations, and those that landed after their order had ended.

The ledger's scripts name them, in the same step in which they see them: they are no charges, but they bind the
customer's money. Each is looked at before it is voided and until it is seen that nothing is held any more; one that has
taken money is an alarm at once (rule R13).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final, Protocol

from cardinity_client import CardinityClient, CreateVoid
from producers.contract import states
from producers.contract.follow_ups import token_of
from producers.runtime.ledger import calls, hold_calls, keys
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import record_from
from workers.payments.follow_ups import NotAnswered, taken
from workers.payments.holds import Hold, look

#: Seconds between two rounds, and strays looked at in one.
ROUND_EVERY_S: Final = 1.0
ROUND_MAX: Final = 64
#: Seconds until one that holds still is looked at again: twice as long each time, at the most so long.
REST_FIRST_S, REST_MAX_S = 0.5, 600.0
#: States in which the chosen hold is, or may yet be, settled.
_MAY_SETTLE: Final = (states.PENDING, states.PARKED, states.APPROVED)
#: Seconds after which no bank keeps a hold any more: the gateway speaks of 7 and of 14 days.
HOLD_MAX_S: Final = 30 * 86_400.0


class StrayWatcher(Protocol):
    """What is told of strays."""

    def stray(self, order_id: str, what: str) -> None: ...
    def duplicates(self, order_id: str, count: int) -> None: ...
    def trouble(self, where: str, code: str, order_id: str) -> None: ...


class Strays:
    """Rounds over one account's strays while their owner leads."""

    def __init__(self, account: str, client: CardinityClient, ledger: Executor, watcher: StrayWatcher) -> None:
        self._account = account
        self._client = client
        self._ledger = ledger
        self._watcher = watcher
        #: When each is looked at again, by the loop's clock, and how long it rests after that.
        self._rests: dict[str, tuple[float, float]] = {}

    async def run(self, lead: Callable[[], bool]) -> None:
        """Round after round until leadership ends."""
        while lead():
            await self.round()
            await asyncio.sleep(ROUND_EVERY_S)

    async def round(self) -> int:
        """Look once at those that are due; how many that were."""
        strays = await self._told()
        self._rests = {payment_id: rest for payment_id, rest in self._rests.items() if payment_id in strays}
        now = asyncio.get_running_loop().time()
        due = [each for each in strays if self._rests.get(each, (0.0, 0.0))[0] <= now][:ROUND_MAX]
        if not due:
            return 0
        # What is told before and behind a durable write is on every replica: a failover cannot choose it any more.
        await self._ledger.run(calls.fence())
        durable = await self._told()
        await asyncio.gather(*(self._tend(each, durable[each]) for each in due if each in durable))
        return len(due)

    async def _told(self) -> dict[str, str]:
        """The order of each stray of this account."""
        told = await self._ledger.read("HGETALL", keys.STRAYS)
        texts = {payment_id.decode(): text.decode().partition(" ") for payment_id, text in told.items()}
        return {payment_id: order for payment_id, (account, _, order) in texts.items() if account == self._account}

    async def _tend(self, payment_id: str, order_id: str) -> None:
        self._rest(payment_id)
        record = record_from(order_id, await self._ledger.read("HGETALL", keys.order(order_id)))
        if record.text("payment_id") == payment_id and record.state in _MAY_SETTLE:
            # No script writes that. It must never be let go.
            self._watcher.trouble("strays", "stray_is_chosen", order_id)
            return
        try:
            hold = await look(self._client, payment_id)
        except NotAnswered as lack:
            self._watcher.trouble("strays", lack.code, order_id)
            return
        if _is_money(hold):
            if await self._ledger.run(hold_calls.let_go(payment_id, order_id, alarm=record.state)):
                self._watcher.stray(order_id, "charged")
                self._watcher.duplicates(order_id, 1)
        elif _is_over(hold):
            if await self._ledger.run(hold_calls.let_go(payment_id, order_id)):
                self._watcher.stray(order_id, "gone")
        elif hold.payment.status == "approved" and not taken(hold.voids):
            self._watcher.stray(order_id, "voided")
            await self._client.create_void(CreateVoid(payment_id, token_of(payment_id)))

    def _rest(self, payment_id: str) -> None:
        _, rest_s = self._rests.get(payment_id, (0.0, REST_FIRST_S))
        self._rests[payment_id] = (asyncio.get_running_loop().time() + rest_s, min(rest_s * 2, REST_MAX_S))


def _is_money(hold: Hold) -> bool:
    payment = hold.payment
    return payment.status == "approved" and (payment.type != "authorization" or bool(taken(hold.settlements)))


def _is_over(hold: Hold) -> bool:
    payment = hold.payment
    voided = any(each.status == "approved" for each in hold.voids)
    return payment.status == "declined" or voided or time.time() - payment.created_at.timestamp() > HOLD_MAX_S
