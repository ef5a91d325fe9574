"""A test of a tool that this machine does not have is left out, and the summary says which, why, and how many.

`pytestmark = pytest.mark.needs(tool=nft.need)`: the same probe that the catalogue's faults are asked for.
"""

from __future__ import annotations

import pytest

_CANNOT_RUN = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(tool): a probe that returns None, or why the tool cannot run here")
    config.stash[_CANNOT_RUN] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    reasons = {
        item: reason for item in items for mark in item.iter_markers("needs") if (reason := mark.kwargs["tool"]())
    }
    config.stash[_CANNOT_RUN] += [f"{item.nodeid}: {reason}" for item, reason in reasons.items()]
    if reasons:
        config.hook.pytest_deselected(items=list(reasons))
        items[:] = [item for item in items if item not in reasons]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if lines := config.stash[_CANNOT_RUN]:
        terminalreporter.section(f"{len(lines)} cannot run on this machine")
        for line in lines:
            terminalreporter.line(line)
