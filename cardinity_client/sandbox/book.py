"""The book of payments: what the gateway holds, and what was asked of it per order.

It never de-duplicates: the real gateway charges a repeated order_id again, and counting that is what this
double is for. What happens later (a charge that lands after its client has left, a payment that finishes
processing) waits on the agenda and comes true at the next look at the book: nothing to lose on the way.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from typing import Protocol

import msgspec

from cardinity_client.sandbox.agenda import Agenda
from cardinity_client.sandbox.wire import Payment, encode


class Tally(msgspec.Struct, kw_only=True):
    """One order's account: posts that named it, and what they came to. The amount is the last known."""

    order_id: str | None
    amount: str | None = None
    currency: str | None = None
    approved: int = 0
    declined: int = 0
    posts: int = 0


class Hides(Protocol):
    """Whether a list leaves out a row of this order, age in milliseconds and description."""

    def __call__(self, order_id: str | None, age_ms: int, description: str | None) -> bool: ...


class _Entry:
    """A payment in its present state, encoded once per state and not once per read."""

    __slots__ = ("before", "body", "landed_ms", "payment")

    def __init__(self, payment: Payment, landed_ms: int) -> None:
        self.landed_ms = landed_ms
        self.before: tuple[Payment, ...] = ()
        self.payment = payment
        self.body = encode(payment)

    def move(self, payment: Payment) -> None:
        self.before = (*self.before, self.payment)
        self.payment = payment
        self.body = encode(payment)


class Book:
    """All payments of one merchant account, in the order they landed."""

    def __init__(self, now_ms: Callable[[], int], agenda: Agenda | None = None) -> None:
        self._now_ms = now_ms
        self._agenda = agenda or Agenda(now_ms)
        self._landed: list[_Entry] = []
        self._by_id: dict[str, _Entry] = {}
        self._tallies: dict[str | None, Tally] = {}
        self._of_order: defaultdict[str | None, list[_Entry]] = defaultdict(list)
        #: Requests that wanted a change, whose headers arrived and whose body never did: nobody knows their order.
        self.aborted = 0

    def note_post(self, order_id: str | None, amount: str | None, currency: str | None) -> None:
        """Counts a post that arrived whole, valid or not. Amount and currency as far as they can be read."""
        tally = self._tally(order_id)
        tally.posts += 1
        if tally.amount is None:
            tally.amount, tally.currency = amount, currency

    def posts(self, order_id: str | None) -> int:
        """Posts so far that named this order."""
        return self._tally(order_id).posts

    def put(self, payment: Payment) -> bytes:
        """Lands a payment, or moves one that is there to its next state; returns its encoded form."""
        self._ripen()
        return self.put_at(payment, self._now_ms())

    def put_later(self, payment: Payment, delay_ms: int) -> None:
        """The same, but it comes true `delay_ms` from now."""
        self._agenda.later(delay_ms, lambda due_ms: self.put_at(payment, due_ms))

    def get(self, payment_id: str) -> Payment | None:
        self._ripen()
        entry = self._by_id.get(payment_id)
        return None if entry is None else entry.payment

    def states(self, payment_id: str) -> tuple[Payment, ...]:
        """Every state the payment was in, the present one last; none for an unknown id."""
        self._ripen()
        entry = self._by_id.get(payment_id)
        return () if entry is None else (*entry.before, entry.payment)

    def landed_ms(self, payment_id: str) -> int:
        """When a payment that is there came to be."""
        return self._by_id[payment_id].landed_ms

    def body(self, payment_id: str) -> bytes | None:
        """The encoded payment, as GET tells it."""
        self._ripen()
        entry = self._by_id.get(payment_id)
        return None if entry is None else entry.body

    def latest(self, limit: int, hides: Hides | None = None) -> bytes:
        """A JSON array of the newest `limit` payments that are not hidden, newest first."""
        self._ripen()
        if hides is None:
            rows = [entry.body for entry in reversed(self._landed[-limit:])]
        else:
            rows = list(self._visible(limit, hides))
        return b"[" + b",".join(rows) + b"]"

    def tallies(self) -> list[Tally]:
        """One per order ever named by a post, in the order of their first posts."""
        self._ripen()
        return list(self._tallies.values())

    def of_order(self, order_id: str) -> list[Payment]:
        """Every payment of an order, newest first."""
        self._ripen()
        return [entry.payment for entry in reversed(self._of_order.get(order_id, []))]

    def forget(self, order_ids: Collection[str]) -> list[Tally]:
        """Drop these orders with their payments, and answer what they had come to; whoever asks for one of them again
        begins a new account of it.
        """
        self._ripen()
        gone = {order_id: self._tallies.pop(order_id) for order_id in order_ids if order_id in self._tallies}
        for order_id in gone:
            for entry in self._of_order.pop(order_id, []):
                del self._by_id[entry.payment.id]
        self._landed = [entry for entry in self._landed if entry.payment.order_id not in gone]
        return list(gone.values())

    def _visible(self, limit: int, hides: Hides) -> Iterator[bytes]:
        now_ms = self._now_ms()
        shown = 0
        for entry in reversed(self._landed):
            if shown == limit:
                return
            payment = entry.payment
            if not hides(payment.order_id, now_ms - entry.landed_ms, payment.description):
                shown += 1
                yield entry.body

    def _ripen(self) -> None:
        if self._agenda.due:
            self._agenda.ripen()

    def put_at(self, payment: Payment, at_ms: int) -> bytes:
        """The same at a moment that may have passed already."""
        entry = self._by_id.get(payment.id)
        if entry is None:
            entry = self._by_id[payment.id] = _Entry(payment, at_ms)
            self._landed.append(entry)
            self._of_order[payment.order_id].append(entry)
        else:
            entry.move(payment)
        tally = self._tally(payment.order_id)
        tally.amount, tally.currency = payment.amount, payment.currency
        tally.approved += payment.status == "approved"
        tally.declined += payment.status == "declined"
        return entry.body

    def _tally(self, order_id: str | None) -> Tally:
        tally = self._tallies.get(order_id)
        if tally is None:
            tally = self._tallies[order_id] = Tally(order_id=order_id)
        return tally
