"""What `status` and `top` show of a board, as lines for people and as a record for programs. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from rich.table import Table

from producers.contract import states
from producers.moments import rfc3339
from producers.runtime.ledger.operation_calls import Said
from producers.runtime.ledger_fitness import LOCKDOWN
from producers.runtime.ledger_stats import Renewals
from producers.runtime.metrics_table import HOLD_PHASES
from workers.cli.shell.output import printable
from workers.operations.board import DOUBTFUL, Board

#: Workers that are named, those that are gone first; the rest is counted.
WORKERS_MAX = 4
#: Seconds by which a reader of a stream may be behind without a word.
READER_LAG_S = 1.0
#: States in which orders come to rest: one line for all.
_ENDS = tuple(state for state in states.STATES if state in states.TERMINAL)
_OPEN = tuple(state for state in states.STATES if state not in states.TERMINAL)

Row = tuple[str, str]


def table_of(board: Board, presence_s: float) -> Table:
    """The board as a table without lines."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in rows_of(board, presence_s):
        table.add_row(printable(name), printable(text))
    return table


def rows_of(board: Board, presence_s: float) -> Iterator[Row]:
    """One line each: a name, and how that stands."""
    if board.problems:
        ask = "cardinity recover plan" if LOCKDOWN in board.problems else "cardinity doctor"
        yield "ledger", f"NOTHING IS SENT: {', '.join(board.problems)}; ask `{ask}`"
    yield from _queues(board)
    yield from _orders(board)
    yield "outcomes", f"{board.outcomes.total} in a minute: {board.outcomes.told}"
    yield from _accounts(board)
    yield "alarms", f"{board.alarms} contradictions{_newest(board)}, {board.quarantined} messages in quarantine"
    yield "schedulers", _renewals(board.stats.renewals)
    archive = board.stats.archive
    behind = f"{archive.lag_events} events behind, the oldest for {archive.lag_s:.1f} s"
    yield "archive", f"{behind if archive.lag_events else 'level'}; {archive.unread} entries put aside"
    late = sorted((reader, lag_s) for reader, lag_s in board.stats.reader_lag_s.items() if lag_s > READER_LAG_S)
    if late:
        yield "readers", ", ".join(f"{reader} {lag_s:.1f} s behind" for reader, lag_s in late)
    yield from _processes(board, presence_s)


def _queues(board: Board) -> Iterator[Row]:
    for queue in board.queues:
        oldest = f", the next for {queue.age_s:.1f} s" if queue.waiting else ""
        told = f"{queue.waiting} waiting{oldest}, {queue.dead} dead{_paused(board.paused_queues.get(queue.name))}"
        yield f"queue {queue.name}", told


def _orders(board: Board) -> Iterator[Row]:
    stats = board.stats
    yield "in flight", f"{board.in_flight}, overdue {board.overdue}"
    for state in _OPEN:
        count = stats.orders.get(state, 0)
        if count or state in DOUBTFUL:
            name = f" ({stats.oldest[state]})" if state in stats.oldest else ""
            oldest = f", oldest {stats.oldest_age_s[state]:.1f} s{name}" if stats.oldest_age_s.get(state) else ""
            money = ", ".join(f"{m.text} {m.currency}" for m in board.money(state)) if state in DOUBTFUL else ""
            yield f"  {state}", f"{count}{oldest}{', ' if money else ''}{money}"
    yield "ended", ", ".join(f"{stats.orders[state]} {state}" for state in _ENDS if stats.orders.get(state)) or "none"


def _accounts(board: Board) -> Iterator[Row]:
    stats = board.stats
    for account, lag_s in stats.mirror_lag_s.items():
        lag = f"{lag_s:.1f} s behind" if math.isfinite(lag_s) else "never read"
        yield f"account {account}", f"breaker {_breaker(board, account)}{_paused(board.paused_accounts.get(account))}"
        yield "  mirror", f"{lag}, {board.holes[account]} holes, {stats.send_credits[account]} send credits left"
        holds = [f"{stats.open_holds[account, phase]} {phase}" for phase in HOLD_PHASES]
        if any(stats.open_holds[account, phase] for phase in HOLD_PHASES):
            yield "  holds", ", ".join(holds)
    # A pause outlives the account that it was for.
    for account in board.paused_accounts.keys() - stats.mirror_lag_s.keys():
        yield f"account {account}", f"not set up here{_paused(board.paused_accounts[account])}"


