"""How long an order rests that only an operator can help, or that waits for another."""

import pytest

from workers.payments.patience import LACK_MAX, QUEUED_EVERY, patience, queued


@pytest.mark.parametrize(("returns", "rests"), [(0, 1), (1, 2), (4, 16), (5, LACK_MAX), (10**9, LACK_MAX)])
def test_every_return_doubles_the_rest_up_to_a_limit(returns: int, rests: int) -> None:
    """Its history must not fill the ledger while somebody looks for the missing key."""
    assert patience(returns) == rests


@pytest.mark.parametrize(
    ("returns", "rests"), [(0, 1), (QUEUED_EVERY - 1, 1), (QUEUED_EVERY, 2), (24 * QUEUED_EVERY, LACK_MAX)]
)
def test_who_waits_for_another_order_rests_longer_and_longer(returns: int, rests: int) -> None:
    """A few refunds of one payment follow each other at once; one behind a parked refund waits for a human."""
    assert queued(returns) == rests
