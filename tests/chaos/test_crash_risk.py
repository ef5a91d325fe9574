"""Workers that die between judging an order, keeping what was found, and acting by it: what is blocked or waits for a
review is never sent, and what may go on is charged once.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.contract import states
from producers.enqueue import Enqueuer
from tests.chaos.oracle import read_books, until_closed, violations
from tests.e2e.risk_shop import charge, risk_settings
from tests.eventually import eventually
from tests.stack import Stack

pytestmark = pytest.mark.slow

#: Every order of a customer who pays by a card of somebody else is stopped; small ones often by one card are reviewed.
RULES = """
review_s = 1
on_timeout = "reject"

[rules.many_customers]
mode = "live"
verdict = "block"
max = 2

[rules.card_testing]
mode = "live"
verdict = "review"
max = 1
"""
STEPS = ("fetched", "claimed", "judged", "kept")
#: What the order ends as, by what the rules say of it.
ENDS = {"pass": states.APPROVED, "block": states.REJECTED, "review": states.REJECTED}
PANS = {"pass": "4111111111111111", "block": "5555555555554444", "review": "4200000000000000"}


def test_what_was_stopped_is_never_sent_wherever_its_worker_dies(tmp_path: Path) -> None:
    """Each order loses its worker at another step, and ends as the rules say by the gateway's own books."""
    plan = {f"{kind}-{step}": {"at": step, "how": "KILL"} for kind in ENDS for step in STEPS}
    settings = risk_settings(tmp_path / "rules", RULES)
    with Stack(tmp_path / "stack", settings=settings) as stack, stack.enqueuer() as enqueuer:
        worker = stack.worker(plan)
        charge(enqueuer, "first", customer="owner", pan=PANS["block"])
        enqueuer.wait("first", 20)
        for name in plan:
            kind = name.partition("-")[0]
            customer = "thief" if kind == "block" else None
            amount = "1.00" if kind == "review" else "10.00"
            charge(enqueuer, name, customer=customer, pan=PANS[kind], amount=amount)
            eventually(lambda name=name: (stack.markers / name).exists(), f"a worker dies at {name}")  # type: ignore[misc]
            worker.wait()
            worker = stack.worker(plan)
        until_closed(stack)
        books, charges = read_books(stack), stack.charges()
        _check(enqueuer, plan, charges)
        assert violations(books) == []


def _check(enqueuer: Enqueuer, plan: dict[str, dict[str, str]], charges: dict[str, dict[str, int]]) -> None:
    for name in plan:
        kind = name.partition("-")[0]
        assert (name, enqueuer.get(name).state) == (name, ENDS[kind])
        assert (name, charges.get(name, {}).get("approved", 0)) == (name, int(kind == "pass"))
        assert (name in charges) == (kind == "pass"), name
