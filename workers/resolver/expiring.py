"""Tells owners of holds that are about to expire: nobody has settled them or let them go, and the gateway soon will.

The ledger knows which holds are open by the orders that follow them. What others do to a hold it does not see, so the
gateway is asked before anybody is told. While it gives no answer, or an order that may settle the hold is open, telling
waits; but not beyond half of the time that is left, for a warning too many costs a look, and one too few the money.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from cardinity_client import CardinityClient
from producers.contract.events import encode
from producers.contract.hold_warnings import hold_expiring
from producers.runtime.ledger import hold_calls, keys
from producers.runtime.ledger.clock import ledger_now_ms
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record, record_from
from workers.duties.leader import rest
from workers.payments.follow_ups import NotAnswered, taken
from workers.payments.holds import Hold, look

#: Holds looked at in one round.
ROUND_MAX: Final = 500
#: And at the gateway at once: three reads each.
LOOKS_MAX: Final = 16
#: Seconds between two rounds: so small a part of the warning, between these.
ROUND_PART: Final = 0.001
ROUND_MIN_S: Final = 0.5
ROUND_MAX_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class HoldRules:
    """For how long the gateway keeps a hold, and how long before its end the owner is told; 0: never."""

    hold_s: float
    warning_s: float

    @property
    def hold_ms(self) -> int:
        return int(self.hold_s * 1000)

    @property
    def warning_ms(self) -> int:
        return int(self.warning_s * 1000)


class HoldWatcher(Protocol):
    """What is told of holds that expire."""

    def hold_expiring(self, order_id: str) -> None: ...
    def trouble(self, where: str, code: str, order_id: str) -> None: ...


class Expiring:
    """Rounds over one account's open holds while their owner leads."""

    def __init__(
        self, account: str, client: CardinityClient, ledger: Executor, rules: HoldRules, watcher: HoldWatcher
    ) -> None:
        self._account = account
        self._client = client
        self._ledger = ledger
        self._rules = rules
        self._watcher = watcher
        self._looks = asyncio.Semaphore(LOOKS_MAX)

    async def run(self, lead: Callable[[], bool]) -> None:
        """Round after round until leadership ends."""
        while lead():
            await self.round()
            await rest(min(max(ROUND_MIN_S, self._rules.warning_s * ROUND_PART), ROUND_MAX_S), lead)

    async def round(self) -> None:
        """Tell of every hold whose time has come, and forget those that have expired."""
        account, rules = self._account, self._rules
        now_ms = await ledger_now_ms(self._ledger)
        # One that was told of late is told of all the same: when it expires is the gateway's word, not ours.
        gone = keys.expiring(account) if rules.warning_ms else keys.holds(account)
        for payment_id, _ in await self._begun_by(gone, now_ms - rules.hold_ms):
            await self._ledger.run(hold_calls.over(account, payment_id))
        if rules.warning_ms:
            due = await self._begun_by(keys.holds(account), now_ms - rules.hold_ms + rules.warning_ms)
            await asyncio.gather(*(self._tend(payment_id, began_ms, now_ms) for payment_id, began_ms in due))

    async def _begun_by(self, key: str, at_ms: int) -> list[tuple[str, int]]:
        """Holds that began no later, the oldest first, each with when."""
        read = self._ledger.read("ZRANGEBYSCORE", key, "-inf", at_ms, "WITHSCORES", "LIMIT", 0, ROUND_MAX)
        found = iter(await read)
        return [(payment_id.decode(), int(float(began))) for payment_id, began in zip(found, found, strict=True)]

    async def _tend(self, payment_id: str, began_ms: int, now_ms: int) -> None:
        whose = await self._ledger.read("HGET", keys.parent(payment_id), "hold")
        if whose is None:
            return  # it was settled or let go a moment ago
        order_id = whose.decode().partition(" ")[2]
        record = record_from(order_id, await self._ledger.read("HGETALL", keys.order(order_id)))
        expires_at_ms = began_ms + self._rules.hold_ms
        patient = expires_at_ms - now_ms > self._rules.warning_ms // 2
        try:
            async with self._looks:
                hold = await look(self._client, payment_id)
        except NotAnswered as lack:
            self._watcher.trouble("holds", lack.code, order_id)
            if patient:
                return
        else:
            if not _holds(hold):
                await self._ledger.run(hold_calls.over(self._account, payment_id))
                return
        await self._tell(record, payment_id, expires_at_ms, now_ms, patient=patient)

    async def _tell(self, record: Record, payment_id: str, expires_at_ms: int, now_ms: int, *, patient: bool) -> None:
        event = hold_expiring(
            order_id=record.order_id,
            attempt_ref=record.ref,
            account=self._account,
            producer=record.text("producer"),
            amount=record.amount,
            payment_id=payment_id,
            expires_at_ms=expires_at_ms,
            time_ms=now_ms,
        )
        call = hold_calls.warn(self._account, payment_id, event_id=event.id, event=encode(event), patient=patient)
        if await self._ledger.run(call) == "told":
            self._watcher.hold_expiring(record.order_id)


def _holds(hold: Hold) -> bool:
    """Whether there is something to lose. One that the gateway calls otherwise has come to its end."""
    payment = hold.payment
    is_hold = payment.status == "approved" and payment.type == "authorization"
    return is_hold and not taken(hold.settlements) and not taken(hold.voids)
