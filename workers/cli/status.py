"""`cardinity status`: one screen about the whole system."""

from __future__ import annotations

import math
from collections.abc import Iterator

import click
from rich.table import Table

from producers.runtime.metrics_table import HOLD_PHASES
from workers.cli.board import DOUBTFUL, Board, look
from workers.cli.output import Screen
from workers.cli.program import speaking
from workers.cli.reading import settings_here


@click.command("status")
@speaking
def command(screen: Screen) -> None:
    """How the queues, the ledger and the workers stand.

    Messages on the queues, orders by state with the longest waiting, money whose fate is unknown, workers, and
    how far the mirror of the gateway's list reaches.
    """
    settings = settings_here()
    board = look(settings)
    if screen.as_json:
        screen.record(_as_record(board, settings.presence_s))
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    for name, text in _rows(board, settings.presence_s):
        table.add_row(name, text)
    screen.show(table)


def _rows(board: Board, presence_s: float) -> Iterator[tuple[str, str]]:
    stats = board.stats
    for queue in board.queues:
        oldest = f", the next for {queue.age_s:.1f} s" if queue.waiting else ""
        yield f"queue {queue.name}", f"{queue.waiting} waiting{oldest}, {queue.dead} dead"
    for state, count in stats.orders.items():
        if count or state in DOUBTFUL:
            oldest = f", oldest {stats.oldest_age_s[state]:.1f} s" if stats.oldest_age_s.get(state) else ""
            yield f"  {state}", f"{count}{oldest}"
    for state in DOUBTFUL:
        yield f"money {state}", ", ".join(f"{m.text} {m.currency}" for m in board.money(state)) or "none"
    yield "overdue", f"{board.overdue} orders wait for the sweeper"
    present = sum(worker.seen_s <= presence_s for worker in board.workers)
    yield "workers", f"{present} present, {len(board.workers) - present} gone"
    for worker in board.workers:
        yield f"  {worker.name}", f"seen {worker.seen_s:.1f} s ago"
    for account, lag_s in stats.mirror_lag_s.items():
        lag = f"{lag_s:.1f} s behind" if math.isfinite(lag_s) else "never read"
        told = f"{lag}, {board.holes[account]} holes, {stats.send_credits[account]} send credits left"
        yield f"mirror {account}", told
    for account in stats.mirror_lag_s:
        holds = (f"{stats.open_holds[account, phase]} {phase}" for phase in HOLD_PHASES)
        yield f"holds {account}", ", ".join(holds)
    archive = stats.archive
    behind = f"{archive.lag_events} events behind, the oldest for {archive.lag_s:.1f} s"
    yield "archive", f"{behind if archive.lag_events else 'level'}; {archive.unread} entries put aside"
    yield "alarms", f"{board.alarms} contradictions, {board.quarantined} messages in quarantine"


def _as_record(board: Board, presence_s: float) -> dict[str, object]:
    stats = board.stats
    return {
        "queue": {
            "waiting": sum(queue.waiting for queue in board.queues),
            "dead": sum(queue.dead for queue in board.queues),
        },
        "queues": [
            {"name": queue.name, "waiting": queue.waiting, "dead": queue.dead, "age_s": queue.age_s}
            for queue in board.queues
        ],
        "orders": dict(stats.orders),
        "oldest_s": dict(stats.oldest_age_s),
        "money": {state: {money.currency: money.text for money in board.money(state)} for state in DOUBTFUL},
        "overdue": board.overdue,
        "workers": [
            {"name": worker.name, "seen_s": worker.seen_s, "present": worker.seen_s <= presence_s}
            for worker in board.workers
        ],
        "mirrors": [
            {
                "account": account,
                "lag_s": lag_s if math.isfinite(lag_s) else None,
                "holes": board.holes[account],
                "credits": stats.send_credits[account],
            }
            for account, lag_s in stats.mirror_lag_s.items()
        ],
        "holds": [
            {"account": account, **{phase: stats.open_holds[account, phase] for phase in HOLD_PHASES}}
            for account in stats.mirror_lag_s
        ],
        "archive": {
            "lag_events": stats.archive.lag_events,
            "lag_s": stats.archive.lag_s,
            "events": stats.archive.events,
            "unread": stats.archive.unread,
            "failures": stats.archive.failures,
        },
        "alarms": board.alarms,
        "quarantined": board.quarantined,
    }
