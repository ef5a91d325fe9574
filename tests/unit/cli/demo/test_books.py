"""The demo's audit: what it calls lost, what it calls doubled, and the line it ends with."""

from __future__ import annotations

from typing import Any

import pytest

from workers.cli.demo.books import Audit, Booked, Told, audit, by_order


def told(state: str, order_id: str = "A-1", amount: str = "10.00") -> Told:
    return Told(order_id, state, amount, "EUR")


def booked(approved: int, order_id: str = "A-1", amount: str = "10.00") -> Booked:
    return Booked(order_id, amount, "EUR", approved, posts=1)


@pytest.mark.parametrize("state", ["declined", "rejected", "expired", "cancelled", "not_charged", "parked"])
def test_an_end_without_money_is_true_when_the_gateway_took_none(state: str) -> None:
    """Nothing is lost when we say that no money moved and none did."""
    assert audit([told(state)], [booked(0)]).clean


def test_an_approval_is_true_when_the_gateway_took_that_amount_once() -> None:
    """An approved order that was charged once for its amount keeps the promise."""
    assert audit([told("approved")], [booked(1)]).clean


@pytest.mark.parametrize("state", ["declined", "rejected", "expired", "cancelled", "not_charged"])
def test_money_behind_an_end_without_money_is_lost(state: str) -> None:
    """A charge that its owner is told did not happen is a lost payment."""
    assert audit([told(state)], [booked(1)]).lost == (f"A-1: we say {state}, the gateway charged",)


@pytest.mark.parametrize("books", [[], [booked(0)]])
def test_an_approval_without_money_is_lost(books: list[Booked]) -> None:
    """An approval that the gateway knows nothing of is a lost payment."""
    assert audit([told("approved")], books).lost == ("A-1: we say approved, the gateway did not charge",)


def test_another_amount_is_lost() -> None:
    """An approval over another amount than was charged is a lost payment."""
    assert len(audit([told("approved", amount="10.01")], [booked(1)]).lost) == 1


@pytest.mark.parametrize("state", ["", "accepted", "claimed", "sending", "pending", "unknown"])
def test_an_order_without_an_end_is_lost(state: str) -> None:
    """Whoever has no outcome when the demo ends has lost it."""
    assert len(audit([told(state)], [booked(0)]).lost) == 1


def test_every_charge_beyond_the_first_is_a_duplicate() -> None:
    """An order charged three times has two duplicates."""
    assert len(audit([told("approved")], [booked(3)]).doubled) == 2


def test_a_charge_for_nobody_is_a_duplicate() -> None:
    """A charge for an order that was never accepted counts as one too many."""
    assert audit([], [booked(1, "B-1")]).doubled == ("B-1: charged 1 times",)


def test_the_reasons_for_parking_are_counted() -> None:
    """Whoever must decide learns why the machine could not."""
    orders = [Told(f"A-{n}", "parked", "1.00", "EUR", "hole_in_coverage") for n in range(3)]
    assert audit(orders, []).parked == {"hole_in_coverage": 3}


def test_the_line_adds_up() -> None:
    """The six outcomes of the last line add up to the accepted orders, in the promised words."""
    states = {
        "approved": 7, "declined": 3, "rejected": 2, "not_charged": 2, "expired": 1, "unknown": 1, "sending": 1,
        "parked": 1,
    }  # fmt: skip
    line = Audit(states, lost=("x",), doubled=(), posts=18).line(1.25)
    assert line == (
        "demo: 18 accepted, 7 approved, 3 declined, 2 rejected, 3 not charged, 2 unknown, 1 parked, "
        "1 lost, 0 duplicate charges, 1.2 s"
    )


def test_what_was_tried_for_an_order_under_further_names_is_the_orders() -> None:
    """Its rows are added up, and the amount is that of the one that took money; links have no order."""
    rows: list[dict[str, Any]] = [
        {"order_id": "A-1", "amount": "10.00", "currency": "EUR", "approved": 0, "posts": 1},
        {"order_id": "A-1-a2", "amount": "11.00", "currency": "EUR", "approved": 1, "posts": 2},
        {"order_id": None, "amount": "5.00", "currency": "EUR", "approved": 1, "posts": 1},
    ]
    assert by_order(rows) == [Booked("A-1", "11.00", "EUR", approved=1, posts=3)]


def test_audits_of_different_orders_add_up() -> None:
    """Of a system that goes on there are several: the line is about all of them."""
    parked = audit([Told("C-1", "parked", "1.00", "EUR", "hole")], [booked(2, "D-1")])
    whole = audit([told("approved")], [booked(1)]) + parked + audit([told("declined", "B-1")], [booked(1, "B-1")])
    assert (whole.accepted, dict(whole.states)) == (3, {"approved": 1, "parked": 1, "declined": 1})
    assert (whole.lost, len(whole.doubled)) == (("B-1: we say declined, the gateway charged",), 2)
    assert (whole.parked, whole.posts) == ({"hole": 1}, 3)
