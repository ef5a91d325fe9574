"""A sandbox on a real socket in the test's own event loop, on a clock that the test turns."""

import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from cardinity_client.sandbox import SandboxSettings, running
from tests.contract.sandbox.caller import Caller
from tests.contract.sandbox.door import Door
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


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """A server that takes whatever is posted."""
    door, app = Door(), web.Application()
    app.add_routes([web.post("/hook", door.take)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    door.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield door
    await runner.cleanup()
