"""Whether two ledgers answer and hold the same."""

from __future__ import annotations

from typing import Any

from producers.runtime.ledger import keys
from tests.contract.ledger.drawn_rows import ACCOUNT, PARENT
from tests.contract.ledger.duty_moves import LINK
from tests.contract.ledger.pair import BEGIN_MS, Pair
from tests.simulation.ledger_rows import LISTED


def end_of(answer: Any) -> str:
    """The answer in a word."""
    return answer if isinstance(answer, str) else getattr(answer, "why", "") or type(answer).__name__


async def hold_the_same(pair: Pair, name: str) -> None:
    """Whether all that both keep is the same."""
    for order_id in pair.double.rows:
        for key in (keys.order(order_id), keys.seen(order_id), keys.answers(order_id)):
            real, double = await pair.read("HGETALL", key)
            assert real == double, f"{name}: {key}"
            assert await pair.read("EXISTS", key) == (bool(double), bool(double)), f"{name}: {key}"
    for (bucket, field), stone in pair.double.gone.items():
        assert await pair.read("HGET", bucket, field) == (stone, stone), name
    for state in LISTED:
        real, double = await pair.read("ZRANGE", keys.listed(state), 0, 999)
        assert real == double, f"{name}: {state}"
    for command in (
        ("HGET", keys.coverage(ACCOUNT), "journal"),
        ("HMGET", keys.coverage(ACCOUNT), "tag", "journal"),
        ("GET", keys.credits(ACCOUNT)),
        ("GET", keys.link(LINK)),
        ("HGET", keys.parent(PARENT), "open"),
        ("HGET", keys.parent(PARENT), "sent"),
        ("GET", keys.credits("other")),
        ("HGET", keys.parent(PARENT), "refund"),
        ("HGET", keys.parent(PARENT), "settlement"),
        ("HGET", keys.parent(PARENT), "hold"),
        *(
            ("ZRANGEBYSCORE", key, "-inf", 2 * BEGIN_MS, "WITHSCORES", "LIMIT", 0, 99)
            for account in (ACCOUNT, "other")
            for key in (keys.holds(account), keys.expiring(account))
        ),
    ):
        real, double = await pair.read(*command)
        assert real == double, f"{name}: {command}"
    real_strays, double_strays = await pair.read("HGETALL", keys.STRAYS)
    assert real_strays == double_strays, name
    real_stats, double_stats = await pair.read("HGETALL", keys.STATS)
    assert real_stats == double_stats, name
    for real_stream, double_stream in (pair.events(), pair.alarms(), pair.untold()):
        assert real_stream == double_stream, name
