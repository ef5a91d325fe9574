"""Calls drawn by chance about parked orders that two operators may have sent once more."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from producers.contract import states
from producers.contract.succession import attempt_id
from producers.runtime.ledger import calls
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.reattempt_calls import propose, reattempt
from producers.runtime.ledger.succession_calls import Told
from tests.contract.ledger.chain_moves import ROOTS, ChainMoves
from tests.contract.ledger.drawn_rows import ACCOUNT, row_of

OPERATORS = ("ona@one", "Ona@two", "jonas@one")
_VALID_MS = 1_000


class ReattemptMoves(ChainMoves):
    """Draws calls about two orders that are parked. Every order is held under one token."""

    def parked(self) -> Iterator[Call[Any]]:
        """What brings both to where a human decides; one of them may be what cannot be sent once more."""
        yield calls.begin_scan(ACCOUNT, 60)
        for order_id in ROOTS:
            plain = self.random.random() < 0.9
            fields = row_of(order_id, Random(1), two_phase=not plain) | {"expires_at": 0}
            fields |= {name: "" for name in ("kind", "parent", "settle") if name in fields}
            fields |= {"charged_from": "pay-0"} if self.random.random() < 0.9 else {}
            fields |= self.random.choice(
                ({}, {"suffix": "SHOP", "customer": "c", "customer_ip": "192.0.2.7", "direct": "1"})
            )
            yield calls.accept(order_id, fields, grace_ms=0)
            yield self._claim_of(order_id)
            yield self._intent_of(order_id)
            yield self._settle_of(order_id, states.UNKNOWN, {})
            yield self._settle_of(order_id, states.PARKED, {})

    def next_of_parked(self) -> Call[Any]:
        """A call of those that matter to them."""
        makers = (
            *(self._propose,) * 6,
            *(self._reattempt,) * 6,
            *(lambda: self._claim_of(self._member()),) * 5,
            *(lambda: self._intent_of(self._member()),) * 5,
            *(self._end_second,) * 4,
            *(self._close_root,) * 4,
            *(self._sight_one,) * 2,
            lambda: self._settle_of(self.random.choice(ROOTS), states.NOT_CHARGED, {}),
            self._sweep,
        )
        return self.random.choice(makers)()

    def _propose(self) -> Call[Any]:
        order_id = self.random.choice(ROOTS)
        by = self.random.choice(OPERATORS)
        return propose(order_id, self._token(order_id), by=by, valid_ms=_VALID_MS, because="back office")

    def _reattempt(self) -> Call[Any]:
        order_id = self.random.choice(ROOTS)
        successor = attempt_id(order_id)
        return reattempt(
            order_id,
            self._token(order_id),
            successor=successor,
            by=self.random.choice(OPERATORS),
            valid_ms=_VALID_MS,
            told_of_root=Told(f"{order_id}:told", b"{}"),
            told_of_successor=Told(f"{successor}:accepted", b"{}"),
            due_ms=500,
        )

    def _end_second(self) -> Call[Any]:
        order_id = attempt_id(self.random.choice(ROOTS))
        to = self.random.choice(
            (states.APPROVED, states.DECLINED, states.UNKNOWN, states.NOT_CHARGED, states.CANCELLED)
        )
        return self._settle_of(order_id, to, {"payment_id": "pay-2"} if to == states.APPROVED else {})

    def _close_root(self) -> Call[Any]:
        root = self.random.choice(ROOTS)
        to = self.random.choice((states.APPROVED, states.DECLINED, states.NOT_CHARGED, states.PARKED))
        return self._settle_of(root, to, {"successor": attempt_id(root)})
