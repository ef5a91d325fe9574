"""Batches that are paused and cancelled: what is not sent rests or ends, and what was sent is left alone."""

from __future__ import annotations

from typing import Literal

import pytest

from producers.runtime.ledger import batch_calls, calls, due_calls, keys
from producers.runtime.ledger.batch_calls import CANCELLED, PAUSED
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.results import CalledBack, Claimed, Granted, Moved, NotYours
from tests import ledgers
from tests.ledgers import MINE

GRACE_MAX_MS = 600_000


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    """A ledger with one order of the batch b1."""
    ledger = ledgers.open_ledger(ledger_url)
    ledgers.accept(ledger, "ORD-1", batch="b1")
    return ledger


def intend(ledger: SyncLedger) -> object:
    ledgers.give_credits(ledger)
    return ledger.run(calls.intent("ORD-1", MINE, window_ms=45_000, account="default"))


def sweep(ledger: SyncLedger) -> list[str]:
    found = ledger.run(due_calls.sweep(limit=50, grace_ms=1000, grace_max_ms=GRACE_MAX_MS, batch_least=50))
    return [waking.order_id for waking in found.enqueue]


def due_in_s(ledger: SyncLedger) -> float:
    seconds, _ = ledger.read("TIME")
    return float(ledger.read("ZSCORE", keys.DUE_BATCH, "ORD-1")) / 1000 - float(seconds)


def test_nobody_takes_an_order_of_a_paused_batch(ledger: SyncLedger) -> None:
    """No claim is used up, and once it goes on it is taken as ever."""
    ledger.run(batch_calls.halt("b1", PAUSED))
    assert ledgers.claim(ledger) == NotYours("paused")
    assert ledgers.read(ledger).number("claims") == 0
    assert ledger.run(batch_calls.halt("b1", "")) == PAUSED
    assert isinstance(ledgers.claim(ledger), Claimed)


@pytest.mark.parametrize("word", [PAUSED, CANCELLED])
def test_an_order_that_was_taken_before_is_not_promised(ledger: SyncLedger, word: str) -> None:
    """From the reply on nothing of the batch is sent, not even what a worker has in its hands."""
    ledgers.claim(ledger)
    ledger.run(batch_calls.halt("b1", "paused" if word == PAUSED else "cancelled"))
    assert intend(ledger) == NotYours(word)
    assert ledgers.read(ledger).state == "claimed"


def test_what_is_being_sent_is_not_touched(ledger: SyncLedger) -> None:
    """A promise that was made stands, and asked for again it is granted again."""
    ledgers.claim(ledger)
    assert isinstance(intend(ledger), Granted)
    ledger.run(batch_calls.halt("b1", CANCELLED))
    assert isinstance(intend(ledger), Granted)
    assert ledger.run(batch_calls.waiting("b1", "0", 100, wake=True)) == ("0", ())
    assert isinstance(ledgers.settle(ledger, "approved"), Moved)


def test_a_paused_order_is_not_woken_again_and_again(ledger: SyncLedger) -> None:
    """It falls due once per longest grace and is put on no queue; a resume makes it due at once."""
    ledger.run(batch_calls.halt("b1", PAUSED))
    assert sweep(ledger) == []
    assert due_in_s(ledger) > GRACE_MAX_MS / 1000 - 60
    ledger.run(batch_calls.halt("b1", ""))
    ledger.run(batch_calls.waiting("b1", "0", 100, wake=True))
    assert sweep(ledger) == ["ORD-1"]


def test_a_resume_that_died_after_its_word_is_only_late(ledger: SyncLedger) -> None:
    """Nothing depends on the walk that wakes: the order has its place among those that are due."""
    ledger.run(batch_calls.halt("b1", PAUSED))
    sweep(ledger)
    ledger.run(batch_calls.halt("b1", ""))
    assert 0 < due_in_s(ledger) <= GRACE_MAX_MS / 1000 + 1  # the server's seconds are cut


