"""Charge one order: claim, check, intend, send once, record. The only place that may POST for an order.

Read it top to bottom against protocol section 4. Everything that can refuse stands before the intent; after the
intent there is exactly one request, and every way on from there ends in a recorded state or in `unknown`.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import assert_never

from cardinity_client import (
    AccountProblem,
    Answer,
    Approved,
    CreatePayment,
    Declined,
    PaymentReference,
    Pending,
    RateLimited,
    Rejected,
    Unknown,
    Unsent,
)
from producers.contract import states
from producers.errors import LedgerLockdown, LedgerUnavailable, ProducerError
from producers.runtime.ledger import calls
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Claimed, Granted, Moved, NoCredit, NotYours, Poison
from workers.payments import observer as steps
from workers.payments.checks import Checks, NotHere, Refused
from workers.payments.dispatch import Dispatch, Way
from workers.payments.endings import end, ending_of
from workers.payments.gate import Draining
from workers.payments.lane import Closed, Lane
from workers.payments.observer import Observer
from workers.payments.patience import patience
from workers.payments.routing import NoSuchLane, Routing, Unroutable
from workers.payments.spool import Spool


@dataclass(frozen=True, slots=True)
class ChargeRules:
    """Times of one attempt. `window_s` is D: the attempt's own deadline and the watchdog's."""

    window_s: float
    lease_s: float
    presence_s: float
    claims_max: int
    #: How long an order waits before it is taken again after it was given back unsent.
    hold_back_s: float
    #: The part of D in which bytes may leave; the rest is the watchdog's.
    attempt_deadline_s: float
    #: How long a full Redis, or one that is away, is waited for before the order is left to the sweeper.
    patience_s: float = 2.0


class Charger:
    """Handles the wake-up call for an order."""

    def __init__(
        self,
        worker: str,
        ledger: Executor,
        lanes: Mapping[str, Lane],
        checks: Checks,
        spool: Spool,
        rules: ChargeRules,
        observer: Observer,
        intents_seen: Callable[[], int] = lambda: 0,
        routing: Routing | None = None,
    ) -> None:
        self._worker = worker
        self._ledger = ledger
        self._dispatch = Dispatch(lanes, routing)
        self._checks = checks
        self._spool = spool
        self._rules = rules
        self._observer = observer
        self._intents_seen = intents_seen
        self._sequence = 0
        self._in_flight = 0

    async def __call__(self, order_id: str) -> None:
        """Do for this order what there is to do now; what cannot be done now is left where others find it."""
        self._observer.step(steps.FETCHED, order_id)
        self._count(1)
        try:
            claimed = await self._ledger.run(self._claim(order_id), patience_s=self._rules.patience_s)
            match claimed:
                case Claimed(record):
                    self._observer.claim("claimed")
                    self._observer.step(steps.CLAIMED, order_id)
                    await self._take(record)
                case Poison(record):
                    self._observer.claim("poison")
                    await self._close(record, states.NOT_CHARGED, "poison")
                case NotYours(why):
                    self._observer.claim(why)
                case _:
                    assert_never(claimed)
        except ProducerError as error:
            # The sweeper and the resolver find the order where it stands.
            self._observer.trouble("charge", error.code, order_id)
        finally:
            self._count(-1)

    def _claim(self, order_id: str) -> Call[Claimed | Poison | NotYours]:
        rules = self._rules
        return calls.claim(
            order_id,
            # 128 random bits (rule R3): a counter would come back after a failover.
            secrets.token_hex(16),
            self._worker,
            lease_ms=int(rules.lease_s * 1000),
            claims_max=rules.claims_max,
            presence_ms=int(rules.presence_s * 1000),
        )

    async def _take(self, record: Record) -> None:
        """From the claim to the intent: everything here is still provably unsent."""
        try:
            request = self._checks.open(record)
        except Refused as refusal:
            await self._close(record, refusal.to, refusal.code)
            return
        except NotHere as lack:
            self._observer.trouble("envelope", lack.code, record.order_id)
            await self._give_back(record, lack.code, self._hold_back_s() * patience(record.number("wakes")))
            return
        try:
            way = await self._dispatch.way(record, recurring=isinstance(request.instrument, PaymentReference))
        except Unroutable as refusal:
            await self._close(record, states.REJECTED, refusal.code)
            return
        except NoSuchLane:
            self._observer.trouble("charge", "account_missing", record.order_id)
            await self._give_back(record, "account_missing", self._hold_back_s() * patience(record.number("wakes")))
            return
        if isinstance(way, Closed):
            await self._give_back(record, way.why, way.wait_s)
            return
        if record.lane != way.lane.account:
            record = record.through(way.lane.account)
        with way.lane.sending():
            await self._go(record, request, way)

    async def _go(self, record: Record, request: CreatePayment, way: Way) -> None:
        limiter = way.lane.limiter
        if limiter is not None and not await limiter.take(asyncio.get_running_loop().time() + self._rules.hold_back_s):
            await self._give_back(record, "rate_max", self._hold_back_s())
            return
        try:
            promised_at = await self._intend(record, way)
        except Draining:
            await self._give_back(record, "draining", 0.0)
            return
        if promised_at is not None:
            self._observer.step(steps.INTENDED, record.order_id)
            await self._send(record, request, way, promised_at)

    async def _intend(self, record: Record, way: Way) -> float | None:
        """Make the durable promise. The moment (of the loop's clock) before it was made, from which every deadline
        counts; or None when the order is not to be sent by this worker after all."""
        window_ms, lane = int(self._rules.window_s * 1000), way.lane
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + self._rules.hold_back_s
        turn = lane.gate.turn()
        while True:
            await lane.gate.enter(turn)
            asked_at = loop.time()
            seen = max(self._sequence, self._intents_seen())
            call = calls.intent(record.order_id, record.token, window_ms=window_ms, account=lane.account, seen=seen)
            try:
                answer = await self._ledger.run(call, patience_s=self._rules.patience_s)
            except LedgerUnavailable:
                # Whether it was written, and on which replica, is not known; that nothing was sent is.
                await self._give_back(record, "intent_unconfirmed", self._hold_back_s())
                return None
            finally:
                lane.gate.leave()
            match answer:
                case Granted(_, credits_left, sequence):
                    self._sequence = max(self._sequence, sequence)
                    lane.gate.granted(credits_left, sequence)
                    return asked_at
                case NoCredit(sequence):
                    lane.gate.refused(sequence)
                    if loop.time() > give_up_at:
                        lane.blinded()
                        rest_s = way.rest_s(self._rules.hold_back_s)
                        await self._give_back(record, "no_credit", rest_s, leaves=way.leaves)
                        return None
                case NotYours("expired"):
                    await self._close(record, states.EXPIRED, "expired")
                    return None
                case NotYours(why):
                    self._observer.claim(why)
                    return None

    async def _send(self, record: Record, request: CreatePayment, way: Way, promised_at: float) -> None:
        """The one POST, and what it came to.

        Time that the promise itself took is taken off the attempt: H counts from the intent, so nothing may leave
        later than D after it. When more than half is gone the order goes back unsent.
        """
        ends_at = promised_at + self._rules.window_s
        left_s = promised_at + self._rules.attempt_deadline_s - asyncio.get_running_loop().time()
        if left_s < self._rules.attempt_deadline_s / 2:
            await self._give_back(record, "intent_too_slow", 0.0)
            return
        lane = way.lane
        answer = await lane.client.create_payment(request, deadline_s=left_s)
        self._observer.step(steps.ANSWERED, record.order_id)
        try:
            await self._record(record, answer, way, ends_at)
        finally:
            self._observer.step(steps.RECORDED, record.order_id)

    async def _record(self, record: Record, answer: Answer, way: Way, ends_at: float) -> None:
        lane = way.lane
        match answer:
            case Approved(payment) | Declined(payment) | Pending(payment):
                await self._conclude(record, ending_of(record, payment), ends_at)
            case Rejected(status, title, errors):
                detail = ", ".join(f"{fault.field}: {fault.message}" for fault in errors) or title
                ending = end(record, states.REJECTED, "gateway_rejected", http_status=status, detail=detail)
                await self._conclude(record, ending, ends_at)
            case Unsent(reason):
                await self._give_back(record, reason, way.rest_s(self._hold_back_s()), leaves=way.leaves)
            case AccountProblem(status):
                lane.refused(status)
                await self._give_back(record, f"account_problem_{status}", self._hold_back_s())
            case RateLimited(retry_after_s):
                lane.slow_down(retry_after_s)
                await self._after_refusal(record, lane, retry_after_s, ends_at)
            case Unknown(reason, http_status, alarm):
                if alarm:
                    self._observer.trouble("answer", reason, record.order_id)
                await self._conclude(record, end(record, states.UNKNOWN, reason, http_status=http_status), ends_at)
            case _:
                assert_never(answer)

    async def _after_refusal(self, record: Record, lane: Lane, retry_after_s: float, ends_at: float) -> None:
        """A 429 says it was not taken; believed once reads of the list begun after it leave no room for a charge."""
        if await lane.unseen_since(record, ends_at):
            await self._give_back(record, "rate_limited", retry_after_s)
        else:
            await self._conclude(record, end(record, states.UNKNOWN, "rate_limited"), ends_at)

    async def _conclude(self, record: Record, ending: Call[Moved | NotYours], ends_at: float) -> None:
        """Record what the gateway said; when Redis is away until the deadline, keep it on disk."""
        patience_s = max(0.1, ends_at - asyncio.get_running_loop().time())
        try:
            await self._move(record, ending, patience_s)
        except (LedgerUnavailable, LedgerLockdown) as error:
            self._observer.trouble("outcome_spooled", error.code, record.order_id)
            self._keep_on_disk(record, ending)

    def _keep_on_disk(self, record: Record, ending: Call[Moved | NotYours]) -> None:
        try:
            self._spool.append(ending)
        except OSError:
            # Redis away and the disk full: nothing here can keep it. The gateway does, and the resolver reads its list.
            self._observer.trouble("spool", "state_dir_failing", record.order_id)

    async def _close(self, record: Record, to: str, code: str) -> None:
        """End an order that was never sent."""
        await self._move(record, end(record, to, code), self._rules.patience_s)

    async def _give_back(self, record: Record, why: str, wait_s: float, *, leaves: str = "") -> None:
        """Provably unsent: only the holder of the token may say so (rule R2). `leaves` is the account that it need not
        come back to."""
        delay_ms = int(wait_s * 1000)
        call = calls.release(record.order_id, record.token, delay_ms=delay_ms, detail=why, leaves=leaves)
        await self._move(record, call, self._rules.patience_s)

    async def _move(self, record: Record, call: Call[Moved | NotYours], patience_s: float) -> None:
        match await self._ledger.run(call, patience_s=patience_s):
            case Moved(state, duplicates, before):
                self._observer.moved(before, state)
                if duplicates:
                    self._observer.duplicates(record.order_id, duplicates)
            case NotYours(why):
                self._observer.trouble("move", f"{why}", record.order_id)

    def _count(self, change: int) -> None:
        self._in_flight += change
        self._observer.in_flight(self._in_flight)

    def _hold_back_s(self) -> float:
        return self._rules.hold_back_s * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
