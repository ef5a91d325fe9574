"""The orders of a run that follow a payment: which they are, decided by their ids alone, and what they follow.

A refund follows a charge of the same run that was approved, as long as there is one that none has followed yet; all
else, and what comes before there is any, a payment made before the fire. Each has a payment of its own: what waits
behind a parked order never ends, and who comes side by side is played elsewhere.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from producers.contract import names, states
from producers.contract.fields import ACCOUNT_DEFAULT
from producers.contract.follow_ups import token_of
from producers.enqueue import Enqueuer
from producers.errors import ProducerError
from producers.runtime.ledger.record import Record
from tests.chaos.following import made
from tests.stack import Stack

#: The share of orders that follow a payment, and how they are divided.
SHARE: Final = 0.1
KINDS: Final = (names.REFUND, names.SETTLEMENT, names.VOID)
WEIGHTS: Final = (0.7, 0.15, 0.15)
#: Charges that are looked at for one refund.
TRIES: Final = 10
#: What is given back or taken of a payment, all of which are of more.
AMOUNT: Final = "0.60"


def kind_of(order_id: str) -> str:
    """What of `names.FOLLOW_UPS` the order asks for; empty for a charge."""
    rng = random.Random(f"follows {order_id}")
    return rng.choices(KINDS, WEIGHTS)[0] if rng.random() < SHARE else ""


def rule_of(order_id: str, fault: str, **more: Any) -> dict[str, Any]:
    """The sandbox's rule that strikes the request of that order, which follows a payment."""
    return {"fault": fault, "operation": kind_of(order_id), "description": token_of(order_id), **more}


def counted(orders: Mapping[str, Record]) -> Counter[str]:
    """How many there were of each kind, and how they ended."""
    return Counter(f"{record.kind} {record.state}" for record in orders.values() if record.parent)


class Parents:
    """What the orders of one run follow. Made before anything goes wrong."""

    def __init__(self, stack: Stack, orders: Sequence[str], faults: Sequence[Mapping[str, Any]]) -> None:
        wanted = {order_id: kind for order_id in orders if (kind := kind_of(order_id))}
        stack.admin("faults", [])
        self._before = asyncio.run(made(stack, wanted))
        stack.admin("faults", list(faults))
        #: Charges that were accepted and that nothing follows yet, oldest first.
        self._charged: deque[str] = deque()

    def accepted(self, order_id: str) -> None:
        """A charge may be followed from now on."""
        self._charged.append(order_id)

    def fields(self, order_id: str, enqueuer: Enqueuer) -> dict[str, object]:
        """What to ask for: the same whenever the call is repeated, if it is repeated with these."""
        kind = kind_of(order_id)
        parent = self._approved(enqueuer) if kind == names.REFUND else ""
        fields: dict[str, object] = {"order_id": order_id, "payment_id": parent or self._before[order_id]}
        return fields if kind == names.VOID else {**fields, "amount": AMOUNT, "currency": "EUR"}

    def _approved(self, enqueuer: Enqueuer) -> str:
        for _ in range(min(TRIES, len(self._charged))):
            charge_id = self._charged.popleft()
            with suppress(ProducerError):
                order = enqueuer.get(charge_id)
                if (order.state, order.account) == (states.APPROVED, ACCOUNT_DEFAULT) and order.payment_id:
                    return order.payment_id
                if not order.final:
                    self._charged.append(charge_id)
        return ""
