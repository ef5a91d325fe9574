"""`cardinity batch`: files of charges, from the first look to the last outcome."""

from __future__ import annotations

import csv
import os
import sys
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

import click

from producers.batch_files import Format, Summary
from producers.contract.card_fields import Mode
from producers.contract.commands import Charge
from producers.enqueue import Enqueuer
from producers.errors import FieldError, LedgerUnavailable, OrderConflict, QueueFull
from producers.runtime.ledger import keys
from producers.runtime.ledger.record import record_from
from producers.runtime.settings import Settings
from workers.cli.batch_input import BatchFile, batch_id, mode_here, opened
from workers.cli.batch_report import COLUMNS, row_of
from workers.cli.batch_submission import Submission, tell_error, tell_invalid
from workers.cli.exit_codes import ExitCode
from workers.cli.failures import CommandError
from workers.cli.outcomes import Tally, Ticker
from workers.cli.output import Screen
from workers.cli.program import speaking
from workers.cli.reading import Reader, reading, settings_here
from workers.cli.seconds import Seconds

#: Seconds between two looks of `watch`.
LOOK_EVERY_S = 0.25
#: Looks that must agree that nothing moves any more, while fewer orders are known than the file has rows.
SETTLED_LOOKS = 8
#: Records read in one round trip of `report`.
CHUNK = 500

_file = click.argument("file", metavar="FILE|-")
_format = click.option(
    "--format",
    type=click.Choice(["csv", "jsonl"]),
    help="What the file is; unless given, its first character tells.",
)


@click.group("batch")
def command() -> None:
    """Validate, submit, watch and report files of charges."""


@command.command("validate")
@_file
@_format
@click.option(
    "--mode",
    type=click.Choice(["test", "live"]),
    help="Which cards are taken; default CARDINITY_MODE, or test.",
)
@speaking
def validate(screen: Screen, file: str, format: Format | None, mode: Mode | None) -> None:
    """Judge every row; needs neither Redis nor settings.

    With --json one line per wrong field (row 1 is the first row of data), then one with the counts. Exits 0
    when all rows are valid, 65 otherwise.
    """
    with opened(file, format=format, mode=mode or mode_here()) as batch:
        summary = batch.survey(tell_invalid(screen)).summary
    counts = {"rows": summary.rows, "valid": summary.valid, "invalid": summary.invalid}
    screen.result(counts, f"{summary.rows} rows, {summary.valid} valid, {summary.invalid} invalid")
    if not summary.ok:
        click.get_current_context().exit(ExitCode.DATA)


@command.command("submit")
@_file
@_format
@speaking
def submit(screen: Screen, file: str, format: Format | None) -> None:
    """Accept every row, or none when one is invalid.

    The file is read twice: judged whole, then submitted. The same file again accepts nothing twice, so after
    any failure the command is simply repeated.
    """
    settings = Settings.for_producer(os.environ)
    with opened(file, format=format, mode=settings.cardinity_mode) as batch:
        manifest = batch.survey(tell_invalid(screen))
        if not manifest.summary.ok:
            raise CommandError("batch_invalid", _refusal(manifest.summary), ExitCode.DATA)
        name = batch_id(manifest)
        with Enqueuer(settings) as enqueuer:
            submission = Submission(enqueuer, batch, name, _ledger_now_ms(settings))
            _submit(screen, submission, manifest.summary.rows)
    told = {"batch": name, "manifest": manifest.manifest_hash, "rows": manifest.summary.rows}
    words = ", ".join(f"{count} {what}" for what, count in submission.counts.items())
    text = f"batch {name}: {manifest.summary.rows} rows, {words}\nmanifest {manifest.manifest_hash}"
    screen.result({**told, **submission.counts}, text)
    if submission.counts["conflicts"]:
        click.get_current_context().exit(ExitCode.DATA)


