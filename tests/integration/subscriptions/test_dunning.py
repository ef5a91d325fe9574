"""A declined period's way to its end: on a real ledger, on both archive databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from producers.errors import SubscriptionState
from producers.runtime.archive.readers import READERS
from producers.runtime.ledger import keys
from producers.subscriptions.book.following import READER
from producers.subscriptions.book.tables import PERIODS
from producers.subscriptions.dunning import notices
from tests.integration.subscriptions.shop import CARD, Shop

OTHER = "11111111-7c1e-4d0c-9a51-0b6f4e2d9c10"


def decline(shop: Shop, order_id: str, error: str = "3001: Insufficient funds", **more: str) -> None:
    """The bank says no, and a scheduler hears of it."""
    code = error.partition(":")[0]
    shop.bank_says(order_id, "declined", error=error, decline_code=code, **more)
    shop.renewals.follow()


def told(shop: Shop) -> list[tuple[str, str]]:
    """What is in the box: kind and order."""
    with shop.archive.reading() as connection:
        return [(each.kind, each.about) for each in notices.waiting(connection)]


def first_decline(shop: Shop, error: str = "3001: Insufficient funds", **more: str) -> None:
    """A subscription whose first period was just declined."""
    shop.subscribe(subscription_id="s1")
    shop.renewals.run()
    decline(shop, "sub.s1.1", error, **more)


def test_a_declined_period_climbs_its_ladder(shop: Shop) -> None:
    """A day later there is a second attempt, and not before; once that is paid, nothing follows."""
    first_decline(shop)
    assert shop.periods("s1") == {1: ("retrying", "3001")}
    assert shop.renewals.run().charges == 0
    shop.pass_days(0.99)
    assert shop.renewals.run().charges == 0
    shop.pass_days(0.02)
    assert shop.renewals.plan().lines == ["charge sub.s1.1.2 9.90 EUR"]
    assert (shop.renewals.run().charges, shop.renewals.run().charges) == (1, 0)
    shop.bank_says("sub.s1.1.2", "approved")
    shop.pass_days(1)
    shop.renewals.run()
    assert shop.periods("s1") == {1: ("charged", None)}
    assert shop.orders() == ["sub.s1.1", "sub.s1.1.2"]


@pytest.mark.parametrize("state", ["unknown", "pending"])
def test_no_attempt_beside_one_that_may_be_paid(shop: Shop, state: str) -> None:
    """However long it takes until its end is known, nothing follows an attempt before that."""
    shop.subscribe()
    shop.renewals.run()
    shop.bank_says("sub.s1.1", state)
    for _ in range(5):
        shop.pass_days(5)
        shop.renewals.run()
    assert shop.orders() == ["sub.s1.1"]


def test_the_last_attempt_is_announced(shop: Shop) -> None:
    """Five attempts follow; the warning is in the box two days before the last one, and then the period is given up."""
    first_decline(shop)
    made = ["sub.s1.1"]
    while shop.periods("s1")[1][0] == "retrying":
        if shop.renewals.run().charges:
            made.append(f"sub.s1.1.{len(made) + 1}")
            assert told(shop) == ([("last_warning", "sub.s1.1.5")] if len(made) == 6 else [])
            decline(shop, made[-1])
        shop.pass_days(0.5)
    assert len(made) == 6
    assert [kind for kind, _ in told(shop)] == ["last_warning", "given_up"]
    assert shop.periods("s1")[1] == ("declined", "3001")


def test_giving_up_ends_the_subscription_where_the_plan_says_so(shop: Shop) -> None:
    """Without a ladder one decline is the end of it."""
    shop.subscriptions.add_plan(plan_id="gym", amount="9.90", currency="EUR", unit="month")
    shop.subscriptions.set_dunning("gym", waits_d=[], when_over="cancel")
    shop.subscribe(plan_id="gym", amount=None, currency=None, unit=None)
    shop.renewals.run()
    decline(shop, "sub.s1.1")
    assert shop.subscriptions.get("s1").state == "cancelled"
    assert (shop.periods("s1"), told(shop)) == ({1: ("declined", "3001")}, [("given_up", "sub.s1.1")])
    shop.pass_days(40)
    assert shop.renewals.run().charges == 0


def test_a_forbidden_card_is_charged_by_no_subscription(shop: Shop) -> None:
    """The network forbids it once: others that name it are skipped, and it cannot be saved again."""
    shop.subscribe(subscription_id="s2", start="2026-02-01")
    first_decline(shop, merchant_advice_code="03")
    shop.subscribe(subscription_id="s3", start="2026-02-01")
    shop.pass_days(1)
    shop.renewals.run()
    assert [shop.periods(name)[1] for name in ("s1", "s2", "s3")] == [
        ("past_due", "new_card"), ("skipped", "card_dead"), ("skipped", "card_dead"),
    ]  # fmt: skip
    with pytest.raises(SubscriptionState, match="forbidden"):
        shop.subscriptions.save_card("s1", CARD)


def test_a_cancelled_mandate_ends_the_subscription(shop: Shop) -> None:
    """The card's holder has told the bank: nothing is charged again, and the merchant hears why."""
    first_decline(shop, merchant_advice_code="21")
    assert shop.subscriptions.get("s1").state == "cancelled"
    assert shop.periods("s1") == {1: ("declined", "mandate_cancelled")}
    assert told(shop) == [("mandate_cancelled", "sub.s1.1")]


def test_a_new_card_is_charged_at_once(shop: Shop) -> None:
    """What waits for its day, and what waits for a card, is tried by the next run."""
    first_decline(shop, "3006: Invalid card")
    assert told(shop) == [("card_needed", "sub.s1.1")]
    shop.subscriptions.save_card("s1", OTHER)
    assert shop.renewals.run().charges == 1
    decline(shop, "sub.s1.1.2")
    assert shop.periods("s1") == {1: ("retrying", "3001")}
    shop.subscriptions.save_card("s1", CARD)
    assert shop.renewals.run().charges == 1
    assert shop.orders() == ["sub.s1.1", "sub.s1.1.2", "sub.s1.1.3"]


