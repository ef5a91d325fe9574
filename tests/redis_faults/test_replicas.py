"""What is confirmed behind a replica is on it, also when it is said a second time over another connection.

WAIT waits for what *its own connection* has written. A call that is repeated because nobody confirmed it finds its work
done and writes nothing; behind it WAIT would confirm at once what no replica has.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from producers.errors import LedgerUnavailable
from producers.runtime.ledger import calls
from producers.runtime.ledger.executors import SyncLedger
from tests.ledgers import EPOCH, MINE, claim, give_credits, open_ledger
from tests.redis_faults.everything import every_call
from tests.redis_faults.pair import Pair, a_pair
from tests.redis_faults.shop import LEDGER_DB

ORDER = "ORD-1"


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
    return SyncLedger(client, EPOCH, replicas=1, replicas_wait_ms=100)


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
