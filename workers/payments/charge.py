"""Carry out one order: claim, check, intend, send once, record. The only place that may POST for an order.

Read it top to bottom against protocol section 4. Everything that can refuse stands before the intent; after the
intent there is exactly one request, and every way on from there ends in a recorded state or in `unknown`.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import assert_never, cast

from cardinity_client import (
    AccountProblem,
    Approved,
    CreatePayment,
    Declined,
    Done,
    Pending,
    RateLimited,
    Rejected,
    Unknown,
    Unsent,
)
from producers.contract import names, states
from producers.errors import ProducerError
from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import CalledBack, Claimed, NotYours, Poison
from workers.payments import observer as steps
from workers.payments import under_payment
from workers.payments.checks import Checks, NotHere, Refused, Request, is_bound
from workers.payments.dispatch import Dispatch, Way
from workers.payments.endings import CALLED_BACK, LINK_UNHEARD, end, ending_of, opened
from workers.payments.lane import Closed, Lane
from workers.payments.observer import Observer
from workers.payments.patience import patience, queued
from workers.payments.promise import ChargeRules, MadeBefore, NotPromised, Promises
from workers.payments.recording import Recording
from workers.payments.routing import NoSuchLane, Routing, Unroutable
from workers.payments.sending import SpineAnswer, send
from workers.payments.spool import Spool
from workers.payments.underway import UnderWay
from workers.risk.gate import Ended, Passed, Rests, RiskGate


async def _nobody(order_id: str) -> None:
    """Pending orders are somebody else's."""


