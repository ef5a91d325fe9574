"""Two releases at once, as in every rolling deployment: each reads what the other writes, or leaves it to the other.

An older worker is the product's own without the newest version of the envelope. What it can read, it charges; what it
cannot, it gives back unsent, and never refuses.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.contract import states
from producers.contract.versions import version_for
from producers.enqueue import Enqueuer
from tests.chaos.older import NEWEST
from tests.chaos.oracle import Books, read_books, until_closed, violations
from tests.eventually import eventually
from tests.nursery import Child
from tests.stack import CARD, Stack
from tests.unit.contract.builders import a_charge

pytestmark = pytest.mark.slow

#: Orders of either kind: what every release can read, and what needs the newest.
OLD, NEW = [f"OLD-{number}" for number in range(20)], [f"NEW-{number}" for number in range(20)]
#: Orders that nobody here can read rest longer after each try, up to 24 times this.
QUICK = {"HOLD_BACK_S": "0.05"}
#: What makes a charge one that is written in the newest version.
SAYS_MORE = {"customer": "cust-42"}


def older(stack: Stack) -> Child:
    """A worker of the release before."""
    return stack.module("workers.process", "--boot", "tests.chaos.older:boot")


def order(enqueuer: Enqueuer, order_id: str) -> None:
    """As a producer of this release writes it."""
    more = SAYS_MORE if order_id in NEW else {}
    enqueuer.charge(order_id=order_id, amount="10.00", currency="EUR", country="LT", **CARD, **more)


def test_the_newest_version_is_what_says_more() -> None:
    """Or the tests below would show nothing: their orders are of two versions, and one of them is the newest."""
    assert version_for(a_charge()).number < version_for(a_charge(**SAYS_MORE)).number == NEWEST


def test_an_older_worker_leaves_what_it_cannot_read(tmp_path: Path) -> None:
    """Alone it charges the old, and gives back the new, unsent; the new release charges them when it comes."""
    with Stack(tmp_path, settings=QUICK) as stack, stack.enqueuer() as enqueuer:
        older(stack)
        for order_id in (*OLD, *NEW):
            order(enqueuer, order_id)
        for order_id in OLD:
            assert enqueuer.wait(order_id, timeout_s=30).state == states.APPROVED
        eventually(lambda: all(_given_back(read_books(stack), order_id) for order_id in NEW), "the new are given back")
        assert stack.charges().keys() == {*OLD}
        stack.worker()
        until_closed(stack)
        books = read_books(stack)
    _all_approved(books)


def test_both_releases_at_once(tmp_path: Path) -> None:
    """Whoever takes an order first: each is charged once, and ends well."""
    with Stack(tmp_path) as stack, stack.enqueuer() as enqueuer:
        older(stack)
        stack.worker()
        for pair in zip(OLD, NEW, strict=True):
            for order_id in pair:
                order(enqueuer, order_id)
        until_closed(stack)
        books = read_books(stack)
    _all_approved(books)


def _given_back(books: Books, order_id: str) -> bool:
    return any(line.detail == "version_newer" for line in books.orders[order_id].history)


def _all_approved(books: Books) -> None:
    assert violations(books) == []
    assert {row.state for row in books.orders.values()} == {states.APPROVED}
    assert books.orders.keys() == {*OLD, *NEW}
