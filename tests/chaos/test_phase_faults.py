"""A gateway that fails in every way at once, at either phase: whatever was lost, an order is settled once or never."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from cardinity_client.sandbox.plan import POST_FAULTS
from producers.contract import states
from producers.contract.follow_ups import token_of
from tests.chaos.holds import Held, read_holds, takings
from tests.chaos.oracle import Books, read_books, until_closed, violations
from tests.chaos.phases import accept, until_let_go
from tests.eventually import eventually
from tests.stack import Stack

pytestmark = pytest.mark.slow

#: Milliseconds for the faults that need some.
DELAYS_MS = {"late_landing": 2500, "slow_answer": 500, "slow_body": 5, "processing": 300}
#: A refused key stops the whole account for a while, whoever meets it.
STOP_A_LANE = frozenset({"http_401", "http_403"})
FAULTS = sorted(POST_FAULTS - STOP_A_LANE)
PHASES = ("payment", "settlement")
LIST_FAULTS = ({"fault": "list_500", "rate": 0.2}, {"fault": "list_lag", "rate": 0.5, "delay_ms": 50})


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What the run left behind."""

    books: Books
    holds: Sequence[Held]
    #: How often each settlement was asked for, by the token of its order.
    asked: Mapping[str, int]


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    """The end of a run in which no order met a gateway that was well in both phases."""
    orders = {f"{phase}.{fault.replace('_', '-')}": (phase, fault) for phase in PHASES for fault in FAULTS}
    faults = [
        {"fault": fault, "operation": phase, "order_id": name, "times": 1, "delay_ms": DELAYS_MS.get(fault)}
        for name, (phase, fault) in orders.items()
    ]
    with Stack(tmp_path_factory.mktemp("failing-phases"), faults=[*faults, *LIST_FAULTS]) as stack:
        stack.worker()
        stack.worker()
        with stack.enqueuer() as enqueuer:
            for name in orders:
                accept(enqueuer, name)
            until_closed(stack)
            # On a busy machine it lands when its order has ended, and only then is there anything to let go.
            eventually(lambda: stack.admin("payments?order_id=payment.late-landing"), "the late hold is there")
            until_let_go(stack, list(orders))
        rows = stack.admin("operations")["operations"]
        asked = {row["description"]: row["posts"] for row in rows if row["operation"] == "settlement"}
        return Aftermath(read_books(stack), read_holds(stack, orders), asked)


def test_every_order_is_settled_once_if_it_is_approved_and_else_never(aftermath: Aftermath) -> None:
    """The gateway's books know one settlement of the whole amount per approved order, and no other."""
    approved = [name for name, record in aftermath.books.orders.items() if record.state == states.APPROVED]
    assert takings(aftermath.holds) == {name: ["10.00"] for name in approved}


def test_what_was_held_is_settled_whatever_befell_the_second_phase(aftermath: Aftermath) -> None:
    """No fault of one settlement request costs the payment."""
    ends = {name: record.state for name, record in aftermath.books.orders.items() if name.startswith("settlement.")}
    assert ends == dict.fromkeys(ends, states.APPROVED)


def test_the_faults_have_struck(aftermath: Aftermath) -> None:
    """Some orders were given up unheld, and settlements that were never made were asked for again."""
    books, asked = aftermath.books.orders, aftermath.asked
    assert books["payment.hang-before"].state == states.NOT_CHARGED
    assert {asked[token_of(f"settlement.{fault}")] for fault in ("hang-before", "http-500-before")} == {2}
    assert {asked[token_of(f"settlement.{fault}")] for fault in ("charge-then-hang", "http-500-after")} == {1}


def test_no_hold_is_left_holding(aftermath: Aftermath) -> None:
    """Those that landed when their order had ended were let go."""
    assert [hold for hold in aftermath.holds if hold.still_holds] == []


def test_the_books_agree(aftermath: Aftermath) -> None:
    """One final event per order, histories are paths, one authorisation per intent, and no alarm."""
    assert violations(aftermath.books) == []
