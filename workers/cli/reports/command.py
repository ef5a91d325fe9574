"""`cardinity report`: what happened in a period, from the archive or from its Parquet export. Changes nothing."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from producers.runtime.archive.database import Archive
from workers.analytics import DatabaseSource, ParquetSource, Report, make_report, read_scope
from workers.analytics.formats import FORMATS, as_json, written
from workers.analytics.report import STEPS
from workers.analytics.shapes import SHAPES
from workers.analytics.sources import Source
from workers.analytics.wording import days
from workers.cli.reports.tables import tables
from workers.cli.shell.environment import settings_here
from workers.cli.shell.output import Screen, printable
from workers.cli.shell.speaking import speaking

#: The format for people at a terminal; it has no file.
_TABLE: Final = "table"


@click.command("report")
@click.option("--from", "first", metavar="DAY", help="The first day; without it the period has thirty days.")
@click.option("--to", "last", metavar="DAY", help="The last day, which is included; without it today.")
@click.option("--zone", metavar="ZONE", help="The time zone whose days are meant.  [default: UTC]")
@click.option("--account", metavar="NAME", help="Payments through this merchant account alone.")
@click.option("--currency", metavar="CODE", help="Payments in this currency alone.")
@click.option(
    "--section", "names", multiple=True, type=click.Choice([shape.name for shape in SHAPES]), help="Show it, whole."
)
@click.option("--parquet", "folder", type=click.Path(path_type=Path), help="Read what `archive export` wrote there.")
@click.option("--format", "form", type=click.Choice([_TABLE, *FORMATS]), help="Without it the ending of FILE says.")
@click.option("--output", "-o", metavar="FILE", type=click.Path(path_type=Path), help="Write it there.")
@speaking
def command(
    screen: Screen,
    first: str | None,
    last: str | None,
    zone: str | None,
    account: str | None,
    currency: str | None,
    names: tuple[str, ...],
    folder: Path | None,
    form: str | None,
    output: Path | None,
) -> None:
    """What happened in a period, in figures and charts.

    Days are those of a time zone, and both are included. FILE appears whole, in the place of one that is there, and its
    owner alone may read it. What each figure means is told in docs/reports.md.
    """
    form = form or _form_of(output)
    if form == _TABLE and output is not None:
        raise click.UsageError("--output needs --format, or a name that ends in .json, .csv, .parquet or .html")
    if form == "parquet" and output is None:
        raise click.UsageError("--format parquet needs --output")
    now_ms = time.time_ns() // 1_000_000
    asked = {"from": first, "to": last, "zone": zone, "account": account, "currency": currency}
    scope = read_scope(asked, now_ms)
    with _source(folder) as source, screen.progress() as progress:
        task = progress.add_task("report", total=len(STEPS), note="")
        report = make_report(
            source, scope, now_ms, lambda name, done: progress.update(task, completed=done, note=name, refresh=True)
        )
        progress.update(task, completed=len(STEPS), note="")
    if output is not None:
        _write(output, written(report, form))
        screen.result({"report": str(output), "format": form}, f"{output}: {_heading(report)}")
    elif screen.as_json:
        screen.record(as_json(report))
    elif form == _TABLE:
        _show(screen, report, names)
    else:
        click.echo(written(report, form), nl=False)


def _form_of(output: Path | None) -> str:
    ending = output.suffix.lower().removeprefix(".") if output is not None else ""
    return ending if ending in FORMATS else _TABLE


@contextmanager
def _source(folder: Path | None) -> Iterator[Source]:
    if folder is not None:
        yield ParquetSource(folder)
        return
    with Archive(settings_here()) as archive:
        yield DatabaseSource(archive)


def _write(path: Path, content: bytes) -> None:
    """A file that is whole under its name, for its owner."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600, whatever the umask
    try:
        with os.fdopen(number, "wb") as out:
            out.write(content)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _show(screen: Screen, report: Report, names: tuple[str, ...]) -> None:
    click.echo(printable(_heading(report)))
    if report.is_empty:
        click.echo("nothing happened in this period")
        return
    for table in tables(report, names):
        screen.show(table)


def _heading(report: Report) -> str:
    scope = report.scope
    only = "".join(f", only {each}" for each in (scope.account, scope.currency) if each)
    return f"payments, {days(scope.first, scope.last)}, {scope.zone}{only}"
