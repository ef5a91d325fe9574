"""What may be tried again, and how often."""

import pytest
from tenacity import RetryCallState, Retrying

from cardinity_client import Answer, RateLimited, Unknown, Unsent
from cardinity_client.retry import CONNECT_REASONS, RetryBudget, may_reconnect

STATE = RetryCallState(Retrying(), None, (), {})


@pytest.mark.parametrize("reason", sorted(CONNECT_REASONS))
def test_the_networks_failures_may_be_tried_again(reason: str) -> None:
    """What was never handed a connection may be."""
    assert may_reconnect(Unsent(reason))


@pytest.mark.parametrize(
    "answer",
    [
        Unsent("breaker_open"),
        Unsent("client_fault"),
        RateLimited(1.0),
        Unknown("timeout", None, alarm=False),
        Unknown("connect_failed", None, alarm=False),
    ],
    ids=str,
)
def test_nothing_else_may(answer: Answer) -> None:
    """Our own refusals are not mended by trying, and an unknown never is."""
    assert not may_reconnect(answer)


def test_reads_earn_a_tenth_of_a_retry() -> None:
    """A thousand failing reads cause no more than a hundred and one retries."""
    budget, retries = RetryBudget(), 0
    for _ in range(1000):
        budget.earn()
        retries += not budget(STATE)
    assert 90 <= retries <= 101


def test_savings_are_bounded() -> None:
    """After a long good time at most ten retries have been saved."""
    budget = RetryBudget()
    for _ in range(10_000):
        budget.earn()
    retries = 0
    while not budget(STATE):
        retries += 1
    assert retries == 10
