"""A ledger on two servers: a primary, a replica behind a link that can stall, and the failover between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import redis

from producers.runtime.embedded import EmbeddedValkey
from tests.eventually import eventually
from tests.proxy import CuttingProxy
from tests.rules.world import LEDGER_DB, World


@dataclass(frozen=True, slots=True)
class Pair:
    """Both servers, and the link between them."""

    primary: EmbeddedValkey
    replica: EmbeddedValkey
    link: CuttingProxy

    @property
    def url(self) -> str:
        """The ledger on the primary."""
        return self.primary.url(LEDGER_DB)

    def catch_up(self) -> None:
        """Wait until the replica has everything written so far."""
        with redis.Redis.from_url(self.url) as client:
            client.incr("pair:written")
            eventually(lambda: cast("int", client.wait(1, 100)) == 1, "the replica follows")

    def cut_off(self) -> None:
        """The replica has everything so far, and gets nothing more."""
        self.catch_up()
        self.link.stall()

    def fail_over(self, world: World) -> None:
        """The primary is gone with all that the replica did not get; the replica is the ledger now."""
        self.primary.kill()
        self.link.break_all()
        with redis.Redis.from_url(self.replica.url()) as client:
            client.execute_command("REPLICAOF", "NO", "ONE")
        world.move_to(self.replica.url(LEDGER_DB))


@contextmanager
def a_pair(directory: Path) -> Iterator[Pair]:
    """Both servers running, the replica following."""
    with (
        EmbeddedValkey(directory / "primary", config={"repl-diskless-sync-delay": "0"}) as primary,
        CuttingProxy(primary.port) as link,
        EmbeddedValkey(directory / "replica", config={"replicaof": f"127.0.0.1 {link.port}"}) as replica,
    ):
        pair = Pair(primary, replica, link)
        pair.catch_up()
        yield pair
