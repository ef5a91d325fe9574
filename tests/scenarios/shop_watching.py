"""What has happened in a shop, in the words of a story: told by the gateway's books and by the product's events."""

from __future__ import annotations

from typing import Any, Final

from producers.contract.events import PaymentCancelled
from producers.contract.split_events import SplitEvent
from producers.feed import Position
from tests.scenarios.shop import Shop

_NOTHING: Final = {"approved": 0, "declined": 0}


class ShopWatcher:
    """Tells what is new since it was asked last."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._charges: dict[str, dict[str, Any]] = {}
        self._refunds: set[str] = set()
        self._after = Position("0")

    def news(self) -> list[str]:
        """In no order.

        Raises:
            AssertionError: the gateway has charged an order twice.
        """
        said, self._shop.said = self._shop.said, []
        return [*said, *self._charged(), *self._given_back(), *self._told()]

    def _charged(self) -> list[str]:
        charges, told = self._shop.stack.charges(), []
        for order_id, row in charges.items():
            before = self._charges.get(order_id, _NOTHING)
            assert row["approved"] <= 1, f"charged twice: {order_id}"
            what = f"{order_id} is {{}} {row['amount']} {row['currency']}"
            told += [what.format("charged")] * (row["approved"] - before["approved"])
            told += [what.format("declined")] * (row["declined"] - before["declined"])
        self._charges = charges
        return told

    def _given_back(self) -> list[str]:
        parts = [part for name in self._shop.splits for part in self._shop.enqueuer.get_split(name).parts]
        whose = {self._shop.enqueuer.get(part.order_id).payment_id: part.order_id for part in parts}
        new = [each for each in self._shop.stack.admin("records?type=refund") if each["id"] not in self._refunds]
        self._refunds |= {each["id"] for each in new}
        return [f"{each['amount']} {each['currency']} of {whose[each['parent_id']]} are given back" for each in new]

    def _told(self) -> list[str]:
        """What is no charge: how payments in parts have ended, and what was called back."""
        told = []
        for position, event in self._shop.enqueuer.events(self._after, idle_s=0.01):
            self._after = position
            if isinstance(event, SplitEvent):
                told.append(f"{event.data.split_id} is {event.data.state}")
            elif isinstance(event, PaymentCancelled):
                told.append(f"{event.data.order_id} is cancelled")
        return told
