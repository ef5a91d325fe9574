"""`cardinity batch`: files of charges, from the first look to the last outcome."""

from __future__ import annotations

import os
from collections.abc import Mapping

import click

from cardinity_client.money import Money
from producers.batches.files import Format
from producers.batches.limits import Limits
from producers.batches.manifest import Manifest, Summary
from producers.contract.card_fields import Mode
from producers.enqueue import Enqueuer
from producers.errors import FieldError, LedgerUnavailable, OrderConflict, QueueFull
from producers.runtime.settings import Settings
from workers.cli.batches import halt, options, results, watch
from workers.cli.batches.input import batch_id, mode_here, opened
from workers.cli.batches.options import BatchName, Totals
from workers.cli.batches.submission import Judged, Submission, begun, judge, tell_error, tell_invalid
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.operations.reading import reading


@click.group("batch")
def command() -> None:
    """Validate, submit, watch, stop and report files of charges."""


@command.command("validate")
@options.file
@options.format
@click.option(
    "--mode",
    type=click.Choice(["test", "live"]),
    help="Which cards are taken; default CARDINITY_MODE, or test.",
)
@speaking
def validate(screen: Screen, file: str, format: Format | None, mode: Mode | None) -> None:
    """Judge every row; needs neither Redis nor settings.

    With --json one line per wrong field (row 1 is the first row of data), then one with the counts, of card brands
    too. Exits 0 when all rows are valid, 65 otherwise.
    """
    with opened(file, format=format, mode=mode or mode_here()) as batch:
        manifest = batch.survey(tell_invalid(screen))
    summary, brands = manifest.summary, manifest.brands
    counts = {"rows": summary.rows, "valid": summary.valid, "invalid": summary.invalid}
    told = f"{summary.rows} rows, {summary.valid} valid, {summary.invalid} invalid"
    cards = ", ".join(f"{brand} {count}" for brand, count in brands.items())
    screen.result({**counts, "brands": brands}, f"{told}; {cards}" if cards else told)
    if not summary.ok:
        click.get_current_context().exit(ExitCode.DATA)


@command.command("submit")
@options.file
@options.format
@click.option("--name", type=BatchName(), help="What the batch is called; unless given, by its manifest hash.")
@click.option("--skip-invalid", is_flag=True, help="Accept the good rows of a file that has bad ones.")
@click.option("--max-rows", type=click.IntRange(min=1), help="Refuse a file with more rows.")
@click.option("--max-total", type=Totals(), help="Refuse a file that adds up to more, like EUR=50000.00,USD=9000.00.")
@speaking
def submit(
    screen: Screen,
    file: str,
    format: Format | None,
    name: str | None,
    skip_invalid: bool,
    max_rows: int | None,
    max_total: Mapping[str, Money] | None,
) -> None:
    """Accept every row, or none when one is invalid or its order_id is taken.

    The file is read twice: judged whole, rows, totals and ledger together, then submitted. The same file again
    accepts nothing twice, so after any failure the command is simply repeated. Limits hold beside those of the
    settings BATCH_ROWS_MAX and BATCH_TOTAL_MAX.
    """
    settings = Settings.for_producer(os.environ)
    limits = (Limits(settings.batch_rows_max or None, settings.batch_total_max), Limits(max_rows, max_total))
    with opened(file, format=format, mode=settings.cardinity_mode) as batch, Enqueuer(settings) as enqueuer:
        judged = judge(batch, enqueuer, screen)
        _refuse(judged, limits, skip_invalid=skip_invalid)
        manifest = judged.manifest
        name = name or batch_id(manifest)
        begun(enqueuer, name, manifest, batch.now_ms)
        submission = Submission(enqueuer, batch, name, _ledger_now_ms(settings), manifest)
        _submit(screen, submission, manifest.summary.valid)
    _tell(screen, name, manifest, submission.counts)
    if submission.counts["conflicts"]:
        click.get_current_context().exit(ExitCode.DATA)


for _other in (watch.watch, results.report, halt.pause, halt.resume, halt.cancel):
    command.add_command(_other)


def _refuse(judged: Judged, limits: tuple[Limits, ...], *, skip_invalid: bool) -> None:
    """Stop here, before anything is accepted."""
    if not skip_invalid and judged.bad_rows:
        raise CommandError("batch_invalid", _refusal(judged), ExitCode.DATA)
    if not judged.manifest.summary.valid:
        raise CommandError("batch_invalid", "no row of it can be submitted", ExitCode.DATA)
    broken = [words for limit in limits for words in limit.broken_by(judged.manifest)]
    if broken:
        message = f"{'; '.join(dict.fromkeys(broken))}: nothing was submitted"
        raise CommandError("batch_over_limit", message, ExitCode.DATA)


def _refusal(judged: Judged) -> str:
    summary = judged.manifest.summary
    taken = f", {judged.conflicts} are taken by other orders" if judged.conflicts else ""
    return f"{summary.invalid} of {summary.rows} rows are invalid{taken}; nothing was submitted"


def _submit(screen: Screen, submission: Submission, rows: int) -> None:
    with screen.progress() as progress:
        task = progress.add_task("submitting", total=rows, note="")
        try:
            for row, answer in submission.answers():
                progress.update(task, completed=submission.done)
                if isinstance(answer, OrderConflict):
                    tell_error(screen, row, FieldError("order_id", answer.code, answer.message))
        except (LedgerUnavailable, QueueFull):
            screen.say(f"{submission.done} of {rows} rows are submitted; the same command goes on from there")
            raise


def _tell(screen: Screen, name: str, manifest: Manifest, counts: Mapping[str, int]) -> None:
    summary: Summary = manifest.summary
    told = {"batch": name, "manifest": manifest.manifest_hash, "rows": summary.rows, "invalid": summary.invalid}
    totals = {total.currency: total.text for total in manifest.totals}
    words = ", ".join(f"{count} {what}" for what, count in {"invalid": summary.invalid, **counts}.items() if count)
    sums = ", ".join(f"{text} {currency}" for currency, text in totals.items())
    text = f"batch {name}: {summary.rows} rows, {words}; {sums}\nmanifest {manifest.manifest_hash}"
    screen.result({**told, "totals": totals, **counts}, text)


def _ledger_now_ms(settings: Settings) -> int:
    with reading(settings.redis_ledger_url, settings) as ledger:
        return ledger.now_ms()
