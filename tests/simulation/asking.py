"""Where the bank asks the customer: the gateway's side of 3-D Secure, and customers who answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cardinity_client import Answer, Approved, CreatePayment, Declined, FinalizePayment, Payment, Pending, Rejected
from cardinity_client.models.threeds import ChallengeResult, ThreedsV1, ThreedsV2
from producers.contract import states
from producers.contract.continuation import ContinuationV2, continuation_from
from producers.errors import NotFinalizable, ProducerError
from producers.finalizing import WAKE_FROM, prepare_finalize
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import record_from
from producers.runtime.ledger.results import Taken, Waking
from tests.simulation.faults import Buggify
from tests.simulation.gateway import DO_NOT_HONOR, GatewayDouble
from tests.simulation.later_link import LaterLink
from tests.simulation.orders import Verdict
from tests.simulation.processes import Process, Scheduler
from workers.duties.sweeper import Wakeups

#: Seconds a customer looks away at the most, and thinks about the bank's page.
LOOK_S, THINK_S = 0.05, 0.2
#: What the bank's page posts.
PASSES, FAILS, FALLS_BACK = "passes", "fails", "falls-back"


class AskingLink(LaterLink):
    """The connection to a gateway whose bank asks before it decides."""

    async def finalize_payment(self, request: FinalizePayment, *, deadline_s: float | None = None) -> Answer:
        told: Answer = await self._later(deadline_s, lambda: decided(self._gateway, request))
        return told

    def _book(self, request: CreatePayment, at: float, fault: str) -> Answer:
        if self._verdicts(request.order_id) not in (Verdict.ASKED_APPROVED, Verdict.ASKED_DECLINED):
            return super()._book(request, at, fault)
        payment = self._gateway.decide(request, "pending")
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
        gateway.note(payment.order_id or "", payment, "approved")
        return Approved(entry.payment)
    entry.payment = replace(done, status="declined", error=DO_NOT_HONOR)
    gateway.note(payment.order_id or "", payment, "declined")
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
        self._last = PASSES if verdict(order_id) is Verdict.ASKED_APPROVED else FAILS

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
