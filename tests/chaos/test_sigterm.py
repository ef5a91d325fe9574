"""A worker that is asked to stop: what it has not promised goes back at once, what it has sent it finishes.

The test holds the resolver's lease here and hands out send credits itself, so it decides who waits for one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from producers.contract import states
from producers.enqueue import Enqueuer
from producers.runtime.ledger import calls
from producers.runtime.ledger.epoch import remembered
from producers.runtime.ledger.executors import SyncLedger
from tests.chaos.oracle import Books, read_books, until_closed, violations
from tests.chaos.wire import gateway_wire
from tests.eventually import eventually
from tests.proxy import CuttingProxy
from tests.stack import CARD, Stack

pytestmark = pytest.mark.slow

#: The order that was sent, and is answered when the test says so; and those that wait for a credit, for longer than the
#: test takes. D is long here, because the others must have been claimed meanwhile, on a busy machine too.
SENT, WAITING = "ORD-sent", [f"ORD-waiting-{number}" for number in range(20)]
PATIENT = {
    "ATTEMPT_DEADLINE_S": "8",
    "ABSENCE_HORIZON_S": "10",
    "HOLD_BACK_S": "60",
    "LEASE_S": "120",
    "SHUTDOWN_TIMEOUT_S": "12",
}


def test_a_stopping_worker_gives_back_what_it_has_not_promised(tmp_path: Path) -> None:
    """On SIGTERM, however often, unsent orders are `accepted` before the sent one is answered; the exit code is 0."""
    with _stack(tmp_path) as (stack, wire, over_it), stack.enqueuer() as enqueuer, _credits(stack) as ledger:
        worker = stack.worker(env=over_it)
        _one_sent_and_the_others_waiting(stack, enqueuer, ledger)
        for _ in range(3):
            worker.terminate()
        eventually(lambda: _states(enqueuer) == {states.ACCEPTED}, "the others were given back")
        wire.release()
        assert worker.wait() == 0
        books = read_books(stack)
    answered_ms = _last(books, SENT)[0]
    assert {_last(books, order_id)[1:] for order_id in WAITING} == {(states.ACCEPTED, "draining")}
    assert max(_last(books, order_id)[0] for order_id in WAITING) < answered_ms
    assert (books.orders[SENT].state, books.held) == (states.APPROVED, 0)


def test_what_was_given_back_is_taken_by_the_next(tmp_path: Path) -> None:
    """Orders given back by a stopping worker are charged by another, each once."""
    with _stack(tmp_path) as (stack, wire, over_it), stack.enqueuer() as enqueuer:
        with _credits(stack) as ledger:
            worker = stack.worker(env=over_it)
            _one_sent_and_the_others_waiting(stack, enqueuer, ledger)
            stack.worker()
            worker.terminate()
            wire.release()
            assert worker.wait() == 0
        until_closed(stack)
        books = read_books(stack)
    assert violations(books) == []
    assert {record.state for record in books.orders.values()} == {states.APPROVED}


def test_a_worker_that_cannot_know_what_it_holds_does_not_exit_with_0(tmp_path: Path) -> None:
    """Redis dies while a charge is under way: the worker keeps the outcome on disk and says that it was not clean."""
    with _stack(tmp_path) as (stack, wire, over_it), stack.enqueuer() as enqueuer:
        with _credits(stack) as ledger:
            worker = stack.worker(env=over_it)
            _one_sent_and_the_others_waiting(stack, enqueuer, ledger)
            stack.valkey.kill()
            worker.terminate()
            wire.release()
            assert worker.wait() == 75
            stack.valkey.start()
        stack.worker()
        until_closed(stack)
        books = read_books(stack)
    assert violations(books) == []
    assert {record.state for record in books.orders.values()} == {states.APPROVED}


@contextmanager
def _stack(directory: Path) -> Iterator[tuple[Stack, CuttingProxy, Mapping[str, str]]]:
    """The system, the wire that holds back one answer, and the environment of the worker that waits for it."""
    with Stack(directory, settings=PATIENT) as stack, gateway_wire(stack) as (wire, over_it):
        wire.hold_reply(SENT.encode())
        yield stack, wire, over_it


@contextmanager
def _credits(stack: Stack) -> Iterator[SyncLedger]:
    """The ledger, with the resolver's lease in the test's hand as long as the block lasts."""
    pin = remembered(stack.settings().state_dir)
    assert pin is not None
    with redis.Redis.from_url(stack.valkey.url(1), protocol=2) as client:
        ledger = SyncLedger(client, pin.epoch)
        assert ledger.run(calls.lead("resolver-default", "the test", 600_000))
        yield ledger
    with redis.Redis.from_url(stack.valkey.url(1), protocol=2) as client:
        SyncLedger(client, pin.epoch).run(calls.lead("resolver-default", "the test", 0))


def _one_sent_and_the_others_waiting(stack: Stack, enqueuer: Enqueuer, ledger: SyncLedger) -> None:
    ledger.run(calls.begin_scan("default", 1))
    for order_id in (SENT, *WAITING):
        enqueuer.charge(order_id=order_id, amount="10.00", currency="EUR", country="LT", **CARD)
        if order_id == SENT:
            eventually(lambda: stack.charges().get(SENT), "the first order was sent")
    eventually(lambda: read_books(stack).held == len(WAITING) + 1, "the others are claimed and wait for a credit")


def _states(enqueuer: Enqueuer) -> set[str]:
    return {enqueuer.get(order_id).state for order_id in WAITING}


def _last(books: Books, order_id: str) -> tuple[int, str, str]:
    """When the order entered its state, which, and why."""
    line = books.orders[order_id].history[-1]
    return line.at_ms, line.state, line.detail
