"""Calls drawn by chance about orders of which others go on."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from producers.contract import states
from producers.contract.succession import BACKUP, NEEDS_CUSTOMER, Way, ref_of, successor_id
from producers.runtime.ledger import calls
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.succession_calls import Told, succeed
from tests.contract.ledger.drawn_rows import ACCOUNT, row_of
from tests.contract.ledger.moves import Moves

ROOTS = ("ORD-1", "ORD-2")
_ORDERS = tuple(f"{root}{further}" for root in ROOTS for further in ("", "-a2", "-a3"))
_STEP = b'{"version":2,"acs_url":"https://acs.example/2","creq":"c"}'
_ENDS = (states.APPROVED, states.DECLINED, states.PENDING, states.UNKNOWN, states.PARKED)


class ChainMoves(Moves):
    """Draws calls about two chains. Every order of them is held under one token."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.tokens = {order_id: f"{random.getrandbits(128):032x}" for order_id in _ORDERS}

    def chained(self) -> Iterator[Call[Any]]:
        """What brings both roots to where their banks may decline: one is being sent, one waits for its customer."""
        yield calls.begin_scan(ACCOUNT, 60)
        for order_id in ROOTS:
            yield self._accept_chain(order_id)
            yield self._claim_of(order_id)
            yield self._intent_of(order_id)
        fields = {"payment_id": "pay-1", "continuation": _STEP}
        yield self._settle_of(ROOTS[1], states.PENDING, fields)

    def next_of_chained(self) -> Call[Any]:
        """A call of those that matter to a chain."""
        makers = (
            *(self._succeed,) * 8,
            *(lambda: self._claim_of(self._member()),) * 5,
            *(lambda: self._intent_of(self._member()),) * 5,
            *(self._end_one,) * 6,
            *(self._close,) * 4,
            self._sight_one,
            lambda: calls.withdraw(self._member(), link=self.random.random() < 0.5),
            lambda: calls.finalize("ORD-2", "cres", "one", answers_max=3),
            self._sweep,
            lambda: calls.begin_scan(ACCOUNT, 60),
        )
        return self.random.choice(makers)()

    def _member(self) -> str:
        return self.random.choice(_ORDERS)

    def _token(self, order_id: str) -> str:
        return self.tokens.get(order_id, "0" * 32) if self.random.random() < 0.95 else "0" * 32

    def _accept_chain(self, order_id: str) -> Call[Any]:
        further = self.random.choice(("backup link", "backup link", "backup", "link"))
        fields = {name: value for name, value in row_of(order_id, Random(1)).items() if name not in ("kind", "parent")}
        fields |= {"further": further, "expires_at": 0, "batch": self.random.choice(("", "b1"))}
        fields |= {"customer": "cust-42", "customer_ip": "192.0.2.7"} if order_id == _ORDERS[0] else {}
        fields.pop("two_phase", None)
        if "backup" in further:
            last4 = self.random.choice(("", "4242"))
            fields |= {"backup": "b" * 32, "backup_last4": last4, "backup_envelope": b"\x00sealed"}
        if "link" in further:
            fields |= {"needs_customer": "link", "link_envelope": b"\xffsealed"}
        return calls.accept(order_id, fields, grace_ms=0)

    def _claim_of(self, order_id: str) -> Call[Any]:
        token = self._token(order_id)
        return calls.claim(order_id, token, "w1", lease_ms=2000, claims_max=3, presence_ms=1500)

    def _intent_of(self, order_id: str) -> Call[Any]:
        return calls.intent(order_id, self._token(order_id), window_ms=1500, account=ACCOUNT)

    def _succeed(self) -> Call[Any]:
        root = self.random.choice(ROOTS)
        order_id = self.random.choice((root, root, f"{root}-a2"))
        way: Way = self.random.choice((BACKUP, NEEDS_CUSTOMER))
        has_backup = self.random.random() < 0.8
        successor = successor_id(root, way, has_backup=has_backup)
        return succeed(
            order_id,
            self._token(order_id),
            allowed=self.random.choice(((states.SENDING, states.UNKNOWN, states.PENDING), (states.SENDING,))),
            successor=successor,
            ref=ref_of(successor, way),
            further="link" if way == BACKUP and self.random.random() < 0.7 else "",
            reason=way,
            payment_id=self.random.choice(("pay-1", "pay-2")),
            told=Told(f"{order_id}:told", b"{}"),
            told_of_root=self.random.choice((Told(), Told(f"{root}:told", b"{}"))),
            told_of_successor=Told(f"{successor}:accepted", b"{}"),
            due_ms=500,
            fields={"error": "3001: Insufficient funds", "merchant_advice_code": ""},
        )

    def _end_one(self) -> Call[Any]:
        order_id, to = self._member(), self.random.choice(_ENDS)
        fields: dict[str, Any] = {"payment_id": self.random.choice(("pay-1", "pay-2"))}
        if to == states.PENDING:
            fields = {"link_id": "link-1", "link_url": "https://pay.example/1"}
        return self._settle_of(order_id, to, fields)

    def _close(self) -> Call[Any]:
        root = self.random.choice(ROOTS)
        to = self.random.choice((states.APPROVED, states.DECLINED))
        last = self.random.choice((f"{root}-a2", f"{root}-a3", "ORD-9"))
        return self._settle_of(root, to, {"successor": last, "payment_id": "pay-2"})

    def _sight_one(self) -> Call[Any]:
        self.tag, extended = f"{self.random.getrandbits(128):032x}", self.tag
        text = self.random.choice(("approved", "declined", "declined"))
        row = (self._member(), self.random.choice(("pay-1", "pay-2")), f"{text} 10.00 EUR 1111 1768471200000")
        return calls.sight(ACCOUNT, extended, self.tag, b'{"n":1}', [row])
