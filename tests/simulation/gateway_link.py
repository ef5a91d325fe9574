"""One process' connection to the gateway: what the product calls of `CardinityClient`, over a network that lies.

A request for a charge goes through the phases of the real one: no connection yet, connection there, bytes gone. The
process may stop between any two. Once the bytes are gone nothing the process does brings them back, and nothing it
does not do keeps them from arriving.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from cardinity_client import (
    AccountProblem,
    Answer,
    Approved,
    CreatePayment,
    Decision,
    Declined,
    Page,
    Payment,
    Pending,
    RateLimited,
    Rejected,
    Unknown,
    Unsent,
)
from cardinity_client.errors import PaymentNotFound, ReadUnavailable
from cardinity_client.money import Money
from tests.simulation import times
from tests.simulation.faults import Buggify
from tests.simulation.gateway import GatewayDouble
from tests.simulation.orders import FIRST, Verdict
from tests.simulation.processes import Process, Scheduler

#: Seconds to be handed a connection, and to be answered, usually and at the most.
CONNECT_S: Final = 0.004
ANSWER_S: Final = 0.02
#: Seconds of a slow list.
SLOW_LIST_S: Final = 0.4

#: Faults of one request for a charge, the rarest first.
POST_FAULTS: Final = (
    "post.charged_twice",
    "post.other_amount",
    "post.unsent",
    "post.unauthorized",
    "post.rate_limited",
    "post.rate_limited_yet_charged",
    "post.lost",
    "post.server_error_before",
    "post.server_error_after",
    "post.charged_then_lost",
    "post.late_landing",
    "post.slow_answer",
)
#: What the sender hears when nothing was charged, and in place of the true answer when something was.
NO_CHARGE: Final[Mapping[str, Answer]] = {
    "post.lost": Unknown("connection_lost", None, False),
    "post.unauthorized": AccountProblem(401),
    "post.rate_limited": RateLimited(0.02),
    "post.server_error_before": Unknown("http_5xx", 500, False),
}
NOT_THE_ANSWER: Final[Mapping[str, Answer]] = {
    "post.rate_limited_yet_charged": RateLimited(0.02),
    "post.server_error_after": Unknown("http_5xx", 500, False),
    "post.charged_then_lost": Unknown("connection_lost", None, False),
    "post.other_amount": Unknown("mismatch_amount", 201, True),
}


class GatewayLink:
    """How one process reaches the gateway. `on_post` hears of every request whose bytes leave."""

    def __init__(
        self,
        process: Process,
        scheduler: Scheduler,
        gateway: GatewayDouble,
        buggify: Buggify,
        verdicts: Callable[[str], Verdict],
        on_post: Callable[[Process, str], object],
    ) -> None:
        self._process = process
        self._scheduler = scheduler
        self._chance = scheduler.random.random
        self._gateway = gateway
        self._buggify = buggify
        self._verdicts = verdicts
        self._on_post = on_post
        self._may_be_down = gateway.account == FIRST and "account.down" in buggify.rates
        self._post_faults = tuple(name for name in POST_FAULTS if name in buggify.rates)

    async def ready(self) -> bool:
        self._check_alive()
        if self._is_down and self._chance() < 0.5:
            return False
        return not self._buggify("gateway.not_ready")

    async def create_payment(self, payment: CreatePayment, *, deadline_s: float | None = None) -> Answer:
        order_id = payment.order_id
        late_s = times.GATEWAY_LATE_S if payment.settle else times.HOLD_LATE_S
        return await self._write(order_id, deadline_s, lambda at, fault: self._book(payment, at, fault), late_s=late_s)

    async def _write(
        self,
        order_id: str,
        deadline_s: float | None,
        book: Callable[[float, str], Decision[Any]],
        *,
        late_s: float = times.GATEWAY_LATE_S,
    ) -> Decision[Any]:
        """A request leaves; `book(at, fault)` books what it comes to, and says what its sender is told. `late_s` is how
        late it may be booked.
        """
        deadline = self._scheduler.now + (times.DEADLINE_S if deadline_s is None else deadline_s)
        fault = self._buggify.first(self._post_faults)
        await self._wait(self._chance() * CONNECT_S)
        if fault == "post.unsent" or self._is_down:
            return Unsent("connect_failed")
        # A process that froze just here sends when it thaws, however late that is: the watchdog is what prevents it.
        self._check_alive()
        self._gateway.counts.sent(order_id, self._gateway.account)
        self._on_post(self._process, order_id)
        answered_at, answer = self._leave(book, fault, late_s)
        if answered_at > deadline:
            answered_at, answer = deadline, Unknown("timeout", None, False)
        future = self._process.create_future()
        self._scheduler.at(answered_at, resolve, future, answer)
        told: Decision[Any] = await future
        return told

    async def list_payments(self, limit: int = 100) -> Page:
        buggify, chance = self._buggify, self._chance
        if "list.burst" in buggify.rates and buggify.seldom("list.burst"):
            self._gateway.foreign(times.LIST_LIMIT + 1)
        now = self._scheduler.now
        fails = buggify("list.fails") or self._is_down
        slow_s = chance() * SLOW_LIST_S if buggify("list.slow") else 0.0
        future = self._process.create_future()
        read_at = now + chance() * (ANSWER_S + slow_s)
        told_at = read_at + chance() * (ANSWER_S + slow_s)

        def snapshot() -> None:
            failure = ReadUnavailable("http_5xx", "the double's list fails", 500) if fails else None
            self._scheduler.at(told_at, resolve, future, failure or self._gateway.page(limit))

        self._scheduler.at(read_at, snapshot)
        self._check_alive()
        page: Page = await future
        return page

    async def get_payment(self, payment_id: str) -> Payment:
        await self._wait(self._chance() * ANSWER_S)
        if self._buggify("get.fails") or self._is_down:
            raise ReadUnavailable("http_5xx", "the double's read fails", 500)
        entry = self._gateway.by_id.get(payment_id)
        if entry is None or self._buggify("get.not_found"):
            raise PaymentNotFound("payment_not_found", "the double knows no such payment", 404)
        payment = entry.payment
        await self._wait(self._chance() * ANSWER_S)
        return payment

    def _leave(
        self, book: Callable[[float, str], Decision[Any]], fault: str, late_s: float
    ) -> tuple[float, Decision[Any]]:
        """The bytes are gone: what comes of them, and when the sender would hear what."""
        now, chance = self._scheduler.now, self._chance
        arrives_at = now + chance() * (times.NETWORK_S if fault else ANSWER_S)
        back_at = arrives_at + chance() * ANSWER_S
        if fault in NO_CHARGE:
            return back_at, NO_CHARGE[fault]
        if fault == "post.late_landing":
            # Nearly always at the very end of what L allows.
            arrives_at = now + (times.NETWORK_S + late_s) * (1 - chance() ** 2 / 2)
            back_at = now + times.WINDOW_S
        elif fault == "post.slow_answer":
            back_at = now + times.DEADLINE_S * (0.8 + chance() * 0.3)
        answer = book(arrives_at, fault)
        return back_at, NOT_THE_ANSWER.get(fault, answer)

    def _book(self, request: CreatePayment, at: float, fault: str) -> Answer:
        """Books what the order's verdict says, and the answer that goes with it."""
        gateway, verdict = self._gateway, self._verdicts(request.order_id)
        if verdict is Verdict.REJECTED:
            return Rejected(400, "Validation Failed", ())
        amount = Money(request.amount.minor + 1, request.amount.currency) if fault == "post.other_amount" else None
        if verdict in (Verdict.PENDING_APPROVED, Verdict.PENDING_DECLINED):
            finally_at = at + self._chance() * times.HORIZON_S
            payment = gateway.decide(request, "pending", amount=amount)
            gateway.land(
                payment,
                at,
                finally_="approved" if verdict is Verdict.PENDING_APPROVED else "declined",
                finally_at=finally_at,
            )
            return Pending(payment)
        approved = verdict in (Verdict.APPROVED, Verdict.HELD_DECLINED)
        payment = gateway.decide(request, "approved" if approved else "declined", amount=amount)
        gateway.land(payment, at)
        if fault == "post.charged_twice" and approved:
            if request.settle:  # two holds are no two charges
                gateway.counts.doubled.add(request.order_id)
            gateway.land(gateway.decide(request, "approved"), at + self._chance() * ANSWER_S)
        return Approved(payment) if approved else Declined(payment)

    @property
    def _is_down(self) -> bool:
        """Whether nothing reaches this account."""
        return self._may_be_down and not self._buggify.calm()

    async def _wait(self, seconds: float) -> None:
        self._check_alive()
        await asyncio.sleep(seconds)
        self._check_alive()

    def _check_alive(self) -> None:
        if not self._process.alive:
            raise asyncio.CancelledError  # a dead process' door


def resolve(future: asyncio.Future[Any], result: object) -> None:
    """Let whoever waits hear that, if anybody does."""
    if future.done():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
