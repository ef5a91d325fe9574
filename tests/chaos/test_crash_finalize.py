"""A customer has answered, and the worker that tells the gateway is lost, or the gateway's answer is.

One order per step, in one run per way to be struck. Whatever was lost, the payment ends once, by the gateway's word.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from producers import Enqueuer
from producers.contract import states
from producers.contract.continuation import ContinuationV1
from tests.chaos.crew import Crew, How
from tests.chaos.oracle import Books, read_books, until_closed, violations
from tests.eventually import eventually
from tests.stack import CARD, Stack
from tests.unit.contract.builders import threeds_fields

pytestmark = pytest.mark.slow

#: A published test card that wants version 2 and passes it.
PAN = "5454545454545454"
STEPS = ("answering", "finalized", "finalize_recorded")
EXIT_CODES = {"KILL": -signal.SIGKILL, "STOP": -signal.SIGALRM, "TERM": 0}
#: What may become of the request that tells the answer. Each is met once, then the gateway is well again.
FAULTS = (
    "charge_then_reset",
    "charge_then_hang",
    "reset_before",
    "hang_before",
    "http_500_before",
    "http_500_after",
    "http_503_after",
    "http_401",
    "rate_limited_429",
    "truncated_json",
    "html_200",
    "wrong_amount_in_body",
    "processing",
    "slow_answer",
    "delivered_twice",
)
#: The gateway has decided by the first one, whatever was heard of it.
TAKEN = frozenset(FAULTS) - {
    "reset_before",
    "hang_before",
    "http_500_before",
    "http_401",
    "rate_limited_429",
    "html_200",
}


@pytest.mark.parametrize("how", ["KILL", "STOP", "TERM"])
def test_a_worker_that_is_lost_while_it_finalizes(tmp_path: Path, how: How) -> None:
    """Before the answer is told, between that and the record, and behind it: the payment is approved, once."""
    plan = {_order(step): {"at": step, "how": how} for step in STEPS}
    with Stack(tmp_path) as stack, stack.enqueuer() as enqueuer:
        crew = Crew(stack, 2, how, plan)
        for order_id in plan:
            _asked(enqueuer, order_id, crew.until)
            enqueuer.finalize(order_id, cres="3ds2-pass")
            crew.until_struck(order_id)
        until_closed(stack, tend=crew.tend)
        well = crew.dismiss()
        ends = {crew.ends[pid] for pid in crew.struck.values()}
        books = read_books(stack)
    assert (violations(books), ends) == ([], {EXIT_CODES[how]})
    # One that has just taken the place of another may be asked to stop before it listens.
    assert set(well) <= {0, -signal.SIGTERM}
    assert _ends(books) == dict.fromkeys(plan, states.APPROVED)


def test_answers_of_the_gateway_that_are_lost(tmp_path: Path) -> None:
    """Whatever becomes of the one request, a look by id decides, and the answer is told again where it must be."""
    faults = [
        {"fault": fault, "operation": "finalize", "order_id": _order(fault), "times": 1, "delay_ms": 300}
        for fault in FAULTS
    ]
    with _one_worker(tmp_path, faults) as (stack, enqueuer):
        for fault in FAULTS:
            _asked(enqueuer, _order(fault), eventually)
        for fault in FAULTS:
            enqueuer.finalize(_order(fault), cres="3ds2-pass")
        until_closed(stack)
        books = read_books(stack)
        told = {row["parent_id"]: row["posts"] for row in stack.admin("operations")["operations"]}
    times = {fault: told[books.orders[_order(fault)].text("payment_id")] for fault in FAULTS}
    assert violations(books) == []
    assert _ends(books) == {_order(fault): states.APPROVED for fault in FAULTS}
    # A look has shown that it took effect: then nothing is told again.
    assert times == {fault: 1 if fault in TAKEN else 2 for fault in FAULTS}


def test_a_further_step_that_was_lost_is_found(tmp_path: Path) -> None:
    """The gateway falls back to version 1 and its answer is lost: a look by id tells the customer where to go."""
    fault = {"fault": "charge_then_reset", "operation": "finalize", "order_id": "ORD-1", "times": 1}
    with _one_worker(tmp_path, [fault]) as (stack, enqueuer):
        _asked(enqueuer, "ORD-1", eventually)
        enqueuer.finalize("ORD-1", cres="3d-pass")
        eventually(
            lambda: isinstance(enqueuer.get("ORD-1").continuation, ContinuationV1), "the customer is asked again"
        )
        enqueuer.finalize("ORD-1", pares="3d-pass")
        until_closed(stack)
        books = read_books(stack)
    assert (violations(books), _ends(books)) == ([], {"ORD-1": states.APPROVED})


def test_a_wake_up_that_was_lost_costs_a_sweep(tmp_path: Path) -> None:
    """The answer is in the ledger and its order due: without any message it is found."""
    with _one_worker(tmp_path, []) as (stack, enqueuer):
        _asked(enqueuer, "ORD-1", eventually)
        settings = stack.env | {"REDIS_QUEUE_URL": "redis://127.0.0.1:9/0"}
        with Enqueuer(type(stack.settings()).from_environ(settings)) as without_queue:
            without_queue.finalize("ORD-1", cres="3ds2-pass")
        until_closed(stack)
        books = read_books(stack)
    assert (violations(books), _ends(books)) == ([], {"ORD-1": states.APPROVED})


@contextmanager
def _one_worker(directory: Path, faults: list[dict[str, object]]) -> Iterator[tuple[Stack, Enqueuer]]:
    with Stack(directory, faults=faults) as stack, stack.enqueuer() as enqueuer:
        stack.worker()
        yield stack, enqueuer


def _asked(enqueuer: Enqueuer, order_id: str, until: Callable[[Callable[[], object], str], object]) -> None:
    """Place the order and wait until its customer is wanted."""
    enqueuer.charge(
        order_id=order_id,
        amount="10.00",
        currency="EUR",
        country="LT",
        threeds2_data=threeds_fields(),
        **{**CARD, "pan": PAN},
    )
    until(lambda: enqueuer.get(order_id).continuation, f"the customer of {order_id} is wanted")


def _order(name: str) -> str:
    return f"ORD-{name.replace('_', '-')}"


def _ends(books: Books) -> dict[str, str]:
    return {order_id: record.state for order_id, record in books.orders.items()}
