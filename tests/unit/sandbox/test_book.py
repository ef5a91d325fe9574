"""The book: newest first, nothing de-duplicated, and what is due comes true at the next look."""

import json
from typing import Any

from msgspec.structs import replace

from cardinity_client.sandbox.book import Book
from cardinity_client.sandbox.wire import Instrument, Payment, Status
from tests.unit.sandbox.clock import ManualClock


def test_the_list_is_newest_first_and_exactly_as_long_as_asked() -> None:
    """The newest rows come first, as many as the limit when there are so many."""
    book = Book(ManualClock())
    for number in range(5):
        book.put(_payment(f"id-{number}"))
    assert _ids(book.latest(3)) == ["id-4", "id-3", "id-2"]
    assert len(_ids(book.latest(100))) == 5


def test_an_empty_book_lists_nothing() -> None:
    """An empty list is an empty array."""
    assert Book(ManualClock()).latest(10) == b"[]"


def test_a_repeated_order_is_charged_again_and_counted() -> None:
    """Two approved payments of one order are two charges in its tally."""
    book = Book(ManualClock())
    for number in range(2):
        book.note_post("o-1", "10.00", "EUR")
        book.put(_payment(f"id-{number}"))
    tally = book.tallies()[0]
    assert (tally.order_id, tally.approved, tally.declined, tally.posts) == ("o-1", 2, 0, 2)


def test_what_is_forgotten_is_told_once_more_and_counted_anew() -> None:
    """An order that is forgotten leaves with its payments; a later charge of it is the first of a new tally."""
    book = Book(ManualClock())
    for order_id in ("o-1", "o-2"):
        book.note_post(order_id, "10.00", "EUR")
        book.put(_payment(f"of-{order_id}", order_id=order_id))
    told = book.forget(["o-1", "never-seen"])
    assert [(tally.order_id, tally.approved) for tally in told] == [("o-1", 1)]
    assert (_ids(book.latest(10)), book.get("of-o-1"), book.of_order("o-1")) == (["of-o-2"], None, [])
    assert [tally.order_id for tally in book.tallies()] == ["o-2"]
    book.put(_payment("late", order_id="o-1"))
    assert [(tally.order_id, tally.approved) for tally in book.tallies()] == [("o-2", 1), ("o-1", 1)]


def test_posts_count_without_a_charge() -> None:
    """A post that came to nothing has a tally with what could be read of it."""
    book = Book(ManualClock())
    book.note_post("o-1", "10.00", "EUR")
    tally = book.tallies()[0]
    assert (tally.amount, tally.currency, tally.approved, tally.posts) == ("10.00", "EUR", 0, 1)


def test_a_late_charge_lands_when_it_is_due() -> None:
    """Before its time a late charge is nowhere; then it is in the list, the tally and under its id."""
    clock = ManualClock()
    book = Book(clock)
    book.put_later(_payment("late"), 500)
    clock.advance(499)
    assert (book.latest(10), book.get("late"), book.tallies()) == (b"[]", None, [])
    clock.advance(1)
    assert _ids(book.latest(10)) == ["late"]
    assert [tally.approved for tally in book.tallies()] == [1]


def test_late_charges_stand_in_the_list_where_they_landed() -> None:
    """A charge that landed between two others is listed between them, though nobody looked at that moment."""
    clock = ManualClock()
    book = Book(clock)
    book.put(_payment("first"))
    book.put_later(_payment("late"), 10)
    clock.advance(20)
    book.put(_payment("last"))
    assert _ids(book.latest(10)) == ["last", "late", "first"]


def test_a_payment_changes_its_state_in_place() -> None:
    """A payment that is done processing keeps its row and is counted once."""
    clock = ManualClock()
    book = Book(clock)
    book.put(_payment("slow", status="processing"))
    book.put(_payment("other", order_id="o-2"))
    book.put_later(_payment("slow"), 100)
    assert [tally.approved for tally in book.tallies()] == [0, 1]
    clock.advance(100)
    assert [row["status"] for row in json.loads(book.latest(10))] == ["approved", "approved"]
    assert _ids(book.latest(10)) == ["other", "slow"]
    assert [tally.approved for tally in book.tallies()] == [1, 1]


def test_hidden_rows_make_room_for_older_ones() -> None:
    """A list with a hidden row still has as many rows as asked; who hides rows is told their age."""
    clock = ManualClock()
    book = Book(clock)
    ages = []

    def hides(order_id: str | None, age_ms: int, description: str | None) -> bool:
        ages.append(age_ms)
        return order_id == "hidden" and description is None

    book.put(_payment("a"))
    book.put(_payment("b"))
    book.put(_payment("c", order_id="hidden"))
    clock.advance(7)
    assert _ids(book.latest(2, hides)) == ["b", "a"]
    assert ages == [7, 7, 7]


def test_the_payments_of_an_order_are_found() -> None:
    """All payments of one order, newest first, and none of another."""
    book = Book(ManualClock())
    book.put(_payment("a"))
    book.put(_payment("b", order_id="o-2"))
    book.put(_payment("c"))
    assert [payment.id for payment in book.of_order("o-1")] == ["c", "a"]
    assert book.of_order("o-3") == []


def test_looking_for_an_unknown_order_leaves_no_trace() -> None:
    """A question about an order does not make a tally of it."""
    book = Book(ManualClock())
    book.of_order("o-1")
    assert book.get("o-1") is None
    assert book.tallies() == []


def _payment(payment_id: str, *, order_id: str = "o-1", status: Status = "approved") -> Payment:
    payment = Payment(
        id=payment_id,
        amount="10.00",
        currency="EUR",
        created="2026-01-15T10:00:00.123Z",
        type="purchase",
        live=False,
        status="approved",
        order_id=order_id,
        country="LT",
        payment_method="card",
        payment_instrument=Instrument("Visa", "1111", 2031, 4, "Ona Petraityte"),
    )
    return replace(payment, status=status)


def _ids(body: bytes) -> list[Any]:
    return [row["id"] for row in json.loads(body)]
