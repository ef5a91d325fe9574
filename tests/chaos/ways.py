"""The same scenes struck in every way, all at once: each run has a system of its own, and mostly waits."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest

from tests.chaos.crew import How
from tests.chaos.scenes import WAYS

T = TypeVar("T")


def struck_in_every_way(play: Callable[[Path, How], T], name: str) -> Callable[..., T]:
    """A fixture for a module: what each run leaves behind, one after the other; one that fails fails alone."""
    runs: dict[How, Future[T]] = {}

    @pytest.fixture(scope="module", params=WAYS)
    def aftermath(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> T:
        if not runs:
            with ThreadPoolExecutor(len(WAYS)) as pool:
                for how in WAYS:
                    runs[how] = pool.submit(play, tmp_path_factory.mktemp(f"{name}-struck-by-{how}"), how)
        return runs[request.param].result()

    return aftermath