@command.command("watch")
@_file
@_format
@click.option("--timeout-s", type=Seconds(), help="Give up after so many seconds; default never.")
@speaking
def watch(screen: Screen, file: str, format: Format | None, timeout_s: float | None) -> None:
    """Show outcomes as they come, until nothing moves any more.

    Exits 0 when every order has its outcome, 75 when some are parked or the time is over.
    """
    settings = settings_here()
    name, rows = _identity(file, format, settings)
    give_up_at = time.monotonic() + timeout_s if timeout_s is not None else float("inf")
    with (
        reading(settings.redis_ledger_url, settings) as ledger,
        Ticker(screen, f"batch {name[:8]}", rows) as ticker,
    ):
        tally = _watch(ledger, name, rows, ticker, give_up_at)
    told = {"batch": name, "rows": rows, "final": tally.final, "open": tally.open, **tally.counts}
    words = ", ".join(filter(None, (tally.mix(), f"{tally.open} open" if tally.open else "")))
    screen.result(told, f"batch {name}: {rows} rows, {words}")
    if tally.known < rows:
        screen.say(f"{rows - tally.known} rows belong to earlier submissions or were refused: see batch report")
    if tally.open or tally.parked:
        click.get_current_context().exit(ExitCode.TEMPORARY)


@command.command("report")
@_file
@_format
@speaking
def report(screen: Screen, file: str, format: Format | None) -> None:
    """Write what became of each row, under the row's own number, as CSV (with --json as JSON lines).

    Exits 0 when every row has its outcome, 75 otherwise.
    """
    settings = settings_here()
    counts: dict[str, int] = {}
    unfinished = 0
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if not screen.as_json:
        writer.writerow(COLUMNS)
    with (
        opened(file, format=format, mode=settings.cardinity_mode) as batch,
        reading(settings.redis_ledger_url, settings) as ledger,
    ):
        for row in _report_rows(batch, ledger):
            counts[row.state] = counts.get(row.state, 0) + 1
            unfinished += not row.final
            if screen.as_json:
                screen.record(row.values)
            else:
                writer.writerow(row.cells())
    if screen.as_json:
        screen.record({"rows": sum(counts.values()), "states": counts})
    screen.say(", ".join(f"{count} {state}" for state, count in sorted(counts.items())))
    if unfinished:
        click.get_current_context().exit(ExitCode.TEMPORARY)


def _submit(screen: Screen, submission: Submission, rows: int) -> None:
    with screen.progress() as progress:
        task = progress.add_task("submitting", total=rows, note="")
        try:
            for row, answer in submission.answers():
                progress.update(task, completed=row)
                if isinstance(answer, OrderConflict):
                    tell_error(screen, row, FieldError("order_id", answer.code, answer.message))
        except (LedgerUnavailable, QueueFull):
            screen.say(f"{submission.done} of {rows} rows are submitted; the same command goes on from there")
            raise


def _refusal(summary: Summary) -> str:
    return f"{summary.invalid} of {summary.rows} rows are invalid; nothing was submitted"


def _ledger_now_ms(settings: Settings) -> int:
    with reading(settings.redis_ledger_url, settings) as ledger:
        return ledger.now_ms()


def _identity(file: str, format: Format | None, settings: Settings) -> tuple[str, int]:
    with opened(file, format=format, mode=settings.cardinity_mode) as batch:
        manifest = batch.survey(lambda result: None)
    if not manifest.summary.ok:
        raise CommandError("batch_invalid", _refusal(manifest.summary), ExitCode.DATA)
    return batch_id(manifest), manifest.summary.rows


def _watch(ledger: Reader, name: str, rows: int, ticker: Ticker, give_up_at: float) -> Tally:
    quiet = 0
    while True:
        tally = read_tally(ledger, name)
        if not tally.known:
            raise CommandError("batch_unknown", f"the ledger knows no batch {name}: submit it", ExitCode.NO_INPUT)
        ticker.show(tally)
        quiet = quiet + 1 if not tally.open else 0
        if (quiet and (tally.known >= rows or quiet >= SETTLED_LOOKS)) or time.monotonic() >= give_up_at:
            return tally
        time.sleep(LOOK_EVERY_S)


def read_tally(ledger: Reader, name: str) -> Tally:
    """The ledger's counters of a batch."""
    (counters,) = ledger.ask(("HGETALL", keys.batch(name)))
    return Tally.read(counters)


def _report_rows(batch: BatchFile, ledger: Reader) -> Iterator[Any]:
    rows = batch.rows()
    while chunk := list(islice(rows, CHUNK)):
        wanted = [result.content.order_id for result in chunk if isinstance(result.content, Charge)]
        flats = ledger.ask(*(("HGETALL", keys.order(order_id)) for order_id in wanted)) if wanted else []
        records = {order_id: record_from(order_id, flat) for order_id, flat in zip(wanted, flats, strict=True) if flat}
        for result in chunk:
            content = result.content
            order_id = content.order_id if isinstance(content, Charge) else ""
            yield row_of(result, records.get(order_id))
