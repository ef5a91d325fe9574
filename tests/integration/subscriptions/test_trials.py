"""Trials from their beginning to their end: on a real ledger, on both archive databases."""

from __future__ import annotations

import pytest

from producers.errors import SubscriptionState
from tests.integration.subscriptions.shop import Shop


def begin(shop: Shop, trial_d: int = 14) -> None:
    """A subscription in its trial."""
    shop.subscribe(trial_d=trial_d, start=None)


def kinds(shop: Shop) -> list[str]:
    """The kinds of what is in the box."""
    return [each.kind for each in shop.subscriptions.notices()]


def test_a_trial_is_reminded_of_and_then_charged(shop: Shop) -> None:
    """Nothing is charged before its end; a week before, at the latest, the reminder is in the box, once."""
    begin(shop)
    due = shop.subscriptions.get("s1").period(1).due
    while shop.now < due:
        assert shop.renewals.run().charges == 0
        if (due - shop.now).days < 7:
            assert kinds(shop) == ["trial_ending"]
        shop.pass_days(0.5)
    assert shop.renewals.run().charges == 1
    (notice,) = shop.subscriptions.notices()
    assert (notice.number, notice.charge_at_ms) == (1, int(due.timestamp() * 1000))
    assert shop.orders() == ["sub.s1.1"]


def test_a_trial_of_a_few_days_is_reminded_of_at_once(shop: Shop) -> None:
    """There is no week to wait for."""
    begin(shop, 3)
    shop.renewals.run()
    assert kinds(shop) == ["trial_ending"]
    shop.pass_days(3)
    assert shop.renewals.run().charges == 1


def test_a_first_charge_without_its_reminder_is_held(shop: Shop) -> None:
    """Nothing ran until it was due: nobody was told in time, so a human decides."""
    begin(shop)
    shop.pass_days(14)
    assert shop.renewals.run().holds == 1
    assert shop.periods("s1") == {1: ("held", "reminder_late")}
    assert shop.renewals.release("s1", 1).order_id == "sub.s1.1"


def test_who_cancels_in_the_trial_is_never_charged(shop: Shop) -> None:
    """One call, and neither a charge nor a reminder comes."""
    begin(shop)
    shop.subscriptions.cancel("s1")
    shop.pass_days(20)
    shop.renewals.run()
    assert (shop.orders(), kinds(shop)) == ([], [])


def test_a_trial_is_converted_by_hand_once(shop: Shop) -> None:
    """The first period is today's; again, even days later, nothing changes."""
    begin(shop)
    assert shop.subscriptions.convert("s1") == shop.subscriptions.convert("s1")
    assert (shop.renewals.run().charges, shop.orders()) == (1, ["sub.s1.1"])
    shop.pass_days(3)
    shop.subscriptions.convert("s1")
    assert shop.renewals.run().charges == 0


@pytest.mark.parametrize("hour", [3, 23])
def test_a_trial_that_is_converted_is_charged_at_once(shop: Shop, hour: int) -> None:
    """By the next run, whatever the hour; the periods that follow keep the subscription's own."""
    begin(shop)
    usual = shop.subscriptions.get("s1").period(1).due.time()
    shop.pass_days(2 + (hour - 12) / 24)
    after = shop.subscriptions.convert("s1")
    assert (after.period(1).due, after.period(2).due.time()) == (shop.now, usual)
    assert shop.subscriptions.get("s1") == after
    assert (shop.renewals.run().charges, shop.orders()) == (1, ["sub.s1.1"])
    assert shop.renewals.run().account == shop.renewals.account()


def test_a_change_of_the_trials_last_day_outlives_its_conversion(shop: Shop) -> None:
    """Agreed on after the first period began and before its hour: it holds from the second period on."""
    begin(shop, 3)
    shop.renewals.run()
    shop.pass_days(2.6)
    shop.subscriptions.change("s1", amount="12.00", consent="mail-7")
    after = shop.subscriptions.convert("s1")
    assert shop.subscriptions.get("s1") == after
    assert [after.terms_of(number).amount.text for number in (1, 2)] == ["9.90", "12.00"]
    assert shop.renewals.run().charges == 1


def test_a_trial_that_is_over_is_charged_when_its_human_says_so(shop: Shop) -> None:
    """Nobody was told in time, nothing ran; whoever converts it by hand has asked the customer."""
    begin(shop)
    due = shop.subscriptions.get("s1").period(1).due
    shop.pass_days(15)
    assert shop.subscriptions.convert("s1").period(1).due == due
    assert shop.renewals.run().charges == 1


def test_a_paused_trial_is_not_converted(shop: Shop) -> None:
    """Its first period would go by unpaid."""
    begin(shop)
    shop.subscriptions.pause("s1")
    with pytest.raises(SubscriptionState, match="resume it first"):
        shop.subscriptions.convert("s1")
    assert shop.subscriptions.get("s1").trial_d == 14


def test_who_moves_in_a_trial_is_reminded_in_time(shop: Shop) -> None:
    """The first charge comes most of a day earlier by the new zone, and the reminder with it."""
    shop.subscribe(trial_d=14, start=None, zone="Pacific/Pago_Pago")
    shop.subscriptions.change("s1", zone="Pacific/Kiritimati")
    due = shop.subscriptions.get("s1").period(1).due
    while shop.now < due:
        shop.renewals.run()
        shop.pass_days(0.25)
    assert shop.renewals.run().charges == 1


def test_a_conversion_that_the_bank_declines_is_tried_again(shop: Shop) -> None:
    """It is a period like every other."""
    begin(shop, 3)
    shop.renewals.run()
    shop.pass_days(3)
    shop.renewals.run()
    shop.bank_says("sub.s1.1", "declined", error="3001: Insufficient funds", decline_code="3001")
    shop.renewals.follow()
    assert shop.periods("s1") == {1: ("retrying", "3001")}


@pytest.mark.parametrize(("own", "days"), [({}, 30), ({"trial_d": 7}, 7)])
def test_a_plans_trial_holds_unless_the_subscription_has_its_own(shop: Shop, own: dict[str, int], days: int) -> None:
    """And an import of a customer with a start of theirs has none."""
    shop.subscriptions.add_plan(plan_id="gym", amount="9.90", currency="EUR", unit="month", trial_d=30)
    plan = {"plan_id": "gym", "amount": None, "currency": None, "unit": None}
    shop.subscribe(**plan, start=None, **own)
    shop.subscribe(**plan, start="2026-02-01")
    assert [shop.subscriptions.get(name).trial_d for name in ("s1", "s2")] == [days, 0]


def test_a_notice_that_was_taken_is_told_no_more(shop: Shop) -> None:
    """Taking it again takes nothing, and a run puts it in no second time."""
    begin(shop, 3)
    shop.renewals.run()
    (notice,) = shop.subscriptions.notices()
    assert (shop.subscriptions.take_notices([notice.notice_id]), kinds(shop)) == (1, [])
    shop.renewals.run()
    assert (shop.subscriptions.take_notices([notice.notice_id]), kinds(shop)) == (0, [])
