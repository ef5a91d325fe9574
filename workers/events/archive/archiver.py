"""Reads a stream into the archive: reads a chunk, writes it, tells where it stands, trims what is behind everybody.

The position is moved in the transaction that writes the chunk. So it may be killed at any step: before the commit
nothing has happened, and after it the next one begins where this one stopped, and puts right what Redis was not told.
One at a time does the work, by a lease of the ledger; two at once would do no harm.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import structlog
from sqlalchemy.exc import DataError, IntegrityError

from producers.errors import ArchiveUnavailable, LedgerUnavailable, ProducerError, QueueFull
from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import BEGINNING, move, position_of, positions_of
from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.executors import SyncLedger
from workers.events.archive.book import Book, Written
from workers.events.archive.entries import Entry
from workers.events.archive.stream import LedgerStream

log: Final[structlog.stdlib.BoundLogger] = structlog.get_logger(__name__)

#: Seconds of rest after a failure: at first, and at the most.
REST_FIRST_S, REST_MAX_S = 0.2, 10.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How much at a time, and how often."""

    #: Entries that are written together. Beyond it a chunk costs hardly less per event, and more to write again.
    chunk: int = 1000
    #: Milliseconds that a read waits for news.
    wait_ms: int = 1000
    #: Seconds until the next read after one that was not full: a commit costs the same for one event as for a hundred.
    gather_s: float = 0.1
    #: Seconds between two looks at what can be trimmed.
    trim_every_s: float = 1.0
    #: Seconds that the lease holds without being renewed: longer than most steps.
    lease_s: float = 5.0


class Step(NamedTuple):
    """What one step has written, and whether there was a full chunk."""

    written: Written
    full: bool


@dataclass(frozen=True, slots=True)
class Trimming:
    """How long entries are kept, and whose positions in the archive they are kept for, beside the archive's own."""

    kept_s: float
    readers: tuple[str, ...] = ()


PACE: Final = Pace()


