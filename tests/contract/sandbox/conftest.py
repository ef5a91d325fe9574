"""A sandbox on a real socket in the test's own event loop, on a clock that the test turns."""

import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from cardinity_client.sandbox import SandboxSettings, running
from tests.contract.sandbox.caller import Caller
from tests.unit.sandbox.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    """Starts at the wall clock's time, because signatures are made with that."""
    return ManualClock(int(time.time() * 1000))


@pytest.fixture
async def caller(clock: ManualClock) -> AsyncIterator[Caller]:
    """A client of a fresh sandbox without faults."""
    async with running(SandboxSettings(seed=1), now_ms=clock) as sandbox, aiohttp.ClientSession() as session:
        yield Caller(sandbox, session)
