"""An archive on a ledger, as its process has it."""

from __future__ import annotations

import random

from producers.contract.events import Event
from producers.runtime.archive.database import Archive
from producers.runtime.ledger.executors import SyncLedger
from tests.happenings import stream as told
from workers.events.archive.archiver import PACE, Archiver, Pace, Trimming
from workers.events.archive.book import EventBook
from workers.events.archive.stream import LedgerStream


def an_archiver(
    ledger: SyncLedger, archive: Archive, *, kept_s: float | None = None, readers: str = "", pace: Pace = PACE
) -> Archiver:
    """One that trims if it is told how long events are kept, and for `readers` beside itself."""
    trimming = None if kept_s is None else Trimming(kept_s, (readers,) if readers else ())
    stream, book = LedgerStream(ledger), EventBook("archive")
    return Archiver("archive", ledger, archive, stream, book, trimming=trimming, pace=pace)


def drawn(seed: int, orders: int = 300) -> list[Event]:
    """What is told of so many wishes."""
    return list(told(random.Random(seed), orders))
