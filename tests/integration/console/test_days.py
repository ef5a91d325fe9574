"""What the pages read of the archive, on both databases: renewals of a day, batches of a week, orders by a name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from cardinity_client.money import Money
from producers.runtime.archive.database import Archive
from producers.runtime.settings import Settings
from tests.archives import archive_settings, upgraded
from tests.integration.subscriptions.shop import OPENING, Shop
from tests.integration.subscriptions.shop import shop as opened
from workers.analytics import Report
from workers.analytics.wording import percent
from workers.console.archive_reads import BATCHES_MAX, concerning, doubted, of_day, recent_batches, together, told
from workers.console.found import HITS_MAX, Hit
from workers.console.layout import Reader
from workers.console.today import Day, today
from workers.console.users import VIEWER, User
from workers.events.archive.tables import EVENTS, ORDERS

NOW_MS = 1_800_000_000_000
DAY_MS = 86_400_000
PAYMENT = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"


@pytest.fixture(name="shop")
def _shop(tmp_path: Path, archive_url: str, queue_url: str, ledger_url: str) -> Iterator[Shop]:
    """A merchant with nothing yet; what is due is due between six and seven."""
    with opened(tmp_path, archive_url, queue_url, ledger_url) as shop:
        yield shop


@pytest.fixture(name="settings")
def _settings(tmp_path: Path, archive_url: str) -> Settings:
    """Of an archive with its tables."""
    settings = archive_settings(tmp_path, archive_url)
    with upgraded(settings):
        return settings


def looked(shop: Shop, now: datetime | None = None) -> tuple[Day, Report]:
    """The day, as the page is given it."""
    return of_day(shop.settings, now or shop.now)


def test_a_day_without_renewals_says_so(shop: Shop) -> None:
    """Nothing due, nothing run, and no share of nothing."""
    day, report = looked(shop)
    made = today(Reader(User("jonas", VIEWER, "-"), ""), day, report, 0)
    assert (day.counts, day.overdue, day.held, day.ran_at_ms) == ({}, 0, [], None)
    assert (
        "No period fell due today." in made
        and "no run has ended yet" in made
        and "%" not in made.partition("</style>")[2]
    )


def test_a_day_of_renewals_is_counted_by_what_became_of_them(shop: Shop) -> None:
    """Paid, declined, in flight, skipped; with their money; and those of other days are not of today."""
    shop.subscribe(subscription_id="old")
    shop.renewals.run()
    shop.bank_says("sub.old.1", "approved")
    shop.pass_days(1)
    for name in ("paid", "refused", "open"):
        shop.subscribe(subscription_id=name)
    shop.subscribe(subscription_id="bare", payment_id=None, consent=None)
    shop.renewals.run()
    shop.bank_says("sub.paid.1", "approved")
    shop.bank_says("sub.refused.1", "declined", error="3000: do not honour")
    shop.renewals.follow()
    day, report = looked(shop)
    assert day.counts == {"charged": 1, "retrying": 1, "charging": 1, "skipped": 1}
    assert {state: list(sums) for state, sums in day.sums.items()} == {
        state: [Money(990, "EUR")] for state in day.counts
    }
    assert (day.overdue, day.held_in_all) == (0, 0)
    assert day.ran_at_ms is not None
    made = today(Reader(User("jonas", VIEWER, "-"), ""), day, report, 0)
    assert (
        "9.90 EUR" in made and f"{percent(0.25)} of those taken" in made and "declined, tried again at its time" in made
    )


def test_the_approval_rate_stands_beside_yesterdays(shop: Shop) -> None:
    """Whoever is told that it has fallen sees from where; without a yesterday there is none."""
    now_ms = int(shop.now.timestamp() * 1000)
    told = [order("A", accepted_at_ms=now_ms), order("B", accepted_at_ms=now_ms, state="declined")]
    before = [order(f"Y-{number}", accepted_at_ms=now_ms - DAY_MS) for number in range(4)]
    for rows, words in ((told, ""), (before, f"; yesterday {percent(1.0)}")):
        store(shop.settings, rows)
        made = today(Reader(User("jonas", VIEWER, "-"), ""), *looked(shop), 0)
        assert f">{percent(0.5)}<" in made and f"2 payments accepted today{words}<" in made


def test_what_has_ended_since_the_last_run_is_told(shop: Shop) -> None:
    """Its period is charging until a run has met the outcome; what the bank has not answered is no outcome."""
    for name in ("paid", "refused", "open"):
        shop.subscribe(subscription_id=name)
    shop.renewals.run()
    ended = [("paid", "approved"), ("refused", "declined"), ("open", "sending")]
    store(shop.settings, [order(f"sub.{name}.1", subscription_id=name, period=1, state=state) for name, state in ended])
    day, report = looked(shop)
    assert (day.counts, day.ended) == ({"charging": 3}, {"approved": 1, "declined": 1})
    made = today(Reader(User("jonas", VIEWER, "-"), ""), day, report, 0)
    assert "handed in; 1 approved, 1 declined meanwhile, which the next run books" in made


def test_what_no_run_has_taken_is_overdue_and_what_comes_later_is_not(shop: Shop) -> None:
    """Before its hour it falls due later today; behind it, it is overdue until a run comes."""
    shop.now = OPENING.replace(hour=1)
    shop.subscribe(subscription_id="gym")
    assert [(day.overdue, day.later) for day in (looked(shop)[0], looked(shop, shop.now + timedelta(hours=8))[0])] == [
        (0, 1), (1, 0),
    ]  # fmt: skip
    shop.now += timedelta(hours=8)
    made = today(Reader(User("jonas", VIEWER, "-"), ""), *looked(shop), 0)
    assert "Due, and not taken by a run yet: 1." in made
    shop.renewals.run()
    assert looked(shop)[0].overdue == 0


def test_what_is_held_is_named_whenever_it_fell_due(shop: Shop) -> None:
    """The newest first, with its money and why; what was missed in an outage is of earlier days."""
    shop.subscribe(subscription_id="late", unit="day")
    shop.pass_days(3)
    shop.renewals.run()
    day, report = looked(shop)
    assert [(each.subscription_id, each.number, each.reason) for each in day.held] == [
        ("late", number, "missed") for number in (3, 2, 1)
    ]
    assert (day.held_in_all, day.counts) == (3, {"charging": 1})
    made = today(Reader(User("jonas", VIEWER, "-"), ""), day, report, 0)
    assert "Wait for a human" in made and "missed" in made


def test_batches_of_a_week_are_named_the_newest_first(settings: Settings) -> None:
    """By their newest order; older ones and orders of none are left out, and there is an end to it."""
    rows = [
        order(f"O-{number}", batch=f"b{number}", accepted_at_ms=NOW_MS - number) for number in range(BATCHES_MAX + 5)
    ]
    rows += [order("OLD", batch="old", accepted_at_ms=NOW_MS - 8 * DAY_MS), order("NONE", accepted_at_ms=NOW_MS)]
    rows += [order("AGAIN", batch="b7", accepted_at_ms=NOW_MS + 5)]
    store(settings, rows)
    names = recent_batches(settings, NOW_MS)
    assert (names[:3], len(names)) == (["b7", "b0", "b1"], BATCHES_MAX)


def test_orders_of_a_batch_that_are_in_doubt_are_named(settings: Settings) -> None:
    """Neither those that have ended nor those of another batch."""
    states = ("approved", "parked", "unknown", "accepted")
    store(settings, [order(f"A-{state}", batch="a", state=state) for state in states])
    store(settings, [order("B-parked", batch="b", state="parked")])
    assert {hit.order_id for hit in doubted(settings, "a")} == {"A-parked", "A-unknown"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("PAID", ["PAID"]),
        ("customer-77", ["PAID", "OTHER"]),
        (PAYMENT, ["BACK", "PAID"]),
        ("gym", ["sub.gym.1"]),
        ("ROOT", ["ROOT-a2"]),
        ("customer", []),
        ("' or 1=1 --", []),
        ("%", []),
    ],
)
def test_orders_are_found_by_what_they_have_to_do_with(settings: Settings, words: str, expected: list[str]) -> None:
    """An order, a customer, a payment and what followed it, a subscription, a root: the whole name, newest first."""
    store(
        settings,
        [
            order("OTHER", customer="customer-77", accepted_at_ms=NOW_MS - 9),
            order("PAID", customer="customer-77", payment_id=PAYMENT, accepted_at_ms=NOW_MS - 8),
            order("BACK", kind="refund", parent_id=PAYMENT, accepted_at_ms=NOW_MS - 7),
            order("sub.gym.1", subscription_id="gym", period=1),
            order("ROOT-a2", root="ROOT"),
        ],
    )
    assert [hit.order_id for hit in concerning(settings, words)] == expected


def test_a_customer_with_many_orders_has_an_end(settings: Settings) -> None:
    """The newest ones; what the ledger knows of one is newer than what the archive does."""
    store(
        settings, [order(f"O-{number}", customer="c", accepted_at_ms=NOW_MS + number) for number in range(HITS_MAX + 5)]
    )
    hits = concerning(settings, "c")
    newer = Hit(hits[3].order_id, "charge", "declined", Money(1000, "EUR"), "c", "", NOW_MS)
    assert (len(hits), hits[0].order_id) == (HITS_MAX, f"O-{HITS_MAX + 4}")
    assert [hit.state for hit in together(hits, newer) if hit.order_id == newer.order_id] == ["declined"]
    assert together(hits, None) == hits


def test_an_order_that_has_left_the_ledger_has_its_story_in_the_archive(settings: Settings) -> None:
    """What was told of it, in its order, and of no other one."""
    rows = [
        {
            "event_id": f"{name}:{state}",
            "position": f"{number}-0",
            "type": "t",
            "subject": name,
            "at_ms": NOW_MS + number,
        }
        for number, (name, state) in enumerate([("A", "accepted"), ("B", "accepted"), ("A", "approved")])
    ]
    with Archive(settings) as archive, archive.writing() as connection:
        connection.execute(insert(EVENTS), rows[::-1])
    assert [(line.at_ms - NOW_MS, line.text) for line in told(settings, "A")] == [
        (0, "told to the owner: A:accepted"), (2, "told to the owner: A:approved"),
    ]  # fmt: skip


def order(order_id: str, **fields: object) -> dict[str, object]:
    """A row of an order of 10.00 EUR."""
    return {
        **dict.fromkeys(ORDERS.columns.keys()),
        "order_id": order_id, "kind": "charge", "account": "default", "producer": "shop", "amount_minor": 1000,
        "currency": "EUR", "state": "approved", "held": False, "accepted_at_ms": NOW_MS, "changed_at_ms": NOW_MS,
        **fields,
    }  # fmt: skip


def store(settings: Settings, rows: list[dict[str, object]]) -> None:
    """Put them into the archive."""
    with Archive(settings) as archive, archive.writing() as connection:
        connection.execute(insert(ORDERS), rows)
