"""That an order was accepted is told once, before anything else of it, by whoever has to do with it first."""

from __future__ import annotations

from typing import Any

import pytest

from producers.contract.events import decode
from producers.runtime.ledger import keys, recovery_calls, retire_calls
from producers.runtime.ledger.executors import SyncLedger
from tests import ledgers


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    """An empty one."""
    return ledgers.open_ledger(ledger_url)


def waiting(ledger: SyncLedger) -> list[bytes]:
    """The orders in the list."""
    return list(ledger.read("LRANGE", keys.UNTOLD, 0, -1))


def test_an_accept_tells_nobody(ledger: SyncLedger) -> None:
    """It leaves the order's id, and the event is made of what the row holds."""
    ledgers.accept(ledger)
    assert (waiting(ledger), ledgers.event_ids(ledger)) == ([b"ORD-1"], [])
    ledgers.tell(ledger)
    ((_, fields),) = ledger.read("XRANGE", keys.EVENTS, "-", "+")
    event = decode(fields[b"event"])
    assert (event.subject, event.type) == ("ORD-1", "payment.accepted")
    assert int(event.time.timestamp() * 1000) == ledgers.read(ledger).number("created_at")


def test_whoever_takes_it_tells_it(ledger: SyncLedger) -> None:
    """The list is then only a reminder of what nobody has taken."""
    ledgers.accept(ledger)
    ledgers.claim(ledger)
    assert ledgers.event_ids(ledger) == ["ORD-1:accepted"]
    assert ledgers.tell(ledger) == 1
    assert ledgers.event_ids(ledger) == ["ORD-1:accepted"]


def test_what_ends_untaken_was_accepted_before(ledger: SyncLedger) -> None:
    """Its end tells both, though the list was never looked at."""
    ledgers.accept(ledger)
    ledgers.settle(ledger, "expired", token="", allowed=("accepted",))
    assert ledgers.event_ids(ledger) == ["ORD-1:accepted", "ORD-1:expired"]


def test_so_many_are_told_at_once_and_the_oldest_first(ledger: SyncLedger) -> None:
    """The rest waits for the next time."""
    names = [f"ORD-{number}" for number in range(5)]
    for order_id in names:
        ledgers.accept(ledger, order_id)
    assert ledgers.tell(ledger, 3) == 3
    assert ledgers.event_ids(ledger) == [f"{order_id}:accepted" for order_id in names[:3]]
    assert waiting(ledger) == [order_id.encode() for order_id in names[3:]]
    assert [ledgers.tell(ledger, 3) for _ in range(2)] == [2, 0]


def test_with_replicas_it_waits_as_every_event(ledger: SyncLedger) -> None:
    """In the outbox, until the publisher lets it out (rule R7)."""
    ledger.read("SET", keys.REPLICATED, 1)
    ledgers.accept(ledger)
    ledgers.tell(ledger)
    assert (ledgers.event_ids(ledger), ledger.read("XLEN", keys.OUTBOX)) == ([], 1)


def test_an_order_of_a_release_before_is_not_told_twice(ledger: SyncLedger) -> None:
    """Its producer has told it, and its row says nothing of that."""
    ledgers.accept(ledger)
    ledger.read("HDEL", keys.order("ORD-1"), "told")
    ledgers.tell(ledger)
    ledgers.claim(ledger)
    assert ledgers.event_ids(ledger) == []


def test_nothing_leaves_untold(ledger: SyncLedger) -> None:
    """A worker of the release before has ended it, and told only that."""
    ledgers.accept(ledger)
    ledgers.settle(ledger, "expired", token="", allowed=("accepted",))
    ledger.read("HSET", keys.order("ORD-1"), "told", "0")
    leave = retire_calls.retire(ledgers.read(ledger), kept_ms=0)
    assert ledger.run(leave) == "untold"
    ledgers.tell(ledger)
    assert ledger.run(leave) == "retired"


def test_what_is_overtaken_was_accepted_before(ledger: SyncLedger) -> None:
    """A copy of the ledger holds it as new, and it is known how it ended since."""
    ledgers.accept(ledger)
    fields: dict[str, Any] = {"token": ledgers.MINE, "ref": "ORD-1", "amount_minor": 1000, "currency": "EUR"}
    told: dict[str, Any] = {"event_id": "ORD-1:approved", "event": b"{}", "detail": "known"}
    ledger.run(recovery_calls.restore("ORD-1", "approved", fields, overtakes=("accepted",), **told))
    ledgers.tell(ledger)
    assert ledgers.event_ids(ledger) == ["ORD-1:accepted", "ORD-1:approved"]
