"""Subscriptions as their owner changes them, on both archive databases."""

from __future__ import annotations

import io
import itertools
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from producers.errors import (
    ArchiveUnavailable,
    InvalidCommand,
    SubscriptionConflict,
    SubscriptionState,
    SubscriptionUnknown,
)
from producers.subscriptions import Subscriptions
from producers.subscriptions.book import store
from producers.subscriptions.book.tables import ATTEMPTS
from producers.subscriptions.imports import read_fields, read_rows
from tests.integration.subscriptions.shop import Shop

NEW_CARD = "11111111-7c1e-4d0c-9a51-0b6f4e2d9c10"


def charged(shop: Shop, name: str) -> dict[int, str]:
    """Amounts of a subscription's periods by number."""
    return {view.number: view.amount.text for view in shop.views(name)}


def test_the_same_again_is_no_second_subscription(shop: Shop) -> None:
    """A caller that timed out repeats the call, on another day too, and gets what is there."""
    first = shop.subscribe(subscription_id="gym", start=None)
    shop.pass_days(1)
    assert shop.subscribe(subscription_id="gym", start=None) == first
    with pytest.raises(SubscriptionConflict) as refused:
        shop.subscribe(subscription_id="gym", start=None, amount="10.90", country="LV")
    assert refused.value.fields == ("country", "amount")


def test_a_plan_is_taken_as_it_is(shop: Shop) -> None:
    """Amount, interval and description come from the plan; a plan of that name with other content is a conflict."""
    fields = {"plan_id": "gold", "amount": "20.00", "currency": "EUR", "unit": "year", "description": "Gold"}
    plan = shop.subscriptions.add_plan(**fields)
    assert shop.subscriptions.add_plan(**fields) == plan
    made = shop.subscribe(plan_id="gold", amount=None, currency=None, unit=None)
    assert (made.terms[0].amount, made.terms[0].schedule.interval, made.description) == (
        plan.amount, plan.interval, "Gold",
    )  # fmt: skip
    with pytest.raises(SubscriptionConflict, match="plan gold is there with another amount"):
        shop.subscriptions.add_plan(**fields | {"amount": "21.00"})
    with pytest.raises(SubscriptionUnknown, match="there is no plan silver"):
        shop.subscribe(plan_id="silver")


def test_a_plan_whose_name_has_just_been_taken_is_added_by_another_call(shop: Shop) -> None:
    """Two who add it at once: one is told to call again, and finds it there."""
    plan = shop.subscriptions.add_plan(plan_id="gold", amount="20.00", currency="EUR", unit="year")
    with pytest.raises(ArchiveUnavailable), shop.archive.writing() as connection:
        store.add_plan(connection, plan, 0)
    assert shop.subscriptions.plans() == [plan]


def test_what_is_told_of_a_new_one_is_what_is_kept(shop: Shop) -> None:
    """Its moment too, while the clock goes on."""
    instants = (shop.now + timedelta(milliseconds=number) for number in itertools.count())
    subscriptions = Subscriptions(shop.settings, shop.archive, clock=lambda: next(instants))
    made = subscriptions.create(
        subscription_id="gym", amount="9.90", currency="EUR", unit="month", country="LT", zone="UTC"
    )
    assert subscriptions.get("gym") == made


def test_another_amount_holds_from_the_next_period(shop: Shop) -> None:
    """What has begun is paid as it was agreed; the last of several changes holds."""
    shop.subscribe(unit="day")
    shop.subscriptions.change("s1", amount="12.00", consent="mail-7")
    changed = shop.subscriptions.change("s1", amount="11.00", consent="mail-8")
    shop.renewals.run()
    shop.pass_days(1)
    shop.renewals.run()
    assert charged(shop, "s1") == {1: "9.90", 2: "11.00"}
    assert [terms.consent.record for terms in changed.terms if terms.consent] == ["signup", "mail-8"]


def test_a_change_of_price_needs_consent(shop: Shop) -> None:
    """Without a record that the customer agreed nothing changes; another zone needs none."""
    before = shop.subscribe()
    with pytest.raises(InvalidCommand) as refused:
        shop.subscriptions.change("s1", amount="12.00")
    assert refused.value.code == "consent_required"
    assert shop.subscriptions.get("s1") == before
    moved = shop.subscriptions.change("s1", zone="Asia/Tokyo")
    assert (moved.period(2).zone, moved.period(1).end == moved.period(2).start) == ("Asia/Tokyo", True)


