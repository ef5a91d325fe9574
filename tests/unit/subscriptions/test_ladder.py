"""When a declined renewal is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.subscriptions.dunning.ladder import Ladder, next_rung

_VILNIUS = ZoneInfo("Europe/Vilnius")
_ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("Europe/Vilnius", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")]
)
_LADDERS = st.builds(
    Ladder,
    waits_d=st.lists(st.integers(1, 10), min_size=1, max_size=6).map(tuple),
    from_hour=st.integers(0, 12),
    to_hour=st.integers(13, 24),
    pay_days=st.lists(st.sampled_from([-1, 1, 5, 10, 15, 25, 30, 31]), max_size=3).map(tuple),
    pay_day_reach_d=st.integers(0, 7),
    warning_d=st.integers(0, 5),
)
_MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2032, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=_VILNIUS)


def test_the_default_ladder_waits_1_3_5_7_and_7_days() -> None:
    """At the same local hour, across a change of the clocks; then it ends. Before the last try there is a warning."""
    moment, days = _at("2026-03-20T10:30"), []
    for declines in range(1, 6):
        rung = next_rung(Ladder(), declines, moment, _VILNIUS)
        assert rung is not None
        assert rung.warn_at == (rung.at - timedelta(days=2) if declines == 5 else None)
        local = rung.at.astimezone(_VILNIUS)
        assert (local.hour, local.minute) == (10, 30)
        days.append((local.date() - moment.astimezone(_VILNIUS).date()).days)
        moment = rung.at
    assert days == [1, 3, 5, 7, 7]
    assert next_rung(Ladder(), 6, moment, _VILNIUS) is None


@pytest.mark.parametrize(
    ("declined", "tried"),
    [("2026-05-01T03:00", "2026-05-02T09:00"), ("2026-05-01T22:00", "2026-05-03T09:00"),
     ("2026-05-01T19:59", "2026-05-02T19:59"), ("2026-05-01T20:00", "2026-05-03T09:00")],
)  # fmt: skip
def test_nobody_is_tried_at_night(declined: str, tried: str) -> None:
    """What falls into the night waits for the morning."""
    rung = next_rung(Ladder(), 1, _at(declined), _VILNIUS)
    assert rung is not None and rung.at == _at(tried)


@pytest.mark.parametrize(
    ("declined", "pay_days", "tried"),
    [("2026-02-23T10:00", (25,), "2026-02-25T10:00"), ("2026-02-26T10:00", (31,), "2026-02-28T10:00"),
     ("2026-02-26T10:00", (-1,), "2026-02-28T10:00"), ("2026-02-27T10:00", (1,), "2026-03-01T10:00"),
     ("2026-02-10T10:00", (25,), "2026-02-11T10:00")],
)  # fmt: skip
def test_a_card_without_money_waits_for_wages(declined: str, pay_days: tuple[int, ...], tried: str) -> None:
    """If they arrive within reach; a short month pays on its last day."""
    ladder = Ladder(pay_days=pay_days)
    rung = next_rung(ladder, 1, _at(declined), _VILNIUS, wages=True)
    assert rung is not None and rung.at == _at(tried)
    other = next_rung(ladder, 1, _at(declined), _VILNIUS)
    assert other is not None and other.at == _at(declined) + timedelta(days=1)


def test_the_network_may_ask_for_more() -> None:
    """Its wish is the least, the ladder may be slower still."""
    moment = _at("2026-05-01T10:00")
    for wait_h, days in ((1, 1), (48, 2), (240, 10)):
        rung = next_rung(Ladder(), 1, moment, _VILNIUS, wait_s=wait_h * 3600)
        assert rung is not None and rung.at == moment + timedelta(days=days)


def test_an_hour_that_is_skipped_is_the_next_one() -> None:
    """On 29 March 2026 the clocks of Vilnius go from three to four."""
    rung = next_rung(Ladder(from_hour=0, to_hour=24), 1, _at("2026-03-28T03:30"), _VILNIUS)
    assert rung is not None and rung.at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@given(ladder=_LADDERS, declines=st.integers(1, 7), moment=_MOMENTS, zone=_ZONES, wait_s=st.integers(0, 864_000),
       wages=st.booleans())  # fmt: skip
def test_a_try_is_never_early_never_at_night_and_never_far(
    ladder: Ladder, declines: int, moment: datetime, zone: ZoneInfo, wait_s: int, wages: bool
) -> None:
    """It keeps to the ladder's days and the network's wish, and waits a day and the reach longer at the most."""
    rung = next_rung(ladder, declines, moment, zone, wait_s=wait_s, wages=wages)
    if declines > len(ladder.waits_d):
        assert rung is None
        return
    assert rung is not None
    wait = timedelta(days=ladder.waits_d[declines - 1])
    least = max(wait, timedelta(seconds=wait_s))
    local = rung.at.astimezone(zone)
    assert ladder.from_hour <= local.hour < ladder.to_hour or (ladder.from_hour, local.hour) == (2, 3)
    assert rung.at >= moment + timedelta(seconds=wait_s)
    assert rung.at >= moment + wait - timedelta(hours=1)  # a day may have 23 hours
    assert rung.at <= moment + least + timedelta(days=ladder.pay_day_reach_d + 2)
    assert rung.last == (declines == len(ladder.waits_d))
    assert rung.warn_at is None or moment <= rung.warn_at <= rung.at
    if rung.warn_at is not None:
        hour = rung.warn_at.astimezone(zone).hour
        assert ladder.from_hour <= hour < ladder.to_hour or (ladder.from_hour, hour) == (2, 3)


@pytest.mark.parametrize(
    "wrong",
    [{"waits_d": (0,)}, {"waits_d": (31,)}, {"waits_d": (1,) * 16}, {"from_hour": 9, "to_hour": 9}, {"to_hour": 25},
     {"pay_days": (0,)}, {"pay_days": (32,)}, {"pay_day_reach_d": -1}, {"warning_d": 31}],
)  # fmt: skip
def test_a_ladder_that_makes_no_sense_is_none(wrong: dict[str, object]) -> None:
    """It is refused when it is made, not when the first card is declined."""
    with pytest.raises(ValueError):
        Ladder(**wrong)  # type: ignore[arg-type]
