"""The application on a real socket, with a ledger and a queue that are empty."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis

from tests.application import Caller, Served, a_caller, served, settings_for


@dataclass
class Clock:
    """The application's, turned by hand."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Site:
    """Where an application can be started: `start` makes its settings from these and others."""

    directory: Path
    queue_url: str
    ledger_url: str
    clock: Clock = field(default_factory=Clock)

    def queued(self) -> list[str]:
        """Ids of the messages on the queue, in their order."""
        with redis.Redis.from_url(self.queue_url) as client:
            return [bytes(message_id).decode() for message_id in client.lrange("dramatiq:payments", 0, -1)]

    def orders(self) -> set[str]:
        """Keys of the orders on the ledger."""
        with redis.Redis.from_url(self.ledger_url) as client:
            return {bytes(key).decode() for key in client.scan_iter("pay:order:*")}


@pytest.fixture
def site(tmp_path: Path, queue_url: str, ledger_url: str) -> Site:
    return Site(tmp_path, queue_url, ledger_url)


@pytest.fixture
def caller(site: Site) -> Caller:
    """Somebody with a key and plenty of requests."""
    return a_caller(site.directory)[0]


@pytest.fixture
async def door(site: Site, caller: Caller) -> AsyncIterator[Served]:
    """An application whose doors are all open."""
    keys = str(site.directory / "api-keys.json")
    settings = settings_for(site.directory, site.queue_url, site.ledger_url, API_KEYS_FILE=keys)
    async with served(settings, clock=site.clock) as running:
        yield running
