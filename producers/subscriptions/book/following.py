"""Outcomes into the rows of attempts and periods, and how far the event stream was read: one transaction.

Two readers at once do no harm: the second finds that the position is not what it thought, and its batch is dropped as a
whole. An event that comes again changes nothing, because an attempt that has ended does not end once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final

from producers.contract.events import Event
from producers.feed import Position
from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import move, position_of
from producers.subscriptions.book.outcomes import outcome_in
from producers.subscriptions.book.recording import apply
from producers.subscriptions.till import Till

#: This reader's name in the table of positions.
READER: Final = "renewals"
#: Events that are written together.
CHUNK: Final = 500


def follow(archive: Archive, till: Till, now_ms: int) -> int:
    """Write what has happened since the last time; how many outcomes of renewals that were."""
    written = 0
    while True:
        position = _position(archive)
        events = till.events(position)
        while chunk := list(islice(events, CHUNK)):
            counted = _write(archive, position, chunk, now_ms)
            if counted is None:
                break  # another reader was here: go on from where it stopped
            written, position = written + counted, chunk[-1][0]
        else:
            return written


def _write(archive: Archive, position: Position, chunk: Sequence[tuple[Position, Event]], now_ms: int) -> int | None:
    outcomes = [outcome for _, event in chunk if (outcome := outcome_in(event)) is not None]
    with archive.writing() as connection:
        if not move(connection, READER, position, chunk[-1][0], now_ms):
            return None
        return apply(connection, outcomes, now_ms)


def _position(archive: Archive) -> Position:
    with archive.reading() as connection:
        return Position(position_of(connection, READER))
