"""Says by name which campaigns this machine cannot play."""

from __future__ import annotations

import pytest

from tests.left_out import leave_out
from tests.redis_faults import powercut
from tests.redis_faults.table import CAMPAIGNS

collect_ignore = ["test_powercut.py"] if powercut.need() else []


def pytest_configure(config: pytest.Config) -> None:
    for campaign in CAMPAIGNS:
        if reason := campaign.need():
            leave_out(config, f"tests/redis_faults/test_slices.py: the campaign {campaign.name}", reason)
