"""What the demo that stays makes of events: which orders are open, which have ended, and which have other books."""

from __future__ import annotations

from datetime import UTC, datetime

from cardinity_client.money import Money
from producers.contract import names, states
from producers.contract.events import Event, payment_event
from workers.cli.demo.reckoning import Heard

AT_MS = 1_800_000_000_000


def event(order_id: str, state: str, *, kind: str = "", reason: str | None = None, root: str | None = None) -> Event:
    return payment_event(
        state=state,
        order_id=order_id,
        attempt_ref=order_id,
        account="default",
        producer="demo",
        amount=Money(1000, "EUR"),
        time_ms=AT_MS,
        kind=kind,
        reason=reason,
        root=root,
    )


def heard(*events: Event) -> Heard:
    subject = Heard()
    for each in events:
        subject.hear(each)
    return subject


def test_an_order_is_open_until_its_end_is_told() -> None:
    """What is parked is open still, for somebody may end it."""
    subject = heard(event("A", states.ACCEPTED), event("B", states.ACCEPTED), event("A", states.PARKED, reason="hole"))
    assert {order_id: told.state for order_id, told in subject.open.items()} == {"A": "parked", "B": "accepted"}
    subject.hear(event("A", states.APPROVED))
    at, told = subject.ended["A"]
    assert (at, told.state, told.amount) == (datetime.fromtimestamp(AT_MS / 1000, UTC), "approved", "10.00")
    assert list(subject.open) == ["B"]


def test_what_follows_a_payment_is_no_charge() -> None:
    """The books that are held are those of charges."""
    assert not heard(event("R", states.ACCEPTED, kind=names.REFUND)).known("R")


def test_charges_with_other_books_are_set_apart() -> None:
    """A hold is no charge yet, and what goes on as a link is paid under no order_id; both stay known."""
    subject = heard(
        event("H", states.ACCEPTED),
        event("H", states.PENDING, reason=states.HELD),
        event("H", states.APPROVED),
        event("L", states.ACCEPTED),
        event("L-a2", states.ACCEPTED, kind=names.LINK, root="L"),
        event("L", states.APPROVED),
    )
    assert (subject.open, subject.ended, subject.apart) == ({}, {}, {"H", "L"})


def test_a_further_attempt_is_its_orders() -> None:
    """What goes on for an order is told under that order's name too."""
    assert list(heard(event("A", states.ACCEPTED), event("A-a2", states.ACCEPTED)).open) == ["A"]
