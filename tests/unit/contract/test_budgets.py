"""When a card must rest because its network says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.contract.budgets import Budget, UsedUp, parse_budgets, used_up

_HOUR_MS = 3600 * 1000
_DAY_MS = 24 * _HOUR_MS
_NOW = 1_800_000_000_000

_MOMENTS = st.lists(st.integers(_NOW - 40 * _DAY_MS, _NOW), max_size=40)
_BUDGETS = st.builds(Budget, st.just("visa"), st.integers(1, 20), st.integers(1, 30).map(lambda days: days * 86_400))


def test_budgets_are_read_as_they_are_written() -> None:
    """A brand may have several; each is written back as it was."""
    text = "visa=15/30d,mastercard=8/1d,mastercard=30/30d,amex=2/5h"
    budgets = parse_budgets(text)
    assert ",".join(map(str, budgets)) == text
    assert budgets[0] == Budget("visa", 15, 30 * 86_400)
    assert parse_budgets("mastercard=8/24h") == (Budget("mastercard", 8, 86_400),)


@pytest.mark.parametrize(
    "text", ["", "visa", "visa=15", "visa=15/30", "visa=0/30d", "visa=1/0d", "visa=1001/1d", "visa=1/91d", "Visa=1/1d",
             "visa=1/1d,", " visa=1/1d", "visa=1/1d\n", "visa=\u0661/1d"],
)  # fmt: skip
def test_anything_else_is_none(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError):
        parse_budgets(text)


def test_the_last_decline_allowed_closes_the_budget_until_the_oldest_leaves() -> None:
    """Two in a day: the third try waits until the first decline is a day old."""
    budgets = parse_budgets("visa=2/1d")
    first, second = _NOW - 5 * _HOUR_MS, _NOW - _HOUR_MS
    assert used_up(budgets, "visa", [first], _NOW) is None
    assert used_up(budgets, "visa", [second, first], _NOW) == UsedUp(budgets[0], first + _DAY_MS)
    assert used_up(budgets, "visa", [first, second], first + _DAY_MS) is None


def test_the_budget_that_ends_last_is_told() -> None:
    """One for a day and one for a month, both used up."""
    day, month = budgets = parse_budgets("mastercard=1/1d,mastercard=2/30d")
    moments = [_NOW - 2 * _HOUR_MS, _NOW - _HOUR_MS]
    assert used_up(budgets, "MasterCard", moments, _NOW) == UsedUp(month, moments[0] + 30 * _DAY_MS)
    assert used_up(budgets, "mastercard", moments[:1], _NOW) == UsedUp(day, moments[0] + _DAY_MS)


def test_other_brands_have_budgets_of_their_own() -> None:
    """And a card whose brand is not known has none."""
    budgets = parse_budgets("visa=1/1d")
    assert used_up(budgets, "amex", [_NOW], _NOW) is None
    assert used_up(budgets, "", [_NOW], _NOW) is None


@given(budgets=st.lists(_BUDGETS, max_size=3), moments=_MOMENTS)
def test_no_window_ever_holds_more_declines_than_its_budget(budgets: list[Budget], moments: list[int]) -> None:
    """Trying again exactly when allowed, and being declined each time, never has one too many in any window; and until
    then the windows are really full."""
    made = sorted(moments)
    over = used_up(budgets, "visa", made, _NOW)
    if over is None:
        assert all(_within(made, budget, _NOW) < budget.declines for budget in budgets)
        return
    assert over.until_ms > _NOW
    assert _within(made, over.budget, over.until_ms - 1) >= over.budget.declines
    assert used_up(budgets, "visa", made, over.until_ms) is None


def _within(moments: list[int], budget: Budget, now_ms: int) -> int:
    return sum(now_ms - budget.window_s * 1000 < moment <= now_ms for moment in moments)
