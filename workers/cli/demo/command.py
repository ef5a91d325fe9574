"""`cardinity demo`: the whole system, and one line at the end that says whether every promise was kept."""

from __future__ import annotations

import time

import click

from workers.cli.demo.books import Audit
from workers.cli.demo.play import Play
from workers.cli.demo.stage import Stage
from workers.cli.exit_codes import ExitCode
from workers.cli.outcomes import Ticker
from workers.cli.output import Screen
from workers.cli.program import speaking, terminable
from workers.cli.reading import reading

#: Orders named when something was lost or doubled.
NAMED_MAX = 20


@click.command("demo")
@click.option("--payments", type=click.IntRange(1, 1_000_000), default=2000, show_default=True, help="How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides which payments the faults strike.")
@click.option("--keep", is_flag=True, help="Leave logs and data behind, and say where.")
@speaking
def command(screen: Screen, payments: int, seed: int, keep: bool) -> None:
    """A batch through the whole system on this machine, with faults.

    Starts an embedded Valkey, the gateway's double with faults on, and two workers, one of which is killed in
    mid-batch; submits a batch file, waits until no order is open, and holds the ledger against the gateway's
    own books. Exits 0 only if nothing was lost or charged twice.
    """
    terminable()
    audit, duration_s = _played(screen, payments, seed, keep)
    for reason, count in audit.parked.items():
        screen.say(f"demo: {count} parked for {reason}: a human decides, and until then nobody sends")
    for trouble in (*audit.lost, *audit.doubled)[:NAMED_MAX]:
        screen.say(f"demo: {trouble}")
    told = {"accepted": audit.accepted, **audit.states, "lost": len(audit.lost)}
    doubled = {"duplicate_charges": len(audit.doubled), "duration_s": round(duration_s, 1)}
    screen.result({**told, **doubled}, audit.line(duration_s))
    if not audit.clean:
        click.get_current_context().exit(ExitCode.UNEXPECTED)


def _played(screen: Screen, payments: int, seed: int, keep: bool) -> tuple[Audit, float]:
    screen.say(f"demo: {payments} payments, seed {seed}; starting Valkey, the gateway's double and two workers")
    with Stage(screen, seed=seed, keep=keep) as stage:
        stage.start_workers()
        with (
            reading(stage.settings.redis_ledger_url, stage.settings) as ledger,
            Ticker(screen, "demo", payments) as ticker,
        ):
            began = time.monotonic()
            play = Play(stage, ledger, ticker, payments)
            play.act()
            audit = play.count()
            duration_s = time.monotonic() - began
            stage.failed = not audit.clean
    return audit, duration_s
