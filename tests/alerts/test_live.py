"""A slice of it live: a recording can still be made, and the rules say of it what they say of the one that is kept."""

from pathlib import Path

import pytest

from tests import prometheus
from tests.alerts.playing import play
from tests.alerts.recorder import record
from tests.campaign.catalogue.table import BY_NAME

pytestmark = [pytest.mark.slow, pytest.mark.needs(tool=prometheus.need)]

#: Seconds that suffice for a fault that is noticed within one: five scrapes of each.
WELL_S, LASTS_S = 4.0, 4.0


@pytest.mark.timeout(300)
def test_a_fault_that_lasts_is_seen_from_outside(tmp_path: Path) -> None:
    """A ledger that could forget: nothing fires while all is well, and then the alert that names it."""
    system, rules = tmp_path / "system", tmp_path / "rules"
    system.mkdir()
    rules.mkdir()
    recording = record(BY_NAME["redis-everysec"], system, well_s=WELL_S, lasts_s=LASTS_S)
    fired = play([recording], rules)[recording.fault]
    assert fired.before == frozenset()
    assert "CardinityLedgerNotDurable" in fired.during
