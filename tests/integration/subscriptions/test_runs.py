"""What a run does with periods that are due: on a real ledger, on both archive databases."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from producers import Enqueuer
from producers.errors import RenewalPlanChanged, SubscriptionState
from producers.runtime.archive.identity import name_of
from producers.runtime.archive.readers import READERS
from producers.runtime.ledger_stats import read_ledger_stats
from producers.subscriptions.book.following import READER
from producers.subscriptions.book.tables import ATTEMPTS, PERIODS, SUBSCRIPTIONS
from producers.subscriptions.schedule.renewals import Renewals
from producers.vault.files import KeyFiles
from tests.archives import archive_settings, upgraded
from tests.integration.subscriptions.shop import CARD, Shop
from workers.cli import main


def test_a_due_period_is_charged_once(shop: Shop) -> None:
    """Two runs hand in one order; what the bank says becomes the period's state."""
    shop.subscribe()
    assert (shop.renewals.run().charges, shop.renewals.run().charges) == (1, 0)
    assert shop.periods("s1") == {1: ("charging", None)}
    shop.bank_says("sub.s1.1", "approved")
    shop.renewals.follow()
    assert shop.periods("s1") == {1: ("charged", None)}
    assert shop.orders() == ["sub.s1.1"]


def test_nothing_is_charged_before_its_hour(shop: Shop) -> None:
    """A period that begins tomorrow is left alone until its hour has come."""
    subscription = shop.subscribe(start="2026-02-01")
    due = subscription.period(1).due
    shop.now = due - timedelta(milliseconds=1)
    assert shop.renewals.run().charges == 0
    shop.now = due
    assert shop.renewals.run().charges == 1


def test_a_year_of_months_is_twelve_charges(shop: Shop) -> None:
    """Months go by, each is charged in its turn, and the day is kept."""
    shop.subscribe()
    for _ in range(73):
        report = shop.renewals.run()
        assert report.account and report.account.unaccounted == 0
        shop.pass_days(5)
    assert len(shop.orders()) == 12


@pytest.mark.parametrize(
    ("reason", "fields", "then"),
    [
        ("card_missing", {"payment_id": None}, lambda shop: None),
        ("consent_missing", {"consent": None}, lambda shop: None),
        ("paused", {"start": "2026-02-01"}, lambda shop: (shop.subscriptions.pause("s1"), shop.pass_days(1))),
        ("cancelled", {}, lambda shop: shop.subscriptions.cancel("s1")),
        ("chargeback_open", {}, lambda shop: shop.dispute(CARD)),
    ],
)
def test_what_speaks_against_a_charge_is_the_reason(
    shop: Shop, reason: str, fields: dict[str, object], then: Callable[[Shop], object]
) -> None:
    """A period that must not be charged is skipped, and says why; nothing is handed in."""
    shop.subscribe(**fields)
    then(shop)
    assert shop.renewals.plan().lines == [f"skip sub.s1.1 9.90 EUR {reason}"]
    shop.renewals.run()
    assert shop.periods("s1") == {1: ("skipped", reason)}
    assert (shop.orders(), shop.renewals.account().unaccounted) == ([], 0)


def test_a_card_that_the_bank_has_done_with_is_not_tried_again(shop: Shop) -> None:
    """After such a decline the next period is skipped, until a new card is saved; it then pays what is open, too."""
    shop.subscribe(unit="day")
    shop.renewals.run()
    shop.bank_says("sub.s1.1", "declined", error="3006: Rejected: invalid card", decline_code="3006")
    shop.pass_days(1)
    shop.renewals.run()
    assert shop.periods("s1") == {1: ("past_due", "new_card"), 2: ("skipped", "card_dead")}
    shop.subscriptions.save_card("s1", "11111111-7c1e-4d0c-9a51-0b6f4e2d9c10")
    shop.pass_days(1)
    shop.renewals.run()
    assert shop.periods("s1")[3] == ("charging", None)
    shop.renewals.run()
    assert shop.periods("s1")[1] == ("charging", None)


def test_an_outage_ends_in_one_charge(shop: Shop) -> None:
    """Of what became due while nothing ran the newest is charged; the others are held for a human."""
    shop.subscribe(unit="day")
    shop.pass_days(3)
    report = shop.renewals.run()
    assert (report.charges, report.holds) == (1, 3)
    assert shop.orders() == ["sub.s1.4"]
    assert [state for state, _ in shop.periods("s1").values()] == ["held", "held", "held", "charging"]
    assert shop.renewals.account().unaccounted == 0


