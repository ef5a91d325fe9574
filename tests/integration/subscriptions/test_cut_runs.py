"""What the next run does with a period that a run took and, being killed, did not hand in or did not hear of."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from producers.errors import RenewalPlanChanged
from producers.runtime.ledger import keys
from producers.subscriptions.book.tables import PERIODS
from tests.integration.subscriptions.shop import Shop


def cut_short(shop: Shop, *, handed_in: bool) -> None:
    """As a run leaves it that was killed after it took the period, before or after the ledger had its order."""
    shop.renewals.run()
    with shop.archive.writing() as connection:
        connection.execute(update(PERIODS).values(state="planned"))
    if not handed_in:
        shop.client.delete(keys.order("sub.s1.1"), keys.EVENTS)


def test_it_is_handed_in_under_the_same_name(shop: Shop) -> None:
    """The order was not there: it is now, once."""
    shop.subscribe()
    cut_short(shop, handed_in=False)
    assert shop.renewals.account().unaccounted == 1
    assert shop.renewals.run().charges == 1
    assert (shop.orders(), shop.periods("s1")) == (["sub.s1.1"], {1: ("charging", None)})
    assert shop.renewals.account().unaccounted == 0


def test_what_the_ledger_has_is_in_flight(shop: Shop) -> None:
    """The order was there: nothing is handed in again."""
    shop.subscribe()
    cut_short(shop, handed_in=True)
    assert shop.renewals.run().charges == 0
    assert (shop.orders(), shop.periods("s1")) == (["sub.s1.1"], {1: ("charging", None)})


def test_a_cancellation_in_between_is_heeded(shop: Shop) -> None:
    """The order was not there and is not wanted any more: the period is skipped."""
    shop.subscribe()
    cut_short(shop, handed_in=False)
    shop.subscriptions.cancel("s1")
    shop.renewals.run()
    assert (shop.orders(), shop.periods("s1")) == ([], {1: ("skipped", "cancelled")})


def test_it_is_not_charged_beside_a_newer_one(shop: Shop) -> None:
    """A day later the newer period is charged, and the one that was left is for a human: one charge per run."""
    shop.subscribe(unit="day")
    cut_short(shop, handed_in=False)
    shop.pass_days(1)
    shop.renewals.run()
    assert shop.periods("s1") == {1: ("held", "missed"), 2: ("charging", None)}
    assert shop.orders() == ["sub.s1.2"]


def test_a_plan_that_somebody_else_executed_is_refused(shop: Shop) -> None:
    """Of two schedulers with the same plan one executes it, and the other is told what is different now."""
    shop.subscribe()
    made = shop.renewals.plan()
    assert shop.scheduler().run(made.hash).charges == 1
    with pytest.raises(RenewalPlanChanged) as refused:
        shop.scheduler().run(made.hash)
    assert refused.value.differences == ("-charge sub.s1.1 9.90 EUR",)
    assert shop.orders() == ["sub.s1.1"]
