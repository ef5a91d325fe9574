"""The durable promise that one request may leave: at the latest here an order can still be refused or given back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from cardinity_client import CreatePayment, CreatePaymentLink, PaymentReference
from producers.contract.budgets import Budget
from producers.errors import LedgerUnavailable
from producers.runtime.ledger import calls
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Granted, NoCredit, NotYours
from workers.payments import follow_ups
from workers.payments.checks import Following, Request
from workers.payments.gate import Draining
from workers.payments.lane import PAUSED, Lane
from workers.payments.reuse import Reuse


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
    #: How often a card may be declined for one amount.
    budgets: tuple[Budget, ...] = ()

    @property
    def intend_within_s(self) -> float:
        """From the claim to the intent at the most: with half of its lease left an order goes back unsent. Once the
        lease is over somebody else has the order, and the claim counts against it (rule R9)."""
        return self.lease_s / 2


class Promise(NamedTuple):
    """`asked_at` is the moment (of the loop's clock) before it was made, from which every deadline counts;
    `intent_at_ms` when the ledger wrote it.
    """

    asked_at: float
    intent_at_ms: int


class NotPromised(Exception):
    """The order is not to be sent by this worker now. `why` is a stable code."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class MadeBefore(Exception):
    """The gateway shows what the order asks for, and said of an earlier attempt that it was not taken. The promise
    stands, and nothing may be sent: what was made, the resolver finds out.
    """


class Promises:
    """Makes the intents of one worker. `intents_seen` is the highest number of intents that others of it heard of;
    `promised` is told of each before its request can leave (see `intent_log`).
    """

    def __init__(
        self,
        ledger: Executor,
        rules: ChargeRules,
        intents_seen: Callable[[], int],
        promised: Callable[[Record, int, int], None],
    ) -> None:
        self._ledger = ledger
        self._rules = rules
        self._intents_seen = intents_seen
        self._reuse = Reuse(ledger, rules.budgets, patience_s=rules.patience_s)
        self._promised = promised
        self._sequence = 0

    async def of(self, record: Record, request: Request, lane: Lane, until: float) -> Promise:
        """Make the promise, at the latest at that moment of the loop's clock.

        Raises:
            Refused: the order ends here, unsent.
            NotPromised: it does not end here; nothing was sent.
            MadeBefore: it was made by an earlier attempt.
        """
        try:
            if isinstance(request, CreatePaymentLink):
                # It takes a send credit like a charge: it is made only while the list, where it is paid, is being read.
                return await self._of_charge(record, lane, until, link=record.ref)
            if isinstance(request, CreatePayment):
                if isinstance(request.instrument, PaymentReference):
                    await self._reuse.check(record, request.instrument)
                return await self._of_charge(record, lane, until)
            return await self._of_following(record, request, lane, until)
        except Draining:
            raise NotPromised("draining") from None

    async def _of_charge(self, record: Record, lane: Lane, until: float, *, link: str = "") -> Promise:
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + self._rules.hold_back_s
        turn = lane.gate.turn()
        while True:
            if not await lane.gate.enter(turn, batch=record.is_of_batch, until=until):
                raise NotPromised("no_credit")
            asked_at = loop.time()
            try:
                if lane.halted:
                    raise NotPromised(PAUSED)
                answer = await self._ask(record, until, link=link)
            finally:
                lane.gate.leave()
            match answer:
                case Granted(intent_at_ms, credits_left, sequence):
                    lane.gate.granted(credits_left, sequence)
                    return Promise(asked_at, intent_at_ms)
                case NoCredit(sequence):
                    lane.gate.refused(sequence)
                    if loop.time() > give_up_at:
                        lane.blinded()
                        raise NotPromised("no_credit")

    async def _of_following(self, record: Record, request: Following, lane: Lane, until: float) -> Promise:
        """A look at the payment takes the place of a send credit: under it a lost answer is found again."""
        try:
            follows = await follow_ups.check(request, record.ref, self._ledger, lane.client)
        except follow_ups.NotAnswered as lack:
            raise NotPromised(lack.code) from None
        except follow_ups.Shown as shown:
            if not record.intent_at_ms:
                raise
            await self._ask(record, until, shown.follows)
            raise MadeBefore from None
        if lane.gate.draining:
            raise Draining
        if lane.halted:
            raise NotPromised(PAUSED)
        asked_at = asyncio.get_running_loop().time()
        answer = await self._ask(record, until, follows)
        assert isinstance(answer, Granted)  # credits are asked of charges and links alone
        return Promise(asked_at, answer.intent_at_ms)

    async def _ask(self, record: Record, until: float, follows: int = 0, link: str = "") -> Granted | NoCredit:
        if asyncio.get_running_loop().time() > until:
            raise NotPromised("claim_too_old")
        call = calls.intent(
            record.order_id,
            record.token,
            window_ms=int(self._rules.window_s * 1000),
            account=record.lane,
            seen=max(self._sequence, self._intents_seen()),
            follows=follows,
            held_first=record.held_first,
            link=link,
        )
        try:
            answer = await self._ledger.run(call, patience_s=self._rules.patience_s)
        except LedgerUnavailable:
            raise NotPromised("intent_unconfirmed") from None
        match answer:
            case Granted(at_ms, _, sequence):
                self._sequence = max(self._sequence, sequence)
                self._promised(record, sequence, at_ms)
                return answer
            case NoCredit():
                return answer
            case NotYours(why):
                raise NotPromised(why)