def test_a_plan_is_executed_as_it_was_shown(shop: Shop) -> None:
    """A run that is given a plan's hash does that, though more is due by now."""
    shop.subscribe(unit="day")
    made = shop.renewals.plan()
    shop.pass_days(1)
    assert shop.renewals.run(made.hash).plan.lines == ["charge sub.s1.1 9.90 EUR"]
    assert shop.orders() == ["sub.s1.1"]


def test_a_plan_that_has_changed_is_refused_and_says_how(shop: Shop) -> None:
    """Somebody cancels after the plan was made: nothing is charged, and the lines that differ are named."""
    shop.subscribe()
    made = shop.renewals.plan()
    shop.subscriptions.cancel("s1")
    with pytest.raises(RenewalPlanChanged) as refused:
        shop.renewals.run(made.hash)
    assert refused.value.differences == ("-charge sub.s1.1 9.90 EUR", "+skip sub.s1.1 9.90 EUR cancelled")
    assert shop.orders() == []


def test_a_plan_that_nobody_made_is_refused(shop: Shop) -> None:
    """A hash that is not kept runs nothing."""
    shop.subscribe()
    with pytest.raises(RenewalPlanChanged, match="no plan of this hash"):
        shop.renewals.run("0" * 64)
    assert shop.orders() == []


def test_events_that_come_again_change_nothing(shop: Shop) -> None:
    """The reader is sent back to the beginning of the stream: every row is as it was."""
    for _ in range(3):
        shop.subscribe(unit="day")
    shop.renewals.run()
    shop.bank_says("sub.s1.1", "approved")
    shop.bank_says("sub.s2.1", "declined", error="3001: Insufficient funds", decline_code="3001")
    shop.pass_days(1)
    shop.renewals.run()
    before = [shop.views(f"s{number}") for number in (1, 2, 3)]
    with shop.archive.writing() as connection:
        connection.execute(update(READERS).where(READERS.c.name == READER).values(position="0"))
    assert shop.renewals.follow() == 0
    assert [shop.views(f"s{number}") for number in (1, 2, 3)] == before


def test_an_outcome_is_found_though_its_event_was_read_before(shop: Shop) -> None:
    """The archive was set back to before the charge: handing the order in again learns what became of it."""
    shop.subscribe()
    shop.renewals.run()
    shop.bank_says("sub.s1.1", "approved")
    shop.renewals.follow()
    _forget(shop)
    shop.renewals.run()
    assert shop.periods("s1") == {1: ("charged", None)}
    assert shop.orders() == ["sub.s1.1"]


@pytest.mark.parametrize(
    ("state", "more", "expected"),
    [
        ("approved", {}, ("charged", None)),
        ("declined", {"decline_code": "3001"}, ("retrying", "3001")),
        ("rejected", {"reason": "instrument_disputed"}, ("skipped", "chargeback_open")),
        ("rejected", {"reason": "account_required"}, ("held", "account_required")),
        ("unknown", {}, ("charging", "unknown")),
    ],
)
def test_an_outcome_makes_a_state(
    shop: Shop, state: str, more: dict[str, str], expected: tuple[str, str | None]
) -> None:
    """What the ledger tells of an order is what the period says."""
    shop.subscribe()
    shop.renewals.run()
    shop.bank_says("sub.s1.1", state, **more)
    shop.renewals.follow()
    assert shop.periods("s1") == {1: expected}


def test_an_order_of_that_name_with_other_content_is_held(shop: Shop) -> None:
    """Somebody else has used the order_id: nothing is charged, and a human looks."""
    shop.subscribe()
    with Enqueuer(shop.settings) as enqueuer:
        enqueuer.charge(order_id="sub.s1.1", amount="5.00", currency="EUR", country="LT", payment_id=CARD)
    shop.renewals.run()
    assert shop.periods("s1") == {1: ("held", "order_conflict")}


def test_a_held_period_is_charged_when_a_human_says_so(shop: Shop) -> None:
    """A missed period is released under its own name, and waived ones are not charged."""
    shop.subscribe(unit="day")
    shop.pass_days(2)
    shop.renewals.run()
    assert shop.renewals.release("s1", 1).order_id == "sub.s1.1"
    shop.renewals.waive("s1", 2, "goodwill")
    assert shop.periods("s1") == {1: ("charging", None), 2: ("waived", "goodwill"), 3: ("charging", None)}
    assert shop.orders() == ["sub.s1.1", "sub.s1.3"]


