"""`cardinity batch report`: what became of each row, and the rows that may be tried again."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click

from producers.batches.files import Format
from producers.contract.commands import Charge
from producers.runtime.ledger import keys, tombstones
from workers.cli.batches import options
from workers.cli.batches.failed import FailedRows
from workers.cli.batches.input import BatchFile, opened
from workers.cli.batches.options import BatchName
from workers.cli.batches.report import COLUMNS, ReportRow, row_of
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.operations.reading import Reader, reading

#: Records read in one round trip of `report`.
CHUNK = 500


@click.command("report")
@options.file
@options.format
@click.option(
    "--batch", type=BatchName(), help="Judge the rows as they were when the batch of this name was submitted."
)
@click.option("--failed", type=click.Path(path_type=Path), help="Write the rows that failed into this new file.")
@click.option("--suffix", help="What --failed adds to their order_ids, like -r2: an order that has ended stays ended.")
@speaking
def report(
    screen: Screen,
    file: str,
    format: Format | None,
    batch: str | None,
    failed: Path | None,
    suffix: str | None,
) -> None:
    """Write what became of each row, under the row's own number, as CSV (with --json as JSON lines).

    No cell of it is a formula, and none holds card data. The file of --failed does: its rows are those of FILE that
    ended without money, cards and all, so only you may read it; submit it like any other. Exits 0 when every row has
    its outcome, 75 otherwise.
    """
    if (failed is None) != (suffix is None):
        raise click.UsageError("give --failed and --suffix together")
    settings = settings_here()
    counts: dict[str, int] = {}
    unfinished = 0
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if not screen.as_json:
        writer.writerow(COLUMNS)
    with reading(settings.redis_ledger_url, settings) as ledger:
        as_of_ms = _judged_at_ms(ledger, batch) if batch else None
        with opened(file, format=format, mode=settings.cardinity_mode, now_ms=as_of_ms) as given:
            again = FailedRows(failed, suffix or "") if failed else None
            for row in _report_rows(given, ledger):
                counts[row.state] = counts.get(row.state, 0) + 1
                unfinished += not row.final
                if again:
                    again.note(row)
                if screen.as_json:
                    screen.record(row.values)
                else:
                    writer.writerow(row.cells())
            if again:
                again.write(given)
    if screen.as_json:
        screen.record({"rows": sum(counts.values()), "states": counts, **({"failed": again.count} if again else {})})
    screen.say(", ".join(f"{count} {state}" for state, count in sorted(counts.items())))
    if again:
        screen.say(f"{again.count} rows to try again are in {failed}")
    if unfinished:
        click.get_current_context().exit(ExitCode.TEMPORARY)


def _judged_at_ms(ledger: Reader, batch: str) -> int:
    """When the batch was submitted: a card that has run out since was good then."""
    (at,) = ledger.ask(("HGET", keys.manifest(batch), "judged_at"))
    if not at:
        raise CommandError("batch_unknown", f"the ledger knows no batch {batch}: submit it", ExitCode.NO_INPUT)
    return int(at)


def _report_rows(batch: BatchFile, ledger: Reader) -> Iterator[ReportRow]:
    rows = batch.rows()
    while chunk := list(islice(rows, CHUNK)):
        wanted = [result.content.order_id for result in chunk if isinstance(result.content, Charge)]
        replies = ledger.ask(*tombstones.questions(wanted)) if wanted else []
        records = dict(zip(wanted, tombstones.found(wanted, replies), strict=True))
        for result in chunk:
            content = result.content
            order_id = content.order_id if isinstance(content, Charge) else ""
            yield row_of(result, records.get(order_id))
