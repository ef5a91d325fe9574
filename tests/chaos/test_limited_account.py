"""An account with a rate, and more orders than it sends within many leases: they wait, and no claim is lost by that."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
import redis

from producers.contract.commands import parse_charge
from producers.enqueue import Enqueuer
from producers.runtime.ledger import keys
from tests.accounts.stack import FIRST, SECOND, TwoAccounts
from tests.eventually import eventually
from tests.stack import CARD, Stack

pytestmark = pytest.mark.slow

#: Eight leases of work (of 2 s), in the hands of two workers that could hold all of it.
ORDERS, RATE, WORKERS = 64, 4, 2


def submit(shop: Enqueuer, order_ids: Iterable[str], *, batch: str, account: str = "default") -> None:
    """As a batch, or as orders that somebody waits for."""
    fields = {"amount": "10.00", "currency": "EUR", "country": "LT", "account": account, **CARD}
    now_ms = int(time.time() * 1000)
    charges = (parse_charge({"order_id": name, **fields}, now_ms=now_ms, mode="test") for name in order_ids)
    for answer in shop.charge_many(charges, batch=batch):
        assert not isinstance(answer, Exception)


def burnt(stack: Stack, order_ids: Iterable[str]) -> list[str]:
    """Orders of which a claim was held until its lease was over."""
    with redis.Redis.from_url(stack.valkey.url(1), protocol=2) as ledger:
        told = {name: ledger.hget(keys.order(name), "history") or b"" for name in order_ids}
    return [name for name, history in told.items() if b"lease_over" in history]


@pytest.mark.parametrize("batch", ["night", ""])
def test_a_backlog_burns_no_claim(batch: str, tmp_path: Path) -> None:
    """All are charged, each by its first claim that came to an intent; none was held until its lease was over."""
    names = [f"ORD-{number}" for number in range(ORDERS)]
    with Stack(tmp_path, settings={"ACCOUNT_RATE_MAX": str(RATE)}) as stack, stack.enqueuer() as shop:
        submit(shop, names, batch=batch)
        for _ in range(WORKERS):
            stack.worker()
        eventually(lambda: all(shop.get(name).final for name in names), "all have ended", within_s=90.0)
        assert Counter(shop.get(name).state for name in names) == {"approved": ORDERS}
        assert burnt(stack, names) == []
        assert {row["posts"] for row in stack.charges().values()} == {1}


def test_a_slow_account_keeps_no_slots_of_a_fast_one(tmp_path: Path) -> None:
    """Its backlog came first and is longer than all slots: orders of the other account pass by it."""
    slow, fast = [f"SLOW-{number}" for number in range(200)], [f"FAST-{number}" for number in range(40)]
    with TwoAccounts(tmp_path, rates={FIRST: 1}) as stack, stack.enqueuer() as shop:
        submit(shop, slow, batch="slow", account=FIRST)
        submit(shop, fast, batch="fast", account=SECOND)
        stack.worker()
        eventually(lambda: all(shop.get(name).final for name in fast), "the fast ones have ended", within_s=90.0)
        ended = Counter(shop.get(name).state for name in slow)
        assert ended["accepted"] + ended["claimed"] > len(slow) / 2
        assert burnt(stack, slow) == []
