"""The end of a 3-D Secure step: tells the gateway what the customer's bank answered, and believes only the gateway.

A pending order is one payment at the gateway, and its id cannot be charged twice: an answer may be told again. It is
told again only after a look at the payment has said that it is pending still, and so many times at the most. Everything
that is not a clear word is left to a look by id in a later round; no time that passes makes a pending order declined.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, assert_never

from cardinity_client import (
    AccountProblem,
    Approved,
    Declined,
    FinalizePayment,
    Payment,
    Pending,
    RateLimited,
    Rejected,
    Unknown,
    Unsent,
)
from cardinity_client.errors import GatewayReadError, RequestInvalid
from producers.contract import states
from producers.contract.continuation import Answer, continuation_of, mark_of, written
from producers.errors import ProducerError
from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record, record_from
from producers.runtime.ledger.results import Moved, NotYours, Trying
from workers.payments import observer as steps
from workers.payments.answers import Named, next_answer
from workers.payments.endings import contradicted, ending_of, further_step
from workers.payments.lane import Lane
from workers.payments.observer import Observer
from workers.resolver.resolver import is_of

#: Milliseconds until an order is looked at again that a doubt was left about; twice as long after each further one.
RETRY_MS, RETRY_MOST_MS = 1000, 120_000
#: Times one answer is told at the most: a quarter of an hour, in which a gateway that is away may be back. What comes
#: after that is its word alone.
TRIES_MAX = 14
#: A customer who has not answered in time will hardly do so later: such an order is looked at whenever it has become so
#: much older, and at least so often. Thousands of closed browser windows must not keep the gateway busy for ever.
LOOK_EVERY_PART, LOOK_AT_LEAST_MS = 10, 6 * 3600 * 1000


class Others(Protocol):
    """Who follows up pending payments that wait for no customer."""

    async def follow_up(self, record: Record) -> None: ...


@dataclass(frozen=True, slots=True)
class FinalizeRules:
    """How long one answer may be under way, a worker may be unseen, and a customer may take."""

    window_s: float
    presence_s: float
    challenge_ttl_s: float


class Finalizer:
    """Handles pending orders: those whose customer has answered, and those that are looked at in their turn."""

    def __init__(
        self,
        worker: str,
        ledger: Executor,
        lanes: Mapping[str, Lane],
        others: Others,
        rules: FinalizeRules,
        observer: Observer,
    ) -> None:
        self._worker = worker
        self._ledger = ledger
        self._lanes = lanes
        self._others = others
        self._rules = rules
        self._observer = observer

    async def __call__(self, order_id: str) -> None:
        """A customer has answered, perhaps; or a hold is there to be settled."""
        record = record_from(order_id, await self._ledger.read("HGETALL", keys.order(order_id)))
        if record.state != states.PENDING:
            return
        if (record.two_phase or record.successor) and not record.step:
            await self._others.follow_up(record)
        elif answer := await self._answer(record):
            await self._finalize(record, answer)

    async def follow_up(self, record: Record) -> None:
        """The order is due: use what was answered, or ask the gateway how the payment stands."""
        if not record.step:
            await self._others.follow_up(record)
            return
        try:
            if answer := await self._answer(record):
                await self._finalize(record, answer)
            elif await self._still_pending(record) and (due_ms := self._rest_ms(record)):
                await self._step(record, due_ms=due_ms)
        except ProducerError as error:
            self._observer.trouble("finalize", error.code, record.order_id)

    async def _answer(self, record: Record) -> Named | None:
        given = await self._ledger.read("HGETALL", keys.answers(record.order_id))
        return next_answer(record.step, given, record.text("answers_used"))

    async def _finalize(self, record: Record, answer: Named) -> None:
        """Tell the gateway, if it is this worker's turn and the payment is pending still."""
        lane = self._lanes.get(record.lane)
        if lane is None:
            return
        if (closed := await lane.closed()) is not None:
            await self._step(record, due_ms=int(closed.wait_s * 1000))
            return
        rules = self._rules
        turn = calls.try_answer(
            record.order_id,
            record.token,
            answer.name,
            secrets.token_hex(8),
            self._worker,
            window_ms=int(rules.window_s * 1000),
            presence_ms=int(rules.presence_s * 1000),
            retry_ms=RETRY_MS,
            tries_max=TRIES_MAX,
        )
        match await self._ledger.run(turn):
            case Trying(tries):
                if not tries or await self._still_pending(record):
                    await self._tell(record, answer, lane, _pause_ms(tries))
                else:  # it has ended, or is asked by another step, or nobody could say: the turn is over unused
                    await self._step(record, answer=answer.name, what="unsent", due_ms=_pause_ms(tries))
            case NotYours("busy"):
                await self._still_pending(record)
            case NotYours("exhausted"):
                await self._step(record, answer=answer.name, what="used")
                self._observer.trouble("finalize", "answer_exhausted", record.order_id)
            case NotYours():
                return  # decided meanwhile, or another step is due

    async def _tell(self, record: Record, answer: Named, lane: Lane, pause_ms: int) -> None:
        self._observer.step(steps.ANSWERING, record.order_id)
        try:
            request = _request(record, answer.answer)
        except RequestInvalid as error:
            self._observer.trouble("finalize", error.code, record.order_id)
            await self._step(record, answer=answer.name, what="used")
            return
        said = await lane.client.finalize_payment(request)
        self._observer.step(steps.FINALIZED, record.order_id)
        match said:
            case Approved(payment) | Declined(payment):
                await self._move(record, ending_of(record, payment))
                await self(record.order_id)  # a hold is not the end of it
            case Pending(payment):
                await self._proceed(record, payment, answer.name)
            case Rejected():
                # It says nothing of the payment: an answer may have been told before, and lost.
                await self._step(record, answer=answer.name, what="used")
                await self._still_pending(record)
            case Unknown(reason, _, alarm):
                if alarm:
                    self._observer.trouble("finalize", reason, record.order_id)
                await self._step(record, answer=answer.name, what="tried", due_ms=pause_ms)
            case Unsent():
                await self._step(record, answer=answer.name, what="unsent")
            case AccountProblem(status):
                lane.refused(status)
                await self._step(record, answer=answer.name, what="unsent")
            case RateLimited(retry_after_s):
                lane.slow_down(retry_after_s)
                await self._step(record, answer=answer.name, what="unsent", due_ms=int(retry_after_s * 1000))
            case _:
                assert_never(said)
        self._observer.step(steps.FINALIZE_RECORDED, record.order_id)

    async def _still_pending(self, record: Record) -> bool:
        """Ask for the payment by its id and record what is new. Whether nothing is: pending, in the same step."""
        lane = self._lanes.get(record.lane)
        if lane is None:
            return False
        try:
            payment = await lane.client.get_payment(record.text("payment_id"))
        except GatewayReadError as error:
            self._observer.trouble("finalize_read", error.code, record.order_id)
            return False
        if not is_of(record, payment):
            self._observer.trouble("finalize", "payment_of_another_order", record.order_id)
            return False
        step = continuation_of(payment)
        if payment.status in ("approved", "declined") or (step is not None and written(step) != record.step):
            await self._move(record, ending_of(record, payment))
            return False
        return True

    async def _proceed(self, record: Record, payment: Payment, answer: str) -> None:
        """Told the answer, the gateway says that it is pending: in another step, or in the same one."""
        step = continuation_of(payment)
        if step is None or written(step) == record.step:
            await self._step(record, answer=answer, what="used")
        else:
            await self._move(record, further_step(record, payment, step, answer=answer))

    async def _step(
        self,
        record: Record,
        *,
        answer: str = "",
        what: Literal["used", "tried", "unsent"] = "tried",
        due_ms: int = RETRY_MS,
    ) -> None:
        seen = mark_of(record.step)
        call = calls.step(record.order_id, record.token, seen=seen, answer=answer, what=what, due_ms=due_ms)
        await self._move(record, call)

    async def _move(self, record: Record, call: Call[Moved | NotYours]) -> None:
        match await self._ledger.run(call):
            case Moved(state, duplicates, before):
                self._observer.moved(before, state)
                if duplicates:
                    self._observer.duplicates(record.order_id, duplicates)
            case NotYours("contradicted"):
                await self._move(record, contradicted(record))
            case NotYours():
                return  # somebody with newer evidence was faster

    def _rest_ms(self, record: Record) -> int:
        """How long a payment rests whose customer has not answered in time; 0 while there is time."""
        age_ms = int(time.time() * 1000) - (record.number("continued_at") or record.number("since"))
        if age_ms < self._rules.challenge_ttl_s * 1000:
            return 0
        return min(age_ms // LOOK_EVERY_PART, LOOK_AT_LEAST_MS)


def _pause_ms(tries: int) -> int:
    return int(min(RETRY_MS << min(tries, 16), RETRY_MOST_MS))


def _request(record: Record, answer: Answer) -> FinalizePayment:
    return FinalizePayment(record.text("payment_id"), record.ref, record.amount, answer.result)