def test_no_further_attempt_while_one_may_be_paid(shop: Shop) -> None:
    """A period in flight is neither released nor waived; one that was declined gets an order of another name."""
    shop.subscribe()
    shop.renewals.run()
    for deed in (lambda: shop.renewals.release("s1", 1), lambda: shop.renewals.waive("s1", 1, "goodwill")):
        with pytest.raises(SubscriptionState):
            deed()
    shop.bank_says("sub.s1.1", "declined", decline_code="3001")
    assert shop.renewals.release("s1", 1).order_id == "sub.s1.1.2"
    assert shop.orders() == ["sub.s1.1", "sub.s1.1.2"]


def test_the_pace_is_bounded(shop: Shop) -> None:
    """A run waits between its chunks so that no more than so many a second are handed in; its own time counts too."""
    for _ in range(20):
        shop.subscribe()
    slow = type(shop.renewals)(shop.archive, shop.till, clock=lambda: shop.now, rate_max=1, pause=shop.pauses.append)
    slow.run()
    assert 10 < sum(shop.pauses) <= 20


def test_the_numbers_of_a_run_are_left_for_the_scraper(shop: Shop) -> None:
    """When it ended, and how all due periods stand."""
    shop.subscribe()
    shop.subscribe(payment_id=None)
    shop.renewals.run()
    left = read_ledger_stats(shop.client, shop.client, ["default"]).renewals
    assert (left.unaccounted, left.periods["charging"], left.periods["skipped"]) == (0, 1, 1)
    assert left.last_run_age_s < 3600


def test_two_archives_on_one_ledger_hide_nothing_of_each_other(shop: Shop, tmp_path: Path) -> None:
    """Their counts add up, and the dead man is the one whose last run is the longest ago, whoever ran last."""
    shop.subscribe()
    shop.renewals.run()
    long_ago_ms = 1_700_000_000_000
    shop.client.hset("pay:renewals", f"{name_of(shop.archive)}:last_run_ms", long_ago_ms)
    shop.client.hset("pay:renewals", "last_run_ms", 1)  # a scheduler of before archives had names
    with upgraded(archive_settings(tmp_path / "other", None)) as other:
        Renewals(other, shop.till, clock=lambda: shop.now, rate_max=100).run()
        assert name_of(other) == name_of(other) != name_of(shop.archive)
    left = read_ledger_stats(shop.client, shop.client, ["default"]).renewals
    assert (left.periods["charging"], left.unaccounted) == (1, 0)
    assert left.last_run_age_s == pytest.approx(time.time() - long_ago_ms / 1000, abs=3600)


def _forget(shop: Shop) -> None:
    """As a backup of before the run would."""
    with shop.archive.writing() as connection:
        connection.execute(ATTEMPTS.delete())
        connection.execute(PERIODS.delete())
        connection.execute(update(SUBSCRIPTIONS).values(next_number=1, next_due_ms=0))


def test_a_host_whose_clock_is_wrong_charges_nobody(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A year ahead, everybody would be charged before their time."""
    given = shop.settings
    assert given.archive_url
    keys = KeyFiles(given.state_dir.parent / "keys")
    env = {
        "REDIS_QUEUE_URL": given.redis_queue_url.reveal(), "REDIS_LEDGER_URL": given.redis_ledger_url.reveal(),
        "STATE_DIR": str(given.state_dir), "ARCHIVE_URL": given.archive_url.reveal(), "HOME": "/",
        "SEAL_PUBLIC_KEY_FILE": str(keys.seal_public), "PRODUCER_KEY_FILE": str(keys.producer_key),
    }  # fmt: skip
    shop.subscribe()
    ahead_ns = time.time_ns() + 365 * 86_400 * 10**9
    with monkeypatch.context() as patched:
        patched.setattr(time, "time_ns", lambda: ahead_ns)
        ran = CliRunner().invoke(main, ["renew", "run", "--json"], env=env)
    assert json.loads(ran.stdout.splitlines()[-1])["error"] == "clock_apart"
    assert shop.orders() == []
    assert CliRunner().invoke(main, ["renew", "run"], env=env).exit_code == 0
