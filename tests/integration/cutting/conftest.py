"""One system for the whole room, with a wire in our hands between it and each of its databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.cutting.wires import Wires, wired


@pytest.fixture(scope="module")
def wires(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wires]:
    """A producer and one worker process, at work."""
    with wired(tmp_path_factory.mktemp("wired")) as system:
        yield system
