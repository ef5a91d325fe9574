"""What an operator does with a whole batch: what is not sent of it rests, goes on, or ends.

The word counts from its reply on: nothing more of the batch is sent against it. A walk follows over what nobody has
taken. It may be left in its middle: what it does not come to, whoever meets it does, and the same
word again goes on with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from producers.runtime.ledger import keys
from producers.runtime.ledger.batch_calls import CANCELLED, PAUSED
from workers.operations.desk import Desk
from workers.operations.stopping import Stopping, over, unknown

Word = Literal["paused", "cancelled", ""]


@dataclass(frozen=True, slots=True)
class Halted:
    """What stopped the batch before (empty: nothing), and the walk, that answers step by step how many it met."""

    before: str
    steps: Iterator[int]


def pause_batch(desk: Desk, batch: str) -> Halted:
    """Send nothing more of it until it is resumed. Time goes on: what expires meanwhile ends as expired then.

    Raises:
        NothingThere: `batch_unknown`.
        OperationRefused: `batch_cancelled`.
    """
    return Halted(_say(desk, "batch.pause", batch, PAUSED), iter(()))


def resume_batch(desk: Desk, batch: str, connections_max: int) -> Halted:
    """Let it go on; the walk wakes what rests. Raises as `pause_batch`."""
    before = _say(desk, "batch.resume", batch, "")
    return Halted(before, iter(()) if desk.dry_run else Stopping(desk.ledger, batch, connections_max).wake())


def cancel_batch(desk: Desk, batch: str, connections_max: int) -> Halted:
    """End what is not sent of it as cancelled, for good; the walk ends it. Raises as `pause_batch`."""
    before = _say(desk, "batch.cancel", batch, CANCELLED)
    return Halted(before, iter(()) if desk.dry_run else Stopping(desk.ledger, batch, connections_max).cancel())


def _say(desk: Desk, action: str, batch: str, word: Word) -> str:
    before = _standing(desk, batch, word)
    said = desk.do(action, batch, lambda: Stopping(desk.ledger, batch, 1).say(word))
    return before if said is None else said


def _standing(desk: Desk, batch: str, word: Word) -> str:
    """What stops it now. Said before anything is written down, and once more by the word itself."""
    if not desk.ledger.read("EXISTS", keys.batch(batch), keys.manifest(batch)):
        raise unknown(batch)
    found = desk.ledger.read("GET", keys.halt(batch))
    before = found.decode() if found else ""
    if before == CANCELLED and word != CANCELLED:
        raise over(batch)
    return before
