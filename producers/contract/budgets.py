"""How often the card networks let one card be declined for one amount before it must rest. Pure.

Networks fine merchants who go on asking: Visa after 15 declines in 30 days, Mastercard after so many in a day and in a
month. They count per card and amount. We count declines of charges that name an earlier payment, per payment named: who
types a card is there to ask for another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_UNITS: Final = {"h": 3600, "d": 24 * 3600}
#: The longest window, in seconds: for so long declines are remembered.
WINDOW_MAX_S: Final = 90 * _UNITS["d"]
#: The most declines that a budget can allow, and so the most that need be looked at.
DECLINES_MAX: Final = 1000

_BUDGET: Final = re.compile(r"([a-z][a-z_-]{0,31})=([1-9][0-9]{0,3})/([1-9][0-9]{0,3})([hd])")


@dataclass(frozen=True, slots=True)
class Budget:
    """A card of `brand` (lower case) may be declined `declines` times for one amount in any `window_s`."""

    brand: str
    declines: int
    window_s: int

    def __str__(self) -> str:
        unit = "d" if self.window_s % _UNITS["d"] == 0 else "h"
        return f"{self.brand}={self.declines}/{self.window_s // _UNITS[unit]}{unit}"


@dataclass(frozen=True, slots=True)
class UsedUp:
    """This budget allows no further try before `until_ms` (since 1970 UTC)."""

    budget: Budget
    until_ms: int


def parse_budgets(text: str) -> tuple[Budget, ...]:
    """Budgets as they are written, `visa=15/30d,mastercard=8/24h`; at least one.

    Raises:
        ValueError: it is not written so, or a number is out of range.
    """
    return tuple(_parse(part) for part in text.split(","))


def used_up(budgets: Iterable[Budget], brand: str, declined_at_ms: Sequence[int], now_ms: int) -> UsedUp | None:
    """Which of the brand's budgets forbids another try for longest, if one does. The moments of the declines may stand
    in any order."""
    newest_first = sorted(declined_at_ms, reverse=True)
    ends = (
        UsedUp(budget, newest_first[budget.declines - 1] + budget.window_s * 1000)
        for budget in budgets
        if budget.brand == brand.lower() and len(newest_first) >= budget.declines
    )
    return max((end for end in ends if end.until_ms > now_ms), key=lambda end: end.until_ms, default=None)


def _parse(part: str) -> Budget:
    found = _BUDGET.fullmatch(part)
    if found is None:
        raise ValueError(part)
    budget = Budget(found[1], int(found[2]), int(found[3]) * _UNITS[found[4]])
    if budget.declines > DECLINES_MAX or budget.window_s > WINDOW_MAX_S:
        raise ValueError(part)
    return budget
