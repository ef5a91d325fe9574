"""How long a killed worker is missed, with the settings a deployment has by default. Nothing is scaled here.

The bounds are promises to users. Times are the ledger's own, from `kill -9` to the line in an order's history; the
gateway answers as slowly as a real one, because asking it is a part of the recovery. Where a machine is so busy that
orders are late with which nothing is wrong, these may be as much later.
"""

import math
import signal
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
import redis

from producers.contract import states
from producers.contract.commands import parse_charge
from producers.enqueue import Enqueuer
from producers.runtime.ledger import keys
from tests.chaos.oracle import Books, read_books
from tests.eventually import eventually
from tests.stack import CARD, Stack

pytestmark = pytest.mark.slow

#: Seconds until an order that was not sent is sent by another worker, every one of them.
UNSENT_WITHIN_S = 10.0
#: Seconds until an order whose charge the gateway shows has its outcome, 99 of 100.
VISIBLE_WITHIN_S = 5.0
#: Orders of one run.
ORDERS = 200
#: Orders that arrive at once: a larger burst may leave the gateway's page before the mirror has seen it.
BURST = 40
#: An ordinary answer of a real gateway.
LATENCY_MS = 300
LATENCY = ("--latency-ms", str(LATENCY_MS))
#: An answer that comes after everything is over.
NEVER_MS = 30_000


def test_visible_charges_of_a_killed_worker_end_in_time(tmp_path: Path) -> None:
    """Of 200 charges whose answers a killed worker was waiting for, 99 % have their outcome 5 s later."""
    order_ids = [f"SEEN-{number}" for number in range(ORDERS)]
    faults = [{"fault": "slow_answer", "order_id": order_id, "delay_ms": NEVER_MS} for order_id in order_ids]
    with Stack(tmp_path, faults=faults, sandbox_args=LATENCY, scale={}) as stack, stack.enqueuer() as enqueuer:
        victim = stack.worker()
        for start in range(0, ORDERS, BURST):
            _accept(enqueuer, order_ids[start : start + BURST])
            eventually(partial(_sighted, stack, start + BURST), "the gateway shows what it has charged")
        stack.worker()
        _await_present(stack, 2)
        killed_ms = int(time.time() * 1000)
        victim.kill()
        waits_s = _waits_s(_finished(stack), states.APPROVED, killed_ms)
        busy_s = _busy_s(stack, enqueuer)
    assert _quantile(waits_s, 0.99) <= VISIBLE_WITHIN_S + busy_s, _told(waits_s)


@pytest.mark.parametrize("at", ["fetched", "claimed"])
def test_unsent_orders_of_a_killed_worker_are_sent_in_time(tmp_path: Path, at: str) -> None:
    """What a worker had fetched or claimed when it was killed is sent by another one within 10 s, every order of it.

    The other one is started only then, so that the victim has the first fetch for itself.
    """
    with Stack(tmp_path, sandbox_args=LATENCY, scale={}) as stack, stack.enqueuer() as enqueuer:
        _accept(enqueuer, [f"UNSENT-{number}" for number in range(ORDERS)])
        assert stack.worker({"*": {"at": at, "how": "KILL"}}).wait() == -signal.SIGKILL
        killed_ms = int(time.time() * 1000)
        stack.worker()
        waits_s = _waits_s(_finished(stack), states.SENDING, killed_ms)
        busy_s = _busy_s(stack, enqueuer)
    assert max(waits_s) <= UNSENT_WITHIN_S + busy_s, _told(waits_s)


def _accept(enqueuer: Enqueuer, order_ids: Sequence[str]) -> None:
    now_ms = int(time.time() * 1000)
    fields = {"amount": "10.00", "currency": "EUR", "country": "LT", **CARD}
    charges = [parse_charge({"order_id": order_id, **fields}, now_ms=now_ms, mode="test") for order_id in order_ids]
    assert len(list(enqueuer.charge_many(charges))) == len(charges)


def _sighted(stack: Stack, count: int) -> bool:
    with redis.Redis.from_url(stack.valkey.url(1), protocol=2) as client:
        return len(list(client.scan_iter(match=keys.seen("*"), count=1000))) == count


def _await_present(stack: Stack, count: int) -> None:
    with redis.Redis.from_url(stack.valkey.url(1), protocol=2) as client:
        eventually(lambda: client.zcard(keys.WORKERS) == count, f"{count} workers are at work")


def _finished(stack: Stack, count: int = ORDERS) -> Books:
    def all_approved() -> bool:
        with redis.Redis.from_url(stack.valkey.url(1), protocol=2) as client:
            return int(client.hget(keys.STATS, "orders:approved") or 0) == count

    eventually(all_approved, "every order is charged", within_s=60)
    return read_books(stack)


def _busy_s(stack: Stack, enqueuer: Enqueuer) -> float:
    """Seconds by which orders are late that come now, and with which nothing is wrong: the half of them."""
    order_ids = [f"PLAIN-{number}" for number in range(BURST)]
    _accept(enqueuer, order_ids)
    orders = _finished(stack, ORDERS + BURST).orders
    taken_ms = sorted(orders[name].history[-1].at_ms - orders[name].history[0].at_ms for name in order_ids)
    return (taken_ms[BURST // 2] - LATENCY_MS) / 1000


def _waits_s(books: Books, state: str, since_ms: int) -> list[float]:
    """Seconds from that moment to the last time each order entered the state; sorted, negative for those before."""
    moments = [max(line.at_ms for line in record.history if line.state == state) for record in books.orders.values()]
    return sorted((moment - since_ms) / 1000 for moment in moments)


def _quantile(sorted_values: Sequence[float], share: float) -> float:
    return sorted_values[math.ceil(share * len(sorted_values)) - 1]


def _told(waits_s: Sequence[float]) -> str:
    quantiles = {share: _quantile(waits_s, share) for share in (0.5, 0.9, 0.99, 1.0)}
    return f"{len(waits_s)} orders waited, seconds: " + ", ".join(f"p{q * 100:g} {s:.2f}" for q, s in quantiles.items())
