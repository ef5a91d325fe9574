"""Read-only looks into Redis for whoever shows: many questions, one round trip."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis

from cardinity_client.secret import Secret
from producers.runtime.clients import sync_client
from producers.runtime.ledger.executors import LOST
from producers.runtime.ledger.failures import translate
from producers.runtime.settings import Settings


class Reader:
    """Asks one database."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def ask(self, *commands: tuple[Any, ...]) -> list[Any]:
        """The replies in order.

        Raises:
            LedgerUnavailable: no answer, or a refused command.
        """
        pipeline: Any = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        try:
            return list(pipeline.execute())
        except LOST as error:
            raise translate(error) from None

    def now_ms(self) -> int:
        """The server's clock."""
        ((seconds, microseconds),) = self.ask(("TIME",))
        return int(seconds) * 1000 + int(microseconds) // 1000


@contextmanager
def reading(url: Secret[str], settings: Settings) -> Iterator[Reader]:
    """A reader of the database at `url`."""
    with sync_client(url, settings) as client:
        yield Reader(client)
