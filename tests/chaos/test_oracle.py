"""The oracle itself: it is content with a run in which all is well, and with no other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from producers.contract import states
from producers.runtime.ledger.record import Record
from tests.chaos.oracle import Books, violations

ORDER = "ORD-1"
PATH = (states.ACCEPTED, states.CLAIMED, states.SENDING, states.APPROVED)
WELL = Books(
    orders={ORDER: Record(ORDER, {})},
    ends={ORDER: [f"{ORDER}:approved"]},
    charges={ORDER: {"approved": 1, "posts": 1}, "FOREIGN-7": {"approved": 1, "posts": 1}},
    counters={"orders:approved": 1},
    alarms=0,
    held=0,
)
#: Ways to be wrong.
SPOILED: Mapping[str, Callable[[Books], Books]] = {
    "charged twice": lambda well: replace(well, charges={ORDER: {"approved": 2, "posts": 2}}),
    "posted twice": lambda well: replace(well, charges={ORDER: {"approved": 1, "posts": 2}}),
    "posted at two accounts": lambda well: replace(
        well, charges={ORDER: {"approved": 1, "posts": 1, "at": ["default", "second"]}}
    ),
    "approved for nothing": lambda well: replace(well, charges={}),
    "charged for nobody": lambda well: replace(well, charges={**well.charges, "ORD-2": {"approved": 1, "posts": 1}}),
    "told nobody": lambda well: replace(well, ends={}),
    "told twice": lambda well: replace(well, ends={ORDER: [f"{ORDER}:approved"] * 2}),
    "told wrongly": lambda well: replace(well, ends={ORDER: [f"{ORDER}:declined"]}),
    "counted wrongly": lambda well: replace(well, counters={"orders:approved": 1, "orders:sending": 1}),
    "alarmed": lambda well: replace(well, alarms=1),
    "held": lambda well: replace(well, held=1),
    "unthought of": lambda well: replace(well, unthought=["1.log: Traceback"]),
    "posted by nobody": lambda well: replace(well, aborted=1),
    "credits made up": lambda well: replace(well, credits={"default": 61}, credits_max=60),
    "sent unclaimed": lambda well: _with(well, path=(states.ACCEPTED, states.SENDING, states.APPROVED)),
    "begun unaccepted": lambda well: _with(well, path=(states.CLAIMED, states.SENDING, states.APPROVED)),
    "ended elsewhere": lambda well: _with(well, path=(*PATH[:-1], states.UNKNOWN)),
    "card kept": lambda well: _with(well, envelope=b"sealed"),
    "declined and charged": lambda well: _with(replace(well, counters={"orders:declined": 1}), state=states.DECLINED),
    "holding": lambda well: replace(well, holding={ORDER: ["a-hold"]}),
    "left open": lambda well: _with(replace(well, counters={"orders:parked": 1}), state=states.PARKED),
}


def test_a_run_in_which_all_is_well_passes() -> None:
    """One order, one charge, one outcome."""
    assert violations(_with(WELL)) == []


@pytest.mark.parametrize("what", SPOILED)
def test_a_run_in_which_something_is_wrong_does_not(what: str) -> None:
    """Each way to be wrong, alone, is named."""
    assert violations(SPOILED[what](_with(WELL))) != []


def test_a_hold_is_left_only_where_nobody_could_see_it() -> None:
    """What landed in a hole of the list is in no list any more; what the ledger knows of was seen."""
    left = replace(WELL, holding={ORDER: ["a-hold"]}, holes=1)
    assert violations(_with(left)) == []
    assert violations(_with(replace(left, strays=frozenset({"a-hold"})))) != []


@pytest.mark.parametrize(("paid", "alarmed"), [(0, ()), (2, ()), (1, ("second",)), (3, ("second", "second"))])
def test_a_link_is_paid_once_or_alarming(paid: int, alarmed: Sequence[str]) -> None:
    """Approved and never paid, or paid more often than there are payments in its alarms, is wrong."""
    assert violations(_link(paid, alarmed)) != []


def test_a_link_that_was_paid_twice_and_told_of_is_well() -> None:
    """Whoever pays twice does so; the alarm may come again."""
    assert violations(_link(1, ())) == violations(_link(2, ("second", "second"))) == []


def _link(paid: int, alarmed: Sequence[str]) -> Books:
    books = _with(replace(WELL, charges={ORDER: {"approved": paid, "posts": 1}}, alarms=len(alarmed)))
    link = Record(ORDER, {**books.orders[ORDER].fields, "kind": b"link"})
    return replace(books, orders={ORDER: link}, alarmed={ORDER: alarmed})


def _with(books: Books, *, state: str = states.APPROVED, path: tuple[str, ...] = PATH, envelope: bytes = b"") -> Books:
    history = "".join(f"{at} {step} token -\n" for at, step in enumerate(path))
    fields = {"state": state.encode(), "ref": ORDER.encode(), "history": history.encode()}
    fields |= {"envelope": envelope} if envelope else {}
    return replace(books, orders={ORDER: Record(ORDER, fields)})
