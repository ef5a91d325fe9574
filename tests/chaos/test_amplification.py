"""A gateway that fails in every way at once: every promise is kept with one request, never with two.

All faults of the sandbox's catalogue share all orders between them, so that no order is spared; the list lags and
fails too. Keys that are refused stop a lane for a while, so the workers are started again, as by an operator.
"""

import pytest

from cardinity_client.sandbox.plan import POST_FAULTS
from producers.contract import states
from producers.runtime.ledger.record import Record
from tests.chaos.oracle import Books, read_books, until_closed, violations
from tests.eventually import eventually
from tests.stack import CARD, Stack

pytestmark = pytest.mark.slow

#: Orders per fault, each struck once: what is given back unsent may be sent again.
EACH = 3
#: Milliseconds for the faults that need some: a late charge within GATEWAY_LATE_S, a slow answer within the deadline.
DELAYS_MS = {"late_landing": 150, "slow_answer": 500, "slow_body": 5, "processing": 300}
#: These come last, and no answer before 300 ms: a refused key stops everything that was not sent by then.
STOP_A_LANE = ("http_401", "http_403")
LATENCY = ("--latency-ms", "300")
LIST_FAULTS = ({"fault": "list_500", "rate": 0.2}, {"fault": "list_lag", "rate": 0.5, "delay_ms": 50})
#: Given back by the holder of the token because no connection was ever made.
NO_CONNECTION = ("connect_failed", "connect_timeout", "dns_failed", "tls_failed", "pool_timeout", "breaker_open")


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """The end of a run in which no first request is answered as it should be."""
    last = sorted(POST_FAULTS, key=lambda fault: (fault in STOP_A_LANE, fault))
    orders = {f"{fault.replace('_', '-')}.{number}": fault for fault in last for number in range(EACH)}
    faults = [
        {"fault": fault, "order_id": order_id, "times": 1, "delay_ms": DELAYS_MS.get(fault)}
        for order_id, fault in orders.items()
    ]
    directory = tmp_path_factory.mktemp("failing")
    with Stack(directory, faults=[*faults, *LIST_FAULTS], sandbox_args=LATENCY) as stack, stack.enqueuer() as shop:
        workers = [stack.worker(), stack.worker()]
        for order_id in orders:
            shop.charge(order_id=order_id, amount="10.00", currency="EUR", country="LT", **CARD)
        eventually(lambda: len(stack.charges()) == len(orders), "every order was sent once")
        for worker in workers:
            worker.terminate()
        assert [worker.wait() for worker in workers] == [0, 0]
        stack.worker()
        until_closed(stack)
        return read_books(stack)


def test_every_promise_is_one_request(books: Books) -> None:
    """Over all orders the gateway has counted exactly as many posts as there were promises with a connection."""
    promises = sum(_promises(record) for record in books.orders.values())
    assert (sum(row["posts"] for row in books.charges.values()), books.aborted) == (promises, 0)


def test_no_order_is_posted_more_often_than_it_was_promised(books: Books) -> None:
    """Order by order there is one post for each promise."""
    posts = {order_id: row["posts"] for order_id, row in books.charges.items()}
    assert posts == {order_id: _promises(record) for order_id, record in books.orders.items()}


def test_only_what_the_gateway_refused_unseen_is_sent_again(books: Books) -> None:
    """A second promise exists only after 401, 403 or 429; the last one also needs a look at the list in time."""
    again = {order_id.partition(".")[0] for order_id, row in books.charges.items() if row["posts"] > 1}
    assert {"http-401", "http-403"} <= again <= {"http-401", "http-403", "rate-limited-429"}


def test_the_books_agree(books: Books) -> None:
    """Charges equal outcomes, one final event per order, histories are paths, nothing is open."""
    assert violations(books) == []


def _promises(record: Record) -> int:
    """How often it was promised that a request may leave, less the promises for which no connection was made."""
    unsent = sum(line.state == states.ACCEPTED and line.detail in NO_CONNECTION for line in record.history)
    return [line.state for line in record.history].count(states.SENDING) - unsent