def test_a_customer_who_must_confirm_keeps_the_period_open(shop: Shop) -> None:
    """It is tried by nobody until they have been asked; a human can let it be tried again."""
    first_decline(shop, "3014: SCA required")
    shop.pass_days(20)
    assert shop.renewals.run().charges == 0
    assert (shop.periods("s1"), told(shop)) == ({1: ("past_due", "customer")}, [("customer_needed", "sub.s1.1")])
    assert shop.renewals.release("s1", 1).order_id == "sub.s1.1.2"


@pytest.mark.parametrize("description", ["Gym", None])
def test_a_plan_may_let_customers_pay_by_a_link(shop: Shop, description: str | None) -> None:
    """The order says so where it has a description, without which there is no link."""
    shop.subscriptions.add_plan(plan_id="gym", amount="9.90", currency="EUR", unit="month")
    shop.subscriptions.set_dunning("gym", link=True)
    shop.subscribe(plan_id="gym", amount=None, currency=None, unit=None, description=description)
    shop.renewals.run()
    further = shop.client.hget(keys.order("sub.s1.1"), "needs_customer") or b""
    assert further == (b"link" if description else b"")
    decline(shop, "sub.s1.1", "3014: SCA required")
    asked_again = shop.renewals.release("s1", 1)
    assert asked_again.needs_customer == bool(description)


def test_what_was_provably_not_charged_is_tried_again(shop: Shop) -> None:
    """At once, under another name, and three times at the most; then a human looks."""
    shop.subscribe()
    for order_id in ("sub.s1.1", "sub.s1.1.2", "sub.s1.1.3"):
        assert shop.renewals.run().charges == 1
        shop.bank_says(order_id, "unknown")
        shop.record(order_id, "not_charged")
        shop.renewals.follow()
    assert (shop.renewals.run().charges, shop.periods("s1")) == (0, {1: ("held", "not_charged")})


def test_a_pause_puts_retries_off(shop: Shop) -> None:
    """The period says why, and is tried once the subscription goes on."""
    first_decline(shop)
    shop.subscriptions.pause("s1")
    shop.pass_days(1.1)
    shop.renewals.run()
    assert shop.periods("s1") == {1: ("retrying", "paused")}
    shop.subscriptions.resume("s1")
    shop.pass_days(1.1)
    assert shop.renewals.run().charges == 1


def test_a_cancellation_stops_retries_but_not_at_the_periods_end(shop: Shop) -> None:
    """Who leaves at once is left alone; who leaves at the end of the period owes what has begun."""
    shop.subscribe()
    shop.subscribe()
    shop.renewals.run()
    decline(shop, "sub.s1.1")
    decline(shop, "sub.s2.1")
    shop.subscriptions.cancel("s1")
    shop.subscriptions.cancel("s2", at_period_end=True)
    shop.pass_days(1.1)
    shop.renewals.run()
    assert (shop.periods("s1"), shop.periods("s2")) == (
        {1: ("declined", "cancelled")}, {1: ("charging", None)},
    )  # fmt: skip


def test_a_chargeback_hands_the_period_to_a_human(shop: Shop) -> None:
    """A retry of a card that is disputed is held."""
    first_decline(shop)
    shop.dispute(CARD)
    shop.pass_days(1.1)
    shop.renewals.run()
    assert shop.periods("s1") == {1: ("held", "chargeback_open")}


def test_one_charge_per_run_and_the_newest_first(shop: Shop) -> None:
    """A retry that is due beside a new period waits for the next run."""
    shop.subscribe(unit="day")
    shop.renewals.run()
    decline(shop, "sub.s1.1")
    shop.pass_days(1.1)
    assert (shop.renewals.run().charges, shop.orders()) == (1, ["sub.s1.1", "sub.s1.2"])
    assert (shop.renewals.run().charges, shop.orders()) == (1, ["sub.s1.1", "sub.s1.1.2", "sub.s1.2"])


def test_a_retry_that_was_cut_short_is_handed_in_under_its_name(shop: Shop) -> None:
    """The run died between the row and the order: the next one hands in that attempt, and no other."""
    first_decline(shop)
    shop.pass_days(1.1)
    shop.renewals.run()
    with shop.archive.writing() as connection:
        connection.execute(update(PERIODS).values(state="planned"))
    shop.client.delete(keys.order("sub.s1.1.2"))
    assert (shop.renewals.run().charges, shop.orders()) == (1, ["sub.s1.1", "sub.s1.1.2"])


def test_events_that_come_again_move_no_retry(shop: Shop) -> None:
    """A reader that is sent back to the beginning changes neither the moment nor the box."""
    first_decline(shop, "3006: Invalid card")
    before = (shop.views("s1"), told(shop))
    with shop.archive.writing() as connection:
        connection.execute(update(READERS).where(READERS.c.name == READER).values(position="0"))
    shop.pass_days(1)
    shop.renewals.follow()
    assert (shop.views("s1"), told(shop)) == before


def test_the_night_is_no_time_to_try(shop: Shop) -> None:
    """A card that was declined late in the evening is tried after nine in the morning."""
    shop.now = datetime(2026, 1, 31, 23, tzinfo=UTC)
    first_decline(shop)
    with shop.archive.reading() as connection:
        retry_at_ms = connection.scalar(select(PERIODS.c.retry_at_ms))
    assert retry_at_ms == int(datetime(2026, 2, 2, 9, tzinfo=UTC).timestamp() * 1000)
