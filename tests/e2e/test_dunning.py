"""A trial, a decline, a link and a new card through the whole system, on both archive databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

import aiohttp
import pytest

from cardinity_client.sandbox import SandboxSettings
from producers.contract.budgets import parse_budgets
from producers.runtime.archive.database import Archive
from producers.runtime.clock_door import ClockDoor
from producers.runtime.settings import Settings
from producers.subscriptions import Subscriptions
from producers.subscriptions.clock import clock_of
from producers.subscriptions.schedule.renewals import Renewals
from producers.subscriptions.schedule.reviews import PeriodView, of_subscription
from producers.subscriptions.till import LedgerTill
from producers.subscriptions.values import milliseconds
from tests.archives import upgraded
from tests.contract.sandbox.serving_thread import serve
from tests.e2e.shoppers import FormShopper, pay_link
from tests.eventually import eventually
from tests.stack import CARD, Stack

pytestmark = pytest.mark.slow

Turn = Callable[[str], object]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Valkey, gateway and one worker."""
    with Stack(tmp_path_factory.mktemp("dunning")) as stack:
        stack.worker()
        yield stack


@pytest.fixture
def name() -> str:
    """A subscription's, which no other test has."""
    return f"gym-{datetime.now(UTC).timestamp():.6f}".replace(".", "-")


@pytest.fixture
def clock_url() -> Iterator[str]:
    """A clock that no other test has: it only goes forward."""
    with serve(SandboxSettings(starts_at=datetime(2026, 1, 31, 12, tzinfo=UTC))) as running:
        yield f"{running.origin}/_sandbox/clock"


@pytest.fixture
def turn(clock_url: str) -> Turn:
    """Turns the clock."""
    return lambda now: ClockDoor(clock_url).move_to(milliseconds(datetime.fromisoformat(now)))


class Office(NamedTuple):
    """A merchant's subscriptions and scheduler."""

    subscriptions: Subscriptions
    renewals: Renewals
    archive: Archive

    def newest(self, name: str) -> PeriodView:
        """The subscription's newest period."""
        self.renewals.follow()
        with self.archive.reading() as connection:
            return of_subscription(connection, name, 1)[0]

    def state(self, name: str) -> str:
        """That period's state."""
        return self.newest(name).state


@pytest.fixture
def settings(stack: Stack, archive_url: str, clock_url: str) -> Settings:
    """Those of a scheduler that lives in a year of its own."""
    return Settings.from_environ(stack.env | {"ARCHIVE_URL": archive_url, "CLOCK_URL": clock_url})


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    """An empty one."""
    with upgraded(settings) as archive, LedgerTill(settings) as till, Subscriptions(settings, archive) as subscriptions:
        yield Office(subscriptions, scheduler(settings, archive, till), archive)


def scheduler(settings: Settings, archive: Archive, till: LedgerTill) -> Renewals:
    """Who runs the renewals."""
    return Renewals(archive, till, clock=clock_of(settings), rate_max=settings.renewal_rate_max)


def subscribe(stack: Stack, subscriptions: Subscriptions, name: str, **more: object) -> None:
    """A card check of nothing at sign-up, and a subscription that names it."""
    with stack.enqueuer() as enqueuer:
        enqueuer.charge(
            order_id=f"{name}-check", amount="0.00", currency="EUR", country="LT", settle=False, payment_instrument=CARD
        )
        checked = enqueuer.wait(f"{name}-check", timeout_s=30)
    assert checked.state == "approved"
    subscriptions.add_plan(plan_id="gym", amount="19.90", currency="EUR", unit="month", description="Gym")
    subscriptions.create(
        subscription_id=name, plan_id="gym", country="LT", zone="UTC", payment_id=checked.payment_id, consent="web",
        **more,
    )  # fmt: skip


