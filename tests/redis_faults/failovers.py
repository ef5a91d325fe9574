"""The primary is gone and the replica takes its place, with or without what it had not heard yet."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from tests.redis_faults.book import REPLICATED
from tests.redis_faults.campaign import Progress, Tally
from tests.redis_faults.drill import Drill
from tests.redis_faults.pair import Pair, a_pair
from tests.redis_faults.rounds import Ground, in_chapters
from tests.redis_faults.shop import LEDGER_DB, a_shop

#: Seconds at the most that a replica is behind, and that a primary nobody should speak to is spoken to.
BEHIND_S, ISOLATED_S = 0.4, 0.3
#: And that the new primary is without a replica.
ALONE_S = 0.2
#: What becomes of the primary: it dies; or first its replica hears nothing more, and perhaps everybody has to connect
#: anew, as when a switch fails; or it lives on where nobody looks.
DIES, BEHIND, RECONNECTED, ISOLATED = "dies", "dies, replica behind", "dies, replica behind, all reconnect", "lives on"
WAYS = (DIES, BEHIND, RECONNECTED, ISOLATED)


def failovers(rounds: int, directory: Path, progress: Progress, *, replicas: int = 1) -> Tally:
    """The drill, with a failover in every round; with `replicas` 0 nobody waits for the replica."""
    return in_chapters(rounds, directory, progress, partial(_failed_over, replicas=replicas))


@asynccontextmanager
async def _failed_over(directory: Path, *, replicas: int) -> AsyncIterator[Ground]:
    with a_pair(directory) as pair:
        async with a_shop(directory, pair.front.port, replicas=replicas) as shop:

            async def play(name: str, rng: random.Random) -> Tally:
                drill = Drill(shop, name, rng)
                way = rng.choice(WAYS)
                await drill.run(lambda: asyncio.to_thread(fail_over, pair, way, rng))
                tally = await drill.judge(kept=REPLICATED)
                tally.findings[f"primary {way}"] += 1
                return tally

            yield Ground(play, lambda: pair.primary.url(LEDGER_DB))


def fail_over(pair: Pair, way: str, rng: random.Random) -> None:
    """Change primaries in that way; a while later the former one is back as a replica."""
    never = threading.Event()
    if way != DIES:
        pair.link.stall()
        never.wait(rng.uniform(0, BEHIND_S))
    if way == RECONNECTED:
        pair.front.break_all()
        never.wait(rng.uniform(0, BEHIND_S))
    if way == ISOLATED:
        pair.promote()
        never.wait(rng.uniform(0, ISOLATED_S))
    else:
        pair.primary.kill()
        pair.promote()
    pair.lead()
    never.wait(rng.uniform(0, ALONE_S))
    pair.rejoin()
