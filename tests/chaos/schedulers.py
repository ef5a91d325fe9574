"""Schedulers that are started together and killed, each at a moment of its own."""

from __future__ import annotations

import random
from typing import Final

from tests.eventually import awaited
from tests.nursery import Child
from tests.stack import CARD, Stack

#: Schedulers at once, and the seconds after which each is killed.
SCHEDULERS: Final = 3
KILLED_AFTER_S: Final = (0.05, 3.5)


def race(stack: Stack, chance: random.Random) -> None:
    """Several schedulers at once; all that are not done by then are killed."""
    started = [stack.module("workers.cli", "renew", "run") for _ in range(SCHEDULERS)]
    for process in started:
        _kill_after(process, chance.uniform(*KILLED_AFTER_S))


def first_payment(stack: Stack) -> str:
    """The payment whose card is charged later."""
    with stack.enqueuer() as enqueuer:
        enqueuer.charge(order_id="FIRST-1", amount="10.00", currency="EUR", country="LT", **CARD)
        payment_id = enqueuer.wait("FIRST-1", timeout_s=30).payment_id
    assert payment_id is not None
    return payment_id


def monthly(number: int, card: str) -> dict[str, object]:
    """A subscription of 9.90 EUR a month from March on."""
    return {
        "subscription_id": f"n{number}",
        "amount": "9.90",
        "currency": "EUR",
        "unit": "month",
        "country": "LT",
        "zone": "UTC",
        "start": "2026-03-01",
        "payment_id": card,
        "consent": "signup",
    }


def _kill_after(process: Child, seconds: float) -> None:
    awaited(lambda: process.poll() is not None, within_s=seconds)
    process.kill()
    process.wait()
