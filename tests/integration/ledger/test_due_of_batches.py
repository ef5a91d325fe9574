"""What is due: orders that somebody waits for before those of batches, which do not starve and are never lost."""

from __future__ import annotations

from producers.contract import states
from producers.runtime.ledger import calls, due_calls, keys
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.results import Due
from tests import ledgers
from tests.ledgers import MINE


def swept(ledger: SyncLedger, limit: int, batch_least: int) -> list[str]:
    """Whom one sweep enqueues."""
    return [waking.order_id for waking in sweep(ledger, limit, batch_least).enqueue]


def sweep(ledger: SyncLedger, limit: int = 10, batch_least: int = 1) -> Due:
    return ledger.run(due_calls.sweep(limit=limit, grace_ms=60_000, grace_max_ms=60_000, batch_least=batch_least))


def a_ledger(url: str, of_batch: int, others: int) -> SyncLedger:
    """Orders that are due at once; those of the batch for longer."""
    ledger = ledgers.open_ledger(url)
    for number in range(of_batch):
        ledgers.accept(ledger, f"BATCH-{number}", batch="nightly")
    for number in range(others):
        ledgers.accept(ledger, f"ORD-{number}")
    return ledger


def test_orders_of_batches_are_looked_after_last(ledger_url: str) -> None:
    """They have what the others leave of a sweep."""
    ledger = a_ledger(ledger_url, of_batch=10, others=3)
    assert swept(ledger, limit=5, batch_least=1) == ["ORD-0", "ORD-1", "ORD-2", "BATCH-0", "BATCH-1"]
    assert swept(ledger, limit=5, batch_least=1) == [f"BATCH-{number}" for number in range(2, 7)]


def test_batches_have_their_share_of_every_sweep(ledger_url: str) -> None:
    """However much else is due."""
    ledger = a_ledger(ledger_url, of_batch=10, others=10)
    assert swept(ledger, limit=5, batch_least=1) == [f"ORD-{number}" for number in range(5)] + ["BATCH-0"]


def test_each_goes_back_to_its_own_queue(ledger_url: str) -> None:
    """The sweep tells, and so does what is taken back from a worker that is gone."""
    ledger = a_ledger(ledger_url, of_batch=1, others=1)
    assert [waking.batch for waking in sweep(ledger).enqueue] == [False, True]
    for order_id in ("ORD-0", "BATCH-0"):
        ledgers.claim(ledger, MINE, order_id)
    ledger.read("ZADD", keys.WORKERS, 0, "w1")
    reaped = ledger.run(due_calls.reap(presence_ms=1000, limit=10)).enqueue
    assert {waking.order_id: waking.batch for waking in reaped} == {"ORD-0": False, "BATCH-0": True}


def test_an_order_of_a_batch_leaves_nothing_behind(ledger_url: str) -> None:
    """From its acceptance to its end it is due in one set only, and then in none."""
    ledger = a_ledger(ledger_url, of_batch=1, others=0)
    ledgers.give_credits(ledger)
    ledgers.claim(ledger, MINE, "BATCH-0")
    ledgers.intend(ledger, MINE, "BATCH-0")
    due = [ledger.read("ZSCORE", key, "BATCH-0") is not None for key in (keys.DUE, keys.DUE_BATCH)]
    to = states.APPROVED
    ledger.run(calls.settle("BATCH-0", MINE, allowed=[states.SENDING], to=to, event_id="e", event=b"{}", detail=""))
    assert (due, ledger.read("EXISTS", keys.DUE, keys.DUE_BATCH)) == ([False, True], 0)


def test_what_an_older_release_left_in_the_one_set_is_found(ledger_url: str) -> None:
    """It knows no second one. What is found in the wrong set moves to its own."""
    ledger = a_ledger(ledger_url, of_batch=1, others=0)
    ledger.read("ZREM", keys.DUE_BATCH, "BATCH-0")
    ledger.read("ZADD", keys.DUE, 1, "BATCH-0")
    assert swept(ledger, limit=10, batch_least=1) == ["BATCH-0"]
    assert ledger.read("EXISTS", keys.DUE) == 0
    assert ledger.read("ZSCORE", keys.DUE_BATCH, "BATCH-0") is not None


def test_what_an_older_release_is_sending_is_left_to_it(ledger_url: str) -> None:
    """It has noted its deadline where it always did; the moment of the acceptance still stands where this one did."""
    ledger = a_ledger(ledger_url, of_batch=1, others=0)
    ledgers.give_credits(ledger)
    ledgers.claim(ledger, MINE, "BATCH-0")
    ledgers.intend(ledger, MINE, "BATCH-0")
    ledger.read("ZADD", keys.DUE_BATCH, 1, "BATCH-0")
    assert sweep(ledger) == Due((), ())
    deadline_ms = ledgers.read(ledger, "BATCH-0").number("deadline_at")
    assert float(ledger.read("ZSCORE", keys.DUE_BATCH, "BATCH-0")) == deadline_ms
