"""Two releases at once, as in every rolling deployment: each reads what the other writes, or leaves it to the other.

An older worker is the product's own without the newest version of the envelope. What it can read, it charges; what it
cannot, it gives back unsent, and never refuses.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from producers import Tokeniser
from producers.contract import states
from producers.contract.commands import parse_charge
from producers.contract.versions import version_for
from producers.enqueue import Enqueuer
from tests.chaos.older import NEWEST
from tests.chaos.oracle import Books, read_books, until_closed, violations
from tests.eventually import eventually
from tests.nursery import Child
from tests.stack import CARD, Stack

pytestmark = pytest.mark.slow

#: Orders of either kind: what every release can read, and what needs the newest.
OLD, NEW = [f"OLD-{number}" for number in range(20)], [f"NEW-{number}" for number in range(20)]
#: Orders that nobody here can read rest longer after each try, up to 24 times this.
QUICK = {"HOLD_BACK_S": "0.05"}
MONEY = {"amount": "10.00", "currency": "EUR", "country": "LT"}
#: A card that is kept in the vault: charged by its token, it needs the newest version.
KEPT = {name: value for name, value in CARD.items() if name != "cvc"}


def older(stack: Stack) -> Child:
    """A worker of the release before."""
    return stack.module("workers.process", "--boot", "tests.chaos.older:boot")


def order(stack: Stack, enqueuer: Enqueuer, order_id: str) -> None:
    """As a producer of this release writes it."""
    enqueuer.charge(order_id=order_id, **MONEY, **card_of(stack, order_id))


def card_of(stack: Stack, order_id: str) -> Mapping[str, object]:
    """What the order is charged to."""
    if order_id not in NEW:
        return CARD
    return {"token": Tokeniser.from_settings(stack.settings()).tokenise(**KEPT).text, "cvc": CARD["cvc"]}


def test_the_newest_version_is_what_tokens_need(tmp_path: Path) -> None:
    """Or the tests below would show nothing: their orders are of two versions, and one of them is the newest."""
    with Stack(tmp_path) as stack:
        fields = ({"order_id": names[0], **MONEY, **card_of(stack, names[0])} for names in (OLD, NEW))
        old, new = (version_for(parse_charge(each, now_ms=int(time.time() * 1000), mode="test")) for each in fields)
    assert old.number < new.number == NEWEST


def test_an_older_worker_leaves_what_it_cannot_read(tmp_path: Path) -> None:
    """Alone it charges the old, and gives back the new, unsent; the new release charges them when it comes."""
    with Stack(tmp_path, settings=QUICK) as stack, stack.enqueuer() as enqueuer:
        older(stack)
        for order_id in (*OLD, *NEW):
            order(stack, enqueuer, order_id)
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
                order(stack, enqueuer, order_id)
        until_closed(stack)
        books = read_books(stack)
    _all_approved(books)


def _given_back(books: Books, order_id: str) -> bool:
    return any(line.detail == "version_newer" for line in books.orders[order_id].history)


def _all_approved(books: Books) -> None:
    assert violations(books) == []
    assert {row.state for row in books.orders.values()} == {states.APPROVED}
    assert books.orders.keys() == {*OLD, *NEW}
