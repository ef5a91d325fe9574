"""The whole system with a batch in the way: an order that somebody waits for is sent before what stands in line."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
import redis

from producers.acceptance import Order
from producers.contract import states
from producers.contract.commands import parse_charge
from producers.enqueue import Enqueuer
from producers.runtime.ledger import keys
from producers.runtime.ledger.record import Record, record_from
from tests.chaos.oracle import read_books
from tests.eventually import eventually
from tests.stack import CARD, Stack

#: Orders of the batch, and how many the one worker works on at once.
BACKLOG, SLOTS = 2000, 8
#: A slow gateway: with eight at once, forty payments a second.
LATENCY = ("--latency-ms", "200")


def fields(order_id: str) -> dict[str, object]:
    """A charge of 10.00 EUR."""
    return {"order_id": order_id, "amount": "10.00", "currency": "EUR", "country": "LT", **CARD}


def submit(enqueuer: Enqueuer, count: int) -> None:
    """A batch, accepted and enqueued."""
    now_ms = int(time.time() * 1000)
    charges = (parse_charge(fields(f"BATCH-{number}"), now_ms=now_ms, mode="test") for number in range(count))
    assert all(isinstance(answer, Order) for answer in enqueuer.charge_many(charges, batch="nightly"))


def sent(stack: Stack) -> list[Record]:
    """All orders that were sent, in that order."""
    records = (record for record in read_books(stack).orders.values() if record.intent_at_ms)
    return sorted(records, key=lambda record: record.intent_at_ms)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with Stack(tmp_path, sandbox_args=LATENCY, settings={"IN_FLIGHT_MAX": str(SLOTS)}) as stack:
        yield stack


def test_a_batch_of_thousands_delays_no_order(stack: Stack) -> None:
    """Between its wake-up call and its promise go no more orders of the batch than were being worked on already, and
    those that began while the call was taken off the queue."""
    woken_ms: list[int] = []
    with stack.enqueuer() as enqueuer, redis.Redis.from_url(stack.valkey.url(1), protocol=2) as ledger:
        submit(enqueuer, BACKLOG)
        stack.worker()
        eventually(lambda: len(stack.charges()) >= 2 * SLOTS, "the batch is under way")
        for number in range(5):
            enqueuer.charge(**fields(f"ORD-{number}"))
            woken_ms.append(ledger_now_ms(ledger))
            assert enqueuer.wait(f"ORD-{number}", 30).state == states.APPROVED
        orders = {record.order_id: record for record in sent(stack)}
    assert len(orders) < BACKLOG / 2
    for number in range(5):
        waited = range(woken_ms[number] + 1, orders[f"ORD-{number}"].intent_at_ms)
        assert sum(other.intent_at_ms in waited for other in orders.values()) <= 2 * SLOTS


def test_after_an_outage_the_batch_comes_back_last(tmp_path: Path) -> None:
    """The gateway stands still until its breaker has opened and everything was given back; then the ramp begins. Until
    the last order that somebody waits for is sent, the batch has no more than its share of it."""
    settings = {"IN_FLIGHT_MAX": "32", "BREAKER_FAILURES": "3", "BREAKER_RESET_S": "1"}
    waited_for = [f"ORD-{number}" for number in range(40)]
    with (
        Stack(tmp_path, sandbox_args=LATENCY, settings=settings) as stack,
        stack.enqueuer() as enqueuer,
        redis.Redis.from_url(stack.valkey.url(1), protocol=2) as ledger,
    ):
        stack.worker()
        enqueuer.charge(**fields("FIRST"))
        assert enqueuer.wait("FIRST", 30).state == states.APPROVED
        os.kill(stack.sandbox_pid, signal.SIGSTOP)
        submit(enqueuer, 400)
        for order_id in waited_for:
            enqueuer.charge(**fields(order_id))
        eventually(lambda: all(was_turned_away(ledger, order_id) for order_id in waited_for), "the breaker is open")
        back_at_ms = ledger_now_ms(ledger)
        os.kill(stack.sandbox_pid, signal.SIGCONT)
        for order_id in waited_for:
            enqueuer.wait(order_id, 60)
        since = [record.is_of_batch for record in sent(stack) if record.intent_at_ms >= back_at_ms]
    last = max(at for at, of_batch in enumerate(since) if not of_batch)
    # Ten times as many as the others, they would be almost all of what is sent by then.
    assert sum(since[:last]) <= len(waited_for) / 2


def was_turned_away(ledger: redis.Redis, order_id: str) -> bool:
    """Whether it was given back because the breaker is open, or had been sent before it was."""
    record = record_from(order_id, cast("dict[bytes, bytes]", ledger.hgetall(keys.order(order_id))))
    return record.intent_at_ms > 0 or any(line.detail == "breaker_open" for line in record.history)


def ledger_now_ms(ledger: redis.Redis) -> int:
    seconds, micros = ledger.time()
    return seconds * 1000 + micros // 1000
