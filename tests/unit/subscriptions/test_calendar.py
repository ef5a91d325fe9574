"""The days of a subscription: whole, without gap or overlap, never drifting, whatever clocks and zones do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cardinity_client.money import Money
from producers.subscriptions.schedule.calendar import (
    SHORTEST,
    Interval,
    Period,
    Schedule,
    Unit,
    first_schedule,
    instant,
)
from producers.subscriptions.values import Subscription, Terms
from tests.unit.subscriptions.calendars import PERIODS, anchored, calendars

#: Calendars drawn for the properties.
DRAWN = 10_000


def starts(first: date, unit: Unit, count: int, every: int = 1, zone: str = "UTC") -> list[str]:
    """The local days on which periods begin."""
    schedule = first_schedule(first, Interval(every, unit), zone, 0)
    return [f"{schedule.period(number).start.astimezone(ZoneInfo(zone)):%Y-%m-%d}" for number in range(1, count + 1)]


def test_the_31st_is_kept() -> None:
    """A month without the day has its last one, and the next month has the day again."""
    assert starts(date(2024, 1, 31), "month", 5) == [
        "2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31",
    ]  # fmt: skip
    assert starts(date(2025, 1, 31), "month", 3)[1:] == ["2025-02-28", "2025-03-31"]


def test_the_29th_of_february_is_kept() -> None:
    """Three years of the 28th, then a leap year's 29th."""
    assert starts(date(2024, 2, 29), "year", 5) == [
        "2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29",
    ]  # fmt: skip


def test_weeks_and_days_are_counted() -> None:
    """Two weeks are fourteen days, across the end of a month."""
    assert starts(date(2026, 2, 20), "week", 3, every=2) == ["2026-02-20", "2026-03-06", "2026-03-20"]
    assert starts(date(2026, 2, 28), "day", 3) == ["2026-02-28", "2026-03-01", "2026-03-02"]


@pytest.mark.parametrize(
    ("day", "second", "zone", "expected"),
    [
        # Clocks go from 03:00 to 04:00: what is left out is read as if they had not.
        (date(2026, 3, 29), 3 * 3600 + 1800, "Europe/Vilnius", "2026-03-29T01:30:00+00:00"),
        # Clocks go from 04:00 back to 03:00: the first of the two is meant.
        (date(2026, 10, 25), 3 * 3600 + 1800, "Europe/Vilnius", "2026-10-25T00:30:00+00:00"),
        # A midnight that does not exist: the day begins at 01:00.
        (date(2018, 11, 4), 0, "America/Sao_Paulo", "2018-11-04T03:00:00+00:00"),
        # Half an hour, at Lord Howe.
        (date(2026, 10, 4), 2 * 3600 + 900, "Australia/Lord_Howe", "2026-10-03T15:45:00+00:00"),
    ],
)
def test_gaps_and_folds_are_defined(day: date, second: int, zone: str, expected: str) -> None:
    """A local time that does not exist, or exists twice, is one moment all the same."""
    assert instant(day, second, zone).isoformat() == expected


def test_a_day_that_a_zone_leaves_out_has_no_length() -> None:
    """Samoa had no 30 December 2011."""
    schedule = first_schedule(date(2011, 12, 29), Interval(1, "day"), "Pacific/Apia", 12 * 3600)
    assert [schedule.period(number).end - schedule.period(number).start for number in (1, 2, 3)] == [
        timedelta(days=1), timedelta(0), timedelta(days=1),
    ]  # fmt: skip


def test_a_move_to_an_earlier_zone_leaves_no_sliver() -> None:
    """From the last zone of the day to the first the next midnight is an hour ago: the period takes in the next day."""
    schedule = first_schedule(date(2026, 5, 1), Interval(1, "day"), "Pacific/Pago_Pago", 0)
    moved = schedule.followed(3, zone="Pacific/Kiritimati")
    assert moved.period(3).start == schedule.period(2).end
    assert moved.period(3).end - moved.period(3).start == timedelta(hours=23)


def test_another_interval_takes_the_anchor_day_with_it() -> None:
    """A monthly subscription of the 31st that becomes quarterly in February is due on the 31st of May."""
    schedule = first_schedule(date(2026, 1, 31), Interval(1, "month"), "UTC", 0).followed(
        2, interval=Interval(3, "month")
    )
    assert [f"{schedule.period(number).start:%m-%d}" for number in (2, 3, 4)] == ["02-28", "05-31", "08-31"]


@pytest.mark.slow
def test_drawn_calendars_keep_the_rules() -> None:
    """No gap, no overlap, no drift, due within the period; ten thousand calendars."""
    for schedules in calendars(DRAWN):
        subscription = _subscription(schedules)
        before: Period | None = None
        for number in range(1, PERIODS + 1):
            period = subscription.period(number)
            _is_whole(subscription.terms_of(number).schedule, period)
            assert before is None or before.end == period.start, (schedules, number)
            before = period


@pytest.mark.slow
def test_drawn_calendars_know_what_is_due() -> None:
    """The newest due period is found directly as by counting, at ten thousand moments."""
    for schedules in calendars(DRAWN // 4, seed=2):
        subscription = _subscription(schedules)
        periods = [subscription.period(number) for number in range(1, 13)]
        for now in (periods[0].due, periods[5].due, periods[7].end - timedelta(milliseconds=1), periods[11].due):
            counted = sum(period.due <= now for period in periods)
            begun = sum(period.start <= now for period in periods)
            assert counted <= subscription.last_due(now), schedules
            assert begun <= subscription.last_begun(now), schedules
            if counted < len(periods):
                assert (subscription.last_due(now), min(begun, 11)) == (counted, min(subscription.last_begun(now), 11))


@pytest.mark.slow
def test_step_by_step_is_the_same_as_at_once() -> None:
    """Each period computed from the one before it is the one computed from the anchor; ten thousand calendars."""
    for schedules in calendars(DRAWN, seed=3):
        schedule = step = schedules[0]
        for number in range(2, 8):
            step = step.followed(number)
            assert step.period(number) == schedule.period(number), (schedule, number)


def _is_whole(schedule: Schedule, period: Period) -> None:
    first = period.number == schedule.first
    assert period.start <= period.end
    assert first or period.start == period.end or period.end - period.start >= SHORTEST
    assert period.start <= period.due
    assert period.due < period.end or period.start == period.end, (schedule, period)
    if not first and schedule.interval.unit in ("month", "year"):
        day = period.start.astimezone(ZoneInfo(schedule.zone)).date()
        if not anchored(schedule, day):  # only where the zone left the anchor day out
            day -= timedelta(days=1)
            assert anchored(schedule, day) and instant(day, 0, schedule.zone) == period.start, (schedule, period)


def _subscription(schedules: list[Schedule]) -> Subscription:
    terms = tuple(Terms(schedule, Money(100, "EUR")) for schedule in schedules)
    return Subscription("s", "active", "LT", "default", terms)


def test_nothing_is_due_before_the_first_period() -> None:
    """A subscription that begins later has nothing due and nothing begun."""
    subscription = _subscription([first_schedule(date(2026, 5, 1), Interval(1, "month"), "UTC", 3600)])
    assert subscription.last_due(datetime(2026, 5, 1, 0, 59, tzinfo=UTC)) == 0
    assert subscription.last_begun(datetime(2026, 5, 1, 0, 59, tzinfo=UTC)) == 1
    assert subscription.last_due(datetime(2026, 5, 1, 1, tzinfo=UTC)) == 1
