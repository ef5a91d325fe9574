"""Payments by day, and by hour of the day. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from producers.contract.names import REFUND
from workers.analytics.answers import Moment
from workers.analytics.figures.grouping import grouped
from workers.analytics.local_time import HOUR_MS, day_of
from workers.analytics.scope import Scope
from workers.analytics.sections import Cell, Section
from workers.analytics.shapes import DAILY, HOURLY
from workers.analytics.tally import Outcome, tally

HOURS_OF_A_DAY = 24


def daily(moments: Sequence[Moment], scope: Scope) -> Section:
    """Every day of the period, of each currency that has payments in it."""
    days = [scope.first + timedelta(days=number) for number in range(scope.days)]
    by_day = grouped(_kept(moments, "day"), lambda each: (each.currency, day_of(each.local_ms)))
    rows = (
        _row(currency, day.isoformat(), [each.outcome for each in by_day.get((currency, day), ())])
        for currency in _currencies(moments)
        for day in days
    )
    return Section(DAILY, tuple(rows))


def hourly(moments: Sequence[Moment]) -> Section:
    """All 24 hours, of each currency."""
    by_hour = grouped(_kept(moments, "hour"), lambda each: (each.currency, each.local_ms // HOUR_MS))
    rows = (
        _row(currency, f"{hour:02}:00", [each.outcome for each in by_hour.get((currency, hour), ())])
        for currency in _currencies(moments)
        for hour in range(HOURS_OF_A_DAY)
    )
    return Section(HOURLY, tuple(rows))


def _kept(moments: Sequence[Moment], grain: str) -> list[Moment]:
    return [each for each in moments if each.grain == grain and each.outcome.kind != REFUND]


def _currencies(moments: Sequence[Moment]) -> list[str]:
    return sorted({each.currency for each in _kept(moments, "day")})


def _row(currency: str, name: str, outcomes: Sequence[Outcome]) -> tuple[Cell, ...]:
    total = tally(outcomes)
    return (currency, name, *total.outcomes, *total.money)
