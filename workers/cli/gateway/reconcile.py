"""`cardinity reconcile`: our books against the gateway's."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import click
import msgspec

from cardinity_client import CardinityClient
from producers.moments import rfc3339
from producers.runtime.archive.database import Archive
from producers.runtime.settings import Settings
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.events.archive.service import pinned_ledger
from workers.reconciling.reconciler import Reconciler, latest
from workers.reconciling.values import Difference, Result, Side

_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]
_DAY_MS = 86_400_000


@click.group("reconcile")
def command() -> None:
    """Hold our books against the gateway's.

    It reads from both, and changes nothing. Zero differences are normal.
    """


@command.command("run")
@click.option("--from", "begin", type=click.DateTime(_FORMATS), help="Orders that ended since, UTC; else a day ago.")
@click.option("--until", type=click.DateTime(_FORMATS), help="And before that; else now.")
@click.option("--rate", type=click.FloatRange(0.1, 1000), default=20, show_default=True, help="Reads per second.")
@click.option("--alone", is_flag=True, help="Nobody else uses the accounts: what no order made is a difference.")
@speaking
def run(screen: Screen, begin: datetime | None, until: datetime | None, rate: float, alone: bool) -> None:
    """Ask the gateway for what orders have made, and for its newest hundred payments; exits 65 on differences.

    Asks by the ids that the archive has: let that catch up first.
    """
    settings, now_ms = settings_here(), int(time.time() * 1000)
    period = _ms(begin, now_ms - _DAY_MS), _ms(until, now_ms)
    _tell(screen, asyncio.run(_reconciled(settings, *period, rate=rate, alone=alone)))


@command.command("report")
@speaking
def report(screen: Screen) -> None:
    """What the last run found; exits 65 on differences, 66 when there was none."""
    with Archive(settings_here()) as archive:
        result = latest(archive)
    if result is None:
        raise CommandError("never_reconciled", "there was no run yet: cardinity reconcile run", ExitCode.NO_INPUT)
    _tell(screen, result)


async def _reconciled(settings: Settings, from_ms: int, until_ms: int, *, rate: float, alone: bool) -> Result:
    async with AsyncExitStack() as closing:
        ledger = closing.enter_context(pinned_ledger(settings))
        archive = closing.enter_context(Archive(settings))
        clients = {
            account: await closing.enter_async_context(CardinityClient(settings.client_settings(account)))
            for account in settings.accounts
        }
        return await Reconciler(archive, ledger, clients, rate=rate, alone=alone).run(from_ms, until_ms)


def _tell(screen: Screen, result: Result) -> None:
    for difference in result.differences:
        screen.result(msgspec.to_builtins(difference), _as_text(difference))
    counts = {name: getattr(result, name) for name in ("both", "ours", "theirs", "unread")}
    told = {
        "run": result.run_id,
        "from": rfc3339(result.from_ms),
        "until": rfc3339(result.until_ms),
        "ended": rfc3339(result.ended_at_ms),
        **counts,
        "differences": len(result.differences),
    }
    text = f"{len(result.differences)} differences; {result.both} the same on both sides, {result.theirs} not ours"
    screen.result(told, f"{text}{f', {result.unread} could not be asked for' if result.unread else ''}")
    if result.differences:
        click.get_current_context().exit(ExitCode.DATA)
    if result.unread:
        click.get_current_context().exit(ExitCode.TEMPORARY)


def _as_text(found: Difference) -> str:
    sides = f"ours: {_in_words(found.ours)}; theirs: {_in_words(found.theirs)}"
    return f"{found.order_id or found.account}: {found.what}; {sides}"


def _in_words(side: Side | None) -> str:
    if side is None:
        return "nothing"
    told = (side.state, side.amount_minor, side.currency, side.id, side.reference and f"for {side.reference}")
    return " ".join(str(each) for each in told if each is not None)


def _ms(at: datetime | None, otherwise_ms: int) -> int:
    return otherwise_ms if at is None else int(at.replace(tzinfo=UTC).timestamp() * 1000)
