"""Years of payments drawn from a seed: rows as the archive has them, with everything that reports look at."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert

from producers.runtime.archive.database import Archive
from workers.events.archive.tables import CHARGEBACKS, ORDERS

#: 1 January 2026 and 1 January 2027, UTC: both changes of Europe's clocks lie between.
BEGIN_MS, END_MS = 1_767_225_600_000, 1_798_761_600_000
DAY_MS = 86_400_000
#: Days of that year, UTC, on which clocks change: New York's, Vilnius', Cairo's, whose midnight is skipped, and back.
CHANGES_MS = tuple(BEGIN_MS + (day - 1) * DAY_MS for day in (67, 88, 113, 114, 298, 302, 305))
#: With two, no and three decimals.
CURRENCIES = ("EUR", "EUR", "EUR", "USD", "JPY", "KWD")
COUNTRIES = ("LT", "LV", "EE", "DE", "US", "JP", None)
BRANDS = ("Visa", "MasterCard", "American Express", None)
DECLINES = ("3000", "3001", "3002", "3006", "3014", "9999", None)
ADVICE = ("01", "02", "03: never again", "24", "77", None, None, None)
ENDS = ("rejected", "expired", "cancelled", "not_charged")
_ROWS_AT_ONCE = 5_000

Row = dict[str, Any]


@dataclass
class History:
    """What is drawn grows here; rows have every column of their table."""

    seed: int
    orders: list[Row] = field(default_factory=list)
    chargebacks: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._number = 0

    def draw(self, count: int) -> History:
        """Orders, until there are so many."""
        while len(self.orders) < count:
            kind = self._random.random()
            if kind < 0.02:
                self._continued()
            elif kind < 0.10:
                self._subscription()
            else:
                self._payment(self._at(), "link" if kind < 0.15 else "charge")
        return self

    def store(self, archive: Archive) -> None:
        """Write the rows."""
        for table, rows in ((ORDERS, self.orders), (CHARGEBACKS, self.chargebacks)):
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                with archive.writing() as connection:
                    connection.execute(insert(table), rows[start : start + _ROWS_AT_ONCE])

    def _payment(self, at_ms: int, kind: str, **more: Any) -> Row:
        order = self._order(at_ms, kind, **more)
        self._end(order, self._ending())
        if order["state"] == "approved":
            self._follow(order)
        return order

    def _ending(self) -> str:
        drawn = self._random.random()
        if drawn < 0.78:
            return "approved"
        if drawn < 0.93:
            return "declined"
        if drawn < 0.97:
            return self._random.choice(ENDS)
        return self._random.choice(("accepted", "pending", "sending", "unknown", "parked"))

    def _continued(self) -> None:
        """An order and the one that goes on for it; the first ends as the other does, and knows its payment."""
        root = self._order(self._at(), "charge")
        successor = self._order(root["accepted_at_ms"] + 60_000, "charge", root=root["order_id"])
        for name in ("amount_minor", "currency", "account", "country"):
            successor[name] = root[name]
        root["successor"] = successor["order_id"]
        ending = self._random.choice(("approved", "declined", "unknown"))
        self._end(successor, ending)
        self._end(root, "pending" if ending == "unknown" else ending)
        root["payment_id"], root["ended_at_ms"] = successor["payment_id"], successor["ended_at_ms"]
        if ending == "approved":
            self._follow(successor)

    def _subscription(self) -> None:
        subscription, at_ms = f"SUB-{self._next()}", self._at()
        like = {"currency": self._random.choice(CURRENCIES), "account": self._account()}
        amount = self._random.randint(100, 9_000)
        for period in range(self._random.choice((1, 1, 1, 2)), self._random.randint(2, 14)):
            for attempt in (1, 2, 3):
                about = {"subscription_id": subscription, "period": period, "attempt": attempt, "amount_minor": amount}
                state = self._payment(at_ms, "charge", **about, **like)["state"]
                at_ms += 2 * DAY_MS
                if state != "declined":
                    break
            at_ms += 26 * DAY_MS
            if state == "declined" or self._random.random() < 0.1 or at_ms > END_MS + 30 * DAY_MS:
                return

    def _follow(self, order: Row) -> None:
        later_ms = order["accepted_at_ms"] + self._random.randint(1, 90 * DAY_MS)
        parent = {name: order[name] for name in ("currency", "account", "country")} | {"parent_id": order["payment_id"]}
        if order["held"]:
            kind = self._random.choice(("settlement", "void", None))
            if kind == "void":
                self._end(self._order(later_ms, kind, **parent | {"currency": "XXX", "amount_minor": 0}), "approved")
            if kind == "settlement":
                self._end(self._order(later_ms, kind, **parent, amount_minor=order["amount_minor"]), "approved")
        for _ in range(self._random.choice((0,) * 12 + (1, 1, 2))):
            refund = self._order(later_ms, "refund", **parent, amount_minor=order["amount_minor"] // 2)
            self._end(refund, self._random.choice(("approved", "approved", "declined", "unknown")))
        if self._random.random() < 0.02:
            self._dispute(order, later_ms, foreign=self._random.random() < 0.1)

    def _dispute(self, order: Row, at_ms: int, *, foreign: bool) -> None:
        self.chargebacks.append(
            {
                "chargeback_id": f"cb-{self._next()}",
                "status": self._random.choice(("initiated", "approved", "declined")),
                "account": order["account"],
                "amount_minor": order["amount_minor"],
                "currency": order["currency"],
                "payment_id": order["payment_id"],
                "order_id": None if foreign else order["order_id"],
                "reason": None,
                "created_at_ms": at_ms,
                "changed_at_ms": at_ms,
            }
        )

    def _order(self, at_ms: int, kind: str, **more: Any) -> Row:
        row: Row = dict.fromkeys(ORDERS.c.keys())
        row |= {
            "order_id": f"ORD-{self._next()}",
            "kind": kind,
            "account": self._account(),
            "producer": "shop",
            "country": self._random.choice(COUNTRIES),
            "amount_minor": self._random.randint(1, 50_000),
            "currency": self._random.choice(CURRENCIES),
            "state": "accepted",
            "held": False,
            "claims": self._random.choice((None, 1, 1, 1, 1, 1, 2, 3)),
            "accepted_at_ms": at_ms,
            "changed_at_ms": at_ms,
        }
        return self._kept(row | more)

    def _kept(self, row: Row) -> Row:
        self.orders.append(row)
        return row

    def _end(self, order: Row, state: str) -> None:
        at_ms = order["accepted_at_ms"]
        order["state"] = state
        if state in ("approved", "declined", "unknown", "parked", "pending"):
            order["sent_at_ms"] = at_ms + int(self._random.expovariate(1 / 90))
            order["payment_id"] = f"{self._next():036}"
            order["card_brand"] = self._random.choice(BRANDS)
        if state in ("approved", "declined", *ENDS):
            order["ended_at_ms"] = (order["sent_at_ms"] or at_ms) + int(self._random.lognormvariate(6.5, 1.2))
        if state == "approved":
            order["held"] = order["kind"] == "charge" and self._random.random() < 0.03
        if state == "declined":
            order["decline_code"] = self._random.choice(DECLINES)
            order["merchant_advice_code"] = self._random.choice(ADVICE)
        if state in ("unknown", "parked"):
            order["unknown_at_ms"] = at_ms + 40_000
        if state == "parked":
            order["parked_at_ms"] = at_ms + 400_000

    def _account(self) -> str:
        return self._random.choice(("default", "default", "eu"))

    def _at(self) -> int:
        """Some more at local changes of the day, where borders are, and on days with a change of clocks."""
        at_ms = self._random.randint(BEGIN_MS - 40 * DAY_MS, END_MS)
        if self._random.random() < 0.05:
            at_ms = self._random.choice(CHANGES_MS) + self._random.randrange(DAY_MS)
        near = self._random.random() < 0.05
        return at_ms - at_ms % 3_600_000 + self._random.choice((-1, 0, 1)) if near else at_ms

    def _next(self) -> int:
        self._number += 1
        return self._number


def figures(rows: Sequence[Row]) -> str:
    """How many of each kind there are, to see that a draw has everything."""
    kinds: dict[str, int] = {}
    for row in rows:
        kinds[row["kind"]] = kinds.get(row["kind"], 0) + 1
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