def test_a_plan_of_another_interval_begins_where_the_period_ends(shop: Shop) -> None:
    """From months to years: the first year begins when the month that is paid ends."""
    shop.subscriptions.add_plan(plan_id="yearly", amount="99.00", currency="EUR", unit="year")
    shop.subscribe()
    changed = shop.subscriptions.change("s1", plan_id="yearly", consent="mail-1")
    assert (changed.period(2).start, changed.period(2).end) == (
        datetime(2026, 2, 28, tzinfo=UTC),
        datetime(2027, 2, 28, tzinfo=UTC),
    )
    assert changed.terms_of(2).amount.text == "99.00"


def test_what_becomes_due_while_paused_is_skipped(shop: Shop) -> None:
    """A pause of two days costs nothing, and afterwards it goes on."""
    shop.subscribe(unit="day")
    for day in range(5):
        shop.renewals.run()
        if day == 0:
            shop.subscriptions.pause("s1")
        if day == 2:
            shop.subscriptions.resume("s1")
        shop.pass_days(1)
    assert [reason or state for state, reason in shop.periods("s1").values()] == [
        "charging", "paused", "paused", "charging", "charging",
    ]  # fmt: skip


def test_a_pause_counts_though_nothing_ran_while_it_lasted(shop: Shop) -> None:
    """What became due in it is skipped by whoever looks later; what became due before is held or charged as any."""
    shop.subscribe(unit="day")
    shop.subscriptions.pause("s1")
    shop.pass_days(1)
    shop.subscriptions.resume("s1")
    shop.pass_days(1)
    shop.renewals.run()
    assert shop.periods("s1") == {1: ("held", "missed"), 2: ("skipped", "paused"), 3: ("charging", None)}


def test_what_was_due_before_a_pause_waits_for_its_end(shop: Shop) -> None:
    """It is owed, and tried once the subscription is resumed; nothing is charged before."""
    shop.subscribe()
    shop.subscriptions.pause("s1")
    assert (shop.renewals.run().charges, shop.periods("s1")) == (0, {1: ("retrying", "paused")})
    shop.pass_days(1.1)
    assert shop.renewals.run().charges == 0
    assert shop.subscriptions.pause("s1") == shop.subscriptions.get("s1")
    assert shop.subscriptions.resume("s1") == shop.subscriptions.get("s1")
    shop.pass_days(1.1)
    assert (shop.renewals.run().charges, shop.orders()) == (1, ["sub.s1.1"])


def test_a_pause_may_be_taken_up_again_at_once(shop: Shop) -> None:
    """Paused, resumed and paused within one moment is paused."""
    shop.subscribe(start="2026-02-01")
    for deed in (shop.subscriptions.pause, shop.subscriptions.resume, shop.subscriptions.pause):
        deed("s1")
    shop.pass_days(1)
    shop.renewals.run()
    assert shop.periods("s1") == {1: ("skipped", "paused")}


def test_a_later_change_holds_though_a_clock_is_behind(shop: Shop) -> None:
    """Two hosts disagree about whether a period has begun: the last that was agreed on is what is charged."""
    shop.subscribe(unit="day")
    shop.renewals.run()
    shop.pass_days(1)
    shop.subscriptions.change("s1", amount="12.00", consent="mail-7")
    shop.pass_days(-1)
    shop.subscriptions.change("s1", amount="11.00", consent="mail-8")
    shop.pass_days(2)
    shop.renewals.run()
    assert charged(shop, "s1")[3] == "11.00"


def test_cancelled_at_the_end_pays_what_has_begun(shop: Shop) -> None:
    """The period that has begun is charged, the next is not, and then it is cancelled."""
    shop.subscribe()
    assert shop.subscriptions.cancel("s1", at_period_end=True).state == "active"
    shop.renewals.run()
    assert shop.periods("s1") == {1: ("charging", None)}
    assert shop.subscriptions.get("s1").state == "cancelled"
    shop.pass_days(60)
    shop.renewals.run()
    assert len(shop.views("s1")) == 1
    assert shop.renewals.account().unaccounted == 0


