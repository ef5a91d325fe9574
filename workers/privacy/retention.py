"""Takes from the archive what is over its time, class by class: a duty of the archive's process.

Rows are looked for while reading, and changed a chunk at a time, each in a transaction of its own that asks once more
whether they are due. So the archive's writer waits for a chunk at the most, whoever is stopped begins again, and two at
once do no harm.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Row, and_, bindparam, delete, func, select, tuple_, update

from producers.errors import ArchiveUnavailable, LedgerUnavailable, ProducerError
from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import BEGINNING, move, position_of
from producers.runtime.ledger.clock import read_now_ms
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.settings import Settings
from workers.events.archive.beside import Pause, beside
from workers.privacy.classes import CLASSES, Class
from workers.privacy.pseudonyms import Pseudonyms, read_pseudonyms

log: Final[structlog.stdlib.BoundLogger] = structlog.get_logger(__name__)

DUTY: Final = "retention"
#: Rows of one transaction: some milliseconds.
CHUNK: Final = 500
#: Seconds of rest between two chunks, between two rounds, and after a failure.
CHUNK_REST_S, ROUND_S, FAILED_S = 0.05, 6 * 3600.0, 60.0
#: Seconds between two rounds that are believed. An archive may be off for a month; a clock that says more may be wrong,
#: and what is deleted does not come back.
LEAP_MAX_S: Final = 31 * 86_400.0


class ClockLeapt(ProducerError):
    """The clock says that the last round was so many seconds ago."""

    def __init__(self, gone_s: float) -> None:
        days = int(gone_s // 86_400)
        remedy = "mend the clock of the ledger's host; if it is right: cardinity archive retain --clock-is-right"
        super().__init__("clock_leapt", f"the last round was {days} days ago by the ledger's clock: {remedy}")


class Retention:
    """Goes through the classes. `kept_s` says how long by the setting's name; `clock_ms` is since 1970 UTC."""

    def __init__(
        self,
        archive: Archive,
        kept_s: Callable[[str], float],
        pseudonyms: Pseudonyms,
        *,
        clock_ms: Callable[[], int],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._archive = archive
        self._kept_s = kept_s
        self._pseudonyms = pseudonyms
        self._clock_ms = clock_ms
        self._pause = pause

    def run(self) -> None:
        """Round after round, until an exception ends it."""
        while True:
            try:
                self.round()
                rest_s = ROUND_S
            except ClockLeapt as error:
                log.error("retention_refused", code=error.code, problem=error.message)
                rest_s = ROUND_S
            except (ArchiveUnavailable, LedgerUnavailable) as error:
                log.error("retention_interrupted", code=error.code, problem=error.message)
                rest_s = FAILED_S
            self._pause(rest_s * random.uniform(0.8, 1.0))  # noqa: S311 - jitter

    def due(self) -> dict[str, int]:
        """How many rows of each class are over their time. Raises ArchiveUnavailable, LedgerUnavailable."""
        now_ms = self._clock_ms()
        with self._archive.reading() as connection:
            counts = (
                select(func.count()).select_from(each.table).where(each.due(self._limit_ms(each, now_ms)))
                for each in CLASSES
            )
            return {each.name: int(connection.scalar(count) or 0) for each, count in zip(CLASSES, counts, strict=True)}

    def round(self, *, clock_is_right: bool = False) -> dict[str, int]:
        """Once through all of them; how many rows of each were changed. `clock_is_right` is an operator's word.

        Raises:
            ClockLeapt: the clock says that the last round was longer than LEAP_MAX_S ago, and nothing is taken.
            ArchiveUnavailable, LedgerUnavailable: again later.
        """
        now_ms = self._clock_ms()
        self._move_to(now_ms, clock_is_right=clock_is_right)
        done = {each.name: sum(self._through(each, self._limit_ms(each, now_ms))) for each in CLASSES}
        for name, rows in done.items():
            if rows:
                log.info("retained", where=name, rows=rows)
        return done

    def _move_to(self, now_ms: int, *, clock_is_right: bool) -> None:
        with self._archive.reading() as connection:
            before = position_of(connection, DUTY)
        gone_s = (now_ms - int(before)) / 1000
        if before != BEGINNING and gone_s > LEAP_MAX_S and not clock_is_right:
            raise ClockLeapt(gone_s)
        with self._archive.writing() as connection:
            move(connection, DUTY, before, str(now_ms), now_ms)

    def _through(self, kept: Class, limit_ms: int) -> Iterator[int]:
        keys = list(kept.table.primary_key)
        due, place = kept.due(limit_ms), (kept.at, *keys)
        query = select(*place).where(due).order_by(*place).limit(CHUNK)
        after: Sequence[Any] = ()
        while True:
            with self._archive.reading() as connection:
                # From where the last chunk ended: rows that are emptied are not gone through again and again.
                found = connection.execute(query.where(kept.at >= after[0]) if after else query).all()
            if not found:
                return
            with self._archive.writing() as connection:
                yield self._change(connection, kept, limit_ms, found)
            after = found[-1]
            self._pause(CHUNK_REST_S)

    def _change(self, connection: Connection, kept: Class, limit_ms: int, found: Sequence[Row[Any]]) -> int:
        keys = list(kept.table.primary_key)
        is_due = and_(tuple_(*keys).in_([tuple(row)[1:] for row in found]), kept.due(limit_ms))
        if kept.take_off is not None:
            return kept.take_off(connection, is_due, limit_ms)
        if kept.emptied is None:
            return connection.execute(delete(kept.table).where(is_due)).rowcount
        if kept.named is None:
            return connection.execute(update(kept.table).where(is_due).values(kept.emptied)).rowcount
        return self._rename(connection, kept, keys[0], kept.table.c[kept.named], is_due)

    def _rename(self, connection: Connection, kept: Class, key: Any, named: Any, is_due: Any) -> int:
        people = connection.execute(select(key, named).where(is_due).with_for_update()).all()
        if people:
            changes = {**(kept.emptied or {}), named.name: bindparam("pseudonym")}
            connection.execute(
                update(kept.table).where(key == bindparam("row")).values(changes),
                [{"row": row, "pseudonym": name and self._pseudonyms.of(name)} for row, name in people],
            )
        return len(people)

    def _limit_ms(self, kept: Class, now_ms: int) -> int:
        return now_ms - int((self._kept_s(kept.setting) + kept.beyond_s) * 1000)


def retention_of(
    settings: Settings, ledger: SyncLedger, archive: Archive, *, pause: Callable[[float], None] = time.sleep
) -> Retention:
    """What takes from that archive as the settings say, by the ledger's clock. Raises SettingsError."""
    pseudonyms = read_pseudonyms(settings.pseudonym_key_file)
    return Retention(
        archive,
        lambda name: float(getattr(settings, name)),
        pseudonyms,
        clock_ms=lambda: read_now_ms(ledger),
        pause=pause,
    )


@contextmanager
def retaining(settings: Settings, ledger: SyncLedger, archive: Archive) -> Iterator[None]:
    """Take what is over its time, in a thread of its own until the block ends. Raises SettingsError."""

    def make(pause: Pause) -> Callable[[], None]:
        return retention_of(settings, ledger, archive, pause=pause).run

    with beside(DUTY, make):
        yield
