"""`cardinity demo`: the whole system, and one line at the end that says whether every promise was kept."""

from __future__ import annotations

import time

import click

from workers.cli.batches.ticker import Ticker
from workers.cli.demo.books import Audit
from workers.cli.demo.play import Play
from workers.cli.demo.stage import Stage
from workers.cli.demo.staying import stay
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.cli.shell.terminating import terminable
from workers.operations.reading import Reader, reading

#: Orders named when something was lost or doubled.
NAMED_MAX = 20


@click.command("demo")
@click.option("--payments", type=click.IntRange(1, 1_000_000), default=2000, show_default=True, help="How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides which payments the faults strike.")
@click.option("--keep", is_flag=True, help="Leave logs and data behind, and say where.")
@click.option(
    "--stay", "stays", is_flag=True, help="Go on with a trickle of payments, console and metrics, until Ctrl-C."
)
@speaking
def command(screen: Screen, payments: int, seed: int, keep: bool, stays: bool) -> None:
    """A batch through the whole system on this machine, with faults.

    Starts an embedded Valkey, the gateway's double with faults on, and two workers, one of which is killed in
    mid-batch; submits a batch file, waits until no order is open, and holds the ledger against the gateway's
    own books. Exits 0 only if nothing was lost or charged twice.

    With --stay the system then stays to be looked at. It says where console and metrics are, and what to source for
    commands in another terminal. Ctrl-C ends it: the books are held once more, over all that was charged.
    """
    terminable()
    screen.say(f"demo: {payments} payments, seed {seed}; starting Valkey, the gateway's double and two workers")
    with Stage(screen, seed=seed, keep=keep) as stage:
        stage.start_workers()
        with reading(stage.settings.redis_ledger_url, stage.settings) as ledger:
            began = time.monotonic()
            audit = _played(screen, stage, ledger, payments, stays)
            duration_s = time.monotonic() - began
            if stays and audit.clean:
                _tell(screen, audit, duration_s)
                audit = stay(screen, stage, ledger, payments=payments, seed=seed)
                duration_s = time.monotonic() - began
            stage.failed = not audit.clean
    _tell(screen, audit, duration_s)
    if not audit.clean:
        click.get_current_context().exit(ExitCode.UNEXPECTED)


def _played(screen: Screen, stage: Stage, ledger: Reader, payments: int, stays: bool) -> Audit:
    if not stays:
        screen.say(f"demo: metrics at {stage.metrics_url}")
    with Ticker(screen, "demo", payments) as ticker:
        play = Play(stage, ledger, ticker, payments)
        play.act()
        return play.count()


def _tell(screen: Screen, audit: Audit, duration_s: float) -> None:
    for reason, count in audit.parked.items():
        screen.say(f"demo: {count} parked for {reason}: a human decides, and until then nobody sends")
    for trouble in (*audit.lost, *audit.doubled)[:NAMED_MAX]:
        screen.say(f"demo: {trouble}")
    told = {"accepted": audit.accepted, **audit.states, "lost": len(audit.lost)}
    doubled = {"duplicate_charges": len(audit.doubled), "duration_s": round(duration_s, 1)}
    screen.result({**told, **doubled}, audit.line(duration_s))