def test_cancelled_is_for_good(shop: Shop) -> None:
    """Again changes nothing, and it is neither resumed nor changed."""
    shop.subscribe()
    cancelled = shop.subscriptions.cancel("s1")
    assert shop.subscriptions.cancel("s1") == cancelled
    for deed in (shop.subscriptions.resume, shop.subscriptions.pause):
        with pytest.raises(SubscriptionState, match="was cancelled"):
            deed("s1")


def test_a_new_card_is_charged_from_then_on(shop: Shop) -> None:
    """The next order names the new payment."""
    shop.subscribe(unit="day")
    shop.renewals.run()
    shop.subscriptions.save_card("s1", NEW_CARD)
    shop.pass_days(1)
    shop.renewals.run()
    with shop.archive.reading() as connection:
        cards = list(connection.scalars(select(ATTEMPTS.c.payment_id).order_by(ATTEMPTS.c.number)))
    assert cards[1] == NEW_CARD != cards[0]


def test_a_list_is_read_in_parts(shop: Shop) -> None:
    """By id, from behind the last one; of a customer, or in a state."""
    for customer in ("ann", "bob", "ann"):
        shop.subscribe(customer=customer)
    shop.subscriptions.pause("s3")
    names = [each.subscription_id for each in shop.subscriptions.list(after="s1", limit=1)]
    assert names == ["s2"]
    assert [each.subscription_id for each in shop.subscriptions.list(customer="ann")] == ["s1", "s3"]
    assert [each.subscription_id for each in shop.subscriptions.list(state="paused")] == ["s3"]


def test_an_import_is_all_or_none_and_the_same_again_is_nothing(shop: Shop) -> None:
    """Rows are checked together; imported twice there is one subscription of each."""
    head = "subscription_id,amount,currency,unit,country,zone,start,consent\n"
    rows = "a,9.90,EUR,month,LT,Europe/Vilnius,2026-02-01,crm-1\nb,5.00,EUR,week,LV,Europe/Riga,2026-02-02,\n"
    bad = "a,9.90,EUR,month,LT,Europe/Vilnius,2026-02-01,\nc,1,EUR,fortnight,XX,Mars/Olympus,soon,\n"
    wrong = [row for row in read_rows(io.StringIO(head + rows + bad), shop.subscriptions) if row.errors]
    assert [(row.number, [error.code for error in row.errors]) for row in wrong] == [
        (3, ["subscription_duplicate"]),
        (4, ["amount_scale", "unit_unknown", "country_unknown", "zone_unknown", "start_format"]),
    ]
    good = [row.fields for row in read_rows(io.StringIO(head + rows), shop.subscriptions)]
    assert [new for _, new in shop.subscriptions.create_many(good)] == [True, True]
    assert [new for _, new in shop.subscriptions.create_many(good)] == [False, False]


def test_nobody_is_charged_for_what_is_over(shop: Shop) -> None:
    """A subscription whose first period would be over already is refused."""
    with pytest.raises(InvalidCommand) as refused:
        shop.subscribe(start=f"{shop.now - timedelta(days=40):%Y-%m-%d}")
    assert refused.value.code == "start_past"


def test_an_import_reads_its_rows_as_it_writes_them(shop: Shop, tmp_path: Path) -> None:
    """However many there are, few are in memory at once; a file that has changed since it was checked is not taken."""
    file = tmp_path / "subscriptions.csv"
    row = "{},9.90,EUR,month,LT,Europe/Vilnius,2026-02-01,crm\n"
    head = "subscription_id,amount,currency,unit,country,zone,start,consent\n"
    file.write_text(head + "".join(row.format(f"a{number}") for number in range(3000)))
    with file.open(newline="") as source:
        checked = sum(not each.errors for each in read_rows(source, shop.subscriptions))
    for wrong in (checked - 1, checked + 1):
        with file.open(newline="") as source, pytest.raises(InvalidCommand, match="is not the one that was checked"):
            shop.subscriptions.import_rows(read_fields(source, wrong))
    assert shop.subscriptions.list() == []
    with file.open(newline="") as source:
        tracemalloc.start()
        assert shop.subscriptions.import_rows(read_fields(source, checked)) == (3000, 0)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 6 * 2**20
    with file.open(newline="") as source:
        assert shop.subscriptions.import_rows(read_fields(source, checked)) == (0, 3000)
