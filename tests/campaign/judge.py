"""The judgement on a run: every rule that was broken, as one line each. Nothing here waits or changes anything."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from producers.contract import states
from producers.contract.names import LINK
from tests.campaign.search import Search
from tests.chaos.oracle import FOREIGN, Books, violations

#: How a worker may end when nobody wrote it another end: stopped and empty, killed, killed by its watchdog, stopped
#: before it had begun to listen; Redis away at its start or its end.
EXPECTED_ENDS = frozenset({0, -9, -14, -15, 69, 75})

#: A fault's `allows`: orders may be parked; contradictions may be alarmed; workers may end with the code that follows;
#: a log line may be there that contains the text that follows; messages of orders that have ended may stay
#: unacknowledged, because a worker that died was ahead of time and Dramatiq believes its last heartbeat.
#: Only because of a hole in what was seen of the list may orders be parked, when that word is `holes`.
PARKED, HOLES, ALARMS, EXIT, LOG, MESSAGES = "parked", "holes", "alarms", "exit:", "log:", "messages"


@dataclass(frozen=True, slots=True)
class Tally:
    """What no run may have any of: orders charged more than once, accepted and without an end, with an untrue one. That
    customers pay a link twice is theirs to do.
    """

    charged_twice: int = 0
    lost: int = 0
    untrue: int = 0


def tally(books: Books, accepted: Collection[str]) -> Tally:
    """Count them, whatever the faults of the run entitle it to."""
    charged = {ref: row["approved"] for ref, row in books.charges.items()}
    final = {record.ref: record.state for record in books.orders.values() if record.state in states.TERMINAL}
    known = {*final.values(), states.PARKED}
    ended = {order_id for order_id, record in books.orders.items() if record.state in known}
    links = {record.ref for record in books.orders.values() if record.kind == LINK}
    return Tally(
        charged_twice=charged_twice({ref: row for ref, row in books.charges.items() if ref not in links}),
        lost=len({*accepted, *books.orders} - ended),
        untrue=sum((state == states.APPROVED) != (charged.get(ref, 0) > 0) for ref, state in final.items()),
    )


def charged_twice(charges: Mapping[str, Mapping[str, int]]) -> int:
    """Orders that the gateway's books show with more than one approved charge."""
    return sum(row["approved"] > 1 for order_id, row in charges.items() if not order_id.startswith(FOREIGN))


def closed(books: Books, accepted: Collection[str], allows: Collection[str]) -> Iterator[str]:
    """What must hold when every order could end."""
    for what in violations(books, may_park=PARKED in allows, may_miss=HOLES in allows):
        if not (_is_alarm(what) and ALARMS in allows) and not _is_allowed_line(what, allows):
            yield what
    for order_id in sorted(set(accepted) - set(books.orders)):
        yield f"{order_id}: was accepted and is lost"


def lockdown(before: Mapping[str, Mapping[str, int]], after: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """What must hold when the ledger is gone: nothing was charged twice, and nothing is sent any more."""
    for order_id, row in after.items():
        if row["approved"] > 1 or row["posts"] > 1:
            yield f"{order_id}: {row['posts']} posts and {row['approved']} charges around a lost ledger"
    sent = sum(row["posts"] for row in after.values()) - sum(row["posts"] for row in before.values())
    if sent:
        yield f"{sent} posts after the ledger was lost and had been noticed"


def ends(codes: Mapping[int, int], well: Sequence[int], allows: Collection[str]) -> Iterator[str]:
    """How workers ended: those in the fire, and those who were asked to stop when all was over."""
    allowed = {int(word.removeprefix(EXIT)) for word in allows if word.startswith(EXIT)}
    for code, count in sorted(codes.items()):
        if code not in EXPECTED_ENDS | allowed:
            yield f"{count} workers ended with {code}"
    for code in well:
        # The watchdog may find a machine too slow that has other work; it kills whoever is too late, idle or not.
        if code not in (0, -14):
            yield f"a worker that was asked to stop when all was over ended with {code}"


def canary(search: Search) -> Iterator[str]:
    """Card data must be readable nowhere."""
    return (f"card data are readable: {find}" for find in search.finds)


def _is_alarm(what: str) -> bool:
    return what.endswith(" alarms")


def _is_allowed_line(what: str, allows: Collection[str]) -> bool:
    return any(word.removeprefix(LOG) in what for word in allows if word.startswith(LOG))
