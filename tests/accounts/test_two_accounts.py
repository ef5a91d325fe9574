"""Two merchant accounts under fire: refused connections, rotated secrets, broken gateways, killed workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.accounts.play import ORDERS, play


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2])  # with a rate to keep, and without; the command plays the many
def test_no_order_is_charged_twice_over_both_accounts(seed: int, tmp_path: Path) -> None:
    """The books of both gateways, the ledger and the events agree; nothing was posted at more than one account."""
    outcome = play(seed, tmp_path)
    assert (outcome.violations, outcome.duplicates) == ([], 0)
    assert outcome.states.total() == ORDERS + 1
