"""What was skipped for want of a card or of consent, once there is one: on a real ledger, on both archive databases."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from producers.errors import InvalidCommand, SubscriptionState
from producers.runtime.ledger import keys
from producers.subscriptions.book.tables import PERIODS, SUBSCRIPTIONS, TERMS
from tests.integration.subscriptions.shop import CARD, Shop

OTHER = "11111111-7c1e-4d0c-9a51-0b6f4e2d9c10"


def days(shop: Shop, count: int) -> None:
    """Runs on as many days, the last of them on the day that it is then."""
    for day in range(count):
        shop.pass_days(bool(day))
        shop.renewals.run()


def test_the_newest_period_is_charged_to_the_new_card(shop: Shop) -> None:
    """Older ones wait for a human, because they would come all at once; every period is accounted for."""
    shop.subscribe(unit="day", payment_id=None)
    days(shop, 3)
    shop.subscriptions.save_card("s1", CARD)
    assert [shop.renewals.run().charges for _ in range(3)] == [1, 0, 0]
    assert shop.periods("s1") == {1: ("held", "missed"), 2: ("held", "missed"), 3: ("charging", None)}
    assert (shop.orders(), shop.renewals.account().unaccounted) == (["sub.s1.3"], 0)
    assert shop.renewals.release("s1", 1).order_id == "sub.s1.1"


def test_a_period_that_is_due_and_not_taken_yet_is_the_newest(shop: Shop) -> None:
    """The one before it is held: of two one is charged."""
    shop.subscribe(unit="day", payment_id=None)
    shop.renewals.run()
    shop.pass_days(1)
    shop.subscriptions.save_card("s1", CARD)
    shop.renewals.run()
    assert shop.periods("s1") == {1: ("held", "missed"), 2: ("charging", None)}


def test_a_dead_cards_period_is_paid_by_the_next_card(shop: Shop) -> None:
    """The period that it was declined for is tried as well, one of them by each run."""
    shop.subscribe(unit="day")
    shop.renewals.run()
    shop.bank_says("sub.s1.1", "declined", error="3006: Rejected: invalid card", decline_code="3006")
    shop.pass_days(1)
    shop.renewals.run()
    assert shop.periods("s1") == {1: ("past_due", "new_card"), 2: ("skipped", "card_dead")}
    shop.subscriptions.save_card("s1", OTHER)
    assert [shop.renewals.run().charges for _ in range(3)] == [1, 1, 0]
    assert shop.orders() == ["sub.s1.1", "sub.s1.1.2", "sub.s1.2"]


def test_the_same_card_again_opens_nothing(shop: Shop) -> None:
    """A caller who timed out repeats the call: the period is charged once."""
    shop.subscribe(payment_id=None)
    shop.renewals.run()
    for _ in range(2):
        shop.subscriptions.save_card("s1", CARD)
        shop.renewals.run()
    shop.bank_says("sub.s1.1", "approved")
    shop.subscriptions.save_card("s1", OTHER)
    assert (shop.renewals.run().charges, shop.periods("s1")) == (0, {1: ("charged", None)})


def test_an_order_that_may_be_there_keeps_its_name(shop: Shop) -> None:
    """A run set the period aside for its card while another handed it in: no second order follows the new card."""
    shop.subscribe()
    shop.renewals.run()
    with shop.archive.writing() as connection:
        connection.execute(update(PERIODS).values(state="skipped", reason="card_dead"))
    shop.subscriptions.save_card("s1", OTHER)
    assert (shop.renewals.run().charges, shop.periods("s1")) == (0, {1: ("charging", None)})
    assert shop.orders() == ["sub.s1.1"]


def test_one_that_was_never_handed_in_is_under_its_own_name(shop: Shop) -> None:
    """The ledger does not know it: it is handed in as it is called, with the new card."""
    shop.subscribe()
    shop.renewals.run()
    with shop.archive.writing() as connection:
        connection.execute(update(PERIODS).values(state="skipped", reason="card_dead"))
    shop.client.delete(keys.order("sub.s1.1"), keys.EVENTS)
    shop.subscriptions.save_card("s1", OTHER)
    assert (shop.renewals.run().charges, shop.orders()) == (1, ["sub.s1.1"])


def test_consent_that_comes_later_opens_what_waited_for_it(shop: Shop) -> None:
    """The newest period is charged, the older ones are held; the same consent again changes nothing."""
    shop.subscribe(unit="day", consent=None)
    days(shop, 2)
    agreed = shop.subscriptions.consent("s1", consent="form-7", consent_at="2026-01-31T11:00:00Z")
    assert shop.subscriptions.get("s1") == agreed == shop.subscriptions.consent("s1", consent="form-7")
    assert [shop.renewals.run().charges for _ in range(2)] == [1, 0]
    assert shop.periods("s1") == {1: ("held", "missed"), 2: ("charging", None)}


def test_consent_without_a_card_asks_for_the_card(shop: Shop) -> None:
    """What lacked both is past due once there is consent, and its subscriber is asked."""
    shop.subscribe(consent=None, payment_id=None)
    shop.renewals.run()
    shop.subscriptions.save_card("s1", CARD)
    assert (shop.renewals.run().charges, shop.periods("s1")) == (0, {1: ("skipped", "consent_missing")})
    with shop.archive.writing() as connection:
        connection.execute(update(SUBSCRIPTIONS).values(payment_id=None))
    shop.subscriptions.consent("s1", consent="form-7")
    shop.renewals.run()
    assert shop.periods("s1") == {1: ("past_due", "new_card")}


def test_a_newer_consent_takes_the_place_of_the_old(shop: Shop) -> None:
    """From the terms in force on; what was charged by the old one keeps it."""
    shop.subscribe(unit="day")
    shop.renewals.run()
    shop.subscriptions.change("s1", amount="12.00", consent="mail-7")
    shop.pass_days(1)
    shop.renewals.run()
    agreed = shop.subscriptions.consent("s1", consent="form-9")
    assert [terms.consent.record for terms in agreed.terms if terms.consent] == ["signup", "form-9"]
    assert shop.subscriptions.get("s1") == agreed


def test_consent_is_refused_where_it_says_nothing_or_is_too_late(shop: Shop) -> None:
    """A record is needed, and a subscription that goes on."""
    shop.subscribe()
    with pytest.raises(InvalidCommand) as refused:
        shop.subscriptions.consent("s1")
    assert refused.value.code == "consent_required"
    shop.subscriptions.cancel("s1")
    with pytest.raises(SubscriptionState, match="was cancelled"):
        shop.subscriptions.consent("s1", consent="form-7")


def test_a_period_put_off_is_not_charged_without_consent(shop: Shop) -> None:
    """It waited for the end of a pause, and then for consent."""
    shop.subscribe(payment_id=None)
    shop.renewals.run()
    shop.subscriptions.save_card("s1", CARD)
    shop.subscriptions.pause("s1")
    shop.renewals.run()
    assert shop.periods("s1") == {1: ("retrying", "paused")}
    with shop.archive.writing() as connection:
        connection.execute(update(TERMS).values(consent=None))
    shop.subscriptions.resume("s1")
    shop.pass_days(1.1)
    assert (shop.renewals.run().charges, shop.periods("s1")) == (0, {1: ("skipped", "consent_missing")})
