"""The walk behind a cancelled batch: many orders at a step, each ended once, none that somebody has taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
import redis

from producers.runtime.ledger.batch_calls import CANCELLED
from producers.runtime.ledger.executors import SyncLedger
from tests import ledgers
from workers.operations import stopping
from workers.operations.stopping import Stopping

#: More than fit into one run, and into one step.
ROWS = stopping.STEP + stopping.RUN + 7


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    """A ledger with a batch that nobody has begun."""
    ledger = ledgers.open_ledger(ledger_url)
    for number in range(ROWS):
        ledgers.accept(ledger, f"N-{number}", batch="b1")
    return ledger


def ended(ledger: SyncLedger) -> dict[str, int]:
    """By event."""
    return Counter(name.partition(":")[2] for name in ledgers.event_ids(ledger))


def cancelled(ledger: SyncLedger, connections_max: int = 64) -> Iterator[int]:
    batch = Stopping(ledger, "b1", connections_max)
    batch.say(CANCELLED)
    return batch.cancel()


def test_every_order_ends_once(ledger: SyncLedger) -> None:
    """And told step by step how many, so that progress can be shown; the same again finds nothing."""
    counts = list(cancelled(ledger))
    assert (sum(counts), len(counts) > 1) == (ROWS, True)
    assert ended(ledger) == {"accepted": ROWS, "cancelled": ROWS}
    assert sum(cancelled(ledger)) == 0


def test_a_walk_that_was_left_is_gone_on_with(ledger: SyncLedger) -> None:
    """By whoever says the same word again."""
    some = next(cancelled(ledger))
    assert 0 < some < ROWS
    assert sum(cancelled(ledger)) <= ROWS - some
    assert ended(ledger) == {"accepted": ROWS, "cancelled": ROWS}


def test_one_connection_will_do(ledger_url: str, ledger: SyncLedger) -> None:
    """Then nothing is read while something is written."""
    client = redis.Redis.from_url(ledger_url, protocol=2, max_connections=1)
    assert sum(cancelled(SyncLedger(client, ledgers.EPOCH), 1)) == ROWS


def test_what_is_not_plain_ends_alone(ledger: SyncLedger) -> None:
    """Two-phase orders by the script that knows holds; what a worker has is left to it."""
    ledgers.accept(ledger, "TWO", batch="b1", two_phase="1")
    ledgers.claim(ledger, order_id="N-0")
    assert sum(cancelled(ledger)) == ROWS
    assert [ledgers.read(ledger, order_id).state for order_id in ("TWO", "N-0", "N-1")] == [
        "cancelled", "claimed", "cancelled",
    ]  # fmt: skip
