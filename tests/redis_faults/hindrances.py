"""Redis is there and does not do as it should: read-only, busy, slow. Nothing is lost, and all goes on afterwards."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path

import redis

from producers.runtime.embedded import EmbeddedValkey
from tests.redis_faults.campaign import Progress, Tally
from tests.redis_faults.drill import Drill
from tests.redis_faults.rounds import Ground, in_chapters
from tests.redis_faults.shop import LEDGER_DB, a_shop

#: Seconds that it lasts, and the one time in so many rounds that it outlasts the clients' patience with a socket.
LASTS_S, LONG_S, LONG_EVERY = 0.5, 5.5, 20
CONFIG = {"enable-debug-command": "local", "busy-reply-threshold": "20"}


def hindrances(rounds: int, directory: Path, progress: Progress, *, ways: tuple[str, ...]) -> Tally:
    """The drill, with one of these in every round."""
    return in_chapters(rounds, directory, progress, partial(_hindered, ways=ways))


@asynccontextmanager
async def _hindered(directory: Path, *, ways: tuple[str, ...]) -> AsyncIterator[Ground]:
    with EmbeddedValkey(directory / "valkey", config=CONFIG) as valkey:
        async with a_shop(directory, valkey.port) as shop:

            async def play(name: str, rng: random.Random) -> Tally:
                drill = Drill(shop, name, rng)
                way = rng.choice(ways)
                lasts_s = rng.uniform(0, LASTS_S) if rng.randrange(LONG_EVERY) else LONG_S
                await drill.run(lambda: asyncio.to_thread(WAYS[way], valkey, lasts_s))
                tally = await drill.judge()
                tally.findings[f"server {way}"] += 1
                return tally

            yield Ground(play, lambda: valkey.url(LEDGER_DB))


def _demoted(valkey: EmbeddedValkey, lasts_s: float) -> None:
    """READONLY: somebody made it the replica of a server that is not there."""
    with _admin(valkey) as admin:
        admin.execute_command("REPLICAOF", "127.0.0.1", 1)
        _wait(lasts_s)
        admin.execute_command("REPLICAOF", "NO", "ONE")


def _without_replicas(valkey: EmbeddedValkey, lasts_s: float) -> None:
    """NOREPLICAS: it is told to write only with a replica, and has none."""
    with _admin(valkey) as admin:
        admin.config_set("min-replicas-to-write", 1)
        _wait(lasts_s)
        admin.config_set("min-replicas-to-write", 0)


def _busy(valkey: EmbeddedValkey, lasts_s: float) -> None:
    """BUSY: a script runs for ever, until somebody kills it."""
    with _admin(valkey) as admin, _admin(valkey) as stuck:

        def loop() -> None:
            with suppress(redis.RedisError):
                stuck.eval("while true do end", 0)

        thread = threading.Thread(target=loop)
        thread.start()
        _wait(lasts_s)
        while thread.is_alive():
            with suppress(redis.RedisError):
                admin.script_kill()
            thread.join(0.05)


def _paused(valkey: EmbeddedValkey, lasts_s: float) -> None:
    """CLIENT PAUSE: commands are kept, and answered later."""
    with _admin(valkey) as admin:
        admin.client_pause(int(lasts_s * 1000))
        _wait(lasts_s)


def _asleep(valkey: EmbeddedValkey, lasts_s: float) -> None:
    """DEBUG SLEEP: it does nothing at all for a while."""
    with _admin(valkey) as admin:
        admin.execute_command("DEBUG", "SLEEP", f"{lasts_s:.3f}")


def _frozen(valkey: EmbeddedValkey, lasts_s: float) -> None:
    """The machine under it stands still."""
    valkey.pause()
    _wait(lasts_s)
    valkey.resume()


WAYS = {
    "read-only": _demoted,
    "without its replicas": _without_replicas,
    "busy": _busy,
    "paused": _paused,
    "asleep": _asleep,
    "frozen": _frozen,
}
#: Those that refuse, and those that do not answer.
REFUSING = ("read-only", "without its replicas", "busy")
SLOW = ("paused", "asleep", "frozen")


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


@contextmanager
def _admin(valkey: EmbeddedValkey) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(valkey.url(), protocol=2, socket_timeout=None) as client:
        yield client
