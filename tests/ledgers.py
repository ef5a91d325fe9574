"""Builders for tests that speak to the ledger directly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import redis

from producers.runtime.ledger import calls, due_calls, keys
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.record import Record, record_from
from producers.runtime.ledger.results import Accepted, CalledBack, Claimed, Granted, Moved, NotYours, Poison
from producers.runtime.ledger.scripts import NAMESPACE

EPOCH = "e" * 32
#: One worker's token, and another's.
MINE, THEIRS = "a" * 32, "b" * 32


def open_ledger(url: str) -> SyncLedger:
    """An executor on a fresh ledger with a known epoch."""
    client = redis.Redis.from_url(url, protocol=2)
    client.set(f"{NAMESPACE}:epoch", EPOCH)
    return SyncLedger(client, EPOCH)


def accept(ledger: SyncLedger, order_id: str = "ORD-1", **fields: str) -> None:
    """Accept an order of 10.00 EUR."""
    content = {
        "amount_minor": "1000",
        "currency": "EUR",
        "country": "LT",
        "description": "",
        "instrument": "f" * 32,
        "account": "default",
        "producer": "shop",
        "ref": order_id,
        "last4": "1111",
        "batch": "",
        "envelope": "sealed",
        **fields,
    }
    answer = ledger.run(calls.accept(order_id, content, grace_ms=0))
    assert isinstance(answer, Accepted)


def tell(ledger: SyncLedger, most: int = 10_000) -> int:
    """Tell of orders that they were accepted, as the sweeper does; how many were looked at."""
    return ledger.run(due_calls.sweep(limit=0, grace_ms=0, grace_max_ms=0, tell=most)).told


def tell_at(url: str) -> int:
    """The same on a ledger whose epoch is its own."""
    with redis.Redis.from_url(url, protocol=2) as client:
        return tell(SyncLedger(client, cast("bytes", client.get(keys.EPOCH)).decode()))


def claim(
    ledger: SyncLedger, token: str = MINE, order_id: str = "ORD-1", worker: str = "w1", lease_ms: int = 60_000
) -> Claimed | Poison | CalledBack | NotYours:
    """Claim it, the worker being present."""
    ledger.run(calls.present(worker))
    return ledger.run(calls.claim(order_id, token, worker, lease_ms=lease_ms, claims_max=5, presence_ms=60_000))


def give_credits(ledger: SyncLedger, count: int = 60) -> None:
    """As a list read would."""
    ledger.run(calls.begin_scan("default", count))


def intend(ledger: SyncLedger, token: str = MINE, order_id: str = "ORD-1") -> Granted:
    """Claimed to sending."""
    granted = ledger.run(calls.intent(order_id, token, window_ms=45_000, account="default"))
    assert isinstance(granted, Granted)
    return granted


def settle(
    ledger: SyncLedger,
    to: str,
    token: str = MINE,
    order_id: str = "ORD-1",
    allowed: Iterable[str] = ("sending", "unknown"),
    **fields: str,
) -> Moved | NotYours:
    """Record an outcome, with its event."""
    return ledger.run(
        calls.settle(
            order_id,
            token,
            allowed=allowed,
            to=to,
            event_id=f"{order_id}:{to}",
            event=b"{}",
            detail="test",
            fields=fields,
        )
    )


def read(ledger: SyncLedger, order_id: str = "ORD-1") -> Record:
    """The order's row."""
    return record_from(order_id, ledger.read("HGETALL", keys.order(order_id)))


def event_ids(ledger: SyncLedger) -> list[str]:
    """Ids of the events in the stream, oldest first."""
    return [fields[b"id"].decode() for _, fields in ledger.read("XRANGE", keys.EVENTS, "-", "+")]


def sending(ledger: SyncLedger, order_id: str = "ORD-1") -> Granted:
    """An order whose one request may have left."""
    accept(ledger, order_id)
    claim(ledger, order_id=order_id)
    give_credits(ledger)
    return intend(ledger, order_id=order_id)