class Archiver:
    """One stream into one book. `reader` names its position, its lease, and what it leaves for metrics."""

    def __init__(
        self,
        reader: str,
        ledger: SyncLedger,
        archive: Archive,
        stream: LedgerStream,
        book: Book,
        *,
        trimming: Trimming | None = None,
        pace: Pace = PACE,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._reader = reader
        self._ledger = ledger
        self._archive = archive
        self._stream = stream
        self._book = book
        self._trimming = trimming
        self._pace = pace
        self._pause = pause
        self._token = secrets.token_hex(16)
        self._lease_until = self._trimmed_at = 0.0
        #: Where the database stands, and where the stream is read from: another place if it is not what it was.
        self._stored: str | None = None
        self._from = BEGINNING

    def run(self) -> None:
        """Archive until an exception ends it: a signal, or what an operator must mend.

        Raises:
            LedgerLockdown: another ledger answers than the pinned one.
        """
        rest_s, failing = REST_FIRST_S, False
        try:
            while True:
                try:
                    step = self.step()
                except (LedgerUnavailable, ArchiveUnavailable, QueueFull) as error:
                    self._failed(error, again=failing)
                    self._pause(rest_s * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
                    rest_s, failing = min(rest_s * 2, REST_MAX_S), True
                    continue
                if failing:
                    log.warning("archive_resumed", reader=self._reader)
                rest_s, failing = REST_FIRST_S, False
                if step is None or not step.full:
                    self._pause(self._pace.gather_s)
        finally:
            self._give_up()

    def catch_up(self) -> Written:
        """Archive what there is, and say how much that was. Raises as `step`."""
        total = Written()
        try:
            while step := self.step(wait_ms=1):
                total = Written(*map(sum, zip(total, step.written, strict=True)))
                if not step.full:
                    break
        finally:
            self._give_up()
        return total

    def step(self, *, wait_ms: int | None = None) -> Step | None:
        """One chunk; None where another archives this stream.

        Raises:
            LedgerUnavailable, QueueFull, ArchiveUnavailable: nothing is lost; again later.
        """
        if not self._leads():
            return None
        try:
            return self._step(self._pace.wait_ms if wait_ms is None else wait_ms)
        except BaseException:
            self._stored = None  # what is true now, the database says
            raise

    def _step(self, wait_ms: int) -> Step:
        if self._stored is None:
            self._begin()
        assert self._stored is not None
        found = self._stream.read(self._from, entries_max=self._pace.chunk, wait_ms=wait_ms)
        if not found.known:
            self._elsewhere()
            return Step(Written(), full=True)
        full = len(found.entries) == self._pace.chunk
        written = self._write(self._stored, found.entries) if found.entries else Written()
        if written is None:
            self._stored = None  # another one was faster
            return Step(Written(), full=True)
        if found.entries:
            self._stored = self._from = found.entries[-1].position
            self._stream.advance(self._stored, len(found.entries), level=not full)
        self._leave(written)
        self._trim()
        return Step(written, full=full)

    def _begin(self) -> None:
        with self._archive.reading() as connection:
            self._stored = self._from = position_of(connection, self._reader)
        self._stream.stand(self._stored)

    def _elsewhere(self) -> None:
        """The stream has nothing at the position. Either another archives it too, and has trimmed; or the ledger was
        exchanged, restored, or trimmed by hand. Then all of it is read: what was written before is written as it is.
        """
        with self._archive.reading() as connection:
            if position_of(connection, self._reader) != self._stored:
                self._stored = None
                return
        log.warning("archive_stream_changed", reader=self._reader, position=self._from)
        self._from = BEGINNING
        self._stream.stand(BEGINNING)

    def _write(self, before: str, entries: Sequence[Entry]) -> Written | None:
        """Write a chunk, and if the database refuses it, each of its entries."""
        now_ms = int(time.time() * 1000)
        try:
            with self._archive.writing() as connection:
                if not move(connection, self._reader, before, entries[-1].position, now_ms):
                    return None
                return self._book.write(connection, entries, now_ms)
        except (DataError, IntegrityError, ValueError, OverflowError) as error:
            if len(entries) > 1:
                return self._write_each(before, entries)
            return self._put_aside(before, entries[0], type(error).__name__, now_ms)

    def _write_each(self, before: str, entries: Sequence[Entry]) -> Written | None:
        total = Written()
        for entry in entries:
            written = self._write(before, [entry])
            if written is None:
                return None
            total, before = Written(*map(sum, zip(total, written, strict=True))), entry.position
        return total

    def _put_aside(self, before: str, entry: Entry, reason: str, now_ms: int) -> Written | None:
        with self._archive.writing() as connection:
            if not move(connection, self._reader, before, entry.position, now_ms):
                return None
            return self._book.put_aside(connection, entry, f"the database refuses it ({reason})", now_ms)

    def _leave(self, written: Written) -> None:
        """Leave numbers where metrics are made of them."""
        if written.aside:
            log.error("archive_entries_put_aside", reader=self._reader, count=written.aside)
        if written.rows:
            counts = {"events": written.events, "aside": written.aside, "rows": written.rows}
            self._ledger.read_many(
                [("HINCRBY", keys.archive(self._reader), name, count) for name, count in counts.items() if count]
            )

    def _trim(self) -> None:
        now = time.monotonic()
        if self._trimming is None or now < self._trimmed_at + self._pace.trim_every_s:
            return
        with self._archive.reading() as connection:
            others = positions_of(connection, self._trimming.readers)
        self._stream.trim([self._from, *others], kept_s=self._trimming.kept_s)
        self._trimmed_at = now

    def _failed(self, error: ProducerError, *, again: bool) -> None:
        if not again:
            log.error("archive_interrupted", reader=self._reader, code=error.code, problem=error.message)
        try:
            self._ledger.read("HINCRBY", keys.archive(self._reader), "failures", 1)
        except LedgerUnavailable:
            return  # then it is the ledger that is away, which others tell

    def _leads(self) -> bool:
        now = time.monotonic()
        if now < self._lease_until - self._pace.lease_s / 2:
            return True
        leads = self._ledger.run(calls.lead(self._reader, self._token, int(self._pace.lease_s * 1000)), patience_s=0)
        self._lease_until = now + self._pace.lease_s if leads else 0.0
        return leads

    def _give_up(self) -> None:
        try:
            self._ledger.run(calls.lead(self._reader, self._token, 0), patience_s=0)
        except ProducerError as error:
            log.debug("archive_lease_kept", code=error.code)  # it ends by itself
        self._lease_until = 0.0
