"""Read-only looks into Redis for whoever shows: many questions, one round trip."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from cardinity_client.secret import Secret
from producers.errors import LedgerLockdown
from producers.runtime.clients import sync_client
from producers.runtime.ledger.epoch import Pin, remembered
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


def pin_here(state_dir: Path) -> Pin | None:
    """The ledger that this host remembers; none on a host without workers, or where this user may not read of it."""
    try:
        return remembered(state_dir)
    except (OSError, ValueError, KeyError):
        return None


def refuse_forgotten(epoch: bytes | None, settings: Settings) -> None:
    """That nothing is there says nothing, in a ledger that is not the one that this host remembers.

    Raises:
        LedgerLockdown: it is another one, or was flushed.
    """
    pin = pin_here(settings.state_dir)
    if pin and epoch != pin.epoch.encode():
        raise LedgerLockdown(epoch.decode() if epoch else None)
