"""The catalogue as data: large enough, of every family, and each fault says what it does."""

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.campaign.catalogue.table import BY_NAME, CATALOGUE
from tests.campaign.fault import FAMILIES, Fault
from tests.campaign.plan import Plan
from tests.campaign.points import POINTS, WORKER_POINTS
from tests.campaign.wishes import order_ids


def test_there_are_at_least_sixty_faults_of_every_family() -> None:
    """Sixty in all, no name twice, no family with fewer than eight."""
    families = Counter(fault.family for fault in CATALOGUE)
    assert len(BY_NAME) == len(CATALOGUE) >= 60
    assert set(families) == set(FAMILIES)
    assert min(families.values()) >= 8


def test_every_crash_point_is_killed_and_frozen() -> None:
    """At each point there is a SIGKILL and a SIGSTOP, and for workers a SIGTERM."""
    for point in POINTS:
        who = "worker" if point in WORKER_POINTS else "producer"
        hows = ("kill", "stop", "term") if point in WORKER_POINTS else ("kill", "stop")
        assert {f"{who}-{how}-{point}" for how in hows} <= set(BY_NAME)


def test_what_a_fault_excludes_exists() -> None:
    """A word in `excludes` that names nothing would exclude nothing."""
    words = {word for fault in CATALOGUE for word in fault.excludes}
    assert words <= {*BY_NAME, *FAMILIES}


@pytest.mark.parametrize("fault", CATALOGUE, ids=lambda fault: fault.name)
def test_a_fault_changes_the_plan_or_strikes(fault: Fault) -> None:
    """It is named in kebab-case, says in a line what it does, and has something to do."""
    assert set(fault.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-WP")
    assert fault.says
    assert "\n" not in fault.says
    assert fault.strike is not None or fault.need() is not None or _changes_the_plan(fault)


def test_no_order_is_meant_by_two_faults(tmp_path: Path) -> None:
    """With all faults of the gateway and of the crash points in one plan every order is picked once."""
    plan = Plan(7, order_ids(7, 2000), tmp_path)
    rng = random.Random(7)
    picked = [order_id for _ in range(60) for order_id in _kept(plan, plan.pick(rng, 10))]
    assert len(picked) == len(set(picked)) == 600


def _kept(plan: Plan, order_ids: list[str]) -> list[str]:
    plan.targets[str(len(plan.targets))] = order_ids
    return order_ids


def _changes_the_plan(fault: Fault) -> bool:
    before, after = (Plan(1, order_ids(1, 100), Path("unused")) for _ in range(2))
    fault.prepare(after, random.Random(1))
    closing, after.closing = after.closing, before.closing
    closing.close()
    return before != after
