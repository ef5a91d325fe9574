"""What somebody writes by hand: an outcome is written and told, or it is neither, and what never was is not told."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import redis

from producers.contract import states
from producers.errors import LedgerUnavailable
from producers.runtime.ledger import due_calls, keys
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.results import Moved
from tests import ledgers
from tests.stack import ROOT
from workers.cli.checkup.told import of_streams

#: The last id that a stream can have, the one before it, and the largest number of a counter.
LAST_ID, BEFORE_LAST_ID, COUNTER_MAX = f"{2**64 - 1}-{2**64 - 1}", f"{2**64 - 1}-{2**64 - 2}", 2**63 - 1


@pytest.fixture
def client(ledger_url: str) -> Iterator[redis.Redis]:
    """Straight to the server."""
    with redis.Redis.from_url(ledger_url, protocol=2) as client:
        yield client


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    """An empty one."""
    return ledgers.open_ledger(ledger_url)


def test_an_outcome_that_cannot_be_told_is_not_written(ledger: SyncLedger) -> None:
    """The ids of the stream are used up. The order stays as it was; with a new stream it has its outcome, told."""
    ledgers.sending(ledger)
    ledger.read("XADD", keys.EVENTS, LAST_ID, "by", "hand")
    with pytest.raises(LedgerUnavailable) as refused:
        ledgers.settle(ledger, states.APPROVED)
    assert not refused.value.ambiguous
    assert ledgers.read(ledger).state == states.SENDING
    ledger.read("RENAME", keys.EVENTS, "aside")
    assert ledgers.settle(ledger, states.APPROVED) == Moved(states.APPROVED, 0, states.SENDING)
    assert ledgers.event_ids(ledger) == ["ORD-1:approved"]


def test_a_stream_is_given_ids_again_as_the_page_says(ledger: SyncLedger, client: redis.Redis) -> None:
    """What was told stays where it was, what was told behind a forged id comes after it, and new events can come."""
    _accept_and_tell(ledger, "ORD-0")
    (first, _), *_ = ledger.read("XRANGE", keys.EVENTS, "-", "+")
    ledger.read("XADD", keys.EVENTS, BEFORE_LAST_ID, "by", "hand")
    _accept_and_tell(ledger, "ORD-1")
    assert [(each.check, each.verdict) for each in of_streams(client)] == [("events", "wrong")]
    ledgers.accept(ledger, "ORD-2")
    assert ledgers.tell(ledger) == 0
    found = re.search(r"```lua\n(.*?)```", (ROOT / "docs/operations.md").read_text("utf-8"), re.DOTALL)
    assert found is not None
    ledger.read("EVAL", found[1], 2, keys.EVENTS, "aside")
    ledgers.tell(ledger)
    assert ledgers.event_ids(ledger) == ["ORD-0:accepted", "ORD-1:accepted", "ORD-2:accepted"]
    assert ledger.read("XRANGE", keys.EVENTS, "-", "+")[0][0] == first
    assert [(each.check, each.verdict) for each in of_streams(client)] == [("events", "ok")]


def _accept_and_tell(ledger: SyncLedger, order_id: str) -> None:
    ledgers.accept(ledger, order_id)
    ledgers.tell(ledger)


def test_nobody_takes_an_order_that_cannot_be_told(ledger: SyncLedger) -> None:
    """It is accepted, and stays as it is until there is a stream again."""
    ledger.read("XADD", keys.EVENTS, LAST_ID, "by", "hand")
    ledgers.accept(ledger)
    with pytest.raises(LedgerUnavailable):
        ledgers.claim(ledger)
    assert ledgers.read(ledger).state == states.ACCEPTED
    ledger.read("RENAME", keys.EVENTS, "aside")
    ledgers.claim(ledger)
    assert ledgers.event_ids(ledger) == ["ORD-1:accepted"]


@pytest.mark.parametrize(
    "row",
    [
        {"state": "accepted"},
        {"state": "accepted", "created_at": "nan", "amount_minor": "1000", "currency": "EUR"},
        {"state": "accepted", "created_at": "9" * 30, "amount_minor": "1000", "currency": "EUR"},
        {"state": "accepted", "created_at": "1", "amount_minor": "-1", "currency": "EUR"},
    ],
)
def test_what_is_no_order_is_not_told(ledger: SyncLedger, row: dict[str, str]) -> None:
    """Ids of nothing, and of rows that nobody of ours has written; those behind them are told."""
    for field, value in {**row, "told": "0"}.items():
        ledger.read("HSETNX", keys.order("FORGED"), field, value)
    ledger.read("RPUSH", keys.UNTOLD, "NOBODY", "", b"\xff\x00", "FORGED")
    ledgers.accept(ledger)
    assert ledgers.tell(ledger) == 5
    assert ledgers.event_ids(ledger) == ["ORD-1:accepted"]
    assert ledger.read("EXISTS", keys.UNTOLD) == 0


def test_what_was_told_is_not_told_again(ledger: SyncLedger) -> None:
    """However often its id is handed in, and whatever is put into its row."""
    _accept_and_tell(ledger, "ORD-1")
    for field in ("told", "state", "amount_minor"):
        ledger.read("HSETNX", keys.order("ORD-1"), field, "0")
    ledger.read("RPUSH", keys.UNTOLD, "ORD-1", "ORD-1")
    ledgers.tell(ledger)
    assert ledgers.event_ids(ledger) == ["ORD-1:accepted"]


def test_a_counter_that_overflows_keeps_no_payment(ledger: SyncLedger) -> None:
    """All counters that the way of an order moves are at their end; it goes it all the same."""
    for state in states.STATES:
        ledger.read("HINCRBY", keys.STATS, f"orders:{state}", COUNTER_MAX)
        ledger.read("HINCRBY", keys.STATS, f"money:{state}:EUR", COUNTER_MAX)
        ledger.read("HINCRBY", keys.batch("B"), state, COUNTER_MAX)
    ledgers.accept(ledger, batch="B")
    ledgers.claim(ledger)
    ledgers.give_credits(ledger)
    ledgers.intend(ledger)
    ledgers.settle(ledger, states.UNKNOWN)
    assert ledgers.settle(ledger, states.APPROVED) == Moved(states.APPROVED, 0, states.UNKNOWN)
    assert ledgers.read(ledger).state == states.APPROVED
    assert ledgers.event_ids(ledger) == ["ORD-1:accepted", "ORD-1:unknown", "ORD-1:approved"]


@pytest.mark.parametrize(
    "row",
    [
        {"state": "claimed", "created_at": "nan", "amount_minor": "much"},
        {"state": "claimed", "lease_until": "nan"},
    ],
)
def test_a_forged_row_holds_up_no_other(ledger: SyncLedger, row: dict[str, str]) -> None:
    """It is due before all others and cannot be looked after: the sweep goes on behind it."""
    for field, value in row.items():
        ledger.read("HSETNX", keys.order("FORGED"), field, value)
    ledger.read("ZADD", keys.DUE, 0, "FORGED")
    ledgers.accept(ledger)
    due = ledger.run(due_calls.sweep(limit=10, grace_ms=1000, grace_max_ms=60_000, batch_least=1))
    assert "ORD-1" in [each.order_id for each in due.enqueue]
