"""How far the archive is behind the event stream, and what it has written: read from Redis, as it left it there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import redis
from redis.exceptions import ResponseError

from producers.runtime.ledger import keys

#: The consumer group by which the archive of the event stream says where it stands.
GROUP: Final = "archive"


@dataclass(frozen=True, slots=True)
class ArchiveStats:
    """`lag_events` are not written yet, and `lag_s` is the age of the oldest of them. Without an archive that is all
    there is on the stream.
    """

    lag_events: int
    lag_s: float
    events: int
    rows: int
    unread: int
    failures: int

    @property
    def by_name(self) -> Mapping[str, float]:
        """The numbers by the ends of their metrics' names."""
        return {
            "lag_events": self.lag_events,
            "lag_seconds": self.lag_s,
            "events_total": self.events,
            "rows_total": self.rows,
            "unread_total": self.unread,
            "failures_total": self.failures,
        }


def read_archive_stats(ledger: redis.Redis) -> ArchiveStats:
    """The present numbers, by a blocking client. Raises what redis-py raises."""
    with ledger.pipeline(transaction=False) as pipeline:
        pipeline.time()
        pipeline.xlen(keys.EVENTS)
        pipeline.hgetall(keys.archive(GROUP))
        pipeline.xinfo_groups(keys.EVENTS)
        (seconds, micros), length, left, groups = pipeline.execute(raise_on_error=False)
    for reply in (length, left):
        if isinstance(reply, Exception):
            raise reply
    position, lag = _standing(groups, length)
    first: Any = ledger.xrange(keys.EVENTS, f"({position}", "+", count=1)
    now_ms = seconds * 1000 + micros // 1000
    since_ms = int(first[0][0].partition(b"-")[0]) if first else now_ms
    numbers = {name.decode(): int(value) for name, value in left.items()}
    return ArchiveStats(
        lag_events=lag if first else 0,
        lag_s=max(0, now_ms - since_ms) / 1000,
        events=numbers.get("events", 0),
        rows=numbers.get("rows", 0),
        unread=numbers.get("aside", 0),
        failures=numbers.get("failures", 0),
    )


def _standing(groups: Any, length: int) -> tuple[str, int]:
    """Where the archive stands, and how many entries come after it. Redis forgets the count when a group is moved by
    hand: then it is as if nothing were written.
    """
    if isinstance(groups, ResponseError):
        return "0", length  # there is no stream
    if isinstance(groups, Exception):
        raise groups
    for group in groups:
        if group["name"] == GROUP.encode():
            lag = group["lag"]
            return group["last-delivered-id"].decode(), length if lag is None else int(lag)
    return "0", length
