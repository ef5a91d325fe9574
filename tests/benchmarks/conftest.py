"""The stand-in is tested where it can be built; where it cannot, the summary says so, and why."""

from __future__ import annotations

import pytest

from tests.benchmarks.standin.process import SANITIZED, why_not
from tests.left_out import leave_out

#: What cannot be tested here, each with its reason.
CANNOT_RUN = {
    name: reason for name, flags in (("test_standin.py", ()), ("sanitized", SANITIZED)) if (reason := why_not(*flags))
}
collect_ignore = [name for name in CANNOT_RUN if name.endswith(".py")]


def pytest_configure(config: pytest.Config) -> None:
    for name, reason in CANNOT_RUN.items():
        leave_out(config, f"tests/benchmarks/{name}", reason)
