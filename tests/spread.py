"""How the suite is spread over processes: `pytest -n auto`, as `make test` runs it.

One file is one piece of work, because what is costly to start, a system or a gateway, is shared within a file. What
takes long comes first, so that no process is left with it in the end.

Each process has servers, directories and ports of its own; see what `tests/conftest.py` starts.
"""

from __future__ import annotations

import os

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.scheduler.protocol import Scheduling
from xdist.workermanage import WorkerController

#: Processes per core: tests of whole systems wait for most of their time, so that two per core leave one idle.
PER_CORE = 3
#: Long files that share nothing within: each test is a piece of work.
APART = ("tests/scenarios/test_stories.py", "tests/redis_faults/test_slices.py", "tests/rules/test_rules.py")

#: Short files that share what is costly: the syntax tree of every file. They are one piece of work.
TOGETHER = (
    "tests/house/test_effects.py",
    "tests/house/test_imports.py",
    "tests/house/test_rooms.py",
    "tests/house/test_suite.py",
)


class Spread(LoadScopeScheduling):  # type: ignore[misc]  # ships no types
    """Hands out the files in the order in which they were collected."""

    def remove_node(self, node: WorkerController) -> str | None:
        """The test that a process died of, if it did. Not for the next one to die of: one that hangs ends its process.

        What a file had before it is not handed out again either, for nobody asks for more after nothing.
        """
        work: dict[str, dict[str, bool]] = self.assigned_work[node]
        left = [nodeid for unit in work.values() for nodeid, done in unit.items() if not done]
        if left:
            work[self._split_scope(left[0])][left[0]] = True
        self.assigned_work[node] = {scope: unit for scope, unit in work.items() if not all(unit.values())}
        super().remove_node(node)
        return left[0] if left else None

    def _reschedule(self, node: WorkerController) -> None:
        """Give it more, unless it has just taken a dead one's place and is still collecting: xdist falls over that."""
        if node in self.registered_collections:
            super()._reschedule(node)

    def _split_scope(self, nodeid: str) -> str:
        file, _, _ = nodeid.partition("::")
        if file in TOGETHER:
            return TOGETHER[0]
        return nodeid if file in APART else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    return PER_CORE * (os.cpu_count() or 1)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    config.option.loadscopereorder = False  # it would count tests, of which quick rooms have the most
    return Spread(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)
