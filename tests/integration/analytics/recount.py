"""The same figures counted again: row by row, in plain Python, sharing nothing with the product's counting.

Local time is asked of `zoneinfo` for each order, percentiles are those of the sorted list, money is added up by hand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from cardinity_client.declines import Remedy, read_decline

Row = dict[str, Any]
#: A figure's place: section, then the names of its row, then its column.
Place = tuple[object, ...]

_TAKES = ("charge", "link")
_CLASSES = {
    Remedy.SOFT_WAIT: "soft_wait",
    Remedy.UNSUITED: "unsuited",
    Remedy.NEEDS_CUSTOMER: "needs_customer",
    Remedy.UPDATE_CARD: "update_card",
    Remedy.NEVER_AGAIN: "never_again",
    None: "unknown",
}
_AGES = ((3_600_000, "under 1 hour"), (86_400_000, "1 hour to 1 day"), (604_800_000, "1 to 7 days"))


class Recount:
    """Of the rows of a history, within local days of a zone, both included."""

    def __init__(
        self,
        orders: Sequence[Row],
        chargebacks: Sequence[Row],
        *,
        days: tuple[date, date],
        zone: str,
        now_ms: int,
        account: str | None = None,
        currency: str | None = None,
    ) -> None:
        self._first, self._last = days
        self._zone, self._now_ms = ZoneInfo(zone), now_ms
        self._by_id = {row["order_id"]: row for row in orders}
        self._all = orders
        self._account, self._currency = account, currency
        self._chargebacks = chargebacks
        self._rows = [row for row in orders if self._counts(row, days)]
        length = (self._last - self._first).days + 1
        earlier = (self._first - timedelta(days=length), self._first - timedelta(days=1))
        self._before = [row for row in orders if self._counts(row, earlier)]

    @cached_property
    def figures(self) -> dict[Place, int]:
        """Every count and sum of money, by its place; those that are nothing are left out."""
        counted: Counter[Place] = Counter()
        for period, rows in (("this", self._rows), ("before", self._before)):
            for row in rows:
                for figure, number in self._of_totals(row):
                    counted["totals", row["currency"], period, figure] += number
        for row in self._rows:
            self._count(row, counted)
        self._count_aftermath(counted)
        self._count_cohorts(counted)
        return {place: number for place, number in counted.items() if number}

    @cached_property
    def durations(self) -> dict[str, list[int]]:
        """What payments that a bank decided took, sorted."""
        ended = [row for row in self._rows if row["kind"] in _TAKES and row["state"] in ("approved", "declined")]
        return {
            "accepted to outcome": sorted(row["ended_at_ms"] - row["accepted_at_ms"] for row in ended),
            "sent to outcome": sorted(row["ended_at_ms"] - row["sent_at_ms"] for row in ended),
        }

    def oldest(self) -> dict[tuple[str, str, str], int]:
        """How long the oldest is unknown or parked."""
        ages: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        for row, age in self._unresolved():
            key = (row["currency"], row["state"], _age_class(age))
            ages[key] = max(ages[key], age)
        return ages

    def _count(self, row: Row, counted: Counter[Place]) -> None:
        currency, is_payment = row["currency"], row["kind"] in _TAKES
        local = self._local(row["accepted_at_ms"])
        places: list[Place] = [
            ("daily", currency, local.date().isoformat()),
            ("hourly", currency, f"{local.hour:02}:00"),
            ("country", currency, row["country"] or "not told"),
            ("card_brand", currency, row["card_brand"] or "not told"),
            ("account", currency, row["account"]),
        ]
        if row["kind"] != "refund":
            for figure, number in self._of_outcome(row):
                for place in places:
                    counted[(*place, figure)] += number
        for figure, number in self._of_money(row):
            for section in ("refunds", "chargebacks"):
                counted[section, currency, f"{local:%Y-%m}", figure] += number
        if not is_payment:
            return
        counted["status", currency, row["state"], "payments"] += 1
        counted["status", currency, row["state"], "asked"] += row["amount_minor"]
        if row["state"] == "declined":
            remedy = read_decline(row["decline_code"], row["merchant_advice_code"], None).remedy
            for place in (
                ("decline_code", currency, row["decline_code"] or "not told"),
                ("advice", currency, _CLASSES[remedy]),
            ):
                counted[(*place, "declines")] += 1
                counted[(*place, "declined_money")] += row["amount_minor"]
        if (row["claims"] or 0) > 1:
            counted["retries", currency, "claimed_again"] += 1
            counted["retries", currency, "further_claims"] += row["claims"] - 1
        if row["subscription_id"] and row["attempt"] > 1:
            counted["retries", currency, "dunned"] += 1
            if row["state"] == "approved" and not row["held"]:
                counted["retries", currency, "recovered"] += 1
                counted["retries", currency, "recovered_money"] += row["amount_minor"]

    def _of_totals(self, row: Row) -> Iterable[tuple[str, int]]:
        yield from self._of_outcome(row)
        if row["state"] != "approved":
            return
        if row["kind"] in _TAKES and row["held"]:
            yield from (("held_count", 1), ("held", row["amount_minor"]))
        if row["kind"] == "refund":
            yield from (("refund_count", 1), ("refunded", row["amount_minor"]), ("net", -row["amount_minor"]))
        yield from (("net", number) for figure, number in self._of_money(row) if figure == "taken")

    def _of_outcome(self, row: Row) -> Iterable[tuple[str, int]]:
        if row["kind"] in _TAKES:
            yield "payments", 1
            match row["state"]:
                case "approved" | "declined":
                    yield row["state"], 1
                case "rejected" | "expired" | "cancelled" | "not_charged":
                    yield "not_charged", 1
                case "unknown" | "parked":
                    yield "unresolved", 1
                case _:
                    yield "open", 1
        yield from self._of_money(row)

    def _of_money(self, row: Row) -> Iterable[tuple[str, int]]:
        takes = row["kind"] == "settlement" or (row["kind"] in _TAKES and not row["held"])
        if row["state"] == "approved" and takes:
            yield from (("taken_count", 1), ("taken", row["amount_minor"]))

    def _count_aftermath(self, counted: Counter[Place]) -> None:
        roots = {row["payment_id"]: self._root(row) for row in self._all if row["payment_id"] and row["kind"] in _TAKES}
        for row in self._all:
            if row["kind"] == "refund" and row["state"] == "approved":
                root = roots[row["parent_id"]]
                if self._within(root) and self._matches(row, root):
                    place = ("refunds", row["currency"], f"{self._local(root['accepted_at_ms']):%Y-%m}")
                    counted[(*place, "refund_count")] += 1
                    counted[(*place, "refunded")] += row["amount_minor"]
        statuses = {"initiated": "initiated", "approved": "lost", "declined": "won"}
        for row in self._chargebacks:
            if row["order_id"] is None:
                at, of, month = row["created_at_ms"], row, "no order"
            else:
                of = self._root(self._by_id[row["order_id"]])
                at, month = of["accepted_at_ms"], f"{self._local(of['accepted_at_ms']):%Y-%m}"
            if self._first <= self._local(at).date() <= self._last and self._matches(row, of):
                for figure, number in (
                    ("chargeback_count", 1),
                    (statuses[row["status"]], 1),
                    ("charged_back", row["amount_minor"]),
                ):
                    counted["chargebacks", row["currency"], month, figure] += number
        for row, age in self._unresolved():
            open_for = ("unresolved", row["currency"], row["state"], _age_class(age))
            counted[(*open_for, "orders")] += 1
            counted[(*open_for, "money")] += row["amount_minor"]

    def _count_cohorts(self, counted: Counter[Place]) -> None:
        charged: defaultdict[str, list[Row]] = defaultdict(list)
        for row in self._all:
            paid = row["kind"] == "charge" and row["state"] == "approved" and not row["held"] and row["subscription_id"]
            ended = self._local(row["accepted_at_ms"]).date() > self._last
            if paid and not ended and self._matches(row, row):
                charged[row["subscription_id"]].append(row)
        for rows in charged.values():
            begun = self._local(min(row["accepted_at_ms"] for row in rows))
            first = min(row["period"] for row in rows)
            for row in rows if begun.date() >= self._first else ():
                place = ("cohorts", row["currency"], f"{begun:%Y-%m}", row["period"] - first)
                counted[(*place, "subscriptions")] += 1
                counted[(*place, "money")] += row["amount_minor"]

    def _unresolved(self) -> Iterable[tuple[Row, int]]:
        for row in self._all:
            if row["state"] in ("unknown", "parked") and self._within(row) and self._matches(row, row):
                yield row, self._now_ms - row[f"{row['state']}_at_ms"]

    def _counts(self, row: Row, days: tuple[date, date]) -> bool:
        moves = row["kind"] in (*_TAKES, "settlement", "refund")
        inside = days[0] <= self._local(row["accepted_at_ms"]).date() <= days[1]
        return moves and inside and row["root"] is None and self._matches(row, row)

    def _matches(self, row: Row, of: Row) -> bool:
        """Whether the filters let it pass: its own currency, and the account of what it belongs to."""
        return self._account in (None, of["account"]) and self._currency in (None, row["currency"])

    def _within(self, row: Row) -> bool:
        return self._first <= self._local(row["accepted_at_ms"]).date() <= self._last

    def _root(self, row: Row) -> Row:
        return self._by_id[row["root"]] if row["root"] else row

    def _local(self, at_ms: int) -> datetime:
        return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self._zone)


def nearest_rank(ordered: Sequence[int], percent: int) -> int:
    """The exact percentile of a sorted list."""
    return ordered[ceil(len(ordered) * percent / 100) - 1]


def _age_class(age_ms: int) -> str:
    return next((name for limit, name in _AGES if age_ms < limit), "over 7 days")
