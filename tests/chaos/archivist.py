"""Archives that die at each of their steps, one after the other, at times two at once.

`python -m tests.chaos.archivist STATE_DIR ARCHIVE_URL LEDGER_URL EPOCH READER SEED ROUNDS` forks each of them, of the
stream that is read under that name: nothing is imported twice, and the parent has no connection and no thread. Each
kills itself (SIGKILL) as it comes to its step for the n-th time. At the end it says, as JSON, how many died at each.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

import redis
from sqlalchemy import Connection

from producers.runtime.archive.database import Archive
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import SyncLedger
from tests.archives import archive_settings
from workers.events.archive.archiver import Archiver, Pace, Trimming
from workers.events.archive.book import Book, EventBook, Written
from workers.events.archive.entries import Entry
from workers.events.archive.service import FURTHER
from workers.events.archive.stream import LedgerStream, Read

#: Where it may die, in the order in which it comes there.
TRIMMED: Final = "trimmed"
STEPS: Final = ("begun", "read", "moved", "written", "committed", "told", TRIMMED)
#: Small chunks, so that there are many steps, and a lease that the next one need not wait for.
PACE: Final = Pace(chunk=40, wait_ms=50, gather_s=0.0, trim_every_s=0.0, lease_s=0.1)


def steps_of(reader: str) -> tuple[str, ...]:
    """Where an archive of that stream may die: only events are trimmed."""
    return tuple(step for step in STEPS if step != TRIMMED or reader not in FURTHER)


class Blow:
    """Ends this process at the chosen step."""

    def __init__(self, step: str, times: int) -> None:
        self._step = step
        self._left = times

    def at(self, step: str) -> None:
        """The process has come to that step."""
        if step == self._step:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class DyingStream(LedgerStream):
    """The stream, with a blow around what is asked of it."""

    def __init__(self, ledger: SyncLedger, key: str, group: str, blow: Blow) -> None:
        super().__init__(ledger, key, group)
        self._blow = blow

    def read(self, after: str, *, entries_max: int, wait_ms: int) -> Read:
        """As the stream's, with a step before and behind it."""
        self._blow.at("begun")
        found = super().read(after, entries_max=entries_max, wait_ms=wait_ms)
        self._blow.at("read")
        return found

    def advance(self, position: str, entries: int, *, level: bool) -> None:
        """As the stream's, with a step before and behind it."""
        self._blow.at("committed")
        super().advance(position, entries, level=level)
        self._blow.at("told")

    def trim(self, before: Collection[str], *, kept_s: float) -> int:
        """As the stream's, with a step behind it."""
        trimmed = super().trim(before, kept_s=kept_s)
        self._blow.at("trimmed")
        return trimmed


class DyingBook:
    """A book, with a blow before and behind what is written."""

    def __init__(self, book: Book, blow: Blow) -> None:
        self._book = book
        self._blow = blow

    def write(self, connection: Connection, entries: Sequence[Entry], now_ms: int) -> Written:
        """As the book's, with a step before and behind it."""
        self._blow.at("moved")
        written = self._book.write(connection, entries, now_ms)
        self._blow.at("written")
        return written

    def put_aside(self, connection: Connection, entry: Entry, reason: str, now_ms: int) -> Written:
        """As the book's."""
        return self._book.put_aside(connection, entry, reason, now_ms)


def forked(run: Callable[[], NoReturn]) -> int:
    """A process of its own that does that until it dies."""
    pid = os.fork()
    if pid == 0:
        run()
    return pid


def await_death(pid: int, step: str) -> None:
    """It has killed itself at that step."""
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, (step, status)


def main() -> None:
    """Let them die, and tell."""
    *where, seed, rounds = sys.argv[1:]
    chance, died = random.Random(int(seed)), Counter[str]()
    steps = steps_of(where[-1])
    for _ in range(int(rounds)):
        for step in steps:
            others = [chance.choice(steps)] if chance.random() < 0.3 else []
            blows = [(each, Blow(each, chance.randrange(1, 5))) for each in (step, *others)]
            pids = {forked(partial(_run, where, blow)): each for each, blow in blows}
            for pid, at in pids.items():
                await_death(pid, at)
                died[at] += 1
    sys.stdout.write(json.dumps(died))


def _run(where: Sequence[str], blow: Blow) -> NoReturn:
    state, archive_url, ledger_url, epoch, reader = where
    client = redis.Redis.from_url(ledger_url, protocol=2)
    ledger = SyncLedger(client, epoch)
    archive = Archive(archive_settings(Path(state), archive_url))
    key, book = FURTHER[reader] if reader in FURTHER else (keys.EVENTS, lambda: EventBook(reader))
    trimming = Trimming(0) if TRIMMED in steps_of(reader) else None
    stream, dying = DyingStream(ledger, key, reader, blow), DyingBook(book(), blow)
    Archiver(reader, ledger, archive, stream, dying, trimming=trimming, pace=PACE).run()
    raise AssertionError("it runs until it dies")


if __name__ == "__main__":
    main()
