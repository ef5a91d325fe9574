"""`kill -9` of the server in the middle of everything: what it confirmed is there when it is started again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from producers.runtime.embedded import EmbeddedValkey
from tests.redis_faults.campaign import Progress, Tally
from tests.redis_faults.drill import Drill
from tests.redis_faults.rounds import Ground, in_chapters
from tests.redis_faults.shop import LEDGER_DB, a_shop

#: So small that the append-only file is rewritten every few rounds: kills meet rewrites too.
REWRITES = {"auto-aof-rewrite-min-size": "256kb", "auto-aof-rewrite-percentage": "50"}


def kills(rounds: int, directory: Path, progress: Progress, *, appendfsync: str = "always") -> Tally:
    """The drill, with a kill in every round."""
    return in_chapters(rounds, directory, progress, partial(_killed, appendfsync=appendfsync))


@asynccontextmanager
async def _killed(directory: Path, *, appendfsync: str) -> AsyncIterator[Ground]:
    with EmbeddedValkey(directory / "valkey", appendfsync=appendfsync, config=REWRITES) as valkey:

        async def strike() -> None:
            await asyncio.to_thread(valkey.kill)
            await asyncio.to_thread(valkey.start)

        async with a_shop(directory, valkey.port) as shop:

            async def play(name: str, rng: random.Random) -> Tally:
                drill = Drill(shop, name, rng)
                await drill.run(strike)
                return await drill.judge()

            yield Ground(play, lambda: valkey.url(LEDGER_DB))
