"""Calls of background duties, of operators and of whoever looks, drawn by chance from the same small world."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from producers.contract import states
from producers.runtime.ledger import batch_calls, calls, due_calls, hold_calls, link_calls, operation_calls
from producers.runtime.ledger.call import Call
from tests.contract.ledger.drawn_rows import ACCOUNT

#: The token of the links among them.
LINK = "cb-bcdfghjklmnpqrst"
ORDERS = ("ORD-1", "ORD-2", "ORD-3")
WORKERS = ("w1", "w2")
_ROWS = tuple(f"{status} 10.00 EUR 1111 1768471200000" for status in ("approved", "approved", "declined", "processing"))


@dataclass
class DutyMoves:
    """Draws what needs no claim. It remembers tokens that were used, so that a call can be a rightful holder's."""

    random: Random
    tokens: dict[str, str] = field(default_factory=dict)
    tag: str = ""

    def _order(self) -> str:
        return self.random.choice(ORDERS)

    def _account(self) -> str:
        return ACCOUNT if self.random.random() < 0.85 else "other"

    def _token(self, order_id: str) -> str:
        """Mostly the one that holds the order, if it was claimed; sometimes somebody else's."""
        if self.random.random() < 0.85 and order_id in self.tokens:
            return self.tokens[order_id]
        return f"{self.random.randrange(4):032x}"

    def _let_go(self) -> Call[Any]:
        payment_id = self.random.choice(("pay-1", "pay-2", "pay-3"))
        return hold_calls.let_go(payment_id, self._order(), alarm=self.random.choice(("", "approved")))

    def _warn(self) -> Call[Any]:
        account, payment_id = self._account(), self.random.choice(("pay-1", "pay-1", "pay-2"))
        over, patient = self.random.random() < 0.2, self.random.random() < 0.5
        warn = hold_calls.warn(account, payment_id, event_id=f"{payment_id}:e", event=b'{"e":5}', patient=patient)
        return hold_calls.over(account, payment_id) if over else warn

    def _present(self) -> Call[Any]:
        return calls.present(self.random.choice(WORKERS))

    def _begin_scan(self) -> Call[Any]:
        return calls.begin_scan(self._account(), self.random.choice((0, 1, 2, 60)))

    def _sight(self) -> Call[Any]:
        rows = [
            (
                self.random.choice(
                    (*ORDERS, "ORD-1-a2", "ORD-9", "ORD-2-ab", *(link_calls.LINKED + LINK,) * 2, "~", "~ORD-1")
                ),
                self.random.choice(("pay-1", "pay-2", "pay-3")),
                self.random.choice(_ROWS),
            )
            for _ in range(self.random.randrange(4))
        ]
        extended, tag = self.tag, f"{self.random.getrandbits(128):032x}"
        if self.random.random() < 0.8:
            self.tag = tag
        else:
            extended = self.random.choice(("", "0" * 32))
        return calls.sight(ACCOUNT, extended, tag, b'{"n":%d}' % self.random.randrange(100), rows)

    def _evidence(self) -> Call[Any]:
        return calls.evidence(self._order(), ACCOUNT)

    def _sweep(self) -> Call[Any]:
        limit, batch_least = self.random.choice((1, 2, 50)), self.random.choice((0, 1))
        return due_calls.sweep(limit=limit, grace_ms=400, grace_max_ms=1500, batch_least=batch_least, tell=limit)

    def _reap(self) -> Call[Any]:
        return due_calls.reap(presence_ms=1500, limit=50)

    def _rest(self) -> Call[Any]:
        order_id = self._order()
        fields: dict[str, Any] = self.random.choice(({}, {"link_over_at": self.random.randrange(3)}))
        delay_ms = self.random.choice((0, 500))
        return link_calls.rest(order_id, self._token(order_id), delay_ms=delay_ms, fields=fields)

    def _withdraw(self) -> Call[Any]:
        return calls.withdraw(self.random.choice((*ORDERS, "ORD-9")), link=self.random.random() < 0.5)

    def _halt(self) -> Call[Any]:
        return batch_calls.halt(self.random.choice(("b1", "b1", "b2")), self.random.choice(("", "paused", "cancelled")))

    def _say(self) -> Call[Any]:
        about = self.random.choice(("queue:payments", "account:default"))
        word = operation_calls.Said(self.random.randrange(3), "ona@host", "maintenance")
        return operation_calls.say(about, self.random.choice((word, None)))

    def _breakers(self) -> Call[Any]:
        told = self.random.choice(({}, {ACCOUNT: "open"}))
        return operation_calls.tell_breakers(self.random.choice(WORKERS), told, kept_ms=5000)

    def _waiting(self) -> Call[Any]:
        return batch_calls.waiting("b1", "0", 10, wake=self.random.random() < 0.5)

    def _cancel(self) -> Call[Any]:
        tokens = {order_id: self.random.choice(("", "", self._token(order_id))) for order_id in (*ORDERS, "ORD-9")}
        ends = [
            calls.settle(
                order_id,
                token,
                allowed=(states.ACCEPTED,),
                to=states.CANCELLED,
                event_id=self.random.choice((f"{order_id}:cancelled", "")),
                event=b'{"c":3}',
                detail="called_back",
            )
            for order_id, token in tokens.items()
        ]
        return batch_calls.cancel("b1", "called_back", ends)

    def _lead(self) -> Call[Any]:
        # The lease of a key is the server's own clock: long ones, so that none runs out while the test runs.
        lease_ms = self.random.choice((0, 3_600_000))
        return calls.lead(self.random.choice(("sweeper", "publisher")), f"{self.random.randrange(3):032x}", lease_ms)
