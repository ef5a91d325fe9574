"""The judge of the campaigns sees what is lost and what is doubled."""

from __future__ import annotations

from producers.contract import states
from producers.runtime.ledger.record import Record
from tests.redis_faults.book import REPLICATED, Book
from tests.redis_faults.campaign import Campaign, Tally

TOKEN = "a" * 32
ORDER = "ORD-1"


def row(*path: str) -> Record:
    """The order after these states, all under one token."""
    history = "".join(f"1 {state} {TOKEN[:8] if state != states.ACCEPTED else '-'} x\n" for state in path)
    return Record(ORDER, {"state": path[-1].encode(), "history": history.encode()})


def sent() -> Book:
    """An order whose intent was confirmed, and whose request has left."""
    book = Book()
    book.told(ORDER, states.ACCEPTED)
    book.told(ORDER, states.SENDING, TOKEN)
    book.sent(ORDER, TOKEN)
    return book


def test_what_stands_is_not_lost() -> None:
    """All confirmations are in the row's history."""
    rows = {ORDER: row(states.ACCEPTED, states.CLAIMED, states.SENDING)}
    assert (sent().lost(rows), sent().doubled(rows)) == ([], [])


def test_a_row_that_is_gone_is_lost() -> None:
    """Every confirmation about it is named."""
    assert len(sent().lost({ORDER: Record(ORDER, {})})) == 2


def test_an_intent_that_is_forgotten_is_lost_and_may_double() -> None:
    """The order is there and open for the next worker, although its request has left."""
    rows = {ORDER: row(states.ACCEPTED)}
    assert [line.split(" under")[0] for line in sent().lost(rows)] == ["ORD-1: was confirmed as sending"]
    assert sent().doubled(rows) == ["ORD-1: was sent and is accepted again"]


def test_two_requests_are_doubled() -> None:
    """However the row looks."""
    book = sent()
    book.sent(ORDER, "b" * 32)
    assert book.doubled({ORDER: row(states.ACCEPTED, states.CLAIMED, states.SENDING)}) == ["ORD-1: was sent 2 times"]


def test_a_claim_may_be_undone_by_a_failover() -> None:
    """Nothing was sent under it, so it does not count where only the replicated is kept."""
    book = Book()
    book.told(ORDER, states.CLAIMED, TOKEN)
    rows = {ORDER: row(states.ACCEPTED)}
    assert (len(book.lost(rows)), book.lost(rows, kept=REPLICATED)) == (1, [])


def test_a_control_without_harm_is_a_failure() -> None:
    """A campaign whose fault does nothing shows nothing."""
    control = Campaign("x", "kills", 1.0, "", lambda *_: Tally(), control=True)
    assert [control.verdict(tally)[:2] for tally in (Tally(), Tally(lost=["ORD-1"]))] == ["NO", "ok"]
