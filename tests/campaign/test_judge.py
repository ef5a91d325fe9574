"""The judgement on a run: it hears everything that is wrong, and forgives a fault only what that entitles it to."""

from collections.abc import Mapping
from dataclasses import replace

from producers.contract import states
from producers.runtime.ledger.record import Record
from tests.campaign import judge
from tests.campaign.search import Search
from tests.chaos.oracle import HOLE
from tests.chaos.test_oracle import ORDER, WELL, _with

BEFORE: Mapping[str, Mapping[str, int]] = {ORDER: {"posts": 1, "approved": 1}}


def test_a_lost_order_is_told() -> None:
    """What was accepted and is not in the ledger is lost."""
    assert list(judge.closed(_with(WELL), {ORDER}, ())) == []
    assert list(judge.closed(_with(WELL), {ORDER, "ORD-2"}, ())) == ["ORD-2: was accepted and is lost"]


def test_parking_needs_a_fault_that_allows_it_and_evidence() -> None:
    """A parked order is a violation, unless a fault makes proofs impossible; without evidence it always is."""
    parked = replace(_with(WELL, state=states.PARKED), ends={}, counters={"orders:parked": 1})
    told = list(judge.closed(parked, (), {judge.PARKED}))
    assert any("is still parked" in line for line in judge.closed(parked, (), ()))
    assert not any("is still parked" in line for line in told)
    assert any("is parked without evidence" in line for line in told)


def test_a_hole_excuses_nothing_but_what_was_missed_in_it() -> None:
    """Where leaders die, an order may be parked for the hole that this left, and for no other reason."""
    for reason, excused in ((HOLE, True), ("reference_with_other_content", False)):
        books = replace(_with(WELL, state=states.PARKED), ends={}, counters={"orders:parked": 1})
        row = {**books.orders[ORDER].fields, "reason": reason.encode(), "evidence": b"no payment seen"}
        parked = replace(books, orders={ORDER: Record(ORDER, row)})
        told = [line for line in judge.closed(parked, (), {judge.HOLES}) if "is still parked" in line]
        assert (told == []) == excused


def test_a_log_line_is_forgiven_only_where_it_was_expected() -> None:
    """An unthought-of line is a violation, unless it contains what a fault said would be there."""
    books = replace(_with(WELL), unthought=["1.log: Traceback OSError 28"])
    assert list(judge.closed(books, (), {"log:OSError 5"})) == ["1.log: Traceback OSError 28"]
    assert list(judge.closed(books, (), {"log:OSError 28"})) == []


def test_after_a_lost_ledger_nothing_is_sent_and_nothing_was_sent_twice() -> None:
    """A post more is a violation, and so is an order with two."""
    assert list(judge.lockdown(BEFORE, BEFORE)) == []
    assert list(judge.lockdown(BEFORE, {**BEFORE, "ORD-2": {"posts": 1, "approved": 0}})) != []
    assert list(judge.lockdown({}, {ORDER: {"posts": 2, "approved": 1}})) != []


def test_workers_end_as_they_should() -> None:
    """Killed or stopped is well; an end of their own is not, unless a fault asked for it."""
    assert list(judge.ends({0: 3, -9: 4, -14: 1}, [0, 0], ())) == []
    assert list(judge.ends({1: 1}, [], ())) == ["1 workers ended with 1"]
    assert list(judge.ends({78: 1}, [], {"exit:78"})) == []
    assert list(judge.ends({}, [75], ())) != []


def test_a_readable_card_is_told_with_its_place() -> None:
    """The find is the message."""
    assert list(judge.canary(Search(finds=["file 1.log: pan"]))) == ["card data are readable: file 1.log: pan"]
