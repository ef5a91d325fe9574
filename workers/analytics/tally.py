"""Outcomes of orders added up: what became of payments, and how much money moved. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from producers.contract import states
from producers.contract.names import REFUND, SETTLEMENT
from workers.analytics.kinds import PAYMENTS
from workers.analytics.sections import Cell

#: Ended, and no bank decided.
NOT_CHARGED: Final = states.TERMINAL - {states.APPROVED, states.DECLINED}
#: It may have happened.
UNRESOLVED: Final = frozenset({states.UNKNOWN, states.PARKED})


class Outcome(NamedTuple):
    """Orders that are alike, counted."""

    kind: str
    state: str
    held: bool
    orders: int
    money: int


@dataclass(slots=True)
class Tally:
    """Of one currency."""

    payments: int = 0
    approved: int = 0
    declined: int = 0
    not_charged: int = 0
    open: int = 0
    unresolved: int = 0
    taken_count: int = 0
    taken: int = 0
    held_count: int = 0
    held: int = 0
    refund_count: int = 0
    refunded: int = 0

    def add(self, outcome: Outcome) -> None:
        """Count what an order of its kind counts for."""
        if outcome.kind in PAYMENTS:
            self._add_payment(outcome)
        if outcome.state != states.APPROVED:
            return
        if outcome.kind == SETTLEMENT or (outcome.kind in PAYMENTS and not outcome.held):
            self.taken_count += outcome.orders
            self.taken += outcome.money
        elif outcome.kind in PAYMENTS:
            self.held_count += outcome.orders
            self.held += outcome.money
        elif outcome.kind == REFUND:
            self.refund_count += outcome.orders
            self.refunded += outcome.money

    @property
    def outcomes(self) -> tuple[Cell, ...]:
        """The columns that say what became of payments."""
        counts = (self.payments, self.approved, self.declined, self.not_charged, self.open, self.unresolved)
        return (*counts, rate(self.approved, self.approved + self.declined))

    @property
    def money(self) -> tuple[Cell, ...]:
        """The columns that say what was taken."""
        return (self.taken_count, self.taken, average(self.taken, self.taken_count))

    def _add_payment(self, outcome: Outcome) -> None:
        self.payments += outcome.orders
        if outcome.state == states.APPROVED:
            self.approved += outcome.orders
        elif outcome.state == states.DECLINED:
            self.declined += outcome.orders
        elif outcome.state in NOT_CHARGED:
            self.not_charged += outcome.orders
        elif outcome.state in UNRESOLVED:
            self.unresolved += outcome.orders
        else:
            self.open += outcome.orders


def tally(outcomes: Iterable[Outcome]) -> Tally:
    """All of them together."""
    total = Tally()
    for outcome in outcomes:
        total.add(outcome)
    return total


def rate(part: int, whole: int) -> float | None:
    """A part of one, to six decimals; None of nothing."""
    return round(part / whole, 6) if whole else None


def average(money: int, count: int) -> int | None:
    """Whole minor units, a half up; None of nothing."""
    return (2 * money + count) // (2 * count) if count else None
