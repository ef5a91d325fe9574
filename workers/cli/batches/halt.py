"""`cardinity batch pause`, `resume` and `cancel`: what is not sent yet rests, goes on, or ends.

Each says its word first, in one write, and from then on no order of the batch is sent against it. The walk behind it is
made of small steps over the orders that nobody has taken; died in the middle, it is simply repeated.
"""

from __future__ import annotations

import getpass
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import click
import structlog

from producers.contract import states
from producers.runtime.ledger import keys
from producers.runtime.ledger.batch_calls import CANCELLED, PAUSED, halt, waiting
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.record import BRIEF, Record
from producers.runtime.ledger.results import Moved, NotYours
from producers.runtime.logs import configure_logging
from workers.cli.auditing import audited
from workers.cli.batches import options
from workers.cli.batches.watch import look
from workers.cli.exit_codes import ExitCode
from workers.cli.failures import CommandError
from workers.cli.outcomes import Tally
from workers.cli.output import Screen
from workers.cli.program import speaking
from workers.cli.reading import reading, settings_here
from workers.cli.writing import writing
from workers.payments.endings import BATCH_CANCELLED, end

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

#: Orders looked at in one step: Redis is busy with it for about a millisecond.
STEP = 500
#: What it takes to end an order that nobody has taken: all that its event tells, and not its card.
_FIELDS = ("state", "token", *(name for name in BRIEF if name != "envelope"))


@dataclass(frozen=True, slots=True)
class Stopping:
    """A batch that is being stopped or let go on."""

    ledger: SyncLedger
    batch: str

    def say(self, word: Literal["paused", "cancelled", ""]) -> str:
        """Say the word; answers what stopped the batch before.

        Raises:
            CommandError: `batch_unknown`, `batch_cancelled`.
        """
        match self.ledger.run(halt(self.batch, word)):
            case NotYours("missing"):
                message = f"the ledger knows no batch {self.batch}: submit it"
                raise CommandError("batch_unknown", message, ExitCode.NO_INPUT)
            case NotYours():
                message = f"batch {self.batch} was cancelled, and that stays"
                raise CommandError("batch_cancelled", message, ExitCode.DATA)
            case before:
                return before

    def steps(self, *, wake: bool) -> Iterator[tuple[str, ...]]:
        """Orders of the batch that nobody has taken, step by step; with `wake` they fall due."""
        cursor, first = "0", True
        while first or cursor != "0":
            cursor, found = self.ledger.run(waiting(self.batch, cursor, STEP, wake=wake))
            first = False
            if found:
                yield found

    def cancelled(self, found: tuple[str, ...]) -> int:
        """End those of the orders that nobody has taken meanwhile; answers how many that were."""
        rows = self.ledger.read_many([("HMGET", keys.order(order_id), *_FIELDS) for order_id in found])
        records = [
            Record(order_id, {name: value for name, value in zip(_FIELDS, row, strict=True) if value is not None})
            for order_id, row in zip(found, rows, strict=True)
        ]
        calls = [
            end(record, states.CANCELLED, BATCH_CANCELLED) for record in records if record.state == states.ACCEPTED
        ]
        moved = self.ledger.run_many(calls) if calls else []
        return sum(isinstance(answer, Moved) and bool(answer.before) for answer in moved)


@click.command("pause")
@options.batch_argument
@speaking
def pause(screen: Screen, batch: str) -> None:
    """Send nothing more of a batch until it is resumed.

    What is being sent or was sent is not touched. Time goes on: what expires meanwhile ends as expired once the batch
    is resumed. Writes to the ledger, so it needs a worker's password.
    """
    with _stopping(batch, "batch.pause") as stopping:
        before = stopping.say(PAUSED)
    tally = _tally(batch)
    _tell(screen, batch, "batch_paused", tally, _unsent(tally), before)


@click.command("resume")
@options.batch_argument
@speaking
def resume(screen: Screen, batch: str) -> None:
    """Let a paused batch go on; its orders come back at the sweeper's pace.

    Writes to the ledger, so it needs a worker's password.
    """
    with _stopping(batch, "batch.resume") as stopping:
        before = stopping.say("")
        woken = sum(map(len, stopping.steps(wake=True)))
    _tell(screen, batch, "batch_resumed", _tally(batch), woken, before)


@click.command("cancel")
@options.batch_argument
@speaking
def cancel(screen: Screen, batch: str) -> None:
    """End what is not sent of a batch as cancelled, for good.

    What is being sent or was sent is not touched; what a worker has just taken, it ends itself. Exits 75 while some of
    the batch is not ended: the same command again goes on. Writes to the ledger, so it needs a worker's password.
    """
    with _stopping(batch, "batch.cancel") as stopping:
        before = stopping.say(CANCELLED)
        ended = sum(map(stopping.cancelled, stopping.steps(wake=False)))
    tally = _tally(batch)
    _tell(screen, batch, "batch_cancelled", tally, ended, before)
    if _unsent(tally):
        click.get_current_context().exit(ExitCode.TEMPORARY)


@contextmanager
def _stopping(batch: str, action: str) -> Iterator[Stopping]:
    settings = settings_here()
    with writing(settings) as ledger:
        audited(ledger, settings, action, batch)
        yield Stopping(ledger, batch)


def _tally(batch: str) -> Tally:
    settings = settings_here()
    with reading(settings.redis_ledger_url, settings) as ledger:
        return look(ledger, batch).tally


def _unsent(tally: Tally) -> int:
    return tally.counts.get(states.ACCEPTED, 0) + tally.counts.get(states.CLAIMED, 0)


def _tell(screen: Screen, batch: str, event: str, tally: Tally, affected: int, before: str) -> None:
    """The result, and a line in the log that says who did it."""
    unsent = _unsent(tally)
    with configure_logging(settings_here()):
        log.warning(event, batch_id=batch, count=affected, user=getpass.getuser(), host=socket.gethostname())
    was = before or "running"
    counts = {"affected": affected, "unsent": unsent, "sent_or_ended": tally.known - unsent}
    done = event.removeprefix("batch_")
    screen.result(
        {"batch": batch, "done": done, "was": was, **counts},
        f"batch {batch}: {done}, was {was}; {affected} orders affected, {unsent} not sent, "
        f"{tally.known - unsent} sent or ended",
    )