def test_an_order_that_was_called_back_is_ended_by_whoever_takes_it(ledger: SyncLedger) -> None:
    """The worker is told, and ends it under the token it stands under; nothing was claimed."""
    ledger.run(batch_calls.halt("b1", CANCELLED))
    assert sweep(ledger) == ["ORD-1"]
    taken = ledgers.claim(ledger)
    assert isinstance(taken, CalledBack)
    ended = ledgers.settle(ledger, "cancelled", token=taken.record.token, allowed=("accepted", "claimed"))
    assert ended == Moved("cancelled", 0, "accepted")
    assert ledgers.event_ids(ledger)[-1] == "ORD-1:cancelled"


def test_other_batches_go_on(ledger: SyncLedger) -> None:
    """And so do orders that belong to none."""
    ledgers.accept(ledger, "ORD-2", batch="b2")
    ledgers.accept(ledger, "ORD-3")
    ledger.run(batch_calls.halt("b1", PAUSED))
    assert isinstance(ledgers.claim(ledger, order_id="ORD-2"), Claimed)
    assert isinstance(ledgers.claim(ledger, order_id="ORD-3"), Claimed)
    assert ledger.run(batch_calls.waiting("b1", "0", 100, wake=False)) == ("0", ("ORD-1",))


def test_a_cancelled_batch_stays_cancelled(ledger: SyncLedger) -> None:
    """Some of its orders have ended by it; said again it is the same word."""
    ledger.run(batch_calls.halt("b1", CANCELLED))
    assert ledger.run(batch_calls.halt("b1", CANCELLED)) == CANCELLED
    assert ledger.run(batch_calls.halt("b1", "")) == NotYours("over")
    assert ledger.run(batch_calls.halt("b1", PAUSED)) == NotYours("over")


def called_back(*order_ids: str, token: str = "", batch: str = "b1") -> Call[tuple[str, ...] | NotYours]:
    """What `batch cancel` asks for these orders."""
    ends = [
        calls.settle(
            order_id,
            token,
            allowed=("accepted", "claimed"),
            to="cancelled",
            event_id=f"{order_id}:cancelled",
            event=b"{}",
            detail="called_back",
            fields={"reason": "called_back"},
        )
        for order_id in order_ids
    ]
    return batch_calls.cancel(batch, "called_back", ends)


def test_what_nobody_has_taken_ends_many_at_once(ledger: SyncLedger) -> None:
    """Each with its event, its card erased, due no more, and counted; asked again, nothing happens twice."""
    ledgers.accept(ledger, "ORD-2", batch="b1")
    ledger.run(batch_calls.halt("b1", CANCELLED))
    assert ledger.run(called_back("ORD-1", "ORD-2")) == ()
    assert ledger.run(called_back("ORD-1", "ORD-2")) == ("ORD-1", "ORD-2")
    record = ledgers.read(ledger)
    assert (record.state, record.text("reason"), record.text("envelope")) == ("cancelled", "called_back", "")
    told = [f"{order_id}:{state}" for order_id in ("ORD-1", "ORD-2") for state in ("accepted", "cancelled")]
    assert ledgers.event_ids(ledger) == told
    assert ledger.read("ZCARD", keys.DUE_BATCH) == 0
    assert ledger.read("HGETALL", keys.batch("b1")) == {b"accepted": b"0", b"cancelled": b"2"}


def test_a_name_of_several_words_is_counted_under(ledger: SyncLedger) -> None:
    """A service may call its batch what it likes; nobody goes on waiting for what was called back."""
    ledgers.accept(ledger, "ORD-2", batch="night of the first")
    ledger.run(batch_calls.halt("night of the first", CANCELLED))
    assert ledger.run(called_back("ORD-2", batch="night of the first")) == ()
    assert ledger.read("HGETALL", keys.batch("night of the first")) == {b"accepted": b"0", b"cancelled": b"1"}


