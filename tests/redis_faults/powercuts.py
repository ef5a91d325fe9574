"""The power goes while orders are on their way: what was confirmed is there when it comes back, if it was synced."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from producers.runtime.embedded import EmbeddedValkey, EmbeddedValkeyError
from tests.redis_faults.campaign import Progress, Tally
from tests.redis_faults.drill import Drill
from tests.redis_faults.kills import REWRITES
from tests.redis_faults.powercut import Disk, build, mend, rewrite
from tests.redis_faults.rounds import Ground, in_chapters
from tests.redis_faults.shop import LEDGER_DB, a_shop


def power_cuts(rounds: int, directory: Path, progress: Progress, *, appendfsync: str = "always") -> Tally:
    """The drill, with a power cut in every round."""
    shim = build(directory / "shim")
    return in_chapters(rounds, directory, progress, partial(_without_power, shim=shim, appendfsync=appendfsync))


@asynccontextmanager
async def _without_power(directory: Path, *, shim: Path, appendfsync: str) -> AsyncIterator[Ground]:
    disk = Disk(directory / "valkey", shim)
    with EmbeddedValkey(directory / "valkey", appendfsync=appendfsync, config=REWRITES, wrap=disk.wrap) as valkey:
        async with a_shop(directory, valkey.port) as shop:

            async def play(name: str, rng: random.Random) -> Tally:
                drill = Drill(shop, name, rng)

                async def strike() -> None:
                    drill.findings.update(await asyncio.to_thread(blackout, valkey, disk, directory / "valkey", rng))

                await drill.run(strike)
                return await drill.judge()

            yield Ground(play, lambda: valkey.url(LEDGER_DB))


def blackout(valkey: EmbeddedValkey, disk: Disk, directory: Path, rng: random.Random) -> list[str]:
    """Power off and on again, as `docs/guarantees.md` tells an operator to do it; what was seen of it."""
    valkey.kill()
    seen = [disk.cut(rng)]
    disk.power_on()
    try:
        valkey.start()
    except EmbeddedValkeyError:
        mend(directory)
        disk.power_on()
        valkey.start()
        seen.append("server refused its file; valkey-check-aof --fix mended it")
    rewrite(valkey)
    return seen
