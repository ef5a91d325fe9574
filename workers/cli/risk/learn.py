"""`cardinity risk learn`: what the archive knows of customers, put where the rules count."""

from __future__ import annotations

import time

import click

from producers.runtime.archive.database import Archive
from workers.cli.risk.backtest import DAY_MS, day_ms
from workers.cli.risk.looking import rules_of
from workers.cli.shell.environment import settings_here
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.operations.writing import writing
from workers.risk.backtest import archived
from workers.risk.counters import note_of
from workers.risk.outcomes import CardOf, Lesson, lessons

#: Lessons of one call: Redis is busy with it for a few milliseconds.
_STEP = 500


@click.command("learn")
@click.option("--from", "since", metavar="DAY", required=True, help="First day (UTC), like 2026-06-01.")
@speaking
def learn(screen: Screen, since: str) -> None:
    """Teach the counters what became of archived orders: after Redis was lost, or to begin with.

    Workers learn from new orders by themselves. What was learnt before changes nothing; what is older than a rule looks
    back is left out.
    """
    settings = settings_here()
    made, taught = rules_of(settings.risk_file), 0
    waiting: list[Lesson | CardOf] = []
    with Archive(settings) as archive, archive.reading() as connection, writing(settings) as ledger:
        until_ms = int(time.time() * 1000) + DAY_MS
        for event in archived(connection, day_ms("from", since), until_ms):
            waiting += lessons(event, made)
            if len(waiting) >= _STEP:
                ledger.run(note_of(waiting))
                taught, waiting = taught + len(waiting), []
        if waiting:
            ledger.run(note_of(waiting))
    taught += len(waiting)
    screen.result({"learnt": taught}, f"{taught} facts learnt")
