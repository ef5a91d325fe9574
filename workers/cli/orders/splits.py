"""`cardinity splits`: payments in parts. Card data come from files or stdin, never from arguments."""

from __future__ import annotations

import os
import time
from typing import Final

import click

from producers.contract.splits import parse_split
from producers.enqueue import Enqueuer
from producers.errors import WaitTimeout
from producers.runtime.settings import Settings
from producers.splits import progress
from producers.splits.accepting import SplitPart, SplitPayment
from producers.splits.records import split_record
from workers.cli.orders.charge import WAIT_S, read_card
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.output import Screen
from workers.cli.shell.seconds import Seconds
from workers.cli.shell.speaking import speaking

#: What `--wait` exits with; a payment that has not ended is open.
_EXITS: Final = {
    progress.COMPLETED: ExitCode.OK,
    progress.PARTIAL: ExitCode.DECLINED,
    progress.FAILED: ExitCode.NOT_CHARGED,
    progress.COMPENSATED: ExitCode.NOT_CHARGED,
}


@click.group("splits")
def command() -> None:
    """Take one payment in parts for several recipients, and see how it stands."""


@command.command("create")
@click.argument("file", metavar="FILE|-")
@click.option("--wait", is_flag=True, help="Wait for the end and exit with what it is.")
@click.option("--timeout-s", type=Seconds(), default=WAIT_S, show_default=True, help="Of --wait.")
@speaking
def create(screen: Screen, file: str, wait: bool, timeout_s: float) -> None:
    """Accept one payment in parts: a JSON object with split_id, total, parts and the fields of a charge; - reads stdin.

    Answers once all of its orders are on the ledger's disk, or none; called again with the same content it tells how
    the payment stands. With --wait the exit code is the end: 0 completed, 10 partial, 11 failed or compensated, 12
    open.
    """
    settings = Settings.for_producer(os.environ)
    given = read_card(file)
    # A wrong field is told without Redis, and at once.
    parse_split(given, now_ms=int(time.time() * 1000), mode=settings.cardinity_mode)
    with Enqueuer(settings) as enqueuer:
        _tell(screen, enqueuer, enqueuer.split(**given), wait=wait, timeout_s=timeout_s)


@command.command("show")
@click.argument("split_id")
@click.option("--wait", is_flag=True, help="Wait for the end and exit with what it is.")
@click.option("--timeout-s", type=Seconds(), default=WAIT_S, show_default=True, help="Of --wait.")
@speaking
def show(screen: Screen, split_id: str, wait: bool, timeout_s: float) -> None:
    """How a payment in parts stands, part by part."""
    with Enqueuer(Settings.for_producer(os.environ)) as enqueuer:
        _tell(screen, enqueuer, enqueuer.get_split(split_id), wait=wait, timeout_s=timeout_s)


def _tell(screen: Screen, enqueuer: Enqueuer, split: SplitPayment, *, wait: bool, timeout_s: float) -> None:
    if wait and not split.final:
        screen.say(f"{split.split_id}: {split.state}, waiting for the end")
        try:
            split = enqueuer.wait_split(split.split_id, timeout_s)
        except WaitTimeout:
            split = enqueuer.get_split(split.split_id)
    screen.result(split_record(split), as_text(split))
    if wait:
        click.get_current_context().exit(_EXITS[split.state] if split.final else ExitCode.OPEN)


def as_text(split: SplitPayment) -> str:
    """The payment as people get it."""
    head = f"{split.split_id}: {split.state}, {split.total.text} {split.total.currency}"
    stuck = (part for part in split.parts if part.order_id in split.standing.stuck)
    return "\n".join((head, *map(_line, split.parts), *map(_advice, stuck)))


def _line(part: SplitPart) -> str:
    undone = f", given back by {part.undone_by}: {part.undone}" if part.undone_by else ""
    return f"  {part.order_id}: {part.amount.text} for {part.recipient}, {part.state}{undone}"


def _advice(part: SplitPart) -> str:
    how = f"by an order called {part.undo_next}" if part.undo_next else "in the back office"
    return f"{part.order_id} could not be given back: find out why, then give it back {how}"
