"""A primary, its replica, and an address in front that leads to whichever is the primary now.

The replica follows through a link that can stall. The front stands for what a deployment has there: a floating
address, a proxy, a name. Promotion is by hand here; Sentinel does it in `sentinel.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import redis

from producers.runtime.embedded import EmbeddedValkey
from tests.eventually import eventually
from tests.proxy import CuttingProxy

#: By way of a file, because that begins at once and not with the next second's round; rewrites meet failovers too.
CONFIG = {"repl-diskless-sync": "no", "repl-timeout": "5", "auto-aof-rewrite-min-size": "1mb"}


class Front(CuttingProxy):
    """A proxy whose new connections can be led elsewhere."""

    def aim(self, port: int) -> None:
        """Connections from now on lead there; those that are open are broken."""
        self._upstream = port
        self.break_all()


class Pair:
    """`primary` and `replica` change places with every failover."""

    def __init__(self, primary: EmbeddedValkey, replica: EmbeddedValkey) -> None:
        self.primary, self.replica = primary, replica
        self.front = Front(primary.port)
        self._links = {server.port: CuttingProxy(server.port) for server in (primary, replica)}
        self.follow()

    @property
    def link(self) -> CuttingProxy:
        """What the replica hears its primary through."""
        return self._links[self.primary.port]

    def follow(self, *, directly: bool = False) -> None:
        """The replica follows the primary, and has everything; `directly` past the link, which Sentinel would mend."""
        port = self.primary.port if directly else self.link.port
        with _client(self.replica) as replica:
            replica.execute_command("REPLICAOF", "127.0.0.1", port)
        with _client(self.primary) as primary:
            primary.incr("pair:written")
            eventually(lambda: cast("int", primary.wait(1, 50)) == 1, "the replica follows")

    def promote(self) -> None:
        """The replica is the primary from now on, whatever it has; nobody is led to it yet."""
        self.link.break_all()
        self.primary, self.replica = self.replica, self.primary
        with _client(self.primary) as primary:
            primary.execute_command("REPLICAOF", "NO", "ONE")

    def lead(self) -> None:
        """The address in front leads to the primary."""
        self.front.aim(self.primary.port)

    def rejoin(self) -> None:
        """The former primary comes back as a replica, and forgets what only it knew."""
        self.replica.kill()
        for link in self._links.values():
            link.resume()
        self.replica.start()
        self.follow()

    def close(self) -> None:
        """Everything in between is gone; the servers are whoever's who started them."""
        for proxy in (self.front, *self._links.values()):
            proxy.close()


@contextmanager
def a_pair(directory: Path) -> Iterator[Pair]:
    """Both servers running, the replica following."""
    with (
        EmbeddedValkey(directory / "a", config=CONFIG) as primary,
        EmbeddedValkey(directory / "b", config=CONFIG) as replica,
    ):
        pair = Pair(primary, replica)
        try:
            yield pair
        finally:
            pair.close()


def _client(server: EmbeddedValkey) -> redis.Redis:
    return redis.Redis.from_url(server.url(), protocol=2)
