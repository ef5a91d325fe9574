"""When a delivery is tried again, and when an endpoint is given up. Pure."""

from __future__ import annotations

from workers.events.webhooks.schedule import (
    DISABLED_AFTER,
    DISABLED_AFTER_S,
    FAILING,
    REST_MAX_S,
    RETRIES_S,
    Health,
    after,
    next_try_ms,
    rest_s,
)

FAIL, WIN, GONE = (False, "500"), (True, "200"), (False, "410")
DAY_MS = DISABLED_AFTER_S * 1000


def test_tries_are_spread_over_a_day() -> None:
    """Thirteen of them, the last about 24 h after the first; then it is given up."""
    assert 23 * 3600 < sum(RETRIES_S) < 24 * 3600
    waits = [next_try_ms(tries, 0, 0.5) for tries in range(1, 14)]
    assert waits == [*(wait * 1000 for wait in RETRIES_S), None]


def test_what_failed_together_is_not_tried_together() -> None:
    """A tenth earlier to a tenth later."""
    assert (next_try_ms(4, 1000, 0.0), next_try_ms(4, 1000, 1.0)) == (541_000, 661_000)


def test_a_receiver_may_ask_for_more_time() -> None:
    """Not for less, and not for ever."""
    assert next_try_ms(1, 0, 0.5, asked_s=90) == 90_000
    assert next_try_ms(4, 0, 0.5, asked_s=1) == 600_000
    assert next_try_ms(1, 0, 0.5, asked_s=10**9) == 14_400_000


def test_failures_in_a_row_are_counted_from_the_first() -> None:
    """One success, and nothing has been."""
    failing = after(Health(), [FAIL, FAIL], 1000)
    assert failing == Health(2, 1000)
    assert after(failing, [FAIL], 2000) == Health(3, 1000)
    assert after(failing, [FAIL, WIN], 2000) == Health()
    assert after(failing, [WIN, FAIL], 2000) == Health(1, 2000)


def test_an_endpoint_is_disabled_after_failures_and_a_day() -> None:
    """Neither many failures of an hour nor few of a week are enough."""
    many = Health(DISABLED_AFTER * 10, 0)
    assert after(many, [FAIL], DAY_MS - 1).disabled_at_ms is None
    assert after(Health(DISABLED_AFTER - 2, 0), [FAIL], 7 * DAY_MS).disabled_at_ms is None
    assert after(Health(DISABLED_AFTER - 1, 0), [FAIL], DAY_MS) == Health(DISABLED_AFTER, 0, DAY_MS, "failing")


def test_a_receiver_that_is_gone_is_disabled_at_once() -> None:
    """It says so itself, with a 410."""
    assert after(Health(), [GONE], 5) == Health(1, 5, 5, "gone")


def test_what_is_disabled_stays_so() -> None:
    """What was under way then changes neither since when nor why."""
    disabled = Health(30, 0, 7, "operator")
    assert after(disabled, [GONE], DAY_MS) == Health(31, 0, 7, "operator")
    assert after(disabled, [WIN], DAY_MS) == Health(0, None, 7, "operator")


def test_a_failing_endpoint_rests_longer_and_longer() -> None:
    """Up to five minutes."""
    assert [rest_s(FAILING - 1), rest_s(FAILING), rest_s(FAILING + 3), rest_s(10_000)] == [0, 1, 8, REST_MAX_S]