def _processes(board: Board, presence_s: float) -> Iterator[Row]:
    present = sum(worker.seen_s <= presence_s for worker in board.workers)
    idle = [duty for duty, led in board.duties.items() if not led]
    yield "duties", f"nobody does {', '.join(idle)}" if idle else f"all {len(board.duties)} done"
    yield "workers", f"{present} present, {len(board.workers) - present} gone"
    gone_first = sorted(board.workers, key=lambda worker: (worker.seen_s <= presence_s, worker.name))
    for worker in gone_first[:WORKERS_MAX]:
        yield f"  {worker.name}", f"seen {worker.seen_s:.1f} s ago"
    if len(gone_first) > WORKERS_MAX:
        yield "  others", f"{len(gone_first) - WORKERS_MAX}"


def _newest(board: Board) -> str:
    return f", the last of {board.alarm.order_id} at {rfc3339(board.alarm.at_ms)}" if board.alarm else ""


def _breaker(board: Board, account: str) -> str:
    tripped = board.breakers.get(account, {})
    told = ", ".join(f"{name} {state}" for name, state in sorted(tripped.items())[:WORKERS_MAX])
    return f"not closed in {len(tripped)} of {len(board.workers)} workers: {told}" if tripped else "closed"


def _paused(word: Said | None) -> str:
    if word is None:
        return ""
    because = f": {word.because}" if word.because else ""
    return f", PAUSED by {word.by}{because}, since {rfc3339(word.at_ms)}"


def _renewals(renewals: Renewals) -> str:
    if not math.isfinite(renewals.last_run_age_s):
        return "no renewals were run yet"
    return f"renewals run {renewals.last_run_age_s:.0f} s ago, {renewals.unaccounted} periods unaccounted for"


def record_of(board: Board, presence_s: float) -> dict[str, object]:
    """The same for programs, and more."""
    stats, renewals = board.stats, board.stats.renewals
    return {
        "queue": {
            "waiting": sum(queue.waiting for queue in board.queues),
            "dead": sum(queue.dead for queue in board.queues),
        },
        "queues": [
            {"name": queue.name, "waiting": queue.waiting, "dead": queue.dead, "age_s": queue.age_s,
             "paused": _word(board.paused_queues, queue.name)}
            for queue in board.queues
        ],
        "orders": dict(stats.orders),
        "in_flight": board.in_flight,
        "outcomes_per_minute": dict(board.outcomes.per_minute),
        "oldest_s": dict(stats.oldest_age_s),
        "oldest": dict(stats.oldest),
        "money": {state: {money.currency: money.text for money in board.money(state)} for state in DOUBTFUL},
        "overdue": board.overdue,
        "workers": [
            {"name": worker.name, "seen_s": worker.seen_s, "present": worker.seen_s <= presence_s}
            for worker in board.workers
        ],
        "duties": dict(board.duties),
        "accounts": [
            {"account": account, "paused": _word(board.paused_accounts, account),
             "breakers": dict(board.breakers.get(account, {}))}
            for account in stats.mirror_lag_s
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
        "renewals": {
            "last_run_age_s": renewals.last_run_age_s if math.isfinite(renewals.last_run_age_s) else None,
            "unaccounted": renewals.unaccounted,
        },
        "archive": {
            "lag_events": stats.archive.lag_events,
            "lag_s": stats.archive.lag_s,
            "events": stats.archive.events,
            "unread": stats.archive.unread,
            "failures": stats.archive.failures,
        },
        "reader_lag_s": dict(stats.reader_lag_s),
        "alarms": board.alarms,
        "alarm": {"at": rfc3339(board.alarm.at_ms), "order_id": board.alarm.order_id} if board.alarm else None,
        "ledger_problems": list(board.problems),
        "quarantined": board.quarantined,
    }  # fmt: skip


def _word(words: Mapping[str, Said], name: str) -> dict[str, object] | None:
    """What an operator said, or None where that is not paused."""
    word = words.get(name)
    return {"at": rfc3339(word.at_ms), "by": word.by, "because": word.because} if word else None
