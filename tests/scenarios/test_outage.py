"""Three days without a scheduler: everything due is accounted for by the run after them. `make downtime` plays more."""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.contract import renewals as states
from producers.subscriptions.schedule.reviews import in_states
from tests.scenarios.outage import BEGINS, play
from tests.scenarios.world import world

#: A slice of what the command plays.
SUBSCRIPTIONS, HOURS = 400, 72.0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_after_an_outage_everything_due_is_accounted_for(tmp_path: Path, archive_url: str) -> None:
    """No run leaves a period out or charges anybody for two; what was missed is held; each kind of end is there."""
    with world(tmp_path, archive_url, BEGINS.date()) as there:
        told = [*play(there, SUBSCRIPTIONS, HOURS)]
        with there.archive.reading() as connection:
            held = {view.reason for view in in_states(connection, [states.HELD])}
    assert [each.well for each in told] == [True] * 3, "\n".join(map(str, told))
    assert [each.orders > 0 for each in told] == [True] * 3
    assert held == {states.MISSED}
    assert all(told[-1].by_state[name] for name in (states.CHARGED, states.RETRYING, states.SKIPPED, states.HELD))
