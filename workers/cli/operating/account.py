"""`cardinity account`: a merchant account through which nothing new is sent for a while."""

from __future__ import annotations

import click

from workers.cli.operating.pausing import because, tell
from workers.cli.shell.environment import settings_here
from workers.cli.shell.output import Screen
from workers.cli.shell.rehearsal import dry_run
from workers.cli.shell.speaking import speaking
from workers.operations.opening import at_desk
from workers.operations.pauses import pause_account, resume_account


@click.group("account")
def command() -> None:
    """Send nothing new through a merchant account for a while.

    Orders that go by rule pass to the next account; the others stay accepted, and `cardinity explain` says
    account_paused. Reading the gateway's list goes on, so what was sent finds its outcome.
    """


@command.command("pause")
@click.argument("account")
@because
@dry_run
@speaking
def pause(screen: Screen, account: str, because: str, dry_run: bool) -> None:
    """Send nothing new through an account, from a second later on. What has left is waited for."""
    settings = settings_here()
    with at_desk(settings, rehearsal=dry_run) as desk:
        tell(screen, pause_account(desk, account, settings.accounts, because), "paused", dry_run=dry_run)


@command.command("resume")
@click.argument("account")
@dry_run
@speaking
def resume(screen: Screen, account: str, dry_run: bool) -> None:
    """Send through it again. Its orders come back within 24 times HOLD_BACK_S, on a ramp."""
    with at_desk(settings_here(), rehearsal=dry_run) as desk:
        tell(screen, resume_account(desk, account), "resumed", dry_run=dry_run)
