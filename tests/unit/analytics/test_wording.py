"""Figures in words: amounts with the decimals of their currency, rates, durations, days."""

from __future__ import annotations

from datetime import date

import pytest

from workers.analytics.pages.frames import scale
from workers.analytics.pages.markup import element
from workers.analytics.wording import amount, days, duration, percent


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123456789, "EUR", "1,234,567.89"),
        (5, "EUR", "0.05"),
        (-105, "EUR", "-1.05"),
        (1234, "JPY", "1,234"),
        (-1, "JPY", "-1"),
        (1234567, "KWD", "1,234.567"),
        (0, "CLF", "0.0000"),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency(minor: int, currency: str, text: str) -> None:
    """Two, none, three, four; the sign stands before all of it."""
    assert amount(minor, currency) == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1500, "1.5 s"),
        (61_000, "1 min 1 s"),
        (3_600_000, "1 h 0 min"),
        (90_000_000, "1 d 1 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(ms: int, text: str) -> None:
    """Short ones have a decimal."""
    assert duration(ms).replace("\N{NO-BREAK SPACE}", " ") == text


def test_a_small_rate_keeps_its_digits() -> None:
    """A chargeback rate of two in ten thousand is not 0.0 %."""
    shown = [percent(rate).replace("\N{NO-BREAK SPACE}", " ") for rate in (0.0, 0.0002, 0.01, 1.0)]
    assert shown == ["0.0 %", "0.02 %", "1.0 %", "100.0 %"]


def test_a_period_is_told_without_what_its_days_share() -> None:
    """A day, days of a month, months of a year, years."""
    first = date(2026, 9, 1)
    told = [days(first, last) for last in (first, date(2026, 9, 30), date(2026, 10, 1), date(2027, 1, 1))]
    assert told == [
        "1 September 2026",
        "1 to 30 September 2026",
        "1 September to 1 October 2026",
        "1 September 2026 to 1 January 2027",
    ]


@pytest.mark.parametrize(
    ("highest", "end", "step"), [(1, 1, 1), (7, 8, 2), (97, 100, 20), (101, 125, 25), (1300, 1500, 500)]
)
def test_a_scale_ends_above_the_highest_by_steps_that_people_count_in(highest: int, end: float, step: float) -> None:
    """At most five lines above the foot."""
    assert scale(highest) == (end, step)


def test_text_of_others_is_never_markup() -> None:
    """In an element, and in an attribute."""
    made = element("td", {"title": '"><script>'}, "<script>alert(1)</script>", element("b", {}, "a & b"))
    assert made == ('<td title="&quot;&gt;&lt;script&gt;">&lt;script&gt;alert(1)&lt;/script&gt;<b>a &amp; b</b></td>')
