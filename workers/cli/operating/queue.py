"""`cardinity queue`: which messages workers take, and how many there are."""

from __future__ import annotations

import time
from typing import Final

import click

from producers.contract.names import QUEUES
from workers.cli.operating.pausing import because, tell
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.rehearsal import REHEARSED, dry_run
from workers.cli.shell.speaking import speaking
from workers.operations.depth import Depth, depth, depths
from workers.operations.opening import at_desk
from workers.operations.pauses import pause_queue, resume_queue

#: Seconds between two looks at what workers still have in their hands.
LOOK_EVERY_S: Final = 0.2

#: Seconds within which every worker has heard of a pause: each looks twice as often.
HEARD_S: Final = 1.0

_QUEUE: Final = click.argument("queue", type=click.Choice(QUEUES))


@click.group("queue")
def command() -> None:
    """Pause, resume and drain the queues, and see how much lies there.

    A paused queue is fetched from by no worker, from a second later on, and by none that starts, until it is resumed.
    Orders stay accepted meanwhile and are never lost; what expires ends as expired.
    """


@command.command("pause")
@_QUEUE
@because
@dry_run
@speaking
def pause(screen: Screen, queue: str, because: str, dry_run: bool) -> None:
    """Take no more messages from a queue. What workers have taken goes on."""
    with at_desk(settings_here(), rehearsal=dry_run) as desk:
        tell(screen, pause_queue(desk, queue, because), "paused", dry_run=dry_run)


@command.command("resume")
@_QUEUE
@dry_run
@speaking
def resume(screen: Screen, queue: str, dry_run: bool) -> None:
    """Take messages from it again."""
    with at_desk(settings_here(), rehearsal=dry_run) as desk:
        tell(screen, resume_queue(desk, queue), "resumed", dry_run=dry_run)


@command.command("drain")
@_QUEUE
@because
@click.option("--timeout-s", type=click.FloatRange(min=0), default=60.0, show_default=True, help="Seconds.")
@dry_run
@speaking
def drain(screen: Screen, queue: str, because: str, timeout_s: float, dry_run: bool) -> None:
    """Pause a queue, and wait until workers have nothing of it in their hands. It stays paused.

    Exits 75 when the time is over first.
    """
    settings = settings_here()
    with at_desk(settings, rehearsal=dry_run) as desk:
        pause_queue(desk, queue, because)
        began_at = time.monotonic()
        found = depth(desk, queue)
        # A worker that has not heard of the pause yet may take one more.
        while not dry_run and (found.taken or time.monotonic() < began_at + HEARD_S):
            if time.monotonic() >= began_at + max(timeout_s, HEARD_S):
                message = f"workers still have {found.taken} messages of {queue} in their hands; it is paused"
                raise CommandError("not_drained", message, ExitCode.TEMPORARY)
            time.sleep(LOOK_EVERY_S)
            found = depth(desk, queue)
    done = f"{queue}: drained, {found.waiting} waiting{REHEARSED if dry_run else ''}"
    screen.result({**_record(found), "done": "drained", "dry_run": dry_run}, done)


@command.command("depth")
@speaking
def show(screen: Screen) -> None:
    """How many messages wait on each queue, are in workers' hands, and are dead."""
    with at_desk(settings_here()) as desk:
        for each in depths(desk):
            text = f"{each.queue}: {each.waiting} waiting, {each.taken} in workers' hands, {each.dead} dead"
            screen.result(_record(each), text)


def _record(found: Depth) -> dict[str, object]:
    return {"queue": found.queue, "waiting": found.waiting, "taken": found.taken, "dead": found.dead}
