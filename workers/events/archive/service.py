"""The archive of the event stream, put together from the settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from producers.intake import replicas_of
from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import WEBHOOKS
from producers.runtime.archive_stats import GROUP
from producers.runtime.clients import sync_client
from producers.runtime.ledger.epoch import pin_ledger
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.settings import Settings
from producers.subscriptions.book.following import READER as RENEWALS
from workers.events.archive.archiver import Archiver, Trimming
from workers.events.archive.book import EventBook
from workers.events.archive.stream import LedgerStream

#: The reader of the event stream: its position, its lease, and its group in Redis.
READER: Final = GROUP


@contextmanager
def pinned_ledger(settings: Settings) -> Iterator[SyncLedger]:
    """The ledger that this host knows.

    Raises:
        LedgerLockdown: it is another one.
        LedgerUnavailable: it does not answer.
    """
    with sync_client(settings.redis_ledger_url, settings) as client:
        epoch = pin_ledger(client, settings.state_dir, **replicas_of(settings)).epoch
        yield SyncLedger(client, epoch, **replicas_of(settings))


def event_archiver(settings: Settings, ledger: SyncLedger, archive: Archive) -> Archiver:
    """What archives the event stream. Entries stay for the renewals and for outbound webhooks too, if there are any."""
    trimming = Trimming(settings.events_kept_s, (RENEWALS, WEBHOOKS))
    return Archiver(READER, ledger, archive, LedgerStream(ledger), EventBook(READER), trimming=trimming)
