"""Queue and ledger: whether they answer, are two, keep what they are given, and are the ones this host knows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis

from producers.runtime.clients import sync_client
from producers.runtime.durability import check_redis
from producers.runtime.ledger import keys
from producers.runtime.ledger.epoch import remembered
from producers.runtime.ledger.executors import LOST
from producers.runtime.ledger.failures import translate
from producers.runtime.ledger.scripts import NAMESPACE
from producers.runtime.settings import Settings
from workers.cli.checkup.finding import Finding, Verdict, ahead_s, clock
from workers.cli.checkup.told import of_streams


def of_redis(settings: Settings) -> Iterator[Finding]:
    """Both databases: whether they answer, are two, and keep what they are given."""
    with (
        sync_client(settings.redis_queue_url, settings) as queue,
        sync_client(settings.redis_ledger_url, settings) as ledger,
    ):
        places = {}
        for name, client in (("queue", queue), ("ledger", ledger)):
            try:
                places[name] = _place(client)
                yield Finding(f"redis {name}", "ok", "answers")
            except LOST as error:
                url = f"REDIS_{name.upper()}_URL"
                yield Finding(f"redis {name}", "unreachable", translate(error).message, f"start it, or mend {url}")
        if len(places) == 2 and places["queue"] == places["ledger"]:
            mend = "give REDIS_QUEUE_URL and REDIS_LEDGER_URL different databases"
            yield Finding("redis", "wrong", "queue and ledger are the same database of the same server", mend)
        if "ledger" in places:
            yield from _of_ledger(ledger, settings)


def _place(client: redis.Redis) -> tuple[str, int]:
    """Which database of which server process answers."""
    info: Any = client.info("server")
    return str(info["run_id"]), int(client.connection_pool.connection_kwargs.get("db") or 0)


def _of_ledger(client: redis.Redis, settings: Settings) -> Iterator[Finding]:
    try:
        problems = check_redis(client, replicas_required=settings.ledger_replicas)
        asked_s = time.time()
        skew_s = ahead_s(_seconds(client.time()), asked_s)
        epoch, intents = (
            _text(client.get(keys.EPOCH)),
            int(_text(client.get(f"{NAMESPACE}:intents")) or 0),
        )
    except LOST as error:
        yield Finding("redis ledger", "unreachable", translate(error).message, "mend REDIS_LEDGER_URL or its ACL")
        return
    volatile: Verdict = "note" if settings.allow_volatile_ledger else "wrong"
    for problem in problems:
        yield Finding("redis durability", volatile, f"{problem.field}: {problem.message}")
    if not problems:
        yield Finding("redis durability", "ok", "what is written stays written")
    yield clock("clock redis", skew_s, settings.clock_skew_s)
    yield from _told(client)
    yield _epoch(epoch, intents, settings.state_dir)


def _told(client: redis.Redis) -> Iterator[Finding]:
    try:
        yield from of_streams(client)
    except LOST as error:
        yield Finding("events", "unreachable", translate(error).message, "mend REDIS_LEDGER_URL or its ACL")


def _epoch(epoch: str, intents: int, state_dir: Path) -> Finding:
    try:
        pin = remembered(state_dir)
    except NotADirectoryError:  # told by the check of the directory
        pin = None
    except (OSError, ValueError, KeyError) as error:
        message = f"what this host remembers of its ledger cannot be read: {type(error).__name__}"
        return Finding("ledger epoch", "wrong", message, f"let this user read {state_dir}, or restore it")
    mend = "nothing is sent; `cardinity recover plan` says what happened and what is left"
    if pin is None:
        known = f"is in use, {intents} intents so far" if epoch else "was never used"
        return Finding("ledger epoch", "ok", f"the ledger {known}; this host has not met it yet")
    if pin.epoch != epoch:
        return Finding("ledger epoch", "wrong", "this is not the ledger that this host remembers", mend)
    if intents < pin.sequence:
        message = f"the ledger counts {intents} intents, this host has seen {pin.sequence}: it went back in time"
        return Finding("ledger epoch", "wrong", message, mend)
    return Finding("ledger epoch", "ok", f"the remembered ledger, {intents} intents so far")


def _seconds(reply: Any) -> float:
    seconds, microseconds = reply
    return float(seconds) + float(microseconds) / 1e6


def _text(reply: Any) -> str:
    return reply.decode() if reply else ""
