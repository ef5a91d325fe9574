"""The list of merchant accounts beside what the ledger holds: nothing may wait at an account that nobody serves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import cast

import redis

from producers.contract import states
from producers.runtime.clients import sync_client
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import LOST
from producers.runtime.ledger.record import Record
from producers.runtime.settings import Settings
from workers.cli.checkup.finding import Finding

#: States in which an order waits for what its own account says.
_WAITING = (states.PENDING, states.UNKNOWN, states.PARKED)
#: Orders looked at per state, those that wait longest.
LOOKS_MAX = 1000


def of_accounts(settings: Settings) -> Iterator[Finding]:
    """Whether every order whose money may be somewhere is at an account of the list. Silent where there is no list, and
    where the ledger does not answer: others tell that.
    """
    if settings.accounts_file is None:
        return
    yield Finding("accounts", "ok", f"by priority: {', '.join(settings.accounts)}")
    try:
        with sync_client(settings.redis_ledger_url, settings) as client:
            stranded = _lanes(client) - Counter({name: LOOKS_MAX * len(_WAITING) for name in settings.accounts})
    except LOST:
        return
    for name, count in sorted(stranded.items()):
        message = f"{count} orders wait for what account {name} says, which is not on the list"
        yield Finding("accounts", "wrong", message, f"put {name} back into ACCOUNTS_FILE until they have ended")


def _lanes(client: redis.Redis) -> Counter[str]:
    ids = [found for state in _WAITING for found in _longest(client, state)]
    with client.pipeline(transaction=False) as pipeline:
        for found in ids:
            pipeline.hmget(keys.order(found.decode()), "lane", "account")
        rows = pipeline.execute()
    names = ("lane", "account")
    return Counter(
        Record("", {name: value for name, value in zip(names, row, strict=True) if value is not None}).lane
        for row in rows
    )


def _longest(client: redis.Redis, state: str) -> list[bytes]:
    return cast("list[bytes]", client.zrange(keys.listed(state), 0, LOOKS_MAX - 1))
