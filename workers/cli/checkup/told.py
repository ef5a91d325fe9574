"""Whether the streams of events still take what is to be told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import redis
from redis.exceptions import ResponseError

from producers.runtime.ledger import keys
from workers.cli.checkup.finding import Finding

#: Milliseconds that an id may be ahead of Redis' clock: more than a failover to a server with another clock makes it.
AHEAD_MAX_MS: Final = 3_600_000


def of_streams(ledger: redis.Redis) -> Iterator[Finding]:
    """The newest ids, against Redis' own clock. Raises what redis-py raises."""
    seconds, _ = ledger.time()
    ahead = [key for key in (keys.EVENTS, keys.OUTBOX) if _newest_ms(ledger, key) > seconds * 1000 + AHEAD_MAX_MS]
    for key in ahead:
        message = f"the newest id of {key} is of the future: it was written by hand, and ids may be used up"
        mend = "see operations.md, When the event stream takes nothing more"
        yield Finding("events", "wrong", message, mend)
    if not ahead:
        yield Finding("events", "ok", "the stream takes what is to be told")


def _newest_ms(ledger: redis.Redis, key: str) -> int:
    try:
        about: Any = ledger.xinfo_stream(key)
    except ResponseError:  # there is no stream yet
        return 0
    return int(about["last-generated-id"].partition(b"-")[0])
