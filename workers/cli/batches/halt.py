"""`cardinity batch pause`, `resume` and `cancel`: what is not sent yet rests, goes on, or ends."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import click
import structlog

from producers.contract import states
from producers.runtime.ledger.batch_calls import CANCELLED, PAUSED
from producers.runtime.logs import configure_logging
from workers.cli.auditing import audited
from workers.cli.batches import options
from workers.cli.batches.stopping import Stopping, stays_cancelled
from workers.cli.batches.watch import Look, look
from workers.cli.desk import REHEARSED, dry_run
from workers.cli.exit_codes import ExitCode
from workers.cli.outcomes import Tally
from workers.cli.output import Screen
from workers.cli.program import speaking
from workers.cli.reading import reading, settings_here
from workers.cli.writing import writing

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@click.command("pause")
@options.batch_argument
@dry_run
@speaking
def pause(screen: Screen, batch: str, dry_run: bool) -> None:
    """Send nothing more of a batch until it is resumed.

    What is being sent or was sent is not touched. Time goes on: what expires meanwhile ends as expired once the batch
    is resumed. Writes to the ledger, so it needs a worker's password.
    """
    if dry_run:
        _rehearse(screen, batch, "paused")
        return
    with _stopping(batch, "batch.pause") as stopping:
        before = stopping.say(PAUSED)
    tally = _look(batch).tally
    _tell(screen, batch, "batch_paused", tally, _unsent(tally), before)


@click.command("resume")
@options.batch_argument
@dry_run
@speaking
def resume(screen: Screen, batch: str, dry_run: bool) -> None:
    """Let a paused batch go on; its orders come back at the sweeper's pace.

    Writes to the ledger, so it needs a worker's password.
    """
    if dry_run:
        _rehearse(screen, batch, "resumed")
        return
    with _stopping(batch, "batch.resume") as stopping:
        before = stopping.say("")
        woken = _walked(screen, batch, "resuming", stopping.wake())
    _tell(screen, batch, "batch_resumed", _look(batch).tally, woken, before)


@click.command("cancel")
@options.batch_argument
@dry_run
@speaking
def cancel(screen: Screen, batch: str, dry_run: bool) -> None:
    """End what is not sent of a batch as cancelled, for good.

    What is being sent or was sent is not touched; what a worker has just taken, it ends itself. Exits 75 while some of
    the batch is not ended: the same command again goes on. Writes to the ledger, so it needs a worker's password.
    """
    if dry_run:
        _rehearse(screen, batch, "cancelled")
        return
    with _stopping(batch, "batch.cancel") as stopping:
        before = stopping.say(CANCELLED)
        ended = _walked(screen, batch, "cancelling", stopping.cancel())
    tally = _look(batch).tally
    _tell(screen, batch, "batch_cancelled", tally, ended, before)
    if _unsent(tally):
        click.get_current_context().exit(ExitCode.TEMPORARY)


@contextmanager
def _stopping(batch: str, action: str) -> Iterator[Stopping]:
    settings = settings_here()
    with writing(settings) as ledger:
        audited(ledger, settings, action, batch)
        yield Stopping(ledger, batch, settings.redis_connections_max)


def _walked(screen: Screen, batch: str, doing: str, steps: Iterator[int]) -> int:
    """Walk to the end; answers how many orders were met."""
    met = 0
    with screen.progress() as progress:
        task = progress.add_task(doing, total=_unsent(_look(batch).tally), note="")
        for count in steps:
            met += count
            progress.update(task, completed=met)
    return met


def _look(batch: str) -> Look:
    settings = settings_here()
    with reading(settings.redis_ledger_url, settings) as ledger:
        return look(ledger, batch)


def _rehearse(screen: Screen, batch: str, done: str) -> None:
    looked = _look(batch)
    if looked.halt == CANCELLED and done != CANCELLED:
        raise stays_cancelled(batch)
    _result(screen, batch, done, looked.tally, _unsent(looked.tally), looked.halt, dry_run=True)


def _unsent(tally: Tally) -> int:
    return tally.counts.get(states.ACCEPTED, 0) + tally.counts.get(states.CLAIMED, 0)


def _tell(screen: Screen, batch: str, event: str, tally: Tally, affected: int, before: str) -> None:
    """The result, and a line in the log that says who did it."""
    with configure_logging(settings_here()):
        log.warning(event, batch_id=batch, count=affected, user=getpass.getuser(), host=socket.gethostname())
    _result(screen, batch, event.removeprefix("batch_"), tally, affected, before, dry_run=False)


def _result(screen: Screen, batch: str, done: str, tally: Tally, affected: int, before: str, *, dry_run: bool) -> None:
    unsent, was = _unsent(tally), before or "running"
    counts = {"affected": affected, "unsent": unsent, "sent_or_ended": tally.known - unsent}
    screen.result(
        {"batch": batch, "done": done, "was": was, **counts, "dry_run": dry_run},
        f"batch {batch}: {done}, was {was}; {affected} orders affected, {unsent} not sent, "
        f"{tally.known - unsent} sent or ended{REHEARSED if dry_run else ''}",
    )
