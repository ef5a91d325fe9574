"""A test of a tool that this machine does not have is left out, and the summary says which and why.

`pytestmark = pytest.mark.needs(tool=nft.need)`: the same probe that the catalogue's faults are asked for.
"""

from __future__ import annotations

import pytest

from tests.left_out import leave_out


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(tool): a probe that returns None, or why the tool cannot run here")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    reasons = {
        item: reason for item in items for mark in item.iter_markers("needs") if (reason := mark.kwargs["tool"]())
    }
    for item, reason in reasons.items():
        leave_out(config, item.nodeid, reason)
    if reasons:
        config.hook.pytest_deselected(items=list(reasons))
        items[:] = [item for item in items if item not in reasons]
