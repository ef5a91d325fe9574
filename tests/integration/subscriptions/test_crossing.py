"""What two who act on one period at once make of it, and what an archive that was set back does: nobody pays twice."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from producers import Enqueuer
from producers.errors import SubscriptionState
from producers.runtime.ledger import keys
from producers.subscriptions.book.tables import ATTEMPTS, PERIODS
from tests.integration.subscriptions.shop import CARD, Shop

OTHER = "11111111-7c1e-4d0c-9a51-0b6f4e2d9c10"


def set_aside(shop: Shop, state: str, reason: str) -> None:
    """As a run leaves the period that looked for its order just before another run handed it in."""
    shop.renewals.run()
    with shop.archive.writing() as connection:
        connection.execute(update(PERIODS).values(state=state, reason=reason))
        connection.execute(update(ATTEMPTS).values(outcome=None, event_id=None))


def cards(shop: Shop) -> list[str]:
    """Which cards the attempts name, the oldest first."""
    with shop.archive.reading() as connection:
        return list(connection.scalars(select(ATTEMPTS.c.payment_id).order_by(ATTEMPTS.c.number, ATTEMPTS.c.attempt)))


@pytest.mark.parametrize(("state", "reason"), [("held", "missed"), ("skipped", "paused")])
def test_an_order_that_was_handed_in_counts_whatever_was_thought(shop: Shop, state: str, reason: str) -> None:
    """One run set the period aside while another handed its order in: a decline is followed as any."""
    shop.subscribe()
    set_aside(shop, state, reason)
    shop.bank_says("sub.s1.1", "declined", error="3001: Insufficient funds", decline_code="3001")
    shop.renewals.follow()
    assert shop.periods("s1") == {1: ("retrying", "3001")}


def test_what_a_human_let_go_stays_so_unless_it_was_paid(shop: Shop) -> None:
    """A waived period is not tried again; money that came in all the same is not hidden."""
    for name in ("s1", "s2"):
        shop.subscribe(subscription_id=name)
    set_aside(shop, "waived", "goodwill")
    shop.bank_says("sub.s1.1", "declined", error="3001: Insufficient funds", decline_code="3001")
    shop.bank_says("sub.s2.1", "approved")
    shop.renewals.follow()
    assert (shop.periods("s1"), shop.periods("s2")) == ({1: ("waived", "goodwill")}, {1: ("charged", None)})


def test_no_attempt_beside_an_order_that_says_otherwise(shop: Shop) -> None:
    """The archive was set back to before a card was saved, and the order of then is paid or open: a human makes no
    second one; once the bank has said no, they may.
    """
    shop.subscribe()
    with Enqueuer(shop.settings) as enqueuer:
        enqueuer.charge(order_id="sub.s1.1", amount="9.90", currency="EUR", country="LT", payment_id=OTHER)
    shop.renewals.run()
    assert shop.periods("s1") == {1: ("held", "order_conflict")}
    with pytest.raises(SubscriptionState, match=r"order sub\.s1\.1 is accepted"):
        shop.renewals.release("s1", 1)
    shop.bank_says("sub.s1.1", "declined", error="3001: Insufficient funds", decline_code="3001")
    assert shop.renewals.release("s1", 1).order_id == "sub.s1.1.2"
    assert shop.orders() == ["sub.s1.1", "sub.s1.1.2"]


def test_the_payment_of_an_archive_that_was_set_back_is_found(shop: Shop) -> None:
    """Though its order names another card: what is paid is paid, and no second order follows."""
    shop.subscribe()
    with Enqueuer(shop.settings) as enqueuer:
        enqueuer.charge(order_id="sub.s1.1", amount="9.90", currency="EUR", country="LT", payment_id=OTHER)
    shop.renewals.run()
    shop.bank_says("sub.s1.1", "approved")
    shop.renewals.follow()
    assert shop.periods("s1") == {1: ("charged", None)}


def test_what_was_left_half_done_is_charged_to_the_new_card(shop: Shop) -> None:
    """A run was killed before it handed the order in, and a card was saved since: the old one is not charged."""
    shop.subscribe()
    set_aside(shop, "planned", "")
    shop.client.delete(keys.order("sub.s1.1"), keys.EVENTS)
    shop.subscriptions.save_card("s1", OTHER)
    assert shop.renewals.run().charges == 1
    assert (cards(shop), shop.orders()) == ([OTHER], ["sub.s1.1"])


def test_a_half_done_period_beside_a_used_up_budget_is_tried_later(shop: Shop) -> None:
    """Its order is handed in: a worker refuses it before anything is sent, and the period goes on from there."""
    shop.subscribe()
    set_aside(shop, "planned", "")
    shop.client.delete(keys.order("sub.s1.1"), keys.EVENTS)
    now_s, _ = shop.client.time()
    budget = {f"visa {number}": now_s * 1000 for number in range(15)}
    shop.client.zadd(f"pay:declines:default:{CARD}:990EUR", budget)
    shop.renewals.run()
    assert shop.periods("s1") == {1: ("charging", None)}


def test_a_forbidden_card_is_not_charged_by_a_human_either(shop: Shop) -> None:
    """The network forbids it for good: the period is released once there is another card."""
    shop.subscribe()
    shop.renewals.run()
    shop.bank_says("sub.s1.1", "declined", error="3031: Lost card, pick up", merchant_advice_code="03")
    shop.renewals.follow()
    with pytest.raises(SubscriptionState, match="forbidden to charge that card again"):
        shop.renewals.release("s1", 1)
    shop.subscriptions.save_card("s1", OTHER)
    assert shop.renewals.release("s1", 1).payment_id == OTHER


def test_an_outage_beside_a_used_up_budget_ends_in_one_charge(shop: Shop) -> None:
    """The newest of the periods waits for the budget; the older ones are held as after any outage."""
    shop.subscribe(unit="day")
    now_s, _ = shop.client.time()
    shop.client.zadd(f"pay:declines:default:{CARD}:990EUR", {f"visa {n}": now_s * 1000 for n in range(15)})
    shop.pass_days(2)
    shop.renewals.run()
    assert shop.periods("s1") == {
        1: ("held", "missed"), 2: ("held", "missed"), 3: ("retrying", "network_budget"),
    }  # fmt: skip


def test_who_leaves_at_the_end_still_pays_what_is_open_by_a_new_card(shop: Shop) -> None:
    """The period that has begun is owed; once it ended at once, no card is taken any more."""
    shop.subscribe()
    shop.renewals.run()
    shop.bank_says("sub.s1.1", "declined", error="3006: Rejected: invalid card", decline_code="3006")
    shop.renewals.follow()
    shop.subscriptions.cancel("s1", at_period_end=True)
    shop.subscriptions.save_card("s1", OTHER)
    assert (shop.renewals.run().charges, cards(shop)) == (1, [CARD, OTHER])
    shop.subscriptions.cancel("s1")
    with pytest.raises(SubscriptionState, match="was cancelled"):
        shop.subscriptions.save_card("s1", CARD)


@pytest.mark.parametrize(
    ("state", "words", "then"),
    [
        ("approved", {}, ("charged", None)),
        ("declined", {"error": "3001: Insufficient funds"}, ("retrying", "3001")),
        ("declined", {"error": "3001: Insufficient funds", "merchant_advice_code": "03"}, ("past_due", "new_card")),
    ],
)
def test_an_end_that_the_stream_does_not_tell_any_more_is_asked_for(
    shop: Shop, state: str, words: dict[str, str], then: tuple[str, str | None]
) -> None:
    """The stream was cut before this reader came by: an hour later a run asks the ledger, and not before."""
    shop.subscribe()
    shop.renewals.run()
    shop.bank_says("sub.s1.1", state, **words)
    shop.client.xtrim(keys.EVENTS, maxlen=0, approximate=False)
    shop.renewals.run()
    assert shop.periods("s1")[1][0] == "charging"
    shop.pass_days(1 / 24)
    shop.renewals.run()
    assert shop.periods("s1") == {1: then}


def test_what_is_open_is_asked_for_again_and_again(shop: Shop) -> None:
    """An order that waits for its customer is in flight however often a run asks."""
    shop.subscribe()
    shop.renewals.run()
    shop.bank_says("sub.s1.1", "pending")
    for _ in range(3):
        shop.pass_days(1)
        shop.renewals.run()
    assert shop.periods("s1") == {1: ("charging", "pending")}
