"""`cardinity archive`: the schema of the archive database, and its export."""

from __future__ import annotations

from pathlib import Path

import click

from producers.runtime.archive.database import Archive
from producers.runtime.archive.schema import REVISION
from workers.cli.exit_codes import ExitCode
from workers.cli.output import Screen
from workers.cli.program import speaking
from workers.cli.reading import settings_here


@click.group("archive")
def command() -> None:
    """The archive database: its schema, and its export."""


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
