"""The last warning before the last attempt: on a real ledger, on both archive databases."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select, update

from producers.subscriptions.book.tables import PERIODS
from tests.integration.subscriptions.shop import Shop


def told(shop: Shop) -> list[tuple[str, str]]:
    """What is in the box: kind and order."""
    return [(each.kind, each.about) for each in shop.subscriptions.notices()]


def retry_at(shop: Shop) -> datetime:
    """When the one period is tried again."""
    with shop.archive.reading() as connection:
        return datetime.fromtimestamp((connection.scalar(select(PERIODS.c.retry_at_ms)) or 0) / 1000, UTC)


def last_try_after(shop: Shop, wait_d: int, **more: int) -> None:
    """A subscription whose first period was just declined, and that is tried once more."""
    shop.subscriptions.add_plan(plan_id="gym", amount="9.90", currency="EUR", unit="year")
    shop.subscriptions.set_dunning("gym", waits_d=str(wait_d), **more)
    shop.subscribe(plan_id="gym", amount=None, currency=None, unit=None)
    shop.renewals.run()
    shop.bank_says("sub.s1.1", "declined", error="3001: Insufficient funds", decline_code="3001")
    shop.renewals.follow()


def test_a_warning_that_comes_late_puts_the_attempt_off(shop: Shop) -> None:
    """Nothing ran for a month: the subscriber still has as long as was promised between warning and attempt."""
    last_try_after(shop, 5)
    shop.pass_days(30)
    assert shop.renewals.run().charges == 0
    assert told(shop) == [("last_warning", "sub.s1.1")]
    shop.pass_days(1.9)
    assert shop.renewals.run().charges == 0
    shop.pass_days(0.2)
    assert shop.renewals.run().charges == 1


def test_the_last_warning_comes_by_day(shop: Shop) -> None:
    """A card that was declined at night, with no days to warn before: the box is filled after nine in the morning."""
    shop.now = datetime(2026, 1, 31, 23, tzinfo=UTC)
    last_try_after(shop, 1)
    shop.now = datetime(2026, 2, 1, 8, 59, tzinfo=UTC)
    shop.renewals.follow()
    assert told(shop) == []
    shop.now = datetime(2026, 2, 1, 9, tzinfo=UTC)
    shop.renewals.follow()
    assert told(shop) == [("last_warning", "sub.s1.1")]
    shop.now = datetime(2026, 2, 2, 8, 59, tzinfo=UTC)
    assert shop.renewals.run().charges == 0
    shop.now = datetime(2026, 2, 2, 9, tzinfo=UTC)
    assert shop.renewals.run().charges == 1


def test_a_warning_that_is_late_wakes_nobody_either(shop: Shop) -> None:
    """Nothing ran until the night: the warning waits for the morning, and there are two days behind it."""
    last_try_after(shop, 5)
    shop.now = datetime(2026, 2, 6, 2, tzinfo=UTC)
    assert (shop.renewals.run().charges, told(shop)) == (0, [])
    shop.now = datetime(2026, 2, 6, 10, tzinfo=UTC)
    assert (shop.renewals.run().charges, told(shop)) == (0, [("last_warning", "sub.s1.1")])
    shop.now = datetime(2026, 2, 8, 9, 59, tzinfo=UTC)
    assert shop.renewals.run().charges == 0
    shop.now = datetime(2026, 2, 8, 10, tzinfo=UTC)
    assert shop.renewals.run().charges == 1


def test_an_attempt_that_a_late_warning_moves_is_not_moved_into_the_night(shop: Shop) -> None:
    """The warning is hours late in the evening: the attempt after it is made in the morning."""
    last_try_after(shop, 5, warning_d=1, from_hour=9, to_hour=20)
    shop.now = datetime(2026, 2, 4, 19, 30, tzinfo=UTC)
    shop.renewals.run()
    assert retry_at(shop) == datetime(2026, 2, 5, 19, 30, tzinfo=UTC)
    with shop.archive.writing() as connection:
        early = int(datetime(2026, 2, 4, 15, tzinfo=UTC).timestamp() * 1000)
        connection.execute(update(PERIODS).values(warn_at_ms=early))
    shop.renewals.run()
    with shop.archive.reading() as connection:
        retry_at_ms = connection.scalar(select(PERIODS.c.retry_at_ms))
    assert retry_at_ms == int(datetime(2026, 2, 6, 9, tzinfo=UTC).timestamp() * 1000)
