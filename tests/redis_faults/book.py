"""What Redis confirmed to a producer or a worker, order by order, and whether it still stands. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from producers.contract import states
from producers.runtime.ledger.record import Record

#: Characters of a token that the ledger's history keeps.
TOKEN_SHOWN = 8
#: What every confirmed call must survive while there is one server.
EVERYTHING = frozenset(states.STATES)
#: What is confirmed by the replicas too. A claim, a release or an outcome may be undone by a failover: the token, the
#: resolver and the gateway's list bring them back (protocol, section 7).
REPLICATED = frozenset({states.ACCEPTED, states.SENDING})


@dataclass
class Page:
    """One order: transitions that were confirmed, as (state, token), and the tokens under which a request left."""

    told: list[tuple[str, str]] = field(default_factory=list)
    sends: list[str] = field(default_factory=list)


class Book:
    """Kept by the people of the drill, who write down what they were told at the moment they were told it."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        #: Confirmations so far, and who wants to know of each.
        self.count = 0
        self.on_told: Callable[[int], None] = lambda count: None

    def told(self, order_id: str, state: str, token: str = "") -> None:
        """Redis has confirmed that the order entered this state."""
        self.count += 1
        self._page(order_id).told.append((state, token))
        self.on_told(self.count)

    def sent(self, order_id: str, token: str) -> None:
        """Here the request leaves for the gateway."""
        self._page(order_id).sends.append(token)

    @property
    def accepted(self) -> list[str]:
        """Orders whose producer was told that they are accepted."""
        return [order_id for order_id, page in self.pages.items() if (states.ACCEPTED, "") in page.told]

    def lost(self, rows: Mapping[str, Record], *, kept: frozenset[str] = EVERYTHING) -> list[str]:
        """Confirmations that the ledger does not know any more; only entries into the `kept` states count."""
        return [
            f"{order_id}: was confirmed as {state}{f' under {token[:TOKEN_SHOWN]}' if token else ''}, {says}"
            for order_id, page in self.pages.items()
            for state, token in page.told
            if state in kept and (says := _missing(rows.get(order_id), state, token))
        ]

    def doubled(self, rows: Mapping[str, Record]) -> list[str]:
        """Orders for which a request left twice, or which are open for somebody else although one has left."""
        return [f"{order_id}: {what}" for order_id, page in self.pages.items() for what in _twice(page, rows, order_id)]

    def _page(self, order_id: str) -> Page:
        return self.pages.setdefault(order_id, Page())


def _missing(row: Record | None, state: str, token: str) -> str:
    if row is None or not row.fields:
        return "and there is no row"
    known = {(line.state, line.token) for line in row.history}
    shown = token[:TOKEN_SHOWN] or "-"
    if state == states.ACCEPTED:  # by whoever gave it back; the first line of every history
        return "" if any(line == states.ACCEPTED for line, _ in known) else "and its history does not begin so"
    if (state, shown) in known:
        return ""
    path = " ".join(line.state for line in row.history)
    return f"and the row is {row.state} after {path}"


def _twice(page: Page, rows: Mapping[str, Record], order_id: str) -> Iterator[str]:
    if len(page.sends) > 1:
        yield f"was sent {len(page.sends)} times"
    row = rows.get(order_id)
    if page.sends and row is not None and row.state in (states.ACCEPTED, states.CLAIMED):
        yield f"was sent and is {row.state} again"
