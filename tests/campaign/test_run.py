"""One real run: all processes, faults of four families, and the judgement on it."""

from pathlib import Path

import pytest

from producers.contract import states
from tests.campaign.catalogue.table import BY_NAME
from tests.campaign.run import Outcome, run

pytestmark = pytest.mark.slow

PAYMENTS = 80
FAULTS = ("worker-kill-W3", "redis-kill", "gateway-charge-then-reset", "input-wrong-schema")


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Workers die between intent and request, Redis dies, answers are lost, and junk is on the queue."""
    return run(7, PAYMENTS, [BY_NAME[name] for name in FAULTS], tmp_path_factory.mktemp("campaign") / "run")


def test_no_rule_was_broken(outcome: Outcome) -> None:
    """Everything held, and every order has ended."""
    assert outcome.violations == []
    assert outcome.states.keys() <= states.TERMINAL
    assert outcome.states.total() == PAYMENTS


def test_the_faults_were_real(outcome: Outcome) -> None:
    """Workers died where they were to die, and others took their place."""
    assert outcome.hits["W3-KILL"] >= 1
    assert outcome.workers_started > 2
    assert outcome.states[states.NOT_CHARGED] >= 1


def test_the_card_was_looked_for_everywhere(outcome: Outcome) -> None:
    """At least ten kinds of places were there to be searched, the append-only file among them."""
    assert len(outcome.search.searched) >= 10
    assert {"append-only file", "event stream", "worker logs", "metrics"} <= set(outcome.search.searched)


def test_what_a_run_finds_is_a_failure(tmp_path: Path) -> None:
    """A run whose faults break the harness itself does not pass."""
    (tmp_path / "metrics").mkdir()
    assert not run(7, 1, [], tmp_path).passed
