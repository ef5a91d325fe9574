"""Events with replicas: nobody hears of a transition that a failover could undo."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis
import redis.asyncio

from producers.errors import LedgerUnavailable
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import AsyncLedger, SyncLedger
from tests import ledgers
from tests.eventually import eventually
from workers.duties.publisher import Publisher

#: Milliseconds that a replica is waited for: enough for one that follows, on a busy machine too.
WAIT_MS = 500


@pytest.mark.slow
async def test_events_wait_for_the_replica(tmp_path: Path) -> None:
    """While the replica is frozen the event stays in the outbox; once it follows, readers get it, once."""
    with EmbeddedValkey(tmp_path / "master") as master:
        config = {"replicaof": f"127.0.0.1 {master.port}", "repl-diskless-sync-delay": "0"}
        with EmbeddedValkey(tmp_path / "replica", config=config) as replica:
            ledger = ledgers.open_ledger(master.url(1))
            eventually(lambda: ledger.read("WAIT", 1, 100) == 1, "the replica follows")
            ledger.read("SET", keys.REPLICATED, 1)
            client = redis.asyncio.Redis.from_url(master.url(1), protocol=2)
            executor = AsyncLedger(client, ledgers.EPOCH, replicas=1, replicas_wait_ms=WAIT_MS)
            publisher = Publisher(executor)
            replica.pause()
            ledgers.accept(ledger)
            ledgers.tell(ledger)
            with pytest.raises(LedgerUnavailable):
                await publisher.publish()
            assert ledgers.event_ids(ledger) == []
            replica.resume()
            await publisher.publish()
            await publisher.publish()
            assert ledgers.event_ids(ledger) == ["ORD-1:accepted"]
            await executor.aclose()


@pytest.mark.slow
def test_an_accept_waits_for_the_replica(tmp_path: Path) -> None:
    """A caller hears `accepted` only of what a failover cannot take back."""
    with EmbeddedValkey(tmp_path / "master") as master:
        config = {"replicaof": f"127.0.0.1 {master.port}", "repl-diskless-sync-delay": "0"}
        with EmbeddedValkey(tmp_path / "replica", config=config) as replica:
            plain = ledgers.open_ledger(master.url(1))
            eventually(lambda: plain.read("WAIT", 1, 100) == 1, "the replica follows")
            client = redis.Redis.from_url(master.url(1), protocol=2)
            ledger = SyncLedger(client, ledgers.EPOCH, replicas=1, replicas_wait_ms=WAIT_MS)
            ledgers.accept(ledger, "ORD-1")
            replica.pause()
            with pytest.raises(LedgerUnavailable, match="not on every replica"):
                ledgers.accept(ledger, "ORD-2")
            replica.resume()
