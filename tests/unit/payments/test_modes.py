"""What of an order and its request the account decides: whether the amount is held first."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from cardinity_client import CardinityClient, CreatePayment, CreateRefund, PaymentReference
from cardinity_client.money import Money
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record
from workers.payments.checks import Request
from workers.payments.dispatch import Way
from workers.payments.lane import Lane
from workers.resolver.verdict import Rules

TEN = Money(1000, "EUR")
ID = "00000000-0000-4000-8000-000000000001"
CHARGE = CreatePayment("ORD-1", TEN, "LT", None, PaymentReference(ID))
HOLD = replace(CHARGE, settle=False)
REFUND = CreateRefund(ID, TEN, "cb-bcdfghjklmnpqrst")


def way(*, holds_first: bool = True) -> Way:
    """The way through an account; nothing is asked of anybody."""
    nobody, rules = cast("Executor", None), Rules(1, 1, 1, "prove")
    client = cast("CardinityClient", None)
    lane = Lane(
        "main",
        client,
        nobody,
        rules,
        breaker_wait_s=1.0,
        on_low_credits=lambda _: None,
        sharers=1,
        holds_first=holds_first,
    )
    return Way(lane)


def order(**fields: str) -> Record:
    """An order as it is claimed."""
    return Record("ORD-1", {name: value.encode() for name, value in {"account": "default", **fields}.items()})


def modes(record: Record, request: Request, *, holds_first: bool = True) -> tuple[bool, Request]:
    """Whether the order is held first, and what is sent."""
    taken, sent = way(holds_first=holds_first).taken(record, request)
    assert taken.lane == "main"
    return taken.two_phase, sent


def test_a_plain_charge_takes_the_mode_of_its_account() -> None:
    """It asked for none."""
    assert modes(order(), CHARGE) == (True, HOLD)
    assert modes(order(), CHARGE, holds_first=False) == (False, CHARGE)


@pytest.mark.parametrize("holds_first", [True, False])
def test_a_mode_that_was_asked_for_wins(holds_first: bool) -> None:
    """Whatever the account does with others."""
    assert modes(order(direct="1"), CHARGE, holds_first=holds_first) == (False, CHARGE)
    assert modes(order(two_phase="1"), HOLD, holds_first=holds_first) == (True, HOLD)


@pytest.mark.parametrize("part", [{"further": "backup link"}, {"root": "ORD-1"}])
def test_no_order_of_a_chain_is_held_first(part: dict[str, str]) -> None:
    """Each of them ends with its own attempt, which is what the next one goes on from."""
    assert modes(order(**part), CHARGE) == (False, CHARGE)


def test_what_may_have_left_before_keeps_its_mode() -> None:
    """The account may take charges otherwise by now."""
    assert modes(order(lane="main"), CHARGE) == (False, CHARGE)
    assert modes(order(lane="main", held_first="1"), HOLD, holds_first=False) == (True, HOLD)


@pytest.mark.parametrize("request_", [HOLD, REFUND])
def test_only_charges_have_two_phases(request_: Request) -> None:
    """A hold alone is settled by nobody but its owner."""
    assert modes(order(settle="0"), request_) == (False, request_)
