"""Worlds in which the bank asks the customer: the gateway's side of 3-D Secure, and customers who answer.

Only variants with `customers` have them, so that all other worlds stay what they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from cardinity_client import (
    AccountProblem,
    Answer,
    Approved,
    CreatePayment,
    Declined,
    FinalizePayment,
    Payment,
    Pending,
    RateLimited,
    Rejected,
    Unknown,
    Unsent,
)
from cardinity_client.models.threeds import ChallengeResult, ThreedsV1, ThreedsV2
from producers.contract import states
from producers.contract.continuation import ContinuationV2, continuation_from
from producers.errors import NotFinalizable, ProducerError
from producers.finalizing import WAKE_FROM, prepare_finalize
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import record_from
from producers.runtime.ledger.results import Taken, Waking
from tests.simulation import times
from tests.simulation.faults import Buggify
from tests.simulation.following_link import FollowingLink
from tests.simulation.gateway import DO_NOT_HONOR, GatewayDouble
from tests.simulation.gateway_link import ANSWER_S, CONNECT_S, _resolve
from tests.simulation.orders import Verdict
from tests.simulation.processes import Process, Scheduler
from workers.sweeper import Wakeups

#: Seconds a customer looks away at the most, and thinks about the bank's page.
LOOK_S, THINK_S = 0.05, 0.2
#: What the bank's page posts.
PASSES, FAILS, FALLS_BACK = "passes", "fails", "falls-back"
#: Faults of the request that tells an answer.
TELL_FAULTS: Final = (
    "tell.unsent",
    "tell.unauthorized",
    "tell.rate_limited",
    "tell.lost",
    "tell.server_error_before",
    "tell.server_error_after",
    "tell.taken_then_lost",
    "tell.late_landing",
)
_NOT_TAKEN: Final[Mapping[str, Answer]] = {
    "tell.unauthorized": AccountProblem(401),
    "tell.rate_limited": RateLimited(0.02),
    "tell.lost": Unknown("connection_lost", None, False),
    "tell.server_error_before": Unknown("http_5xx", 500, False),
}
_NOT_THE_ANSWER: Final[Mapping[str, Answer]] = {
    "tell.server_error_after": Unknown("http_5xx", 500, False),
    "tell.taken_then_lost": Unknown("connection_lost", None, False),
}


class AskingLink(FollowingLink):
    """The connection to a gateway whose bank asks before it decides."""

    async def finalize_payment(self, request: FinalizePayment, *, deadline_s: float | None = None) -> Answer:
        deadline = self._scheduler.now + (times.DEADLINE_S if deadline_s is None else deadline_s)
        fault = self._buggify.first(TELL_FAULTS)
        await self._wait(self._chance() * CONNECT_S)
        if fault == "tell.unsent":
            return Unsent("connect_failed")
        self._check_alive()
        future = self._process.create_future()
        arrives_at = self._scheduler.now + self._chance() * ANSWER_S
        if fault == "tell.late_landing":
            arrives_at += self._chance() * times.GATEWAY_LATE_S

        def land() -> None:
            answer = _NOT_TAKEN[fault] if fault in _NOT_TAKEN else decided(self._gateway, request)
            back_at = self._scheduler.now + self._chance() * ANSWER_S
            told = _NOT_THE_ANSWER.get(fault, answer) if back_at <= deadline else Unknown("timeout", None, False)
            self._scheduler.at(min(back_at, deadline), _resolve, future, told)

        self._scheduler.at(arrives_at, land)
        if arrives_at > deadline:
            self._scheduler.at(deadline, _resolve, future, Unknown("timeout", None, False))
        told: Answer = await future
        return told

    def _book(self, request: CreatePayment, at: float, fault: str) -> Answer:
        if self._verdicts(request.order_id) not in (Verdict.PENDING_APPROVED, Verdict.PENDING_DECLINED):
            return super()._book(request, at, fault)
        payment = self._gateway.decide(request, "pending")
        payment = replace(payment, id=f"{int(payment.id[4:]):08x}-0000-4000-a000-000000000000")
        payment = replace(payment, threeds_v2=ThreedsV2("https://acs.example/2", payment.id))
        self._gateway.land(payment, at)
        return Pending(payment)


def decided(gateway: GatewayDouble, request: FinalizePayment) -> Answer:
    """What the answer makes of the payment, now."""
    entry = gateway.by_id[request.payment_id]
    payment, result = entry.payment, request.result
    second = isinstance(result, ChallengeResult)
    if payment.status != "pending" or second != (payment.threeds_v1 is None):
        return Rejected(400, "Validation Failed", ())
    text = result.cres.reveal() if isinstance(result, ChallengeResult) else result.pares.reveal()
    if text == FALLS_BACK and second:
        entry.payment = replace(payment, threeds_v1=ThreedsV1("https://acs.example/1", payment.id))
        return Pending(entry.payment)
    done: Payment = replace(payment, threeds_v1=None, threeds_v2=None)
    if text == PASSES:
        entry.payment = replace(done, status="approved")
        gateway._note(payment.order_id or "", "approved")
        return Approved(entry.payment)
    entry.payment = replace(done, status="declined", error=DO_NOT_HONOR)
    gateway._note(payment.order_id or "", "declined")
    return Declined(entry.payment)


class Customer:
    """Answers for one order whenever it is asked, and sometimes twice, until the order has ended."""

    def __init__(
        self,
        process: Process,
        scheduler: Scheduler,
        ledger: Executor,
        queue: Wakeups,
        buggify: Buggify,
        order_id: str,
        verdict: Callable[[str], Verdict],
    ) -> None:
        self._process = process
        self._chance = scheduler.random.random
        self._ledger = ledger
        self._queue = queue
        self._buggify = buggify
        self._order_id = order_id
        self._last = PASSES if verdict(order_id) is Verdict.PENDING_APPROVED else FAILS

    async def live(self) -> None:
        """Look, think, answer."""
        while True:
            await asyncio.sleep(self._chance() * LOOK_S)
            try:
                if await self._answered():
                    return
            except ProducerError:
                continue  # the ledger is away: the page is posted again

    async def _answered(self) -> bool:
        """Whether the order has ended."""
        record = record_from(self._order_id, await self._ledger.read("HGETALL", keys.order(self._order_id)))
        if record.state in states.TERMINAL:
            return True
        step = continuation_from(record.step)
        if record.state != states.PENDING or step is None:
            return False
        await asyncio.sleep(self._chance() * THINK_S)
        given: dict[str, Any] = {"pares": self._last}
        if isinstance(step, ContinuationV2):
            given = {"cres": FALLS_BACK if self._chance() < 0.4 else self._last}
        for _ in range(2 if self._chance() < 0.3 else 1):
            finalizing = prepare_finalize(self._order_id, **given)
            end = await self._ledger.run(finalizing.call)
            try:
                finalizing.told(end)
            except NotFinalizable as refusal:
                self._buggify.note(f"answer: {refusal.code}")
                return False
            self._buggify.note(f"answer: {next(iter(given.values()))}")
            if isinstance(end, Taken):
                await self._queue.enqueue([Waking(self._order_id, WAKE_FROM + end.number, False)])
        return False
