"""The model behind docs/scaling.md: made of what was measured, and true where that can be looked up."""

from __future__ import annotations

import re

import pytest

from tests.benchmarks import scaling
from tests.benchmarks.scaling import HOSTS, Plan, by_hash, by_table, fullest, per_core, shares
from tests.house.tree import text


def test_costs_are_the_measured_ones() -> None:
    """As the pages have them: whoever measures anew must come here too."""
    measured, operations = " ".join(text("docs/performance.md").split()), text("docs/operations.md")
    costs = (scaling.WORKER_US, scaling.REDIS_US, scaling.STAND_IN_US, scaling.PRODUCER_US)
    assert f"| cardinity-batch | {' | '.join(map(str, costs))} |" in measured
    assert f"| {scaling.IN_FLIGHT_BYTES / 1000:.1f} KB |" in measured
    assert f"a read per {scaling.PAYMENTS_PER_READ} payments" in measured
    assert f"about {scaling.ORDER_BYTES / 1000:.1f} kB per order" in operations
    assert f"about {scaling.TOMBSTONE_BYTES} bytes" in operations


def test_the_model_gives_the_rate_that_was_measured() -> None:
    """On two cores that everything shares, within an eighth: it takes them to be busy all the time."""
    (measured,) = re.findall(r"at 300 ms: payments/s >= 3,000 \| ([\d,]+) \|", text("docs/performance.md"))
    assert scaling.of_two_cores() == pytest.approx(float(measured.replace(",", "")), rel=0.125)


def test_nobody_is_planned_beyond_his_cores() -> None:
    """As many ledgers as it takes, and not one more."""
    for plan in map(Plan, HOSTS):
        assert plan.rate <= plan.ledgers * per_core(scaling.REDIS_US)
        assert plan.rate > (plan.ledgers - 1) * per_core(scaling.REDIS_US)


def test_every_account_is_placed_once() -> None:
    """Whoever places them, the loads add up to the whole."""
    for place in (by_hash, by_table):
        assert sum(place(shares(), 12)) == pytest.approx(1)


def test_placing_by_table_is_never_worse() -> None:
    """And no placement is better than the largest account allows."""
    for ledgers in range(1, 40):
        assert fullest(by_table, ledgers) <= fullest(by_hash, ledgers) + 1e-9
        assert fullest(by_table, ledgers) >= max(1, shares()[0] * ledgers) - 1e-9


def test_memory_grows_with_orders_and_with_time() -> None:
    """One order a second, kept for a day: 86,400 times 2.5 kB."""
    assert scaling.ledger_gb(1, 1) == pytest.approx(0.216)
    assert scaling.ledger_gb(10, 7) == pytest.approx(70 * 0.216)
