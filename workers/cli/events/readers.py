"""`cardinity archive readers` and `forget`: who keeps the event stream from being trimmed."""

from __future__ import annotations

import click

from producers.moments import rfc3339
from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import WEBHOOKS
from producers.runtime.ledger.clock import read_now_ms
from producers.runtime.ledger.executors import SyncLedger
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.events.archive.holding import Holder, holders, let_go
from workers.events.archive.service import READER, pinned_ledger
from workers.events.webhooks.pruning import forget as forget_webhooks
from workers.events.webhooks.pruning import is_posted
from workers.operations.auditing import audited
from workers.operations.writing import writing


@click.command("readers")
@speaking
def readers(screen: Screen) -> None:
    """List who reads the event stream, who is furthest behind first: what one of them has not read is not trimmed."""
    settings = settings_here()
    with pinned_ledger(settings) as ledger, Archive(settings) as archive:
        found = holders(ledger, archive)
    for each in found:
        _tell(screen, each)


@click.command("forget")
@click.argument("reader")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@speaking
def forget(screen: Screen, reader: str, dry_run: bool) -> None:
    """Keep the event stream no longer for READER, which reads no more. What it has not read goes with its time.

    Comes it again, it begins with what is left. Needs a worker's password.
    """
    settings = settings_here()
    with writing(settings) as ledger, Archive(settings) as archive:
        names = [each.name for each in holders(ledger, archive) if each.name != READER]
        if reader not in names:
            message = f"no such reader can be forgotten; there are {', '.join(names) or 'none'} beside the archive"
            raise CommandError("reader_unknown", message, ExitCode.NO_INPUT)
        check_forgettable(ledger, reader)
        if not dry_run:
            audited(ledger, settings, "stream.forget", reader)
            _let_go(ledger, archive, reader)
    told = {"reader": reader, "done": not dry_run}
    screen.result(told, f"the stream {'would be' if dry_run else 'is'} kept for {reader} no longer")


def check_forgettable(ledger: SyncLedger, reader: str) -> None:
    """Refuse where that reader reads still: it would begin anew, and merchants be told again."""
    if reader == WEBHOOKS and is_posted(ledger):
        message = "`cardinity webhooks run` still runs, or did until seconds ago: stop it first"
        raise CommandError("webhooks_running", message, ExitCode.TEMPORARY)


def _let_go(ledger: SyncLedger, archive: Archive, reader: str) -> None:
    if reader == WEBHOOKS:
        forget_webhooks(ledger, archive, read_now_ms(ledger))
    else:
        let_go(ledger, archive, reader)


def _tell(screen: Screen, holder: Holder) -> None:
    since = rfc3339(holder.waiting_since_ms) if holder.waiting_since_ms else None
    record = {"reader": holder.name, "position": holder.position, "unread_since": since}
    screen.result(record, f"{holder.name}: {f'unread since {since}' if since else 'has read everything'}")
