"""A sandbox on a thread of its own, for clients that block."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from cardinity_client.sandbox import Running, SandboxSettings, running


@contextmanager
def serve(settings: SandboxSettings) -> Iterator[Running]:
    """Serves until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    serving = running(settings)
    try:
        yield asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result()
        asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
