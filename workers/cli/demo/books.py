"""The audit: what we told the owners of the orders, held against what the gateway booked. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from producers.contract import states
from producers.contract.succession import root_of

#: Ends in which no money moved.
_UNCHARGED: Final = frozenset({states.DECLINED, states.REJECTED, states.EXPIRED, states.CANCELLED, states.NOT_CHARGED})


@dataclass(frozen=True, slots=True)
class Told:
    """An order as our ledger has it; `state` is empty when the ledger does not have it."""

    order_id: str
    state: str
    amount: str
    currency: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Booked:
    """An order as the gateway has it: how often it was asked for, and how often money moved."""

    order_id: str
    amount: str
    currency: str
    approved: int
    posts: int


@dataclass(frozen=True, slots=True)
class Audit:
    """`lost` and `doubled` say which orders and why; both are empty when every promise was kept.

    `parked` counts the reasons for which orders wait for a human.
    """

    states: Mapping[str, int]
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    posts: int
    parked: Mapping[str, int] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        return sum(self.states.values())

    @property
    def clean(self) -> bool:
        return not self.lost and not self.doubled

    def __add__(self, other: Audit) -> Audit:
        """Of all these orders; none is in both."""
        return Audit(
            Counter(self.states) + Counter(other.states),
            self.lost + other.lost,
            self.doubled + other.doubled,
            self.posts + other.posts,
            Counter(self.parked) + Counter(other.parked),
        )

    def line(self, duration_s: float) -> str:
        """The demo's last line."""
        declined, rejected = self.states.get(states.DECLINED, 0), self.states.get(states.REJECTED, 0)
        approved, parked = self.states.get(states.APPROVED, 0), self.states.get(states.PARKED, 0)
        unsent = (states.NOT_CHARGED, states.EXPIRED, states.CANCELLED)
        not_charged = sum(self.states.get(state, 0) for state in unsent)
        # Whatever has no end yet is unknown to its owner.
        unknown = self.accepted - approved - declined - rejected - not_charged - parked
        return (
            f"demo: {self.accepted} accepted, {approved} approved, {declined} declined, {rejected} rejected, "
            f"{not_charged} not charged, {unknown} unknown, {parked} parked, {len(self.lost)} lost, "
            f"{len(self.doubled)} duplicate charges, {duration_s:.1f} s"
        )


def by_order(rows: Iterable[Mapping[str, Any]]) -> list[Booked]:
    """The gateway's own rows by order: what was tried for one under a further name is the order's too. What was paid on
    a page belongs to none.
    """
    tries: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["order_id"] is not None:
            tries.setdefault(root_of(row["order_id"]), []).append(row)
    return [_summed(order_id, each) for order_id, each in tries.items()]


def audit(told: Sequence[Told], booked: Iterable[Booked]) -> Audit:
    """Hold every accepted order against the books, and every booked charge against the orders."""
    books = {row.order_id: row for row in booked}
    lost = [f"{order.order_id}: {why}" for order in told if (why := _untrue(order, books.get(order.order_id)))]
    ours = {order.order_id for order in told}
    doubled = [
        f"{row.order_id}: charged {row.approved} times"
        for row in books.values()
        for _ in range(row.approved - (row.order_id in ours))
    ]
    posts = sum(row.posts for row in books.values())
    parked = Counter(order.reason for order in told if order.state == states.PARKED)
    return Audit(Counter(order.state for order in told), tuple(lost), tuple(doubled), posts, parked)


def _summed(order_id: str, tries: Sequence[Mapping[str, Any]]) -> Booked:
    charged = max(tries, key=lambda row: int(row["approved"]))
    approved, posts = (sum(row[name] for row in tries) for name in ("approved", "posts"))
    return Booked(order_id, charged["amount"], charged["currency"], approved, posts)


def _untrue(order: Told, row: Booked | None) -> str | None:
    """Why what we say of this order is not the truth, if it is not."""
    approved = row.approved if row else 0
    if order.state in _UNCHARGED:
        return f"we say {order.state}, the gateway charged" if approved else None
    if order.state == states.PARKED:
        return None
    if order.state != states.APPROVED:
        return f"no outcome, it is {order.state or 'missing'}"
    if not row or not approved:
        return "we say approved, the gateway did not charge"
    if (row.amount, row.currency) != (order.amount, order.currency):
        return f"we say {order.amount} {order.currency}, the gateway took {row.amount} {row.currency}"
    return None
