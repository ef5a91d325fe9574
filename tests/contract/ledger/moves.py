"""Calls drawn by chance from a small world, so that most of them meet something: few orders, tokens and workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from producers.contract import states
from producers.contract.continuation import mark_of
from producers.runtime.ledger import batch_calls, calls, hold_calls
from producers.runtime.ledger.call import Call
from tests.contract.ledger.drawn_rows import ACCOUNT, row_of
from tests.contract.ledger.duty_moves import LINK, ORDERS, WORKERS, DutyMoves

_STEPS = (
    b'{"version":2,"acs_url":"https://acs.example/2","creq":"c"}',
    b'{"version":1,"url":"https://acs.example/1","data":"d"}',
)
_GIVEN = ("one", "two", "three", "four")
_ALLOWED = (
    (states.SENDING, states.UNKNOWN, states.PENDING, states.PARKED),
    (states.ACCEPTED, states.CLAIMED),
    (states.SENDING,),
    states.STATES,
)


class Moves(DutyMoves):
    """Draws one call after the other."""

    def next(self) -> Call[Any]:
        """Any call, the common ones more often."""
        makers: tuple[Callable[[], Call[Any]], ...] = (
            *(self._accept,) * 4,
            *(self._claim,) * 4,
            *(self._intent,) * 4,
            *(self._release,) * 2,
            *(self._settle,) * 6,
            self._finalize,
            self._try_answer,
            self._step,
            self._hold,
            self._turn,
            self._let_go,
            *(self._warn,) * 2,
            *(self._present,) * 4,
            *(self._begin_scan,) * 2,
            *(self._sight,) * 3,
            *(self._evidence,) * 2,
            *(self._sweep,) * 2,
            *(self._reap,) * 2,
            *(self._rest,) * 2,
            self._withdraw,
            self._lead,
            *(self._halt,) * 2,
            *(self._waiting,) * 2,
            *(self._cancel,) * 2,
            calls.fence,
        )
        return self.random.choice(makers)()

    def asked(self) -> Iterator[Call[Any]]:
        """What brings every order to where its customer is asked."""
        yield calls.begin_scan(ACCOUNT, 60)
        for order_id in ORDERS:
            token = self.tokens[order_id] = f"{self.random.getrandbits(128):032x}"
            yield self._accept_of(order_id)
            yield calls.claim(order_id, token, "w1", lease_ms=2000, claims_max=3, presence_ms=1500)
            yield calls.intent(order_id, token, window_ms=1500, account=ACCOUNT)
            yield self._settle_of(order_id, states.PENDING, {"payment_id": "pay-1", "continuation": _STEPS[0]})

    def next_of_asked(self) -> Call[Any]:
        """A call of those that matter to an order whose customer is asked."""
        makers = (*(self._finalize,) * 6, *(self._try_answer,) * 8, *(self._step,) * 6)
        return self.random.choice((*makers, self._present, self._sweep, self._ending))()

    def held(self) -> Iterator[Call[Any]]:
        """What brings every order to where one of several holds is to be chosen."""
        yield calls.begin_scan(ACCOUNT, 60)
        for order_id in ORDERS:
            token = self.tokens[order_id] = f"{self.random.getrandbits(128):032x}"
            yield self._accept_of(order_id, two_phase=True)
            yield calls.claim(order_id, token, "w1", lease_ms=2000, claims_max=3, presence_ms=1500)
            yield calls.intent(order_id, token, window_ms=1500, account=ACCOUNT)
            if order_id != ORDERS[0]:
                yield self._sight()
                yield self._settle_of(order_id, states.PENDING, {"payment_id": "pay-1", "reason": ""})

    def next_of_held(self) -> Call[Any]:
        """A call of those that matter to an order with holds."""
        makers = (
            *(self._sight,) * 4,
            self._settle,
            *(self._hold,) * 2,
            *(self._turn,) * 6,
            self._let_go,
            *(self._warn,) * 2,
            self._finalize,
        )
        return self.random.choice((*makers, *(self._present,) * 2, self._sweep, self._ending))()

    def stopped(self) -> Iterator[Call[Any]]:
        """What brings every order to where its batch is cancelled, if it is of one."""
        yield calls.begin_scan(ACCOUNT, 60)
        for order_id in ORDERS:
            yield self._accept_of(order_id)
        yield batch_calls.halt("b1", "cancelled")

    def next_of_stopped(self) -> Call[Any]:
        """A call of those that matter to an order whose batch was cancelled."""
        makers = (self._claim, self._intent, self._release, self._settle, self._sight, self._waiting, self._accept)
        return self.random.choice((*makers, *(self._cancel,) * 3))()

    def next_of_said(self) -> Call[Any]:
        """A call of those by which operators and workers tell each other something."""
        return self.random.choice((*(self._say,) * 3, self._breakers, self._accept))()

    def _ending(self) -> Call[Any]:
        reason = self.random.choice(("", states.HELD))
        return self._settle_of(self._order(), self.random.choice((states.APPROVED, states.PENDING)), {"reason": reason})

    def _settle_of(self, order_id: str, to: str, fields: dict[str, Any]) -> Call[Any]:
        return calls.settle(
            order_id,
            self._token(order_id),
            allowed=states.STATES,
            to=to,
            event_id=f"{order_id}:{to}",
            event=b"{}",
            detail="said so",
            fields=fields,
            due_ms=300 if to == states.PENDING else None,
        )

    def _accept(self) -> Call[Any]:
        return self._accept_of(self._order())

    def _accept_of(self, order_id: str, *, two_phase: bool = False) -> Call[Any]:
        fields = row_of(order_id, self.random, two_phase=two_phase)
        grace_ms = self.random.choice((0, 1000))
        return calls.accept(order_id, fields, grace_ms=grace_ms)

    def _claim(self) -> Call[Any]:
        order_id = self._order()
        token = f"{self.random.getrandbits(128):032x}" if self.random.random() < 0.7 else self._token(order_id)
        if self.random.random() < 0.9:
            self.tokens[order_id] = token
        return calls.claim(order_id, token, self.random.choice(WORKERS), lease_ms=2000, claims_max=3, presence_ms=1500)

    def _intent(self) -> Call[Any]:
        order_id = self._order()
        seen = self.random.choice((0, 0, 0, 0, 1, 50))
        follows = self.random.choice((0, 0, 0, 1, 1, 2))
        token, account = self._token(order_id), self._account()
        link = self.random.choice(("", "", LINK))
        more: dict[str, Any] = {"held_first": self.random.random() < 0.2, "link": link}
        return calls.intent(order_id, token, window_ms=1500, account=account, seen=seen, follows=follows, **more)

    def _release(self) -> Call[Any]:
        order_id, burn = self._order(), self.random.random() < 0.3
        delay_ms, leaves = self.random.choice((0, 700)), self.random.choice(("", ACCOUNT))
        return calls.release(
            order_id, self._token(order_id), delay_ms=delay_ms, detail="why not", burn=burn, leaves=leaves
        )

    def _settle(self) -> Call[Any]:
        order_id, to = self._order(), self.random.choice(states.STATES[3:])
        fields: dict[str, Any] = {"reason": "r", "http_status": 500}
        if self.random.random() < 0.6:
            fields["payment_id"] = self.random.choice(("pay-1", "pay-2"))
        if self.random.random() < 0.2:
            fields["also_made"] = self.random.choice(("ref-1", "ref-1 ref-2"))
        return calls.settle(
            order_id,
            self._token(order_id),
            allowed=self.random.choice(_ALLOWED),
            to=to,
            event_id=self.random.choice((f"{order_id}:{to}", "")),
            event=b'{"b":2}',
            detail="said so",
            fields=self.random.choice((fields, None)),
            due_ms=self.random.choice((None, 300)),
        )

    def _finalize(self) -> Call[Any]:
        kind = self.random.choice(("cres", "cres", "pares"))
        return calls.finalize(self._order(), kind, self.random.choice(_GIVEN), answers_max=3)

    def _name(self) -> str:
        """An answer's name, of one that may be there."""
        step, kind = self.random.choice(((_STEPS[0], "cres"), (_STEPS[1], "pares")))
        return f"{mark_of(step)}-{mark_of((kind + self.random.choice(_GIVEN)).encode())}"

    def _try_answer(self) -> Call[Any]:
        order_id = self._order()
        return calls.try_answer(
            order_id,
            self._token(order_id),
            self._name(),
            self.random.choice("abcd"),
            self.random.choice(WORKERS),
            window_ms=2000,
            presence_ms=1500,
            retry_ms=300,
            tries_max=2,
        )

    def _step(self) -> Call[Any]:
        order_id, step = self._order(), self.random.choice((b"", *_STEPS))
        return calls.step(
            order_id,
            self._token(order_id),
            seen=self.random.choice(("", *map(mark_of, _STEPS))),
            answer=self.random.choice((name := self._name(), name, "")),
            what=self.random.choice(("used", "tried", "unsent")),
            due_ms=self.random.choice((0, 300)),
            continuation=step,
            event_id=f"{order_id}:pending:{mark_of(step)}" if step else "",
            event=b'{"c":3}',
        )

    def _hold(self) -> Call[Any]:
        order_id, payment_id = self._order(), self.random.choice(("pay-1", "pay-1", "pay-2"))
        return hold_calls.hold(
            order_id, self._token(order_id), payment_id, due_ms=300, event_id=f"{order_id}:held", event=b'{"d":4}'
        )

    def _turn(self) -> Call[Any]:
        order_id = self._order()
        return hold_calls.turn(
            order_id,
            self._token(order_id),
            self.random.choice(("pay-1", "pay-1", "pay-2")),
            self.random.choice(WORKERS),
            window_ms=self.random.choice((0, 2000)),
            presence_ms=1500,
            due_ms=300,
        )
