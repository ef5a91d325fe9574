"""The ledger for commands that change it by a human's word. They need a worker's password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from producers.intake import replicas_of
from producers.runtime.clients import sync_client
from producers.runtime.ledger import keys
from producers.runtime.ledger.epoch import remembered
from producers.runtime.ledger.executors import LOST, SyncLedger
from producers.runtime.ledger.failures import translate
from producers.runtime.settings import Settings
from producers.runtime.tracing.opening import OPERATOR, end, sync_ledger, tracer_of


@contextmanager
def writing(settings: Settings) -> Iterator[SyncLedger]:
    """The ledger that this host remembers; on one without workers, the one that is there.

    Raises:
        LedgerUnavailable: it does not answer.
    """
    with sync_client(settings.redis_ledger_url, settings) as client:
        epoch = _epoch(client, settings)
        tracer = tracer_of(settings, OPERATOR, epoch, by="operator")
        try:
            yield sync_ledger(tracer, client, epoch, **replicas_of(settings))
        finally:
            end(tracer)


def _epoch(client: redis.Redis, settings: Settings) -> str:
    try:
        found = client.get(keys.EPOCH)
    except LOST as error:
        raise translate(error) from None
    pin = remembered(settings.state_dir)
    if pin is not None:
        return pin.epoch
    return found.decode() if isinstance(found, bytes) else ""
