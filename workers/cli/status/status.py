"""`cardinity status`: one screen about the whole system."""

from __future__ import annotations

import click

from workers.cli.shell.environment import settings_here
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.cli.status.rows import record_of, table_of
from workers.operations.board import look


@click.command("status")
@speaking
def command(screen: Screen) -> None:
    """How the queues, the ledger and the workers stand.

    Messages on the queues, orders by state with the longest waiting, outcomes of the last minute, money whose fate is
    unknown, what is paused, breakers, how far the mirror of the gateway's list reaches, workers and schedulers.
    """
    settings = settings_here()
    board = look(settings)
    if screen.as_json:
        screen.record(record_of(board, settings.presence_s))
    else:
        screen.show(table_of(board, settings.presence_s))
