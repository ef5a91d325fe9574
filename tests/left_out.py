"""What this machine cannot show is said by name at the end of a run, and `.ci/run` counts it.

The rooms tell of it while they are collected. Where the suite is spread over processes they are collected in each of
these, and none of those has a terminal: what they were told goes to the one that has.
"""

from __future__ import annotations

import pytest
from xdist.workermanage import WorkerController

_LEFT_OUT = pytest.StashKey[dict[str, str]]()
#: Its name among what a process of the suite hands on at its end.
_HANDED_ON = "left_out"


def leave_out(config: pytest.Config, what: str, reason: str) -> None:
    """Say at the end that this did not run, and why; once, however often it is told."""
    config.stash.setdefault(_LEFT_OUT, {})[what] = reason


def pytest_sessionfinish(session: pytest.Session) -> None:
    if (handing_on := getattr(session.config, "workeroutput", None)) is not None:
        handing_on[_HANDED_ON] = session.config.stash.get(_LEFT_OUT, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    told: dict[str, str] = getattr(node, "workeroutput", {}).get(_HANDED_ON, {})  # one that crashed hands on nothing
    for what, reason in told.items():
        leave_out(node.config, what, reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if told := config.stash.get(_LEFT_OUT, {}):
        terminalreporter.section(f"{len(told)} cannot run on this machine")
        for what, reason in told.items():
            terminalreporter.line(f"{what}: {reason}")
