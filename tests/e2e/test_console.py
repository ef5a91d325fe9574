"""The console over HTTP against a whole system: what it shows, and what operators do with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import redis

from producers.runtime.ledger import keys
from tests.commands import Commands, Ran
from tests.console_process import Console, Visitor, console_process
from tests.eventually import eventually
from tests.stack import CARD, ROOT, Stack

Cardinity = Callable[..., Ran]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One order that was paid, one that is parked, and no worker any more."""
    faults: list[dict[str, Any]] = [{"fault": "http_500_before", "order_id": "PRK-1"}]
    with Stack(tmp_path_factory.mktemp("console"), faults=faults, settings={"ABSENT": "park"}) as stack:
        stack.worker()
        with stack.enqueuer() as enqueuer:
            for order_id in ("PRK-1", "PAID"):
                enqueuer.charge(order_id=order_id, amount="10.00", currency="EUR", country="LT", **CARD)
            assert enqueuer.wait("PAID", timeout_s=30).state == "approved"
            eventually(lambda: enqueuer.get("PRK-1").state == "parked", "it is parked")
        stack.kill_workers()
        stack.admin("faults", [])
        yield stack


@pytest.fixture(scope="module")
def console(stack: Stack) -> Iterator[Console]:
    """The console."""
    with console_process(stack, CONSOLE_PROXY="127.0.0.1") as console:
        yield console


@pytest.fixture
def ona(console: Console) -> Iterator[Visitor]:
    """An operator who has logged in."""
    with console.entered("ona") as visitor:
        yield visitor


@pytest.fixture
def cardinity(stack: Stack, commands: Commands) -> Cardinity:
    """The command line."""
    return lambda *arguments: commands.run(*arguments, env=stack.env, cwd=ROOT)


def lines(cardinity: Cardinity) -> list[tuple[str, str, str]]:
    """The audit trail, newest first: who did what to what."""
    told = cardinity("audit", "list", "--json").records
    return [(line["actor"], line["action"], line["subject"]) for line in told]


def test_the_overview_tells_how_everything_stands(ona: Visitor) -> None:
    """Queues, accounts, outcomes as a chart, and what is in doubt with its money."""
    page = ona.page("/")
    assert "payments" in page and "default" in page
    assert "<svg viewBox" in page and "Outcomes per minute" in page
    assert "10.00 EUR" in page
    assert '<meta http-equiv="refresh"' in page


def test_an_order_is_found_and_its_story_told(ona: Visitor) -> None:
    """As `cardinity explain` tells it, without card data; another name is nobody's."""
    page = ona.page("/orders?order_id=PAID")
    assert "told to the owner: PAID:approved" in page
    assert str(CARD["pan"]) not in page and str(CARD["holder"]) not in page
    assert ona.client.get("/orders", params={"order_id": "NOBODY-1"}).status_code == 404


def test_a_queue_is_paused_by_the_one_who_logged_in(ona: Visitor, cardinity: Cardinity) -> None:
    """A rehearsal changes nothing; the trail has the name of the operator."""
    before = lines(cardinity)
    assert "sure?" in ona.act("queue-pause", "payments", step="rehearse", because="<deploy>").text
    assert lines(cardinity) == before
    assert "Queue payments is paused." in ona.act("queue-pause", "payments", because="<deploy>").text
    assert "paused by ona@console: &lt;deploy&gt;" in ona.page("/")
    assert ona.act("queue-resume", "payments").status_code == 200
    assert lines(cardinity)[:2] == [
        ("ona@console", "queue.resume", "payments"),
        ("ona@console", "queue.pause", "payments"),
    ]


def test_an_account_is_paused_and_its_breaker_reset(ona: Visitor, cardinity: Cardinity) -> None:
    """What is not there is refused with its code."""
    for action in ("account-pause", "account-resume", "breaker-reset"):
        assert ona.act(action, "default").status_code == 200
    assert [action for _, action, _ in lines(cardinity)[:3]] == ["breaker.reset", "account.resume", "account.pause"]
    answer = ona.act("account-pause", "nobodys")
    assert (answer.status_code, "account_unknown" in answer.text) == (404, True)


def test_a_parked_order_is_resolved_by_the_evidence(ona: Visitor, stack: Stack, cardinity: Cardinity) -> None:
    """A payment that is not the order's is refused; once nothing can land any more, it was not charged."""
    assert "PRK-1" in ona.page("/doubtful")
    refused = ona.act("order-approved", "PRK-1", payment_id="00000000-0000-4000-8000-000000000000")
    assert (refused.status_code, "payment_unknown" in refused.text) == (409, True)
    why = {"because": "the gateway's support says so"}
    eventually(
        lambda: ona.act("order-not-charged", "PRK-1", step="rehearse", **why).status_code == 200, "it is not too early"
    )
    assert "Order PRK-1 is not_charged." in ona.act("order-not-charged", "PRK-1", **why).text
    with stack.enqueuer() as enqueuer:
        assert enqueuer.get("PRK-1").state == "not_charged"
    assert lines(cardinity)[0] == ("ona@console", "order.resolve", "PRK-1")


def test_a_message_in_quarantine_is_dropped(ona: Visitor, stack: Stack) -> None:
    """One that names no order cannot be replayed."""
    with redis.Redis.from_url(stack.valkey.url(1)) as ledger:
        fields = {"reason": "options_foreign", "size": 4, "card_data": 0, "beginning": b"junk"}
        entry = ledger.xadd(keys.QUARANTINE, fields).decode()
    assert entry in ona.page("/quarantine")
    assert "not_replayable" in ona.act("quarantine-replay", entry).text
    assert ona.act("quarantine-drop", entry).status_code == 200
    assert entry not in ona.page("/quarantine")


def test_batches_and_today_are_read_from_the_archive(ona: Visitor, cardinity: Cardinity) -> None:
    """Without an archive they say what is missing."""
    assert ona.client.get("/today").status_code == 503
    assert cardinity("archive", "upgrade").code == 0
    assert "No period fell due today." in ona.page("/today")
    assert "None." in ona.page("/batches")


def test_a_viewer_is_offered_no_action(console: Console) -> None:
    """Nor may one be sent."""
    with console.entered("jonas") as visitor:
        assert "/actions/" not in visitor.page("/")
        assert visitor.send("/", "/actions/queue-pause", about="payments", step="do").status_code == 403


def test_a_proxy_says_who_somebody_is(console: Console) -> None:
    """Without the header the login stands in the way."""
    with httpx.Client(base_url=console.url, trust_env=False) as client:
        assert "rasa, viewer" in client.get("/", headers={"X-Forwarded-User": "rasa"}).text
        assert client.get("/").headers["location"] == "/login"
