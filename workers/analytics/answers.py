"""The rows that the queries give, with names. Whole numbers are `int`, whatever a database gives for a sum."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from workers.analytics.tally import Outcome


class Slice(NamedTuple):
    """Orders that are alike but for their time."""

    kind: str
    currency: str
    account: str
    state: str
    held: bool
    country: str | None
    card_brand: str | None
    decline_code: str | None
    advice_code: str | None
    orders: int
    money: int
    claimed_again: int
    further_claims: int
    dunned: int
    dunned_money: int

    @property
    def outcome(self) -> Outcome:
        """What they count for."""
        return Outcome(self.kind, self.state, self.held, self.orders, self.money)


class Counted(NamedTuple):
    """Orders of one currency that came to the same."""

    currency: str
    outcome: Outcome


class Moment(NamedTuple):
    """Orders of one local day, or of one hour of the day; `local_ms` is where that begins."""

    grain: str
    currency: str
    local_ms: int
    outcome: Outcome


def slices(rows: Iterable[Sequence[Any]]) -> list[Slice]:
    """Of the cube."""
    return [Slice._make((*row[:4], bool(row[4]), *row[5:9], *map(int, row[9:]))) for row in rows]


def counted(rows: Iterable[Sequence[Any]]) -> list[Counted]:
    """Of the period before."""
    return [
        Counted(currency, Outcome(kind, state, bool(held), int(count), int(money)))
        for kind, currency, state, held, count, money in rows
    ]


def moments(rows: Iterable[Sequence[Any]]) -> list[Moment]:
    """Of the trend."""
    return [
        Moment(grain, currency, int(local_ms), Outcome(kind, state, bool(held), int(count), int(money)))
        for grain, kind, currency, state, held, local_ms, count, money in rows
    ]


def numbers(rows: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Sums as whole numbers; names, and what is missing, as they are."""
    return [tuple(cell if cell is None or isinstance(cell, str) else int(cell) for cell in row) for row in rows]