def test_a_trial_is_converted_though_its_first_charge_is_declined(
    stack: Stack, office: Office, turn: Turn, name: str
) -> None:
    """Checked, reminded, declined, tried again on the next day, paid: one charge."""
    subscriptions, renewals, state = office.subscriptions, office.renewals, office.state
    subscribe(stack, subscriptions, name, trial_d=14)
    stack.admin("faults", [{"fault": "declined", "order_id": f"sub.{name}.1", "error": "3001: Insufficient funds"}])
    turn("2026-02-06T23:00:00Z")
    assert renewals.run().charges == 0
    assert [each.kind for each in subscriptions.notices()] == ["trial_ending"]
    turn("2026-02-14T23:00:00Z")
    assert renewals.run().charges == 1
    eventually(lambda: state(name) == "retrying", "the decline is known")
    turn("2026-02-16T12:00:00Z")
    assert renewals.run().charges == 1
    eventually(lambda: state(name) == "charged", "the period is paid")
    charges = stack.charges()
    assert (charges[f"sub.{name}.1"]["declined"], charges[f"sub.{name}.1.2"]["approved"]) == (1, 1)


async def test_a_customer_pays_by_the_link(
    stack: Stack, office: Office, turn: Turn, name: str, shopper: FormShopper
) -> None:
    """The bank wants to hear them: the notice has the address, what is paid there pays the period."""
    subscriptions, renewals, state = office.subscriptions, office.renewals, office.state
    subscribe(stack, subscriptions, name)
    subscriptions.set_dunning("gym", link=True)
    stack.admin("faults", [{"fault": "declined", "order_id": f"sub.{name}.1", "error": "3014: SCA Required"}])
    turn("2026-01-31T23:00:00Z")
    assert renewals.run().charges == 1
    eventually(lambda: renewals.follow() or subscriptions.notices(), "the link is there")
    (notice,) = subscriptions.notices()
    assert (notice.kind, state(name)) == ("payment_link", "charging")
    await pay_link(shopper, str(notice.link_url), "19.90 EUR")
    eventually(lambda: state(name) == "charged", "the period is paid")


@pytest.fixture
async def shopper() -> AsyncIterator[FormShopper]:
    """Who got the address."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield FormShopper(session)


def test_a_new_card_pays_what_an_old_one_could_not(stack: Stack, office: Office, turn: Turn, name: str) -> None:
    """The old card is never to be charged again; the new one is, by the next run."""
    subscriptions, renewals, state = office.subscriptions, office.renewals, office.state
    subscribe(stack, subscriptions, name)
    advice = {"error": "3000: Do Not Honor", "advice": "03: Do not try again"}
    stack.admin("faults", [{"fault": "declined", "order_id": f"sub.{name}.1", **advice}])
    turn("2026-01-31T23:00:00Z")
    renewals.run()
    eventually(lambda: state(name) == "past_due", "the decline is known")
    with stack.enqueuer() as enqueuer:
        enqueuer.charge(order_id=f"{name}-new", amount="1.00", currency="EUR", country="LT", settle=False, **CARD)
        subscriptions.save_card(name, str(enqueuer.wait(f"{name}-new", timeout_s=30).payment_id))
    assert renewals.run().charges == 1
    eventually(lambda: state(name) == "charged", "the period is paid")


def test_a_used_up_budget_is_waited_for(
    stack: Stack, office: Office, settings: Settings, turn: Turn, name: str
) -> None:
    """The network allows one decline in three days: the retry is put off until then, and the plan says so."""
    subscribe(stack, office.subscriptions, name)
    stack.admin("faults", [{"fault": "declined", "order_id": f"sub.{name}.1", "error": "3001: Insufficient funds"}])
    turn("2026-01-31T23:00:00Z")
    office.renewals.run()
    eventually(lambda: office.state(name) == "retrying", "the decline is known")
    turn("2026-02-02T12:00:00Z")
    strict = replace(settings, network_budgets=parse_budgets("visa=1/3d"))
    with LedgerTill(strict) as till:
        renewals = scheduler(strict, office.archive, till)
        (decision,) = renewals.plan().decisions
        assert (decision.deed, decision.reason) == ("skip", "network_budget")
        assert renewals.run().charges == 0
        view = office.newest(name)
        assert (view.state, view.reason, view.retry_at_ms) == ("retrying", "network_budget", decision.until_ms)
        assert list(stack.charges()).count(f"sub.{name}.1.2") == 0
        turn("2026-02-04T12:00:00Z")
        assert renewals.run().charges == 1
