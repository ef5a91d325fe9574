"""The archive of the streams, put together from the settings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Final

from producers.intake import replicas_of
from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import WEBHOOKS
from producers.runtime.archive_stats import GROUP
from producers.runtime.clients import sync_client
from producers.runtime.ledger import keys
from producers.runtime.ledger.epoch import pin_ledger
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.settings import Settings
from producers.subscriptions.book.following import READER as RENEWALS
from workers.events.archive.archiver import Archiver, Trimming
from workers.events.archive.beside import Pause, beside
from workers.events.archive.book import Book, EventBook
from workers.events.archive.line_book import AUDIT_READER, NOTIFICATIONS_READER, AuditBook, NotificationBook
from workers.events.archive.stream import LedgerStream

#: The reader of the event stream: its position, its lease, and its group in Redis.
READER: Final = GROUP

#: The streams beside it, by their readers: where they are, and what is made of them.
FURTHER: Final[Mapping[str, tuple[str, Callable[[], Book]]]] = {
    AUDIT_READER: (keys.AUDIT, AuditBook),
    NOTIFICATIONS_READER: (keys.NOTIFICATIONS, NotificationBook),
}


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


def further_archiver(
    reader: str, ledger: SyncLedger, archive: Archive, *, pause: Callable[[float], None] = time.sleep
) -> Archiver:
    """What archives one of `FURTHER`. The audit trail is never trimmed, and the other stream is bounded by itself."""
    key, book = FURTHER[reader]
    return Archiver(reader, ledger, archive, LedgerStream(ledger, key, reader), book(), pause=pause)


@contextmanager
def further_archiving(ledger: SyncLedger, archive: Archive) -> Iterator[None]:
    """Archive these too, each in a thread of its own until the block ends."""

    def maker(reader: str) -> Callable[[Pause], Callable[[], None]]:
        return lambda pause: further_archiver(reader, ledger, archive, pause=pause).run

    with ExitStack() as duties:
        for reader in FURTHER:
            duties.enter_context(beside(reader, maker(reader)))
        yield