def test_it_leaves_an_order_as_settle_does(ledger: SyncLedger) -> None:
    """Field by field, but for the moment: there are two ways to one end."""
    ledgers.accept(ledger, "ORD-2", batch="b1")
    ledger.run(batch_calls.halt("b1", CANCELLED))
    ledger.run(called_back("ORD-1"))
    ended = ledgers.settle(ledger, "cancelled", "", "ORD-2", allowed=("accepted",), reason="called_back")
    assert isinstance(ended, Moved)
    one, other = (ledgers.read(ledger, order_id) for order_id in ("ORD-1", "ORD-2"))
    moving = {"since", "history", "created_at", "ref", "told"}
    assert {name: value for name, value in one.fields.items() if name not in moving} == {
        name: value for name, value in other.fields.items() if name not in moving
    }
    assert [entry.state for entry in one.history] == [entry.state for entry in other.history]


@pytest.mark.parametrize("state", ["claimed", "sending"])
def test_what_somebody_has_taken_is_left_to_them(ledger: SyncLedger, state: str) -> None:
    """By whatever token it was found."""
    ledgers.accept(ledger, "ORD-2", batch="b1")
    ledgers.claim(ledger)
    if state == "sending":
        assert isinstance(intend(ledger), Granted)
    ledger.run(batch_calls.halt("b1", CANCELLED))
    for token in ("", MINE):
        assert ledger.run(called_back("ORD-1", token=token)) == ("ORD-1",)
    assert ledgers.read(ledger).state == state
    assert ledger.run(called_back("ORD-1", "ORD-2")) == ("ORD-1",)


def test_what_is_more_than_plain_is_left_to_settle(ledger: SyncLedger) -> None:
    """Holds, chains, and what the gateway's list shows, have rules of their own there."""
    rows = {"TWO": {"two_phase": "1"}, "HELD": {"held_first": "1"}, "ROOT": {"root": "X"}, "ON": {"successor": "Y"}}
    for order_id, fields in rows.items():
        ledgers.accept(ledger, order_id, batch="b1", **fields)
    ledgers.accept(ledger, "SEEN", batch="b1")
    ledger.read("HSET", keys.seen("SEEN"), "pay-1", "approved 10.00 EUR 1111 1768471200000")
    ledgers.accept(ledger, "OTHER", batch="b2")
    ledger.run(batch_calls.halt("b1", CANCELLED))
    left = (*rows, "SEEN", "OTHER", "NOBODY")
    assert ledger.run(called_back(*left)) == left


@pytest.mark.parametrize("word", ["", PAUSED])
def test_nothing_ends_of_a_batch_that_nobody_cancelled(ledger: SyncLedger, word: Literal["", "paused"]) -> None:
    """The script looks itself."""
    ledger.run(batch_calls.halt("b1", word))
    assert ledger.run(called_back("ORD-1")) == NotYours("going_on")
    assert ledgers.read(ledger).state == "accepted"


def test_a_batch_that_nobody_knows_cannot_be_stopped(ledger: SyncLedger) -> None:
    """A name that is mistyped stops nothing, and says so."""
    assert ledger.run(batch_calls.halt("b9", PAUSED)) == NotYours("missing")
    assert ledger.read("EXISTS", keys.halt("b9")) == 0


def test_a_manifest_is_kept_once(ledger: SyncLedger) -> None:
    """The first writer owns the name; others learn what is kept, and what stops it."""
    first = ledger.run(batch_calls.keep_manifest("b2", {"manifest": "aa", "rows": 3}))
    ledger.run(batch_calls.halt("b2", PAUSED))
    again = ledger.run(batch_calls.keep_manifest("b2", {"manifest": "bb", "rows": 4, "more": "x"}))
    assert (first.halt, again.halt) == ("", PAUSED)
    assert first.fields == again.fields
    assert (again.fields["manifest"], again.fields["rows"]) == ("aa", "3")


def test_a_large_batch_is_walked_in_small_steps(ledger: SyncLedger) -> None:
    """Each step looks at about as many orders as it was told to, and together they meet every one."""
    wanted = {"ORD-1", *(f"MORE-{number}" for number in range(400))}
    for order_id in wanted - {"ORD-1"}:
        ledgers.accept(ledger, order_id, batch="b1")
    met: list[str] = []
    cursor, steps = "0", 0
    while steps == 0 or cursor != "0":
        cursor, found = ledger.run(batch_calls.waiting("b1", cursor, 50, wake=False))
        assert len(found) < 150
        met += found
        steps += 1
    assert set(met) == wanted
