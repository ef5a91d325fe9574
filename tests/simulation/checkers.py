"""What must hold in a simulated world, looked at with every step and once more in the end.

I1: no order is charged twice, and no intent is sent twice. I2: every accepted order ends in exactly one outcome that is
true by the gateway's books, or waits for a human with evidence. A violation stops the world where it happened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Final

from cardinity_client.models.follow_ups import Refund, Settlement
from producers.acceptance import Acceptance, Order, order_of
from producers.contract import names, states
from producers.contract.follow_ups import carries
from producers.runtime.ledger.record import CONTENT_FIELDS, Record
from tests.simulation.content import Content
from tests.simulation.faults import PARKING
from tests.simulation.gateway import GatewayDouble
from tests.simulation.ledger import LedgerDouble
from tests.simulation.orders import Form, Kind
from tests.simulation.times import WINDOW_S

#: Where an order needs nobody's care any more but a human's.
CLOSED: Final = states.TERMINAL | {states.PARKED}
#: Where an order is from its intent to its end.
UNDER_WAY: Final = frozenset({states.SENDING, states.UNKNOWN, states.PENDING, states.PARKED})
#: What the purchase that orders follow was about, minor units.
PAID_MINOR: Final = 1000
#: Milliseconds by which whole numbers of them may be off.
ROUNDING_MS: Final = 2


#: How a parked order's reason ends whose second phase the gateway refused: the resolver's next look may show why.
REFUSED: Final = "_rejected"


class Checkers:
    """The eyes of one world. `gateways` are those of its accounts, and count together."""

    def __init__(
        self,
        ledger: LedgerDouble,
        gateways: Mapping[str, GatewayDouble],
        content: Content,
        faults: frozenset[str],
        hits: Counter[str],
        stop: Callable[[], None],
        tell: Callable[[str, str], None],
    ) -> None:
        self._ledger = ledger
        self._gateways = gateways
        self._counts = next(iter(gateways.values())).counts
        self._content = content
        self._may_park = not faults.isdisjoint(PARKING)
        self._other_amounts = "post.other_amount" in faults
        self._burst = "list.burst" in faults
        self._hits = hits
        self._stop = stop
        self._tell = tell
        self._intents: Counter[str] = Counter()
        self._sent_since_scan, self._credits = Counter[str](), Counter[str]()
        self._state: dict[str, str] = {}
        #: What was accepted by each order_id, and its last state in the ledger where it has left that.
        self._accepted: dict[str, Record] = {}
        self._left: dict[str, Record] = {}
        self.open_orders: set[str] = set()
        #: Orders of which somebody was told that they are not sent any more.
        self.called_back: set[str] = set()
        self.violations: list[str] = []
        ledger.on_move = self._on_move
        ledger.on_scan = self._on_scan
        ledger.on_leave = self._on_leave
        self._counts.on_charge = self._on_charge

    @property
    def closed(self) -> bool:
        """Whether nothing more will come of any order by itself, nor of any hold."""
        if not all(map(self._may_stay, self.open_orders)):
            return False
        return not (self._forsaken() or any(map(self._may_yet_end, self._content.forms)))

    def broken(self, what: str) -> None:
        """A rule was broken."""
        self.violations.append(what)
        self._tell("checker", what)
        self._stop()

    def on_post(self, order_id: str) -> None:
        """A request for a charge leaves a process."""
        posts, intents = self._counts.posts[order_id], self._intents[order_id]
        if posts > intents:
            self.broken(f"{order_id}: {posts} posts for {intents} intents")
        record = self._ledger.record(order_id)
        late_ms = self._ledger.now_ms() - record.intent_at_ms - int(WINDOW_S * 1000)
        if late_ms > ROUNDING_MS:
            self.broken(f"{order_id}: a request left {late_ms} ms after its time was over")
        if len(at := self._counts.posted_at[order_id]) > 1:
            self.broken(f"{order_id}: sent to {' and '.join(sorted(at))}")
        if order_id in self.called_back:
            self.broken(f"{order_id}: sent although its owner was told that it is not")
        if self._content.kinds[order_id] is Kind.FORGED:
            self.broken(f"{order_id}: sent although its envelope was made for another order")
        if self._parent(order_id):
            self._on_follow(order_id)

    def _on_follow(self, order_id: str) -> None:
        """What follows a payment leaves alone."""
        for other, state in self._state.items():
            if other != order_id and self._parent(other) == self._parent(order_id) and state in UNDER_WAY:
                self.broken(f"{order_id}: sent while {other}, of the same payment, is {state}")

    def twins_are_known(self) -> bool:
        """Whether every order that the gateway booked twice has been noticed."""
        return all(
            self._parent(order_id) or self._alarmed(self._ledger.record(order_id)) for order_id in self._counts.doubled
        )

    def finish(self) -> None:
        """Look at everything once more, now that nothing happens any more."""
        for record in (*map(self._ledger.record, self._ledger.rows), *self._left.values()):
            self.violations += [f"{record.order_id}: {what}" for what in self._of(record)]
        self.violations += [f"{self._counts.holds[hold]}: {hold} is still held" for hold in self._forsaken()]
        if self._content.wishes and not self._counts.doubled:
            for gateway in self._gateways.values():
                self.violations += self._of_payments(gateway)

    def _of_payments(self, gateway: GatewayDouble) -> Iterator[str]:
        """No more is given back than was paid, and a hold is settled or let go once."""
        moved = gateway.followed.every(lambda made: made.status != "declined")
        refunds = [made.amount.minor for made in moved if isinstance(made, Refund)]
        # A gateway that books another amount than it was asked for books one cent more.
        if sum(refunds) > PAID_MINOR + (len(refunds) if self._other_amounts else 0):
            yield f"{sum(refunds)} was given back of {PAID_MINOR}"
        if (many := sum(not isinstance(made, Refund) for made in moved)) > 1:
            yield f"the hold was settled or let go {many} times"

    def _forsaken(self) -> list[str]:
        """Holds that bind money for nothing, and are not left to a human. What foreign payments pushed out of the list
        nobody can have seen.
        """
        if self._burst:
            return []
        return [hold for hold, order_id in self._counts.holds.items() if self._state.get(order_id) != states.PARKED]

    def _may_yet_end(self, order_id: str) -> bool:
        """Whether it was parked because the gateway refused what it had done before: the next look will show that."""
        if self._content.form(order_id) is not Form.TWO_PHASE or self._state.get(order_id) != states.PARKED:
            return False
        return self._ledger.record(order_id).text("reason").endswith(REFUSED)

    def _parent(self, order_id: str) -> str:
        """The payment that the order follows. Another producer may have made a charge of what was to be a refund."""
        return self._accepted[order_id].parent

    def _may_stay(self, order_id: str) -> bool:
        """Whether it may be open at the end of a world."""
        return self._waits_for_a_human(order_id) or self._was_paid_unseen(order_id)

    def _was_paid_unseen(self, order_id: str) -> bool:
        """Whether foreign payments pushed the payment on its link out of the list: its end will park it."""
        linked = self._content.form(order_id) is Form.LINK
        return linked and self._burst and bool(self._counts.charges[order_id])

    def _waits_for_a_human(self, order_id: str) -> bool:
        """Whether it waits behind another of its payment that is parked."""
        return self._state[order_id] == states.ACCEPTED and any(
            state == states.PARKED and self._parent(other) == self._parent(order_id)
            for other, state in self._state.items()
            if self._parent(other)
        )

    def _on_scan(self, account: str, credits: int) -> None:
        self._sent_since_scan[account], self._credits[account] = 0, credits

    def _on_charge(self, order_id: str) -> None:
        self._tell("gateway", f"{order_id} will have been charged")
        if self._counts.charges[order_id] > 1 and order_id not in self._counts.doubled:
            self.broken(f"{order_id}: charged {self._counts.charges[order_id]} times")
        state = self._state.get(order_id, "")
        if state in states.TERMINAL and state != states.APPROVED:
            self.broken(f"{order_id}: charged after its outcome was {state}")

    def _on_move(self, order_id: str, before: str, to: str, detail: str) -> None:
        self._hits[f"{before or 'none'} -> {to}"] += 1
        self._tell("ledger", f"{order_id} {before} -> {to} ({detail})")
        if self._state.get(order_id, "") != before or (before and (before, to) not in states.EDGES):
            self.broken(f"{order_id}: from {before} to {to}, and it was {self._state.get(order_id)}")
        self._state[order_id] = to
        if not before:
            self._accepted[order_id] = self._ledger.record(order_id)
        if to in CLOSED:
            self.open_orders.discard(order_id)
        else:
            self.open_orders.add(order_id)
        if to == states.SENDING:
            self._on_intent(order_id)
        elif to in states.TERMINAL:
            self._on_end(order_id, to, detail)
        if before and to in (states.ACCEPTED, states.UNKNOWN, states.PARKED, states.NOT_CHARGED):
            self._hits[f"{to}: {detail}"] += 1

    def on_answer(self, wanted: Acceptance, order: Order | None) -> None:
        """A producer was told how its order stands; None: that another has its order_id."""
        order_id, accepted = wanted.order.order_id, self._accepted[wanted.order.order_id]
        same = all(accepted.text(name) == wanted.content.get(name, "") for name in CONTENT_FIELDS)
        if same != (order is not None):
            self.broken(f"{order_id}: {'refused as another' if same else 'told of what another has asked for'}")
        if order is not None and order.archived:
            ended = order_of(self._left[order_id])
            if (order.state, order.payment_id) != (ended.state, ended.payment_id):
                self.broken(f"{order_id}: ended as {ended.state}, and is told as {order.state}")

    def _on_leave(self, record: Record) -> None:
        self._tell("ledger", f"{record.order_id} leaves")
        self._left[record.order_id] = record

    def _on_intent(self, order_id: str) -> None:
        self._intents[order_id] += 1
        if self._parent(order_id):
            return
        account = self._ledger.record(order_id).lane
        self._sent_since_scan[account] += 1
        if self._sent_since_scan[account] > self._credits[account]:
            self.broken(f"{order_id}: {self._sent_since_scan[account]} intents on {self._credits[account]} credits")

    def _on_end(self, order_id: str, state: str, detail: str) -> None:
        charged, declined = self._counts.charges[order_id], self._counts.declines[order_id]
        if (state == states.APPROVED) != bool(charged):
            self.broken(f"{order_id}: {state} ({detail}), and it was charged {charged} times")
        if state == states.DECLINED and not declined:
            self.broken(f"{order_id}: declined, and nobody declined it")

    def _of(self, record: Record) -> Iterator[str]:
        if record.state not in CLOSED and not self._may_stay(record.order_id):
            yield f"is still {record.state}"
        if record.state == states.PARKED:
            if not (record.text("reason") and record.text("evidence")):
                yield "is parked without reason or evidence"
            if not self._may_park:
                yield f"is parked for {record.text('reason')}, and nothing asked for a human"
        if record.state in (states.APPROVED, states.DECLINED) and not self._is_its_own(record):
            made = record.text("follow_up_id") or record.text("payment_id")
            yield f"is {record.state} by {made}, which is not its own"
        if record.state in states.TERMINAL and record.envelope:
            yield "ended and keeps its card"
        yield from self._of_history(record)
        yield from self._of_events(record)
        # Nobody looks under a payment again once the answer was confirmed: a twin that the list showed late is not met.
        if record.order_id in self._counts.doubled and not record.parent and not self._alarmed(record):
            yield "was booked twice, and nobody was alarmed"

    def _is_its_own(self, record: Record) -> bool:
        gateway = self._gateways[record.lane]
        if record.parent:
            made = gateway.followed.get(record.text("follow_up_id"))
            if made is None or (isinstance(made, Refund | Settlement) and made.amount != record.amount):
                return False
            return (made.payment_id, made.description) == (record.parent, record.ref)
        entry = gateway.by_id.get(record.text("payment_id"))
        if entry is None or entry.payment.amount != record.amount:
            return False
        if record.kind == names.LINK:
            return carries(record.ref, entry.payment.description)
        return entry.payment.order_id == record.ref

    def _of_history(self, record: Record) -> Iterator[str]:
        path = [line.state for line in record.history]
        if path[0] != states.ACCEPTED or path[-1] != record.state:
            yield f"history goes from {path[0]} to {path[-1]}, the state is {record.state}"
        for step in pairwise(path):
            if step not in states.EDGES:
                yield f"history has the step {' -> '.join(step)}"
        if path.count(states.SENDING) < self._counts.posts[record.order_id]:
            yield f"history knows of fewer intents than the {self._counts.posts[record.order_id]} posts"

    def _of_events(self, record: Record) -> Iterator[str]:
        told = [name for name, _ in self._ledger.events if name.rpartition(":")[0] == record.ref]
        ends = [name for name in told if name.rpartition(":")[2] in states.TERMINAL]
        wanted = [f"{record.ref}:{record.state}"] if record.state in states.TERMINAL else []
        if ends != wanted:
            yield f"is {record.state} and its outcome was told as {ends}"
        steps = [name for name, _ in self._ledger.events if name.startswith(f"{record.ref}:{states.PENDING}")]
        if len(set(steps)) != len(steps):
            yield f"was told of the same step twice: {steps}"
        accepted = f"{record.ref}:{states.ACCEPTED}"
        if told.count(accepted) != 1 or told[0] != accepted:
            yield f"was not told to be accepted exactly once, and before all else: {told}"

    def _alarmed(self, record: Record) -> bool:
        """Two charges are never hidden: an alarm, or a human who looks anyway. What foreign payments pushed out of the
        list unread is a hole, which is an alarm of its own.
        """
        return (
            self._burst
            or record.state == states.PARKED
            or any(a["order_id"] == record.order_id for a in self._ledger.alarms)
        )
