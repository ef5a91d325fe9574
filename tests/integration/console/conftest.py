"""The guard and a browser that is somewhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.integration.console.scene import Scene, at_address, made_scene


@pytest.fixture
def scene(tmp_path: Path, queue_url: str, ledger_url: str) -> Scene:
    """Two who log in, and one who comes through the proxy. The audit trail is a real one."""
    return made_scene(tmp_path, queue_url, ledger_url)


@pytest.fixture
async def browser(scene: Scene) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at another address than the proxy's."""
    async with at_address(scene.guard, "198.51.100.7") as client:
        yield client
