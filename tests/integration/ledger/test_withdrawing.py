"""Orders that are called back: what is not sent never is, and what is being sent is left alone."""

from __future__ import annotations

import pytest

from producers.runtime.ledger import calls, due_calls, keys
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import CalledBack, Granted, Moved, NotYours
from tests import ledgers
from tests.ledgers import MINE, THEIRS


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    """A ledger with one order."""
    ledger = ledgers.open_ledger(ledger_url)
    ledgers.accept(ledger)
    return ledger


def withdraw(ledger: SyncLedger, order_id: str = "ORD-1") -> str:
    """The state that whoever calls it back is told."""
    answer = ledger.run(calls.withdraw(order_id))
    assert isinstance(answer, Record)
    return answer.state


def intend(ledger: SyncLedger) -> object:
    ledgers.give_credits(ledger)
    return ledger.run(calls.intent("ORD-1", MINE, window_ms=45_000, account="default"))


def sweep(ledger: SyncLedger) -> list[str]:
    found = ledger.run(due_calls.sweep(limit=50, grace_ms=1000, grace_max_ms=600_000, batch_least=50))
    return [waking.order_id for waking in found.enqueue]


def test_whoever_takes_it_ends_it(ledger: SyncLedger) -> None:
    """It falls due at once, is claimed by nobody, and ends under the token it stands under."""
    ledger.read("ZADD", keys.DUE, 1e15, "ORD-1")
    assert withdraw(ledger) == "accepted"
    assert sweep(ledger) == ["ORD-1"]
    taken = ledgers.claim(ledger)
    assert isinstance(taken, CalledBack) and taken.why == "withdrawn"
    ended = ledgers.settle(ledger, "cancelled", token=taken.record.token, allowed=("accepted", "claimed"))
    assert ended == Moved("cancelled", 0, "accepted")
    assert ledgers.event_ids(ledger)[-1] == "ORD-1:cancelled"


def test_what_a_worker_has_in_its_hands_is_not_promised(ledger: SyncLedger) -> None:
    """From the reply on nothing of it is sent, nor when its lease is over and another one takes it."""
    ledgers.claim(ledger, lease_ms=0)
    assert withdraw(ledger) == "claimed"
    assert intend(ledger) == NotYours("withdrawn")
    assert isinstance(ledgers.claim(ledger, token=THEIRS), CalledBack)


def test_what_is_being_sent_is_left_alone(ledger: SyncLedger) -> None:
    """The promise stands, asked for again it is granted again, and the row knows of no wish."""
    ledgers.claim(ledger)
    assert isinstance(intend(ledger), Granted)
    assert withdraw(ledger) == "sending"
    assert isinstance(intend(ledger), Granted)
    assert "withdrawn_at" not in ledgers.read(ledger).fields
    assert isinstance(ledgers.settle(ledger, "approved"), Moved)
    assert withdraw(ledger) == "approved"


def test_what_came_back_unsent_may_be_called_back_again(ledger: SyncLedger) -> None:
    """Who was told that it is being sent may ask once more; until then it goes on."""
    ledgers.claim(ledger)
    intend(ledger)
    withdraw(ledger)
    ledger.run(calls.release("ORD-1", MINE, delay_ms=3_600_000, detail="rate_limited"))
    assert withdraw(ledger) == "accepted"
    # It was to rest for an hour: what is called back waits for nothing.
    assert sweep(ledger) == ["ORD-1"]
    assert isinstance(ledgers.claim(ledger), CalledBack)


def test_an_order_of_a_paused_batch_is_called_back_alone(ledger: SyncLedger) -> None:
    """The others rest."""
    for order_id in ("B-1", "B-2"):
        ledgers.accept(ledger, order_id, batch="b1")
    ledger.read("SET", keys.halt("b1"), "paused")
    assert withdraw(ledger, "B-1") == "accepted"
    assert sweep(ledger) == ["ORD-1", "B-1"]
    assert isinstance(ledgers.claim(ledger, order_id="B-1"), CalledBack)
    assert ledgers.claim(ledger, order_id="B-2") == NotYours("paused")


def test_a_wish_is_kept_once(ledger: SyncLedger) -> None:
    """And of nothing there is no wish."""
    withdraw(ledger)
    first = ledgers.read(ledger).number("withdrawn_at")
    withdraw(ledger)
    assert ledgers.read(ledger).number("withdrawn_at") == first > 0
    assert ledger.run(calls.withdraw("NOPE")) == NotYours("missing")
    assert ledger.read("EXISTS", keys.order("NOPE")) == 0


def test_a_link_that_is_not_made_yet_never_is(ledger: SyncLedger) -> None:
    """It has no address that somebody could be sent to."""
    ledgers.accept(ledger, "LINK-1", kind="link")
    ledger.run(calls.withdraw("LINK-1", link=True))
    assert isinstance(ledgers.claim(ledger, order_id="LINK-1"), CalledBack)
