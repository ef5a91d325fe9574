"""`cardinity batch pause`, `resume` and `cancel`: what is not sent yet rests, goes on, or ends."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Iterator

import click
import structlog

from producers.contract import states
from producers.runtime.logs import configure_logging
from workers.cli.batches import options
from workers.cli.batches.watch import look
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.output import Screen
from workers.cli.shell.rehearsal import REHEARSED, dry_run
from workers.cli.shell.speaking import speaking
from workers.operations.batches import cancel_batch, pause_batch, resume_batch
from workers.operations.opening import at_desk
from workers.operations.reading import reading
from workers.operations.tally import Tally

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
    with at_desk(settings_here(), rehearsal=dry_run) as desk:
        halted = pause_batch(desk, batch)
    tally = _tally(batch)
    _tell(screen, batch, "batch_paused", tally, _unsent(tally), halted.before, dry_run=dry_run)


@click.command("resume")
@options.batch_argument
@dry_run
@speaking
def resume(screen: Screen, batch: str, dry_run: bool) -> None:
    """Let a paused batch go on; its orders come back at the sweeper's pace.

    Writes to the ledger, so it needs a worker's password.
    """
    settings = settings_here()
    with at_desk(settings, rehearsal=dry_run) as desk:
        halted = resume_batch(desk, batch, settings.redis_connections_max)
        woken = _walked(screen, batch, "resuming", halted.steps)
    _tell(screen, batch, "batch_resumed", _tally(batch), woken, halted.before, dry_run=dry_run)


@click.command("cancel")
@options.batch_argument
@dry_run
@speaking
def cancel(screen: Screen, batch: str, dry_run: bool) -> None:
    """End what is not sent of a batch as cancelled, for good.

    What is being sent or was sent is not touched; what a worker has just taken, it ends itself. Exits 75 while some of
    the batch is not ended: the same command again goes on. Writes to the ledger, so it needs a worker's password.
    """
    settings = settings_here()
    with at_desk(settings, rehearsal=dry_run) as desk:
        halted = cancel_batch(desk, batch, settings.redis_connections_max)
        ended = _walked(screen, batch, "cancelling", halted.steps)
    tally = _tally(batch)
    _tell(screen, batch, "batch_cancelled", tally, ended, halted.before, dry_run=dry_run)
    if _unsent(tally) and not dry_run:
        click.get_current_context().exit(ExitCode.TEMPORARY)


def _walked(screen: Screen, batch: str, doing: str, steps: Iterator[int]) -> int:
    """Walk to the end; answers how many orders were met."""
    met = 0
    with screen.progress() as progress:
        task = progress.add_task(doing, total=_unsent(_tally(batch)), note="")
        for count in steps:
            met += count
            progress.update(task, completed=met)
    return met


def _tally(batch: str) -> Tally:
    settings = settings_here()
    with reading(settings.redis_ledger_url, settings) as ledger:
        return look(ledger, batch).tally


def _unsent(tally: Tally) -> int:
    return tally.counts.get(states.ACCEPTED, 0) + tally.counts.get(states.CLAIMED, 0)


def _tell(screen: Screen, batch: str, event: str, tally: Tally, affected: int, before: str, *, dry_run: bool) -> None:
    """The result, and a line in the log that says who did it."""
    unsent = _unsent(tally)
    if dry_run:
        affected = unsent  # nobody has walked over them
    else:
        with configure_logging(settings_here()):
            log.warning(event, batch_id=batch, count=affected, user=getpass.getuser(), host=socket.gethostname())
    was = before or "running"
    counts = {"affected": affected, "unsent": unsent, "sent_or_ended": tally.known - unsent}
    done = event.removeprefix("batch_")
    screen.result(
        {"batch": batch, "done": done, "was": was, **counts, "dry_run": dry_run},
        f"batch {batch}: {done}, was {was}; {affected} orders affected, {unsent} not sent, "
        f"{tally.known - unsent} sent or ended{REHEARSED if dry_run else ''}",
    )
