"""A few workers replaced under load; `python -m tests.chaos.rolling` replaces fifty."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.rolling import FAULTS, roll
from tests.stack import PATIENT, Stack

RESTARTS = 5


@pytest.mark.slow
def test_a_rolling_restart_is_no_fault(tmp_path: Path) -> None:
    """Every order is approved, charged once and at no time unknown; each worker that was asked to stop held nothing."""
    with Stack(tmp_path, faults=FAULTS, settings=PATIENT) as stack:
        rolled = roll(stack, RESTARTS)
    assert (rolled.lost, rolled.doubted, rolled.broken) == ([], [], [])
    assert rolled.exits == {0: RESTARTS}
    assert rolled.accepted > RESTARTS
