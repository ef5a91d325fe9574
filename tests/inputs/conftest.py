"""One world for all doors: bad inputs change nothing, so none of them needs one of its own."""

from collections.abc import Iterator

import pytest

from producers.runtime.embedded import EmbeddedValkey
from tests.inputs.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, valkey: EmbeddedValkey) -> Iterator[World]:
    """On the suite's server, in databases of its own."""
    with World(tmp_path_factory.mktemp("inputs"), valkey) as world:
        yield world
