"""What the gateways of a world did for each order, counted over all merchant accounts together.

What will land is decided when the request leaves, so the counts can say at any moment what they will be in the end.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable


class Counts:
    """The sum of a world's gateways. `on_charge(order_id)` is told of every charge as it becomes certain.

    A hold is no charge: it is one once it was settled.
    """

    def __init__(self) -> None:
        #: Requests that left for an order, and the accounts that they left for.
        self.posts: Counter[str] = Counter()
        self.posted_at: defaultdict[str, set[str]] = defaultdict(set)
        #: Charges that have landed or certainly will, and refusals.
        self.charges: Counter[str] = Counter()
        self.declines: Counter[str] = Counter()
        #: Orders that rightly have two charges: the gateway booked one request twice, or a link was paid twice.
        self.doubled: set[str] = set()
        #: Holds of two-phase orders that bind money, or will, by payment: whose they are.
        self.holds: dict[str, str] = {}
        self.on_charge: Callable[[str], object] = lambda order_id: None

    def sent(self, order_id: str, account: str) -> None:
        """A request for the order leaves for that account."""
        self.posts[order_id] += 1
        self.posted_at[order_id].add(account)

    def decided(self, order_id: str, status: str) -> None:
        """What the book will say in the end is known from now on."""
        if status == "approved":
            self.charges[order_id] += 1
            self.on_charge(order_id)
        elif status == "declined":
            self.declines[order_id] += 1
