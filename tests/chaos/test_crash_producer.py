"""Every crash point of a producer: it is lost, the caller repeats the call elsewhere, and there is one order."""

import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from producers.contract import states
from tests.chaos.oracle import Books, read_books, until_closed, violations
from tests.chaos.producer import PLACES, SPLIT
from tests.eventually import eventually
from tests.stack import CARD, Stack

pytestmark = pytest.mark.slow

#: What the caller who repeats the call may be told: `accepted` where the row was lost, else how far it has come.
CASES = [(place, how) for place in PLACES for how in ("KILL", "STOP")]


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What the run left behind: whether a row was there when the producer was lost, and its exit code, per order."""

    books: Books
    had_row: Mapping[str, bool]
    exit_codes: Mapping[str, int]


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    """Six producers lost at three places in two ways; their callers repeat, and the frozen ones wake up afterwards."""
    with Stack(tmp_path_factory.mktemp("producers")) as stack, stack.enqueuer() as enqueuer:
        producers = {_order(place, how): _lose(stack, _order(place, how), place, how) for place, how in CASES}
        eventually(lambda: len(list(stack.markers.iterdir())) == len(CASES), "all producers are lost")
        had_row = {order_id: order_id in read_books(stack).orders for order_id in producers}
        stack.worker()
        for order_id in producers:
            enqueuer.charge(order_id=order_id, amount="10.00", currency="EUR", country="LT", **CARD)
        until_closed(stack)
        for producer in producers.values():
            if producer.poll() is None:
                producer.send_signal(signal.SIGCONT)
        codes = {order_id: producer.wait() for order_id, producer in producers.items()}
        until_closed(stack)
        return Aftermath(read_books(stack), had_row, codes)


@pytest.mark.parametrize(("place", "how"), CASES)
def test_the_caller_repeats_and_there_is_one_charge(aftermath: Aftermath, place: str, how: str) -> None:
    """Wherever a producer is lost, the repeated call leads to one charge for the order."""
    order_id = _order(place, how)
    assert (aftermath.books.orders[order_id].state, aftermath.books.charges[order_id]["posts"]) == (states.APPROVED, 1)


@pytest.mark.parametrize(("place", "how"), CASES)
def test_the_row_comes_first(aftermath: Aftermath, place: str, how: str) -> None:
    """A producer lost before the row leaves nothing behind; lost later it leaves an accepted order."""
    assert aftermath.had_row[_order(place, how)] == (place != "row")


@pytest.mark.parametrize(("place", "how"), CASES)
def test_a_producer_that_wakes_up_late_does_no_harm(aftermath: Aftermath, place: str, how: str) -> None:
    """A producer thawed after its order has ended finishes its call as any other."""
    assert aftermath.exit_codes[_order(place, how)] == (0 if how == "STOP" else -signal.SIGKILL)


def test_the_books_agree(aftermath: Aftermath) -> None:
    """Charges equal outcomes, one final event per order, one post per intent, nothing is open."""
    assert violations(aftermath.books) == []


def test_an_order_nobody_was_woken_for_is_found(tmp_path: Path) -> None:
    """Lost between row and message, with a caller that never comes back, an order is charged all the same."""
    with Stack(tmp_path) as stack:
        stack.worker()
        _lose(stack, "ORD-orphan", "enqueue", "KILL").wait()
        until_closed(stack)
        books = read_books(stack)
    assert (violations(books), books.orders["ORD-orphan"].state) == ([], states.APPROVED)


@pytest.mark.parametrize("place", PLACES)
def test_no_loss_leaves_half_of_a_payment_in_parts(tmp_path: Path, place: str) -> None:
    """All of its orders are there, or none; the caller repeats, and each part is charged once."""
    name = f"SPL-{place}"
    with Stack(tmp_path) as stack, stack.enqueuer() as enqueuer:
        _lose(stack, name, place, "KILL").wait()
        assert len(read_books(stack).orders) == (0 if place == "row" else 3)
        stack.worker()
        assert enqueuer.split(split_id=name, **SPLIT).new == (place == "row")
        assert enqueuer.wait_split(name, timeout_s=30).state == "completed"
        until_closed(stack)
        books = read_books(stack)
    assert (violations(books), len(books.orders)) == ([], 3)


def _order(place: str, how: str) -> str:
    return f"ORD-{place}-{how}"


def _lose(stack: Stack, order_id: str, place: str, how: str) -> subprocess.Popen[bytes]:
    stack.markers.mkdir(exist_ok=True)
    marker = str(stack.markers / order_id)
    return stack.start(sys.executable, "-m", "tests.chaos.producer", order_id, place, how, marker)
