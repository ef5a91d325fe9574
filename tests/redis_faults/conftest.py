"""Says by name, at the end of a run of the suite, which campaigns this machine cannot play."""

from __future__ import annotations

import pytest

from tests.redis_faults import powercut
from tests.redis_faults.table import CAMPAIGNS

collect_ignore = ["test_powercut.py"] if powercut.need() else []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each."""
    for campaign in CAMPAIGNS:
        if reason := campaign.need():
            terminalreporter.write_line(f"not run: the campaign {campaign.name} of tests.redis_faults: {reason}")