class Charger:
    """Handles the wake-up call for an order; `pending` does for those that were sent and wait for their customer, for
    their second phase, or for the order that goes on for them.
    """

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
        pending: Callable[[str], Awaitable[None]] = _nobody,
        routing: Routing | None = None,
        promised: Callable[[Record, int, int], None] = lambda *_: None,
        risk: RiskGate | None = None,
    ) -> None:
        self._worker = worker
        self._ledger = ledger
        self._dispatch = Dispatch(lanes, routing)
        self._checks = checks
        self._book = Recording(ledger, spool, observer, patience_s=rules.patience_s)
        self._rules = rules
        self._observer = observer
        self._pending = pending
        self._risk = risk
        self._promises = Promises(ledger, rules, intents_seen, promised)
        self.under_way = UnderWay(observer.in_flight)

    async def __call__(self, order_id: str) -> None:
        """Do for this order what there is to do now; what cannot be done now is left where others find it."""
        self._observer.step(steps.FETCHED, order_id)
        self.under_way.begin(order_id)
        try:
            await self._carry_out(order_id)
        finally:
            self.under_way.end(order_id)

    async def _carry_out(self, order_id: str) -> None:
        until = asyncio.get_running_loop().time() + self._rules.intend_within_s
        try:
            claimed = await self._ledger.run(self._claim(order_id), patience_s=self._rules.patience_s)
            match claimed:
                case Claimed(record):
                    self._observer.claim("claimed")
                    self._observer.step(steps.CLAIMED, order_id)
                    await self._take(record, until)
                case Poison(record):
                    self._observer.claim("poison")
                    await self._book.close(record, states.NOT_CHARGED, "poison")
                case CalledBack(record, why):
                    self._observer.claim("cancelled")
                    await self._book.close(record, states.CANCELLED, CALLED_BACK[why])
                case NotYours(why, state):
                    self._observer.claim(why)
                    self.under_way.arrived(order_id)
                    if state == states.PENDING:
                        await self._pending(order_id)
                case _:
                    assert_never(claimed)
            if isinstance(claimed, Claimed | Poison | CalledBack) and claimed.record.root:
                await self._pending(claimed.record.root)  # it may have ended with this one
        except ProducerError as error:
            # The sweeper and the resolver find the order where it stands.
            self._observer.trouble("charge", error.code, order_id)

    def _claim(self, order_id: str) -> Call[Claimed | Poison | CalledBack | NotYours]:
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

    async def _take(self, record: Record, until: float) -> None:
        """From the claim to the intent, at the latest `until`: everything here is still provably unsent."""
        try:
            request = self._checks.open(record)
        except Refused as refusal:
            await self._book.close(record, refusal.to, refusal.code, refusal.detail)
            return
        except NotHere as lack:
            self._observer.trouble("envelope", lack.code, record.order_id)
            await self._book.give_back(record, lack.code, self._hold_back_s() * patience(record.number("wakes")))
            return
        if isinstance(request, CreatePayment) and (self._risk or record.text("review")):
            admitted = await self._admitted(record, request)
            if admitted is None:
                return
            record = admitted
        try:
            way = await self._dispatch.way(record, bound=is_bound(request))
        except Unroutable as refusal:
            await self._book.close(record, states.REJECTED, refusal.code)
            return
        except NoSuchLane:
            self._observer.trouble("charge", "account_missing", record.order_id)
            await self._book.give_back(
                record, "account_missing", self._hold_back_s() * patience(record.number("wakes"))
            )
            return
        if isinstance(way, Closed):
            wait_s = self._hold_back_s() * patience(record.number("wakes")) if way.by_hand else way.wait_s
            await self._book.give_back(record, way.why, wait_s)
            return
        record, request = way.taken(record, request)
        with way.lane.sending(batch=record.is_of_batch):
            await self._go(record, request, way, until)

    async def _admitted(self, record: Record, request: CreatePayment) -> Record | None:
        """The order, if the risk rules let it go on; else it has ended or rests."""
        if self._risk is None:
            # Another worker's rules want it reviewed: this one knows none, so it cannot tell whether somebody has.
            self._observer.trouble("risk", "risk_file_missing", record.order_id)
            await self._book.give_back(record, "risk_file_missing", self._hold_back_s())
            return None
        match await self._risk.admit(record, request):
            case Passed(judged):
                return judged
            case Ended(judged, to, code, detail):
                await self._book.close(judged, to, code, detail)
            case Rests(why, wait_s):
                await self._book.give_back(record, why, wait_s or self._hold_back_s())
        return None

    async def _go(self, record: Record, request: Request, way: Way, until: float) -> None:
        self.under_way.arrived(record.order_id)
        shut = await way.lane.turned_away(batch=record.is_of_batch)
        if shut is not None:
            await self._book.give_back(record, shut.why, shut.wait_s)
            return
        try:
            promise = await self._promises.of(record, request, way.lane, until)
        except MadeBefore:
            ends_at = asyncio.get_running_loop().time() + self._rules.patience_s
            await self._book.conclude(record, end(record, states.UNKNOWN, "made_before"), ends_at)
        except Refused as refusal:
            await self._book.close(record, refusal.to, refusal.code, refusal.detail)
        except NotPromised as lack:
            await self._not_promised(record, lack.why, way)
        else:
            self._observer.step(steps.INTENDED, record.order_id)
            await self._send(record.promised(promise.intent_at_ms), request, way, promise.asked_at)

    async def _not_promised(self, record: Record, why: str, way: Way) -> None:
        match why:
            case "expired":
                await self._book.close(record, states.EXPIRED, "expired")
            case "cancelled" | "withdrawn" | "overtaken":
                await self._book.close(record, states.CANCELLED, CALLED_BACK[why])
            case "draining" | "paused" | "account_paused":
                await self._book.give_back(record, why, 0.0)
            case "no_credit":
                await self._book.give_back(record, why, way.rest_s(self._rules.hold_back_s), leaves=way.leaves)
            case "missing" | "stale":  # somebody else's by now
                self._observer.claim(why)
            case "intent_unconfirmed" | "claim_too_old":
                # Whether it was written, and on which replica, may not be known; that nothing was sent is.
                await self._book.give_back(record, why, self._hold_back_s())
            case _:  # another of its payment is open, or the payment cannot be looked into
                if why != "follows_another":
                    self._observer.trouble("follow_up", why, record.order_id)
                await self._book.give_back(record, why, self._hold_back_s() * queued(record.number("wakes")))

    async def _send(self, record: Record, request: Request, way: Way, promised_at: float) -> None:
        """The one POST, and what it came to.

        Time that the promise itself took is taken off the attempt: H counts from the intent, so nothing may leave
        later than D after it. When more than half is gone the order goes back unsent.
        """
        ends_at = promised_at + self._rules.window_s
        left_s = promised_at + self._rules.attempt_deadline_s - asyncio.get_running_loop().time()
        if left_s < self._rules.attempt_deadline_s / 2:
            await self._book.give_back(record, "intent_too_slow", 0.0)
            return
        answer = await send(request, way.lane.client, deadline_s=left_s)
        self._observer.step(steps.ANSWERED, record.order_id)
        try:
            await self._record(record, answer, way, ends_at)
        finally:
            self._observer.step(steps.RECORDED, record.order_id)
        if record.two_phase and isinstance(answer, Approved):
            await self._pending(record.order_id)
        if record.further and isinstance(answer, Declined):
            await self._go_on(record)

    async def _go_on(self, record: Record) -> None:
        """Take the order that goes on for this one, if one does: it is due, and a customer may be waiting."""
        if successor := await self._ledger.read("HGET", keys.order(record.order_id), "successor"):
            await self(successor.decode())

    async def _record(self, record: Record, answer: SpineAnswer, way: Way, ends_at: float) -> None:
        lane = way.lane
        if record.parent and isinstance(answer, Approved | Declined | Pending | Rejected):
            within_s = ends_at - asyncio.get_running_loop().time()
            decided = cast("under_payment.Decided", answer)
            otherwise = await under_payment.told_otherwise(record, decided, lane.client, within_s=within_s)
            if otherwise is not None:
                self._observer.trouble("answer", "told_otherwise", record.order_id)
                await self._book.conclude(record, otherwise, ends_at)
                return
        match answer:
            case Approved(resource) | Declined(resource) | Pending(resource):
                await self._book.conclude(record, ending_of(record, resource), ends_at)
            case Done(link):
                await self._book.conclude(record, opened(record, link), ends_at)
            case Rejected(status, title, errors):
                detail = ", ".join(f"{fault.field}: {fault.message}" for fault in errors) or title
                ending = end(record, states.REJECTED, "gateway_rejected", http_status=status, detail=detail)
                await self._book.conclude(record, ending, ends_at)
            case Unsent(reason):
                await self._book.give_back(record, reason, way.rest_s(self._hold_back_s()), leaves=way.leaves)
            case AccountProblem(status):
                lane.refused(status)
                await self._book.give_back(record, f"account_problem_{status}", self._hold_back_s())
            case RateLimited(retry_after_s):
                lane.slow_down(retry_after_s)
                await self._after_refusal(record, lane, retry_after_s, ends_at)
            case Unknown(_, _, False) if record.kind == names.LINK and record.number("claims") < self._rules.claims_max:
                # Nobody was told the address of a link that may have been made: another one does no harm. Each time
                # is a claim, an intent and a request of its own, and the claims are bounded (rule R9).
                await self._book.give_back(record, LINK_UNHEARD, self._hold_back_s(), burn=True)
            case Unknown(reason, http_status, alarm):
                if alarm:
                    self._observer.trouble("answer", reason, record.order_id)
                await self._book.conclude(record, end(record, states.UNKNOWN, reason, http_status=http_status), ends_at)
            case _:
                assert_never(answer)

    async def _after_refusal(self, record: Record, lane: Lane, retry_after_s: float, ends_at: float) -> None:
        """A 429 says it was not taken; believed once reads of the list begun after it leave no room for it, and of a
        link, of which no list would tell."""
        if record.kind == names.LINK or await lane.unseen_since(record, ends_at):
            await self._book.give_back(record, "rate_limited", retry_after_s)
        else:
            await self._book.conclude(record, end(record, states.UNKNOWN, "rate_limited"), ends_at)

    def _hold_back_s(self) -> float:
        return self._rules.hold_back_s * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
