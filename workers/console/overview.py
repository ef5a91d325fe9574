"""The first page: how everything stands, in the words of `cardinity status`. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from producers.contract import states
from producers.runtime.ledger.operation_calls import Said
from workers.analytics.pages.charts import columns
from workers.analytics.pages.frames import NARROW, WIDE
from workers.analytics.pages.markup import Markup, element
from workers.analytics.pages.outcomes import KINDS, Counts, legend
from workers.console.layout import Reader, note, page, part
from workers.console.shapes import KIND_OF, card, cards, clock, deeds, meter, span, state, table, word
from workers.operations.board import DOUBTFUL, Board
from workers.operations.minutes import MINUTES, Minute

#: Workers that are named, those that are gone first.
_WORKERS_MAX: Final = 20
_ORDERS: Final = ("State", "Orders#", "Oldest", "Money#")


def overview(reader: Reader, board: Board, minutes: Sequence[Minute], *, presence_s: float, credits_max: int) -> str:
    """The page."""
    queues = ("Queue", "Waiting#", "Next waits for", "Dead#", "State", "Do")
    accounts = ("Account", "Breaker", "State", "Mirror", "Holes#", "Send credits", "Do")
    return page(
        "Overview",
        reader,
        cards(*_cards(board)),
        _outcomes(minutes),
        part("Queues", table("Queues", queues, _queues(reader, board), acts=reader.acts)),
        part("Accounts", table("Accounts", accounts, _accounts(reader, board, credits_max), acts=reader.acts)),
        element(
            "div",
            {"class": "two"},
            part("Orders", table("Orders by state", _ORDERS, _orders(board), empty="There are none.")),
            part("Processes", table("Processes", ("What", "How it stands"), _processes(board, presence_s))),
        ),
        at="/",
        refresh=True,
    )


def money_of(board: Board, name: str) -> str:
    """The money of all orders in a state, each currency by itself."""
    return ", ".join(f"{money.text} {money.currency}" for money in board.money(name))


def _cards(board: Board) -> Iterable[Markup]:
    waiting = sum(queue.waiting for queue in board.queues)
    yield card("Waiting", f"{waiting:,}", "messages on all queues")
    overdue = f"{board.overdue:,} orders overdue"
    yield card("In flight", f"{board.in_flight:,}", overdue, kind="warn" if board.overdue else "")
    for name in DOUBTFUL:
        count, age = board.stats.orders.get(name, 0), board.stats.oldest_age_s.get(name, 0.0)
        oldest = f"oldest {span(int(age * 1000))}" if age else "none waits"
        told = ", ".join(filter(None, (money_of(board, name), oldest)))
        yield card(name.capitalize(), f"{count:,}", told, "/doubtful", kind="warn" if count else "")
    aside = "warn" if board.quarantined else ""
    yield card("Quarantine", f"{board.quarantined:,}", "messages put aside", "/quarantine", kind=aside)
    alarm = "stop" if board.alarms else ""
    yield card("Alarms", f"{board.alarms:,}", "contradictions between ledger and gateway", kind=alarm)


def _outcomes(minutes: Sequence[Minute]) -> Markup:
    counts = [Counts(minute.name, _kinds(minute.ended)) for minute in minutes]
    whole = Counts("all", tuple(sum(each.kinds[number] for each in counts) for number in range(len(KINDS))))
    title = "Outcomes per minute"
    if not whole.whole:
        return part(title, note(f"No order ended in the last {MINUTES} minutes."))
    return part(
        title,
        note("Orders by the minute in which they ended, UTC. The last minute is not over."),
        legend(whole),
        *(columns(frame, title, counts) for frame in (WIDE, NARROW)),
    )


def _kinds(ended: Mapping[str, int]) -> tuple[int, ...]:
    kinds = dict.fromkeys((key for key, _ in KINDS), 0)
    for name, count in ended.items():
        kinds[KIND_OF.get(name, "not_charged")] += count
    return tuple(kinds.values())


def _queues(reader: Reader, board: Board) -> Iterable[Sequence[str]]:
    for queue in board.queues:
        said = board.paused_queues.get(queue.name)
        offered = ("queue-resume", queue.name, "Resume") if said else ("queue-pause", queue.name, "Pause")
        age = span(int(queue.age_s * 1000)) if queue.waiting else "nothing"
        dead = f"{queue.dead:,}"
        yield queue.name, f"{queue.waiting:,}", age, dead, _said(said), deeds(reader, offered)


def _accounts(reader: Reader, board: Board, credits_max: int) -> Iterable[Sequence[str]]:
    stats = board.stats
    for account, lag_s in stats.mirror_lag_s.items():
        said, tripped = board.paused_accounts.get(account), board.breakers.get(account, {})
        breaker = (
            word(f"not closed in {len(tripped)} of {len(board.workers)} workers", "stop")
            if tripped
            else word("closed", "good")
        )
        offered = [("account-resume", account, "Resume") if said else ("account-pause", account, "Pause")]
        if tripped:
            offered.append(("breaker-reset", account, "Reset the breaker"))
        lag = f"{span(int(lag_s * 1000))} behind" if math.isfinite(lag_s) else "never read"
        left = stats.send_credits[account]
        shown = meter(f"{left} of {credits_max} send credits", left / credits_max if credits_max else 0.0, f"{left}")
        yield account, breaker, _said(said), lag, f"{board.holes[account]}", shown, deeds(reader, *offered)


def _orders(board: Board) -> Iterable[Sequence[str]]:
    for name in states.STATES:
        if count := board.stats.orders.get(name, 0):
            age = board.stats.oldest_age_s.get(name)
            oldest = span(int(age * 1000)) if age else ""
            yield state(name), f"{count:,}", oldest, money_of(board, name) if name in DOUBTFUL else ""


def _processes(board: Board, presence_s: float) -> Iterable[Sequence[str]]:
    renewals, archive = board.stats.renewals, board.stats.archive
    if math.isfinite(renewals.last_run_age_s):
        ago = span(int(renewals.last_run_age_s * 1000))
        told = f"run {ago} ago, {renewals.unaccounted} periods unaccounted for"
        yield "Renewals", word(told, "stop" if renewals.unaccounted else "good")
    else:
        yield "Renewals", word("not run yet")
    yield (
        "Archive",
        word(f"{archive.lag_events} events behind", "warn") if archive.lag_events else word("level", "good"),
    )
    for duty, led in board.duties.items():
        yield f"Duty {duty}", word("done by a worker", "good") if led else word("nobody does it", "stop")
    for worker in sorted(board.workers, key=lambda each: (each.seen_s <= presence_s, each.name))[:_WORKERS_MAX]:
        seen = f"seen {span(int(worker.seen_s * 1000))} ago"
        there = worker.seen_s <= presence_s
        yield f"Worker {worker.name}", word(seen if there else f"{seen}, gone", "good" if there else "stop")


def _said(said: Said | None) -> Markup:
    if said is None:
        return word("open", "good")
    because = f": {said.because}" if said.because else ""
    return word(f"paused by {said.by}{because}, since {clock(said.at_ms)}", "warn")
