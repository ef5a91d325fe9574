"""The second phase of a two-phase charge: settle the one hold that the ledger has chosen.

Nothing here rests on a clock. The choice is on disk, and on every replica, before a settlement may leave; it is never
made anew; and the gateway settles one authorisation at most once (the model, D3). So whoever finds the order pending
may carry on: a settlement is asked for again once a look has shown none, whatever may still be under way from before.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol, assert_never

from cardinity_client import (
    AccountProblem,
    Approved,
    CreateSettlement,
    CreateVoid,
    Decision,
    Declined,
    Pending,
    RateLimited,
    Rejected,
    Unknown,
    Unsent,
)
from cardinity_client.models.follow_ups import Settlement, Void
from producers.contract import states
from producers.contract.follow_ups import token_of
from producers.errors import ProducerError
from producers.runtime.ledger import hold_calls
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Moved, NotYours
from workers.payments import observer as steps
from workers.payments.endings import end, ending_of
from workers.payments.follow_ups import NotAnswered
from workers.payments.holds import Ask, Astray, Hold, Paid, Unpaid, look, standing_of
from workers.payments.lane import Lane
from workers.payments.observer import Observer

#: Looks, each with at most one request behind it, in one turn: settle, void, and once more each.
LOOKS_MAX: Final = 4
#: Milliseconds an order rests between two turns: a tenth of its age, between these.
REST_MIN_MS, REST_MAX_MS, REST_PART = 1000, 600_000, 10


class Others(Protocol):
    """Who follows up pending payments of one phase."""

    async def follow_up(self, record: Record) -> None: ...


@dataclass(frozen=True, slots=True)
class TwoPhaseRules:
    """How long one turn may take, and for how long a worker may be unseen that has it."""

    window_s: float
    presence_s: float


class TwoPhase:
    """Handles pending orders that wait for no customer; those of one phase it hands on."""

    def __init__(
        self,
        worker: str,
        ledger: Executor,
        lanes: Mapping[str, Lane],
        others: Others,
        rules: TwoPhaseRules,
        observer: Observer,
    ) -> None:
        self._worker = worker
        self._ledger = ledger
        self._lanes = lanes
        self._others = others
        self._rules = rules
        self._observer = observer
        #: Turns are a worker's; this is whose of it.
        self._at_work: set[str] = set()

    async def follow_up(self, record: Record) -> None:
        """The order is due, or its hold was just recorded: bring it as far as the gateway lets it come."""
        if not record.two_phase:
            await self._others.follow_up(record)
            return
        lane = self._lanes.get(record.lane)
        if lane is None or record.order_id in self._at_work or await lane.closed() is not None:
            return  # it stays due
        self._at_work.add(record.order_id)
        try:
            await self._take_turn(record, lane)
        except ProducerError as error:
            self._observer.trouble("two_phase", error.code, record.order_id)
        finally:
            self._at_work.discard(record.order_id)

    async def _take_turn(self, record: Record, lane: Lane) -> None:
        window_ms = int(self._rules.window_s * 1000)
        if isinstance(await self._turn(record, window_ms, REST_MIN_MS), NotYours):
            return
        open_still = True
        try:
            open_still = await self._carry_on(record, lane)
        except NotAnswered as lack:
            self._observer.trouble("two_phase_read", lack.code, record.order_id)
        finally:
            if open_still:
                await self._turn(record, 0, _rest_ms(record))

    async def _turn(self, record: Record, window_ms: int, due_ms: int) -> Moved | NotYours:
        call = hold_calls.turn(
            record.order_id,
            record.token,
            record.text("payment_id"),
            self._worker,
            window_ms=window_ms,
            presence_ms=int(self._rules.presence_s * 1000),
            due_ms=due_ms,
        )
        return await self._ledger.run(call)

    async def _carry_on(self, record: Record, lane: Lane) -> bool:
        """Look, ask, look again; whether the order is open still and may be taken up by anybody."""
        rejected, refused = "", None
        for _ in range(LOOKS_MAX):
            # The id comes from the ledger, never from an answer that this worker got (the model, D4).
            hold = (await look(lane.client, record.text("payment_id"))).with_settlement(refused)
            standing = standing_of(record, hold)
            if not isinstance(standing, Ask):
                await self._end(record, hold, standing)
                return False
            if hold.payment.status == "approved" and not await self._is_recorded(record, hold):
                return False
            if standing.what == "nothing":
                return True
            if standing.what == rejected:
                await self._end(record, hold, Astray(f"{rejected}_rejected"))
                return False
            match await self._ask(record, lane, standing.what):
                case Approved(Settlement() as settlement):
                    await self._end(record, hold, Paid(settlement))
                    return False
                case Declined(Settlement() as settlement):
                    refused = settlement
                case Rejected():
                    rejected = standing.what
                case Approved() | Declined():
                    pass
                case _:
                    return True
        return True

    async def _is_recorded(self, record: Record, hold: Hold) -> bool:
        """Whether the owner knows that it holds: what the gateway was processing may have become a hold unheard."""
        if record.text("reason") == states.HELD:
            return True
        recorded = await self._ledger.run(ending_of(record, hold.payment))
        return isinstance(recorded, Moved)

    async def _ask(
        self, record: Record, lane: Lane, what: Literal["settlement", "void"]
    ) -> Decision[Settlement] | Decision[Void]:
        """One request of the second phase; what it came to."""
        payment_id, token = record.text("payment_id"), token_of(record.order_id)
        answer: Decision[Settlement] | Decision[Void]
        self._observer.step(steps.SETTLING, record.order_id)
        with lane.sending():
            if what == "settlement":
                answer = await lane.client.create_settlement(CreateSettlement(payment_id, record.amount, token))
            else:
                answer = await lane.client.create_void(CreateVoid(payment_id, token))
        self._observer.step(steps.SETTLED, record.order_id)
        self._note(record, lane, answer)
        return answer

    def _note(self, record: Record, lane: Lane, answer: Decision[Settlement] | Decision[Void]) -> None:
        """Tell of what is not as it should be; the next look decides."""
        match answer:
            case AccountProblem(status):
                lane.refused(status)
            case RateLimited(retry_after_s):
                lane.slow_down(retry_after_s)
            case Unknown(reason, _, alarm) if alarm:
                self._observer.trouble("two_phase", reason, record.order_id)
            case Rejected():
                self._observer.trouble("two_phase", "second_phase_rejected", record.order_id)
            case Approved() | Declined() | Pending() | Unsent() | Unknown():
                return
            case _:
                assert_never(answer)

    async def _end(self, record: Record, hold: Hold, standing: Paid | Unpaid | Astray) -> None:
        match await self._ledger.run(ending_of_hold(record, hold, standing)):
            case Moved(state, _, before):
                self._observer.moved(before, state)
                if isinstance(standing, Astray) and before:
                    self._observer.trouble("two_phase", standing.why, record.order_id)
            case NotYours():
                pass  # somebody was faster, with the same evidence or newer
        self._observer.step(steps.SETTLEMENT_RECORDED, record.order_id)


def ending_of_hold(record: Record, hold: Hold, standing: Paid | Unpaid | Astray) -> Call[Moved | NotYours]:
    """Record what the chosen hold has come to."""
    match standing:
        case Paid(settlement):
            return end(record, states.APPROVED, states.APPROVED, made=hold.payment, settlement=settlement)
        case Unpaid(refused):
            return end(record, states.DECLINED, states.DECLINED, made=hold.payment, settlement=refused)
        case Astray(why):
            return end(record, states.PARKED, why, evidence=hold.told)


def _rest_ms(record: Record) -> int:
    age_ms = int(time.time() * 1000) - record.number("since")
    return min(max(REST_MIN_MS, age_ms // REST_PART), REST_MAX_MS)
