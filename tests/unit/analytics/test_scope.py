"""Periods: which days they have, where those begin, and what is said of wrong ones."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.errors import InvalidCommand
from workers.analytics import Scope, read_scope
from workers.analytics.local_time import spans

#: 1 October 2026, 01:30 in Vilnius, and still September in UTC.
NOW_MS = 1_790_807_400_000
ZONES = (
    "UTC",
    "Europe/Vilnius",
    "America/New_York",
    "Asia/Kolkata",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Asia/Tokyo",
)


def test_without_days_it_is_the_last_thirty() -> None:
    """Today is the last one, in the zone that is meant."""
    assert read_scope({"zone": "Europe/Vilnius"}, NOW_MS) == Scope(
        date(2026, 9, 2), date(2026, 10, 1), "Europe/Vilnius"
    )
    assert read_scope({}, NOW_MS).last == date(2026, 9, 30)


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"from": "2026-02-30"}, "from", "day_format"),
        ({"to": "1.2.2026"}, "to", "day_format"),
        ({"to": "0001-01-01"}, "to", "day_format"),
        ({"to": "\u0662026-01-01"}, "to", "day_format"),
        ({"from": "2026-02-02", "to": "2026-02-01"}, "from", "period_order"),
        ({"from": "2000-01-01", "to": "2026-02-01"}, "from", "period_length"),
        ({"zone": "Vilnius"}, "zone", "zone_unknown"),
        ({"currency": "eur"}, "currency", "currency_unknown"),
        ({"account": "a b"}, "account", "account_format"),
        ({"acount": "a"}, "acount", "field_unknown"),
    ],
)
def test_a_wrong_filter_has_a_stable_code(given: dict[str, object], field: str, code: str) -> None:
    """It names the field, and does not repeat what was given."""
    with pytest.raises(InvalidCommand) as refused:
        read_scope(given, NOW_MS)
    assert [(error.field, error.code) for error in refused.value.errors] == [(field, code)]


def test_a_day_with_a_change_of_clocks_is_shorter_or_longer() -> None:
    """23 hours in March and 25 in October; a midnight that is skipped begins its day when the clocks have gone on."""
    hours = [_hours(Scope(day, day, "Europe/Vilnius")) for day in (date(2026, 3, 29), date(2026, 10, 25))]
    assert hours == [23, 25]
    skipped = Scope(date(2026, 4, 24), date(2026, 4, 24), "Africa/Cairo")
    assert datetime.fromtimestamp(skipped.from_ms / 1000, UTC) == datetime(2026, 4, 23, 22, tzinfo=UTC)
    assert _hours(skipped) == 23


def test_the_period_before_ends_where_this_one_begins() -> None:
    """It has as many days."""
    scope = Scope(date(2026, 3, 1), date(2026, 3, 31), "Europe/Vilnius", account="eu")
    assert (scope.before.to_ms, scope.before.days, scope.before.account) == (scope.from_ms, 31, "eu")


@given(st.sampled_from(ZONES), st.dates(date(1990, 1, 1), date(2037, 1, 1)), st.integers(1, 500), st.data())
def test_local_time_by_spans_is_that_of_the_zone(zone: str, first: date, days: int, data: st.DataObject) -> None:
    """Any instant of any period has the offset that `zoneinfo` gives it."""
    from zoneinfo import ZoneInfo

    begin_ms = Scope(first, first, zone).from_ms
    end_ms = begin_ms + days * 86_400_000
    at_ms = data.draw(st.integers(begin_ms, end_ms - 1))
    span = next(span for span in spans(zone, begin_ms, end_ms) if at_ms < span.until_ms)
    offset = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    assert span.offset_ms == offset.total_seconds() * 1000


def test_clocks_that_change_in_the_last_hours_of_a_period_change_in_it() -> None:
    """Cairo's went back at 21:00 UTC of a day that ends an hour later."""
    until = datetime(2014, 9, 25, 22, tzinfo=UTC).timestamp() * 1000
    summer, winter = spans("Africa/Cairo", int(until) - 86_400_000, int(until))
    assert (summer.offset_ms, winter.offset_ms) == (3 * 3_600_000, 2 * 3_600_000)
    assert summer.until_ms == int(until) - 3_600_000


def _hours(scope: Scope) -> float:
    return (scope.to_ms - scope.from_ms) / 3_600_000
