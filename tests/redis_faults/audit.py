"""A whole ledger held against itself: counters, lists and events must say the same as the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import cast

import redis

from producers.contract import states
from producers.runtime.ledger import keys
from producers.runtime.ledger.record import Record, record_from

#: States whose orders the ledger lists.
_LISTED = (states.ACCEPTED, states.PENDING, states.UNKNOWN, states.PARKED)


def contradictions(ledger_url: str) -> list[str]:
    """Every contradiction, as a sentence without an order's name, so that they can be counted."""
    with redis.Redis.from_url(ledger_url, protocol=2) as client:
        rows = dict(_rows(client))
        return [*_counters(client, rows), *_lists(client, rows), *_events(client, rows)]


def _rows(client: redis.Redis) -> Iterator[tuple[str, Record]]:
    names = list(client.scan_iter(match=keys.order("*"), count=1000))
    with client.pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.hgetall(name)
        for name, row in zip(names, pipeline.execute(), strict=True):
            order_id = name.decode().removeprefix(keys.order(""))
            yield order_id, record_from(order_id, row)


def _counters(client: redis.Redis, rows: Mapping[str, Record]) -> Iterator[str]:
    stats = cast("dict[bytes, bytes]", client.hgetall(keys.STATS))
    counted = {name.decode(): int(value) for name, value in stats.items()}
    actual = Counter(row.state for row in rows.values())
    for state in sorted(states.STATES):
        if counted.get(f"orders:{state}", 0) != actual[state]:
            yield f"CONTRADICTION: {actual[state]} rows are {state}, the counter says {counted.get(f'orders:{state}')}"


def _lists(client: redis.Redis, rows: Mapping[str, Record]) -> Iterator[str]:
    for state in _LISTED:
        listed = {
            name.decode() for name in cast("list[bytes]", client.execute_command("ZRANGE", keys.listed(state), 0, -1))
        }
        if listed != {order_id for order_id, row in rows.items() if row.state == state}:
            yield f"CONTRADICTION: the list of {state} is not the rows in {state}"


def _events(client: redis.Redis, rows: Mapping[str, Record]) -> Iterator[str]:
    streams = [cast("list[tuple[bytes, dict[bytes, bytes]]]", client.xrange(s)) for s in (keys.EVENTS, keys.OUTBOX)]
    told = Counter(fields[b"id"].decode() for entries in streams for _, fields in entries)
    waiting = Counter(order_id.decode() for order_id in cast("list[bytes]", client.lrange(keys.UNTOLD, 0, -1)))
    for order_id, row in rows.items():
        untold = row.text("told") == "0"
        if untold and not waiting[order_id]:
            yield "CONTRADICTION: an acceptance that nobody has told is not among those that wait to be"
        wanted = {
            f"{order_id}:{states.ACCEPTED}": int(not untold),
            **({f"{order_id}:{row.state}": 1} if row.state in states.TERMINAL else {}),
        }
        for name, times in wanted.items():
            if told[name] != times:
                yield f"CONTRADICTION: the event of {name.rpartition(':')[2]} is there {told[name]} times"
