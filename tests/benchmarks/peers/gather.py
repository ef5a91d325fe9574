"""`asyncio.gather` over one aiohttp session as it comes: at most a hundred connections. No queue."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import aiohttp

from tests.benchmarks.peers.no_queue import serve
from tests.benchmarks.peers.on_loop import post_with


def main() -> None:
    """Pay what there is to pay."""
    with asyncio.Runner() as runner:
        session = runner.run(_session())

        async def gather(wishes: Sequence[dict[str, Any]]) -> None:
            await asyncio.gather(*(post_with(session, wish) for wish in wishes))

        serve(lambda wishes: runner.run(gather(wishes)))
        runner.run(session.close())


async def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))


if __name__ == "__main__":
    main()
