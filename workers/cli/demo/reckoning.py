"""What owners of orders are told, heard from the event stream, and held against the gateway's books as often as wanted.

Only what is open or ended lately is kept: orders that are let go are held against the books a last time, and added up.
A charge of theirs that came later would be one for nobody, which is a duplicate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from producers.contract import states
from producers.contract.events import Event, FollowUpEvent, LinkEvent, OrderEvent
from producers.contract.payment_data import PaymentData
from producers.contract.succession import root_of
from producers.enqueue import Enqueuer
from producers.runtime.ledger import keys
from workers.cli.demo.books import Audit, Booked, Told, audit, by_order
from workers.cli.demo.stage import Stage

#: Seconds that a look at the stream waits for news.
LOOK_S: Final = 0.001
_NOTHING: Final = Audit({}, (), (), 0)


class Heard:
    """What the events tell of charges. Those that hold money first, or go on as a link, have other books: `apart`."""

    def __init__(self) -> None:
        self.open: dict[str, Told] = {}
        self.ended: dict[str, tuple[datetime, Told]] = {}
        self.apart: set[str] = set()

    def hear(self, event: Event) -> None:
        """One more event, in the order of the stream."""
        if isinstance(event, LinkEvent):
            self._set_apart(event.data.root or event.data.order_id)
        elif isinstance(event, OrderEvent) and not isinstance(event, FollowUpEvent):
            self._of_charge(event.data, event.time)

    def known(self, order_id: str) -> bool:
        """Whether it was told of, and is not let go."""
        return order_id in self.open or order_id in self.ended or order_id in self.apart

    def _of_charge(self, data: PaymentData, at: datetime) -> None:
        order_id = data.order_id
        if order_id in self.apart or root_of(order_id) != order_id:
            return
        if data.reason == states.HELD:
            self._set_apart(order_id)
            return
        told = Told(order_id, data.state, data.amount, data.currency, data.reason or "")
        self.open[order_id] = told
        if data.state in states.TERMINAL:
            self.ended[order_id] = at, self.open.pop(order_id)

    def _set_apart(self, order_id: str) -> None:
        self.apart.add(order_id)
        self.open.pop(order_id, None)
        self.ended.pop(order_id, None)


class Reckoning:
    """The audit of a system that goes on."""

    def __init__(self, stage: Stage, enqueuer: Enqueuer) -> None:
        self._stage = stage
        self._enqueuer = enqueuer
        self._position = "0"
        self.heard = Heard()
        self._gone = _NOTHING

    def listen(self) -> None:
        """Take in what was told since."""
        for position, event in self._enqueuer.events(self._position, idle_s=LOOK_S):
            self._position = position
            self.heard.hear(event)

    @property
    def counts(self) -> Mapping[str, int]:
        """All orders so far by state, as it was told."""
        told = (told for _, told in self.heard.ended.values())
        return Counter(self._gone.states) + Counter(each.state for each in (*told, *self.heard.open.values()))

    def ended_before(self, moment: datetime) -> list[str]:
        """Orders that ended before then."""
        return [order_id for order_id, (at, _) in self.heard.ended.items() if at < moment]

    def hold(self, open_too: Collection[str] = ()) -> Audit:
        """Hold all that has ended, and these that are open, against the books as they are now."""
        told = [told for _, told in self.heard.ended.values()]
        told += [each for order_id, each in self.heard.open.items() if order_id in open_too]
        books = by_order(self._stage.charges())
        # Heard of or not, an order that is in the books was accepted before.
        self.listen()
        ours = {each.order_id for each in told}
        strangers = [row for row in books if row.order_id not in ours and not self.heard.known(row.order_id)]
        return self._gone + audit(told, [*(row for row in books if row.order_id in ours), *self._nobodys(strangers)])

    def let_go(self, order_ids: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
        """Keep of these orders only what they add up to, by the last that the gateway's books say of them."""
        told = [self.heard.ended.pop(order_id)[1] for order_id in order_ids]
        self._gone += audit(told, by_order(rows))

    def _nobodys(self, rows: list[Booked]) -> list[Booked]:
        """Those that the ledger does not know either: an event may be under way still."""
        there = self._enqueuer.ledger.read_many([("EXISTS", keys.order(row.order_id)) for row in rows]) if rows else []
        return [row for row, found in zip(rows, there, strict=True) if not found]
