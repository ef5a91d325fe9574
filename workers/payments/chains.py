"""Ends the first order of a chain as the last of its successors has ended.

Each successor is an order like any other, with its one intent and its one outcome; the first order only waits: since
its decline, or since operators had it sent once more. Whatever has ended never goes on, and says in the same step
whether another goes on for it: so the last of a chain that has ended is its end, whoever reads it and however late.
"""

from __future__ import annotations

import random
import time
from typing import Any, Protocol

from producers.contract import states
from producers.contract.events import encode, payment_event
from producers.contract.succession import NEW_ATTEMPT
from producers.errors import ProducerError
from producers.runtime.ledger import keys, link_calls
from producers.runtime.ledger.call import Argument, Call
from producers.runtime.ledger.calls import settle
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record, record_from
from producers.runtime.ledger.results import Moved, NotYours
from workers.payments.continuing import LOOK_EVERY_MS
from workers.payments.endings import FIRST_ATTEMPT_FOUND
from workers.payments.facts import decline_code
from workers.payments.observer import Observer

#: Facts of a decline, as the row has them of the order that was declined.
_DECLINE_FACTS = ("payment_id", "error", "merchant_advice_code", "card_brand", "gateway_created")


class Others(Protocol):
    """Who follows up pending orders that wait for no other."""

    async def follow_up(self, record: Record) -> None: ...


class Chains:
    """Handles pending orders that wait for another; the rest it hands on."""

    def __init__(self, ledger: Executor, others: Others, observer: Observer) -> None:
        self._ledger = ledger
        self._others = others
        self._observer = observer

    async def follow_up(self, record: Record) -> None:
        """The order is due, or one of its chain has just moved."""
        if not record.successor:
            await self._others.follow_up(record)
            return
        try:
            last = await self._last(record)
            ending = closed(record, last)
            if ending is None:
                await self._rest(record)
            elif await self._move(record, ending) == "contradicted":
                await self._move(record, taken_back(record, last))
        except ProducerError as error:
            self._observer.trouble("chain", error.code, record.order_id)

    async def _last(self, record: Record) -> Record:
        """The order at the end of the chain; there are three at the most."""
        while record.successor:
            row = await self._ledger.read("HGETALL", keys.order(record.successor))
            record = record_from(record.successor, row)
        return record

    async def _rest(self, record: Record) -> None:
        delay_ms = int(LOOK_EVERY_MS * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
        await self._ledger.run(link_calls.rest(record.order_id, record.token, delay_ms=delay_ms))

    async def _move(self, record: Record, ending: Call[Moved | NotYours]) -> str:
        """Record it; why not, if so."""
        match await self._ledger.run(ending):
            case Moved(state, duplicates, before):
                self._observer.moved(before, state)
                if duplicates:
                    self._observer.duplicates(record.order_id, duplicates)
                return ""
            case NotYours(why):
                return why  # most likely somebody was faster


def closed(root: Record, last: Record) -> Call[Moved | NotYours] | None:
    """Record how the first order of a chain has ended, now that the last has; None while that one is open. Pure.

    Without an approval it is declined, with the latest decline there was: of what came after that, only why it brought
    no money is told. An order that was sent once more on operators' word, and had no decline at all, was not charged.
    """
    if last.state not in states.TERMINAL:
        return None
    decided = last if last.state in (states.APPROVED, states.DECLINED) else None
    unsaid = states.NOT_CHARGED if root.text("reason") == NEW_ATTEMPT else states.DECLINED
    why = None if decided is not None else last.text("reason") or last.state
    facts = {name: (decided or root).text(name) for name in _DECLINE_FACTS}
    if decided is None:
        facts["payment_id"] = root.text("declined_payment_id")
    account = (decided or root).lane
    return _settled(
        root,
        last,
        decided.state if decided else unsaid,
        why,
        fields={**facts, "lane": account},
        account=account,
        payment_id=facts["payment_id"] or None,
        card_last4=(decided.text("last4") or None) if decided else None,
        card_brand=facts["card_brand"] or None,
        error=facts["error"] or None,
        decline_code=decline_code(facts["error"]),
        merchant_advice_code=facts["merchant_advice_code"] or None,
        successor=last.order_id,
    )


def taken_back(root: Record, last: Record) -> Call[Moved | NotYours]:
    """Record that nobody goes on for the order any more: the last has ended without money, and the gateway's list shows
    a payment of the first, which operators took for lost. The resolver finds out what that is. Pure."""
    fields: dict[str, Argument] = {"evidence": "the gateway lists a payment of the order's first attempt"}
    return _settled(root, last, states.PARKED, FIRST_ATTEMPT_FOUND, fields=fields, account=root.lane)


def _settled(
    root: Record, last: Record, to: str, why: str | None, *, fields: dict[str, Argument], account: str, **told: Any
) -> Call[Moved | NotYours]:
    event = payment_event(
        state=to,
        order_id=root.order_id,
        attempt_ref=root.ref,
        account=account,
        producer=root.text("producer"),
        amount=root.amount,
        time_ms=int(time.time() * 1000),
        reason=why,
        **told,
    )
    return settle(
        root.order_id,
        root.token,
        allowed=(states.PENDING,),
        to=to,
        event_id=event.id,
        event=encode(event),
        detail=why or to,
        fields={**fields, "reason": why or "", "successor": last.order_id},
    )
