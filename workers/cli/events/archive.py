"""`cardinity archive`: the process that archives the event stream, and what is kept in the archive database."""

from __future__ import annotations

import os
from pathlib import Path

import click

from producers.runtime.archive.database import ANSWER_WAIT_S, Archive
from producers.runtime.archive.schema import REVISION
from producers.runtime.logs import configure_logging
from producers.runtime.settings import Settings
from workers.cli.events.readers import forget, readers
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.cli.shell.terminating import terminable
from workers.events.archive.checking import Difference
from workers.events.archive.checking import check as held_against
from workers.events.archive.rebuilding import rebuild as make_anew
from workers.events.archive.retiring import retiring
from workers.events.archive.service import (
    FURTHER,
    READER,
    event_archiver,
    further_archiver,
    further_archiving,
    pinned_ledger,
)
from workers.host.parent_death import stop_with_parent
from workers.privacy.retention import retaining, retention_of


@click.group("archive")
def command() -> None:
    """The archive: write the event stream into it, check and export it, and its schema."""


command.add_command(readers)
command.add_command(forget)


@command.command("run")
@click.option("--once", is_flag=True, help="Archive what there is, and end.")
@click.option("--parent", type=int, default=0, hidden=True, help="Stop when this process, our parent, is gone.")
@speaking
def run(screen: Screen, once: bool, parent: int) -> None:
    """Write the event stream, the audit trail and the notifications into the archive until Ctrl-C or SIGTERM, and trim
    what is written and old. Orders that ended long ago leave the ledger, and what is over its time the archive.

    One does the work; others, on this host or elsewhere, stand by. It may be killed at any moment.
    """
    settings = Settings.from_environ(os.environ)
    if parent:
        stop_with_parent(parent)
    configure_logging(settings)
    terminable()
    with pinned_ledger(settings) as ledger, Archive(settings, answer_wait_s=ANSWER_WAIT_S) as archive:
        archiver = event_archiver(settings, ledger, archive)
        if not once:
            screen.say("archiving")
            with (
                retiring(settings, ledger, archive),
                further_archiving(ledger, archive),
                retaining(settings, ledger, archive),
            ):
                archiver.run()
        written = archiver.catch_up()
        others = {reader: further_archiver(reader, ledger, archive).catch_up() for reader in FURTHER}
    unread = written.aside + sum(each.aside for each in others.values())
    told = {"events": written.events, "unread": unread, "rows": written.rows}
    told |= {reader: each.events for reader, each in others.items()}
    further = "".join(f", {each.events} of {reader}" for reader, each in others.items())
    screen.result(told, f"{written.events} events, {unread} put aside, {written.rows} rows{further}")


@command.command("retain")
@click.option("--dry-run", is_flag=True, help="Only say how many rows of each class are over their time.")
@click.option("--clock-is-right", is_flag=True, help="Although the last time was more than 31 days ago by it.")
@speaking
def retain(screen: Screen, dry_run: bool, clock_is_right: bool) -> None:
    """Delete, empty or pseudonymise what is over its time, class by class; `archive run` does it by itself.

    It goes by the clock of the ledger's server.
    """
    settings = settings_here()
    with pinned_ledger(settings) as ledger, Archive(settings) as archive:
        retention = retention_of(settings, ledger, archive)
        found = retention.due() if dry_run else retention.round(clock_is_right=clock_is_right)
    what = "over their time" if dry_run else "done"
    screen.result({"dry_run": dry_run, **found}, ", ".join(f"{name}: {count} {what}" for name, count in found.items()))


@command.command("rebuild")
@speaking
def rebuild(screen: Screen) -> None:
    """Make orders, attempts and chargebacks anew from the events, in place; a running archive need not be stopped.

    What was put aside is tried once more.
    """
    with Archive(settings_here()) as archive:
        rebuilt = make_anew(archive, READER)
    text = f"{rebuilt.orders} orders, {rebuilt.chargebacks} chargebacks, {rebuilt.dropped} rows of nothing dropped"
    screen.result(rebuilt._asdict(), f"{text}, {rebuilt.recovered} entries read after all")


@command.command("check")
@speaking
def check(screen: Screen) -> None:
    """Hold every order of the ledger that has ended against the archive; exits 65 when they differ."""
    settings = settings_here()
    with pinned_ledger(settings) as ledger, Archive(settings) as archive:
        found = held_against(ledger, archive, READER)
    for difference in found.differences:
        _tell(screen, difference)
    told = {"ended": found.ended, "behind": found.behind, "differences": len(found.differences)}
    text = f"{found.ended} orders have ended, {len(found.differences)} differ"
    screen.result(told, f"{text}{f', {found.behind} are yet to be archived' if found.behind else ''}")
    if found.differences:
        click.get_current_context().exit(ExitCode.DATA)


@command.command("current")
@speaking
def current(screen: Screen) -> None:
    """Say at which revision the schema is, and which one this version needs; exits 78 when they differ."""
    with Archive(settings_here(), any_revision=True) as archive:
        found = archive.revision()
        where = archive.url.render_as_string(hide_password=True)
    told = {"archive": where, "revision": found, "needed": REVISION}
    screen.result(told, f"{where}: revision {found or 'none'}, needed {REVISION}")
    if found != REVISION:
        click.get_current_context().exit(ExitCode.CONFIG)


@command.command("upgrade")
@speaking
def upgrade(screen: Screen) -> None:
    """Bring the schema to the revision that this version needs, in one transaction."""
    from producers.runtime.archive.revisions import upgrade as bring  # Alembic, which nothing else needs

    with Archive(settings_here(), any_revision=True) as archive:
        before, after = bring(archive)
        where = archive.url.render_as_string(hide_password=True)
    told = {"archive": where, "before": before, "after": after}
    screen.result(told, f"{where}: revision {before or 'none'} -> {after}")


@command.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@speaking
def export(screen: Screen, folder: Path) -> None:
    """Write what reports read as Parquet files into a new FOLDER, which is whole or not there.

    It holds nothing of customers, and nothing of cards but their brands.
    """
    from workers.analytics.export import export as write  # DuckDB, which nothing else needs

    with Archive(settings_here()) as archive, screen.progress() as progress:
        task = progress.add_task("export", total=None, note="")
        orders = write(archive, folder, lambda done, whole: progress.update(task, completed=done, total=whole))
    screen.result({"export": str(folder), "orders": orders}, f"{folder}: {orders} orders")


def _tell(screen: Screen, found: Difference) -> None:
    told = {
        "order_id": found.order_id,
        "what": found.what,
        "ledger": _as_record(found.ledger),
        "archive": _as_record(found.archive),
    }
    words = (" ".join(each) if each else "nothing" for each in (found.ledger, found.archive))
    screen.result(told, f"{found.order_id}: {found.what}; ledger: {next(words)}; archive: {next(words)}")


def _as_record(values: tuple[str, ...] | None) -> dict[str, object] | None:
    if values is None:
        return None
    state, minor, currency = values
    return {"state": state, "amount_minor": int(minor), "currency": currency}
