"""`cardinity finalize`: what a customer's bank answered to 3-D Secure, from a file or stdin."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from cardinity_client.models.threeds import RESULT_MAX
from producers.contract.continuation import read_answer
from producers.enqueue import Enqueuer
from producers.order_records import as_record
from producers.runtime.settings import Settings
from workers.cli.orders.charge import WAIT_S, as_text, awaited, exit_code_of
from workers.cli.shell.output import Screen
from workers.cli.shell.seconds import Seconds
from workers.cli.shell.speaking import speaking


@click.command("finalize")
@click.argument("order_id")
@click.option("--cres", metavar="F|-", help="File with the cres of version 2; - reads stdin.")
@click.option("--pares", metavar="F|-", help="File with the PaRes of version 1; - reads stdin.")
@click.option("--wait", is_flag=True, help="Wait for the outcome and exit with what it is.")
@click.option("--timeout-s", type=Seconds(), default=WAIT_S, show_default=True, help="Of --wait.")
@speaking
def command(screen: Screen, order_id: str, cres: str | None, pares: str | None, wait: bool, timeout_s: float) -> None:
    """Hand on what a customer's bank answered to 3-D Secure.

    The gateway decides by it. The same answer again is no second one. With --wait the exit code is the outcome, as of
    `cardinity charge`.
    """
    if (cres is None) == (pares is None):
        raise click.UsageError("give --cres or --pares, one of the two")
    settings = Settings.for_producer(os.environ)
    text = _read(cres or pares or "")
    given = {"pares": text} if cres is None else {"cres": text}
    read_answer(**given)
    with Enqueuer(settings) as enqueuer:
        asked = enqueuer.finalize(order_id, **given)
        order = awaited(enqueuer, asked, timeout_s, or_asked=False) if wait and not asked.final else asked
    screen.result(as_record(order), as_text(order))
    if wait:
        click.get_current_context().exit(exit_code_of(order.state))


def _read(name: str) -> str:
    """The text of a file; what is no text, or a book, is refused by its characters or its length."""
    if name == "-":
        data = sys.stdin.buffer.read(2 * RESULT_MAX + 1)
    else:
        with Path(name).open("rb") as file:
            data = file.read(2 * RESULT_MAX + 1)
    return data.decode("ascii", "replace")
