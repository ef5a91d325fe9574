"""Who reads the event stream: one that was given up keeps it from being trimmed, until Redis is full."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DatabaseError

from producers.errors import ProducerError
from producers.moments import rfc3339
from producers.runtime.archive.database import Archive, url_of
from producers.runtime.clients import sync_client
from producers.runtime.ledger.clock import read_now_ms
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.settings import Settings
from workers.cli.checkup.finding import Finding
from workers.events.archive.holding import Holder, holders
from workers.events.archive.service import READER

#: Seconds beyond EVENTS_KEPT_S that a reader may be behind: trimming takes whole pieces of the stream, and a while.
LATE_S: Final = 86_400


def of_readers(settings: Settings) -> Iterator[Finding]:
    """Whether one holds what is older than it is to be kept. Says nothing without an archive, which alone trims."""
    url = url_of(settings)
    if url.drivername == "sqlite" and not Path(str(url.database)).exists():
        return
    try:
        with sync_client(settings.redis_ledger_url, settings) as client, Archive(settings) as archive:
            ledger = SyncLedger(client, "")  # nothing but reads, whatever ledger that is
            found, now_ms = holders(ledger, archive), read_now_ms(ledger)
    except (ProducerError, DatabaseError):
        return  # told by the checks of ledger and archive
    oldest_ms = now_ms - int((settings.events_kept_s + LATE_S) * 1000)
    late = [holder for holder in found if 0 < holder.waiting_since_ms < oldest_ms]
    yield from map(_late, late)
    if found and not late:
        yield Finding(
            "stream readers", "ok", f"nobody holds the event stream: {', '.join(each.name for each in found)}"
        )


def _late(holder: Holder) -> Finding:
    since = rfc3339(holder.waiting_since_ms)
    message = f"{holder.name} holds the event stream, which is not trimmed: unread since {since}"
    end = "" if holder.name == READER else f", or `cardinity archive forget {holder.name}` where it reads no more"
    return Finding("stream readers", "wrong", message, f"start {holder.name}{end}")
