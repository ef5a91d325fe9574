"""How long an order rests that only an operator can help."""

import pytest

from workers.payments.patience import LACK_MAX, patience


@pytest.mark.parametrize(("returns", "rests"), [(0, 1), (1, 2), (4, 16), (5, LACK_MAX), (10**9, LACK_MAX)])
def test_every_return_doubles_the_rest_up_to_a_limit(returns: int, rests: int) -> None:
    """Its history must not fill the ledger while somebody looks for the missing key."""
    assert patience(returns) == rests
