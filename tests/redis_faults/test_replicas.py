"""What is confirmed behind a replica is on it, also when it is said a second time over another connection.

WAIT waits for what *its own connection* has written. A call that is repeated because nobody confirmed it finds its work
done and writes nothing; behind it WAIT would confirm at once what no replica has.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import redis.asyncio

from producers.errors import LedgerLockdown, LedgerUnavailable
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import calls
from producers.runtime.ledger.epoch import Pin, pin_ledger, remembered
from producers.runtime.ledger.executors import AsyncLedger, SyncLedger
from producers.runtime.ledger.scripts import NAMESPACE
from tests.ledgers import EPOCH, MINE, claim, give_credits, open_ledger
from tests.redis_faults.everything import every_call
from tests.redis_faults.pair import Pair, a_pair
from tests.redis_faults.shop import LEDGER_DB
from workers.duties.presence import Presence

ORDER = "ORD-1"
#: Milliseconds that a replica is waited for: enough for one that follows, on a busy machine too.
WAIT_MS = 500
INTENTS = f"{NAMESPACE}:intents"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """A primary whose ledger is founded, and its replica."""
    with a_pair(tmp_path) as pair:
        open_ledger(pair.primary.url(LEDGER_DB))
        pair.follow()
        yield pair


def anew(pair: Pair) -> SyncLedger:
    """The ledger over a connection of its own, as after the one before was lost."""
    client = redis.Redis.from_url(pair.primary.url(LEDGER_DB), protocol=2)
    return SyncLedger(client, EPOCH, replicas=1, replicas_wait_ms=WAIT_MS)


def test_a_repeated_accept_is_not_confirmed_by_nobody(pair: Pair) -> None:
    """The replica is cut off: neither the first call nor any repetition says that the order is accepted."""
    pair.link.stall()
    for _ in range(3):
        with pytest.raises(LedgerUnavailable):
            anew(pair).run(every_call(ORDER)["accept"], patience_s=0)


def test_a_repeated_intent_is_not_confirmed_by_nobody(pair: Pair) -> None:
    """The replica is cut off after the claim: no intent is granted however often its holder asks."""
    ledger = open_ledger(pair.primary.url(LEDGER_DB))
    ledger.run(every_call(ORDER)["accept"])
    claim(ledger)
    give_credits(ledger)
    pair.link.stall()
    for _ in range(3):
        with pytest.raises(LedgerUnavailable):
            anew(pair).run(calls.intent(ORDER, MINE, window_ms=45_000, account="default"), patience_s=0)


def boot(server: EmbeddedValkey, state_dir: Path) -> Pin:
    """What a process that begins takes this server's ledger for."""
    with redis.Redis.from_url(server.url(LEDGER_DB), protocol=2) as client:
        return pin_ledger(client, state_dir, replicas=1, replicas_wait_ms=WAIT_MS)


def count(pair: Pair, intents: int) -> None:
    """So many more intents are counted, on the primary."""
    with redis.Redis.from_url(pair.primary.url(LEDGER_DB)) as client:
        client.incrby(INTENTS, intents)


def test_what_every_replica_has_is_remembered(pair: Pair, tmp_path: Path) -> None:
    """A boot raises the memory to what the ledger counts, also where somebody else's connection has counted it."""
    count(pair, 5)
    assert boot(pair.primary, tmp_path) == remembered(tmp_path) == Pin(EPOCH, 5)


def test_what_a_failover_may_undo_is_not_remembered(pair: Pair, tmp_path: Path) -> None:
    """A process that boots between an unconfirmed intent and the failover that undoes it does not lock itself out."""
    count(pair, 5)
    boot(pair.primary, tmp_path)
    pair.link.stall()
    count(pair, 1)
    assert boot(pair.primary, tmp_path) == remembered(tmp_path) == Pin(EPOCH, 5)
    pair.promote()
    assert boot_alone(pair, tmp_path) == Pin(EPOCH, 5)


def test_a_failover_that_forgets_what_was_confirmed_is_a_lockdown(pair: Pair, tmp_path: Path) -> None:
    """A replica that was cut off before and had not to confirm anything has forgotten: that is said."""
    pair.link.stall()
    count(pair, 1)
    with redis.Redis.from_url(pair.primary.url(LEDGER_DB), protocol=2) as client:
        assert pin_ledger(client, tmp_path) == Pin(EPOCH, 1)
    pair.promote()
    with pytest.raises(LedgerLockdown):
        boot_alone(pair, tmp_path)


def test_a_founding_that_a_failover_undoes_is_not_remembered(pair: Pair, tmp_path: Path) -> None:
    """Nothing was accepted on it, so the empty ledger behind the failover may be founded anew."""
    with redis.Redis.from_url(pair.primary.url(LEDGER_DB)) as client:
        client.flushdb()
    pair.follow()
    pair.link.stall()
    lost = boot(pair.primary, tmp_path)
    assert remembered(tmp_path) is None
    pair.promote()
    assert boot_alone(pair, tmp_path).epoch not in (lost.epoch, EPOCH)


def test_a_replica_is_no_ledger(pair: Pair, tmp_path: Path) -> None:
    """A process that is led to a replica, which may lag, hears that it takes no writes, and remembers nothing."""
    with pytest.raises(LedgerUnavailable):
        boot(pair.replica, tmp_path)
    assert remembered(tmp_path) is None


def boot_alone(pair: Pair, state_dir: Path) -> Pin:
    """As `boot`, on a primary that has no replica yet."""
    with redis.Redis.from_url(pair.primary.url(LEDGER_DB), protocol=2) as client:
        return pin_ledger(client, state_dir)


async def test_a_sign_of_life_that_no_replica_has_teaches_nothing(pair: Pair, tmp_path: Path) -> None:
    """A running worker knows of the intents that were confirmed, not of those that a failover may undo."""
    async with redis.asyncio.Redis.from_url(pair.primary.url(LEDGER_DB), protocol=2) as client:
        ledger = AsyncLedger(client, EPOCH, replicas=1, replicas_wait_ms=WAIT_MS)
        presence = Presence("w1", ledger, Pin(EPOCH), tmp_path, presence_s=1.0, on_trouble=lambda *_: None)
        count(pair, 5)
        await presence.beat()
        pair.link.stall()
        count(pair, 1)
        with pytest.raises(LedgerUnavailable):
            await presence.beat()
        assert presence.intents_seen == 5
        await ledger.aclose()
