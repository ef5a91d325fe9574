"""`cardinity batch watch`: outcomes of a batch as they come."""

from __future__ import annotations

import time
from dataclasses import dataclass

import click

from producers.batches.files import Format
from producers.runtime.ledger import keys
from producers.runtime.settings import Settings
from workers.cli.batches import options
from workers.cli.batches.input import batch_id, opened
from workers.cli.batches.options import BatchName
from workers.cli.batches.ticker import Ticker
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.seconds import Seconds
from workers.cli.shell.speaking import speaking
from workers.operations.reading import Reader, reading
from workers.operations.tally import Tally

#: Seconds between two looks of `watch`.
LOOK_EVERY_S = 0.25
#: Looks that must agree that nothing moves any more, while fewer orders are known than the batch has rows.
SETTLED_LOOKS = 8


@dataclass(frozen=True, slots=True)
class Look:
    """A batch at one moment: its orders by state, and what stops it (empty: nothing)."""

    tally: Tally
    halt: str


@click.command("watch")
@options.optional_file
@options.format
@click.option("--batch", type=BatchName(), help="The batch by its name, instead of its file.")
@click.option("--timeout-s", type=Seconds(), help="Give up after so many seconds; default never.")
@speaking
def watch(screen: Screen, file: str | None, format: Format | None, batch: str | None, timeout_s: float | None) -> None:
    """Show outcomes as they come, until nothing moves any more.

    Progress is a bar on a terminal, and a line a second elsewhere: on stderr, or with --json a JSON line on stdout.
    Exits 0 when every order has its outcome, 75 when some are parked or the time is over.
    """
    if (file is None) == (batch is None):
        raise click.UsageError("give a file or --batch, one of the two")
    settings = settings_here()
    give_up_at = time.monotonic() + timeout_s if timeout_s is not None else float("inf")
    with reading(settings.redis_ledger_url, settings) as ledger:
        name, rows = (batch, _rows_of(ledger, batch)) if batch else _identity(file or "", format, settings, ledger)
        with Ticker(screen, f"batch {_short(name)}", rows, told={"batch": name}) as ticker:
            tally = _watch(ledger, name, rows, ticker, give_up_at)
    told = {"batch": name, "rows": rows, "final": tally.final, "open": tally.open, **tally.counts}
    words = ", ".join(filter(None, (tally.mix(), f"{tally.open} open" if tally.open else "")))
    screen.result(told, f"batch {name}: {rows} rows, {words}")
    if tally.known < rows:
        screen.say(f"{rows - tally.known} rows belong to earlier submissions or were refused: see batch report")
    if tally.open or tally.parked:
        click.get_current_context().exit(ExitCode.TEMPORARY)


def _short(name: str) -> str:
    """A name that was made from the manifest is long, and tells nothing; one that was given stays whole."""
    return name[:8] if len(name) == options.BATCH_ID_LENGTH else name


def look(ledger: Reader, name: str) -> Look:
    """How a batch stands.

    Raises:
        CommandError: `batch_unknown`.
    """
    counters, halt, manifest = ledger.ask(
        ("HGETALL", keys.batch(name)), ("GET", keys.halt(name)), ("EXISTS", keys.manifest(name))
    )
    if not counters and not manifest:
        raise CommandError(
            "batch_unknown", f"the ledger knows no batch {name}: submit it, or give its name", ExitCode.NO_INPUT
        )
    return Look(Tally.read(counters), halt.decode() if halt else "")


def _rows_of(ledger: Reader, name: str) -> int:
    """Rows that were to be submitted."""
    known = look(ledger, name).tally.known
    (valid,) = ledger.ask(("HGET", keys.manifest(name), "valid"))
    return int(valid) if valid else known


def _identity(file: str, format: Format | None, settings: Settings, ledger: Reader) -> tuple[str, int]:
    with opened(file, format=format, mode=settings.cardinity_mode) as batch:
        manifest = batch.survey(lambda result: None)
    summary = manifest.summary
    name = batch_id(manifest)
    if not summary.ok and not any(ledger.ask(("EXISTS", keys.manifest(name)))):
        message = f"{summary.invalid} of {summary.rows} rows are invalid; nothing was submitted"
        raise CommandError("batch_invalid", message, ExitCode.DATA)
    return name, summary.valid


def _watch(ledger: Reader, name: str, rows: int, ticker: Ticker, give_up_at: float) -> Tally:
    quiet = 0
    while True:
        seen = look(ledger, name)
        tally = seen.tally
        ticker.show(tally, seen.halt)
        quiet = quiet + 1 if not tally.open else 0
        if (quiet and (tally.known >= rows or quiet >= SETTLED_LOOKS)) or time.monotonic() >= give_up_at:
            return tally
        time.sleep(LOOK_EVERY_S)
