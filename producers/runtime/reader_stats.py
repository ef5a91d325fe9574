"""How far the readers of the ledger's streams are behind that are not the archive: read from Redis, as they left it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import redis
from redis.exceptions import ResponseError

from producers.runtime.ledger import keys, risk_calls
from producers.runtime.metrics_table import READERS

#: By reader: its stream, on which its consumer group of the same name tells where it stands.
GROUPED: Final[Mapping[str, str]] = {
    "audit": keys.AUDIT,
    "notifications": keys.NOTIFICATIONS,
    "webhooks": keys.EVENTS,
}
#: Keeps its position beside what it has learnt.
RISK: Final = "risk"


def read_lags_s(ledger: redis.Redis) -> dict[str, float]:
    """Age of the oldest entry that each reader has yet to read, by a blocking client; zero for one that has never
    begun, for none may be wanted. Raises what redis-py raises.
    """
    with ledger.pipeline(transaction=False) as pipeline:
        pipeline.time()
        pipeline.get(risk_calls.LEARNT)
        for key in GROUPED.values():
            pipeline.xinfo_groups(key)
        (seconds, micros), learnt, *groups = pipeline.execute(raise_on_error=False)
    told = zip(GROUPED, groups, strict=True)
    positions = {reader: at for reader, found in told if (at := _position(reader, found)) is not None}
    if learnt:
        positions[RISK] = learnt.decode()
    with ledger.pipeline(transaction=False) as pipeline:
        for reader, position in positions.items():
            pipeline.xrange(GROUPED.get(reader, keys.EVENTS), f"({position}", "+", count=1)
        firsts = pipeline.execute()
    now_ms = seconds * 1000 + micros // 1000
    ages = {reader: _age_s(first, now_ms) for reader, first in zip(positions, firsts, strict=True)}
    return dict.fromkeys(READERS, 0.0) | ages


def _position(reader: str, groups: Any) -> str | None:
    if isinstance(groups, ResponseError):
        return None  # there is no stream
    if isinstance(groups, Exception):
        raise groups
    named = {group["name"].decode(): group["last-delivered-id"].decode() for group in groups}
    return named.get(reader)


def _age_s(first: Any, now_ms: int) -> float:
    return max(0, now_ms - int(first[0][0].partition(b"-")[0])) / 1000 if first else 0.0
