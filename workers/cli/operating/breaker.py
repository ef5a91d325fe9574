"""`cardinity breaker`: the circuit breakers of the merchant accounts, of which every worker process has its own."""

from __future__ import annotations

import click

from workers.cli.operating.pausing import tell
from workers.cli.shell.environment import settings_here
from workers.cli.shell.output import Screen
from workers.cli.shell.rehearsal import dry_run
from workers.cli.shell.speaking import speaking
from workers.operations.board import look
from workers.operations.opening import at_desk
from workers.operations.pauses import reset_breaker


@click.group("breaker")
def command() -> None:
    """The circuit breakers of the accounts: see them, and close them.

    One opens after a run of failures, and closes by itself when a read of the gateway succeeds.
    """


@command.command("status")
@speaking
def status(screen: Screen) -> None:
    """In how many workers the breaker of each account is not closed, and in which."""
    settings = settings_here()
    board = look(settings)
    for account in settings.accounts:
        tripped = board.breakers.get(account, {})
        where = ", ".join(f"{worker} {state}" for worker, state in sorted(tripped.items()))
        of_all = f"{len(tripped)} of {len(board.workers)} workers"
        told = f"not closed in {of_all}: {where}" if tripped else "closed everywhere"
        record = {"account": account, "workers": len(board.workers), "not_closed": dict(tripped)}
        screen.result(record, f"{account}: {told}")


@command.command("reset")
@click.argument("account")
@dry_run
@speaking
def reset(screen: Screen, account: str, dry_run: bool) -> None:
    """Close an account's breaker in all workers, within a second. It opens again if the gateway still fails.

    Orders that it turned away come back within BREAKER_RESET_S; others are sent at once.
    """
    settings = settings_here()
    with at_desk(settings, rehearsal=dry_run) as desk:
        tell(screen, reset_breaker(desk, account, settings.accounts), "reset", dry_run=dry_run)
