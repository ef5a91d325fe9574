"""The first page: how everything stands, in the words of `cardinity status`. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from producers.contract import states
from producers.runtime.ledger.operation_calls import Said
from workers.analytics.pages.charts import columns
from workers.analytics.pages.frames import NARROW, WIDE
from workers.analytics.pages.markup import Markup, element, join
from workers.analytics.pages.outcomes import KINDS, Counts, legend
from workers.cli.board import DOUBTFUL, Board
from workers.cli.reading import rfc3339
from workers.cli.story import duration
from workers.console.layout import Reader, link, note, page, part, search, table
from workers.operations.minutes import MINUTES, Minute

#: How a state is drawn, where not by its own name.
_DRAWN: Final = {states.APPROVED: "approved", states.DECLINED: "declined"}
#: Workers that are named, those that are gone first.
_WORKERS_MAX: Final = 20


def overview(reader: Reader, board: Board, minutes: Sequence[Minute], presence_s: float) -> str:
    """The page."""
    return page(
        "Overview",
        reader,
        search(),
        element("section", {"class": "headlines"}, element("div", {"class": "cards counts"}, *_cards(board))),
        _outcomes(minutes),
        part("Queues", table(("Queue", "Waiting", "Next waits for", "Dead", "State", "Do"), _queues(reader, board))),
        part(
            "Accounts",
            table(("Account", "Breaker", "State", "Mirror", "Holes", "Send credits", "Do"), _accounts(reader, board)),
        ),
        part("Orders", table(("State", "Orders", "Oldest", "Money"), _orders(board))),
        part("Schedulers and workers", table(("What", "How it stands"), _processes(board, presence_s))),
        refresh="/",
    )


def deeds(reader: Reader, *offered: tuple[str, str, str]) -> Markup:
    """Links to actions (name, what it is about, words), for those who may act."""
    if reader.user is None or not reader.user.acts:
        return join()
    return element(
        "span",
        {"class": "deeds"},
        *(link(f"/actions/{name}?about={quote(about, safe='')}", words) for name, about, words in offered),
    )


def money_of(board: Board, state: str) -> str:
    """The money of all orders in a state, each currency by itself."""
    return ", ".join(f"{money.text} {money.currency}" for money in board.money(state))


def _cards(board: Board) -> Iterable[Markup]:
    waiting = sum(queue.waiting for queue in board.queues)
    yield _card("Waiting", str(waiting), "messages on all queues")
    yield _card("In flight", str(board.in_flight), f"{board.overdue} orders overdue")
    for state in DOUBTFUL:
        age = board.stats.oldest_age_s.get(state, 0.0)
        oldest = f"oldest {duration(int(age * 1000))}" if age else "none waits"
        told = ", ".join(filter(None, (money_of(board, state), oldest)))
        yield _card(state.capitalize(), str(board.stats.orders.get(state, 0)), told, "/doubtful")
    yield _card("Quarantine", str(board.quarantined), "messages put aside", "/quarantine")
    yield _card("Alarms", str(board.alarms), "contradictions between ledger and gateway")


def _card(title: str, figure: str, told: str, address: str = "") -> Markup:
    named = link(address, title) if address else title
    return element(
        "div",
        {"class": "card"},
        element("h3", {}, named),
        element("p", {"class": "figure"}, figure),
        element("p", {"class": "note"}, told),
    )


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
    for state, count in ended.items():
        kinds[_DRAWN.get(state, "not_charged")] += count
    return tuple(kinds.values())


def _queues(reader: Reader, board: Board) -> Iterable[Sequence[str]]:
    for queue in board.queues:
        word = board.paused_queues.get(queue.name)
        offered = ("queue-resume", queue.name, "Resume") if word else ("queue-pause", queue.name, "Pause")
        age = duration(int(queue.age_s * 1000)) if queue.waiting else "nothing"
        yield queue.name, str(queue.waiting), age, str(queue.dead), _said(word), deeds(reader, offered)


def _accounts(reader: Reader, board: Board) -> Iterable[Sequence[str]]:
    stats = board.stats
    for account, lag_s in stats.mirror_lag_s.items():
        word, tripped = board.paused_accounts.get(account), board.breakers.get(account, {})
        breaker = f"not closed in {len(tripped)} of {len(board.workers)} workers" if tripped else "closed"
        offered = [("account-resume", account, "Resume") if word else ("account-pause", account, "Pause")]
        if tripped:
            offered.append(("breaker-reset", account, "Reset the breaker"))
        lag = f"{lag_s:.1f} s behind" if math.isfinite(lag_s) else "never read"
        credit = str(stats.send_credits[account])
        yield account, breaker, _said(word), lag, str(board.holes[account]), credit, deeds(reader, *offered)


def _orders(board: Board) -> Iterable[Sequence[str]]:
    for state in states.STATES:
        if count := board.stats.orders.get(state, 0):
            age = board.stats.oldest_age_s.get(state)
            oldest = duration(int(age * 1000)) if age else ""
            yield state, f"{count:,}", oldest, money_of(board, state) if state in DOUBTFUL else ""


def _processes(board: Board, presence_s: float) -> Iterable[Sequence[str]]:
    renewals, archive = board.stats.renewals, board.stats.archive
    if math.isfinite(renewals.last_run_age_s):
        ago = duration(int(renewals.last_run_age_s * 1000))
        yield "Renewals", f"run {ago} ago, {renewals.unaccounted} periods unaccounted for"
    else:
        yield "Renewals", "not run yet"
    yield "Archive", f"{archive.lag_events} events behind" if archive.lag_events else "level"
    for duty, led in board.duties.items():
        yield f"Duty {duty}", "done by a worker" if led else "nobody does it"
    for worker in sorted(board.workers, key=lambda each: (each.seen_s <= presence_s, each.name))[:_WORKERS_MAX]:
        gone = "" if worker.seen_s <= presence_s else ", gone"
        yield f"Worker {worker.name}", f"seen {worker.seen_s:.1f} s ago{gone}"


def _said(word: Said | None) -> str:
    if word is None:
        return "open"
    because = f": {word.because}" if word.because else ""
    return f"paused by {word.by}{because}, since {rfc3339(word.at_ms)}"
