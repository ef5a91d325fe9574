"""A primary, two replicas and three Sentinels, which every process asks itself: nothing stands in front of the servers.

The server that died is started again once another is the primary, and follows that one, as a supervisor does that asks
Sentinel first. Left to Sentinel it would be a primary of nobody for eight seconds more, and as LEDGER_REPLICAS counts
both replicas nothing would be sent meanwhile.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import redis

from producers.runtime.embedded import EmbeddedValkey
from tests.eventually import eventually
from tests.redis_faults.campaign import Progress, Tally
from tests.redis_faults.pair import CONFIG
from tests.redis_faults.sentinel import NAME, Sentinel, a_sentinel
from tests.redis_faults.whole import Elsewhere, Strike, under_blows
from tests.stack import Stack

SERVERS, SENTINELS = 3, 3
REPLICAS = SERVERS - 1
#: Without all of its replicas a primary takes no writes, so nothing is promised that a failover could undo.
_CONFIG = {**CONFIG, "min-replicas-to-write": str(REPLICAS), "min-replicas-max-lag": "10"}


class Watched:
    """The servers and their Sentinels."""

    def __init__(self, servers: Sequence[EmbeddedValkey], sentinels: Sequence[Sentinel], admin: str = "") -> None:
        self._by_port = {server.port: server for server in servers}
        self._sentinels = sentinels
        self._admin = admin

    @property
    def primary(self) -> EmbeddedValkey:
        """The server that most of the Sentinels name."""
        named = [sentinel.primary_port() for sentinel in self._sentinels]
        return self._by_port[max(named, key=named.count)]

    def url(self, db: int, user: str = "") -> str:
        """Where clients find the database of whoever is the primary; a user's password is its name."""
        return sentinel_url(self._sentinels, db).replace("//", f"//{user}:{user}@" if user else "//")

    def fail_over(self) -> None:
        """The primary dies as by `kill -9`, and comes back as a replica of its successor."""
        former = self.primary
        former.kill()
        agreed = partial(self._agree_on_another_than, former)
        eventually(agreed, "the Sentinels have promoted a replica", within_s=60.0)
        former.start()
        _follow(former, self.primary, self._admin)

    def is_whole(self) -> bool:
        """Whether every Sentinel knows the others and both replicas, and these follow."""
        known = all(each.others() == SENTINELS - 1 and each.replicas() == REPLICAS for each in self._sentinels)
        with _client(self.primary, self._admin) as client:
            return known and client.info("replication")["connected_slaves"] == REPLICAS

    def _agree_on_another_than(self, former: EmbeddedValkey) -> bool:
        return all(sentinel.primary_port() != former.port for sentinel in self._sentinels)


def sentinel_url(sentinels: Sequence[Sentinel], db: int) -> str:
    """The setting that names these."""
    return f"redis+sentinel://{','.join(f'127.0.0.1:{each.port}' for each in sentinels)}/{NAME}/{db}"


@contextmanager
def watched(directory: Path, *, config: Mapping[str, str] | None = None, admin: str = "") -> Iterator[Watched]:
    """All six running and aware of each other. Where `config` brings users, Sentinels log in as `sentinel`, and `admin`
    makes a server follow another; their passwords are their names.
    """
    with ExitStack() as running:
        servers = [
            running.enter_context(EmbeddedValkey(directory / f"server-{number}", config={**_CONFIG, **(config or {})}))
            for number in range(SERVERS)
        ]
        for replica in servers[1:]:
            _follow(replica, servers[0], admin)
        sentinels = [
            running.enter_context(
                a_sentinel(
                    directory / f"sentinel-{number}",
                    servers[0].port,
                    quorum=SENTINELS // 2 + 1,
                    user="sentinel" if admin else "",
                )
            )
            for number in range(SENTINELS)
        ]
        service = Watched(servers, sentinels, admin)
        eventually(service.is_whole, "everybody knows everybody", within_s=60.0)
        yield service


def _client(server: EmbeddedValkey, user: str) -> redis.Redis:
    return redis.Redis(port=server.port, username=user or None, password=user or None, protocol=2)


def _follow(replica: EmbeddedValkey, primary: EmbeddedValkey, admin: str) -> None:
    with _client(replica, admin) as client:
        client.execute_command("REPLICAOF", "127.0.0.1", primary.port)


def by_sentinels(rounds: int, directory: Path, progress: Progress) -> Tally:
    """The primary of a working system is killed; its processes find the next one by Sentinel. LEDGER_REPLICAS=2."""

    @contextmanager
    def ground(place: Path) -> Iterator[tuple[Stack, Strike]]:
        settings = {"LEDGER_REPLICAS": str(REPLICAS), "LEDGER_REPLICAS_WAIT_S": "0.2"}
        with (
            watched(place / "redis") as service,
            Stack(place, valkey=Elsewhere(lambda: service.primary), settings=settings) as stack,
        ):
            stack.env |= {"REDIS_QUEUE_URL": service.url(0), "REDIS_LEDGER_URL": service.url(1)}

            def strike(rng: random.Random) -> list[str]:
                eventually(service.is_whole, "everybody knows everybody", within_s=60.0)
                service.fail_over()
                return ["primary dies"]

            yield stack, strike

    return under_blows(rounds, directory, progress, ground)
