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

from producers.errors import ArchiveUnavailable
from producers.runtime.archive.database import Archive
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


class Retention:
    """Goes through the classes. `kept_s` says how long by the setting's name; `clock` is seconds since 1970 UTC."""

    def __init__(
        self,
        archive: Archive,
        kept_s: Callable[[str], float],
        pseudonyms: Pseudonyms,
        *,
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._archive = archive
        self._kept_s = kept_s
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._pause = pause

    def run(self) -> None:
        """Round after round, until an exception ends it."""
        while True:
            try:
                self.round()
                rest_s = ROUND_S
            except ArchiveUnavailable as error:
                log.error("retention_interrupted", code=error.code, problem=error.message)
                rest_s = FAILED_S
            self._pause(rest_s * random.uniform(0.8, 1.0))  # noqa: S311 - jitter

    def due(self) -> dict[str, int]:
        """How many rows of each class are over their time. Raises ArchiveUnavailable."""
        with self._archive.reading() as connection:
            counts = (
                select(func.count()).select_from(each.table).where(each.due(self._limit_ms(each))) for each in CLASSES
            )
            return {each.name: int(connection.scalar(count) or 0) for each, count in zip(CLASSES, counts, strict=True)}

    def round(self) -> dict[str, int]:
        """Once through all of them; how many rows of each were changed. Raises ArchiveUnavailable."""
        done = {each.name: sum(self._through(each)) for each in CLASSES}
        for name, rows in done.items():
            if rows:
                log.info("retained", where=name, rows=rows)
        return done

    def _through(self, kept: Class) -> Iterator[int]:
        limit_ms, keys = self._limit_ms(kept), list(kept.table.primary_key)
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

    def _limit_ms(self, kept: Class) -> int:
        return int((self._clock() - self._kept_s(kept.setting)) * 1000)


def retention_of(settings: Settings, archive: Archive, *, pause: Callable[[float], None] = time.sleep) -> Retention:
    """What takes from that archive as the settings say. Raises SettingsError."""
    pseudonyms = read_pseudonyms(settings.pseudonym_key_file)
    return Retention(archive, lambda name: float(getattr(settings, name)), pseudonyms, pause=pause)


@contextmanager
def retaining(settings: Settings, archive: Archive) -> Iterator[None]:
    """Take what is over its time, in a thread of its own until the block ends. Raises SettingsError."""

    def make(pause: Pause) -> Callable[[], None]:
        return retention_of(settings, archive, pause=pause).run

    with beside(DUTY, make):
        yield
