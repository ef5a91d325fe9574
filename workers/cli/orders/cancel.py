"""`cardinity cancel`: an order that is not sent yet is called back."""

from __future__ import annotations

import os

import click

from producers.enqueue import Enqueuer
from producers.runtime.settings import Settings
from workers.cli.orders.charge import WAIT_S, tell
from workers.cli.shell.output import Screen
from workers.cli.shell.rehearsal import dry_run
from workers.cli.shell.seconds import Seconds
from workers.cli.shell.speaking import speaking
from workers.operations.auditing import audited
from workers.operations.writing import writing


@click.command("cancel")
@click.argument("order_id")
@click.option("--wait", is_flag=True, help="Wait for the outcome and exit with what it is.")
@click.option("--timeout-s", type=Seconds(), default=WAIT_S, show_default=True, help="Of --wait.")
@dry_run
@speaking
def command(screen: Screen, order_id: str, wait: bool, timeout_s: float, dry_run: bool) -> None:
    """Call an order back that is not sent yet.

    One that is told as accepted or claimed is not sent any more, and ends as cancelled shortly. Any other was sent, or
    has ended, and goes on as it would: the state says which. With --wait the exit code is the outcome, 11 once it is
    cancelled. With --dry-run it is only told how the order stands.
    """
    settings = Settings.for_producer(os.environ)
    with Enqueuer(settings) as enqueuer:
        if dry_run:
            tell(screen, enqueuer, enqueuer.get(order_id), wait=False, timeout_s=timeout_s)
            return
        with writing(settings) as ledger:
            audited(ledger, settings, "order.cancel", order_id)
        tell(screen, enqueuer, enqueuer.cancel(order_id), wait=wait, timeout_s=timeout_s)
