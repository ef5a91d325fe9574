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
from tests.e2e.landing import landed
from tests.eventually import eventually
from tests.stack import CARD, ROOT, Stack
from workers.cli.demo.rows import lines as rows

Cardinity = Callable[..., Ran]

#: Orders of which the gateway has nothing, and no machine can say more.
PARKED = ("PRK-1", "PRK-2", "PRK-3")
#: The same of a charge by an earlier payment.
RENEWAL = "REN-1"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One order that was paid, some that are parked, and no worker any more."""
    faults: list[dict[str, Any]] = [
        {"fault": "http_500_before", "order_id": order_id} for order_id in (*PARKED, RENEWAL)
    ]
    with Stack(tmp_path_factory.mktemp("console"), faults=faults, settings={"ABSENT": "park"}) as stack:
        stack.worker()
        with stack.enqueuer() as enqueuer:
            for order_id in (*PARKED, "PAID"):
                enqueuer.charge(order_id=order_id, amount="10.00", currency="EUR", country="LT", **CARD)
            paid = enqueuer.wait("PAID", timeout_s=30)
            assert paid.state == "approved" and paid.payment_id
            enqueuer.charge(order_id=RENEWAL, amount="9.90", currency="EUR", country="LT", payment_id=paid.payment_id)
            eventually(
                lambda: {enqueuer.get(each).state for each in (*PARKED, RENEWAL)} == {"parked"}, "they are parked"
            )
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
def petras(console: Console) -> Iterator[Visitor]:
    """Another one."""
    with console.entered("petras") as visitor:
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
    assert "39.90 EUR" in page
    assert '<meta http-equiv="refresh"' in page
    assert '<meta http-equiv="refresh"' not in ona.page("/?still=1")


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
    nobodys = {"decision": "named", "payment_id": "00000000-0000-4000-8000-000000000000"}
    refused = ona.act("order-resolve", "PRK-1", **nobodys)
    assert (refused.status_code, "payment_unknown" in refused.text) == (409, True)
    assert ">See PRK-1</a>" in refused.text and "The gateway shows no such payment" in refused.text
    assert ona.act("order-resolve", "PRK-1").status_code == 400
    shown_at = "/actions/order-resolve?about=PRK-1"
    eventually(lambda: 'value="nothing" required' in ona.page(shown_at), "it is not too early")
    why = {"decision": "nothing", "because": "the gateway's support says so"}
    assert "Order PRK-1 is not_charged." in ona.act("order-resolve", "PRK-1", step="rehearse", **why).text
    with stack.enqueuer() as enqueuer:
        assert enqueuer.get("PRK-1").state == "parked"
        assert "Order PRK-1 is not_charged." in ona.act("order-resolve", "PRK-1", **why).text
        assert enqueuer.get("PRK-1").state == "not_charged"
    assert lines(cardinity)[0] == ("ona@console", "order.resolve", "PRK-1")
    assert ona.client.get(shown_at).status_code == 404


def test_a_payment_that_landed_late_is_chosen(ona: Visitor, stack: Stack) -> None:
    """It stands there with its money, and with it the order is charged, once; nothing else can be said then."""
    payment_id = landed(stack, "PRK-2", "10.00")
    page = ona.page("/actions/order-resolve?about=PRK-2")
    assert "It was charged: 10.00 EUR" in page and f'value="{payment_id}" required' in page
    assert "payment_shown" in ona.act("order-resolve", "PRK-2", decision="nothing", because="I think so").text
    assert f"approved by payment {payment_id}" in ona.act("order-resolve", "PRK-2", decision=payment_id).text
    assert stack.charges()["PRK-2"]["approved"] == 1


def test_two_operators_have_an_order_sent_once_more(
    ona: Visitor, petras: Visitor, stack: Stack, cardinity: Cardinity
) -> None:
    """One proposes, and cannot confirm; the other sees who did, and does. The trail has both; a card is sent once."""
    shown_at, why = f"/actions/order-resolve?about={RENEWAL}", {"because": "<support> 4711: they never saw it"}
    eventually(lambda: 'value="propose" required' in ona.page(shown_at), "it is not too early")
    assert "not_proposed" in petras.act("order-resolve", RENEWAL, decision="confirm", **why).text
    assert "card_erased" in ona.act("order-resolve", "PRK-3", decision="propose", **why).text
    assert "because_missing" in ona.act("order-resolve", RENEWAL, decision="propose", step="rehearse").text
    assert "sure?" in ona.act("order-resolve", RENEWAL, decision="propose", step="rehearse", **why).text
    assert "ona@console" not in petras.page("/doubtful")
    told = ona.act("order-resolve", RENEWAL, decision="propose", **why).text
    assert "Another operator must confirm it by" in told
    assert "not_proposed" in ona.act("order-resolve", RENEWAL, decision="confirm", **why).text
    assert 'value="propose" disabled' in ona.page(shown_at) and 'value="confirm"' not in ona.page(shown_at)
    assert "ona@console proposes to send it once more" in petras.page("/doubtful")
    assert "&lt;support&gt; 4711" in petras.page(f"/orders?order_id={RENEWAL}")
    assert 'value="confirm" required' in petras.page(shown_at)
    assert "proposed_before" in petras.act("order-resolve", RENEWAL, decision="propose", **why).text
    assert "sure?" in petras.act("order-resolve", RENEWAL, decision="confirm", step="rehearse", **why).text
    with stack.enqueuer() as enqueuer:
        assert enqueuer.get(RENEWAL).state == "parked"
        told = petras.act("order-resolve", RENEWAL, decision="confirm", **why).text
        assert f"sent once more, as {RENEWAL}-a2" in told
        assert (enqueuer.get(RENEWAL).state, enqueuer.get(f"{RENEWAL}-a2").state) == ("pending", "accepted")
    assert [line for line in lines(cardinity) if line[2] == RENEWAL] == [
        ("petras@console", "order.new_attempt", RENEWAL),
        ("ona@console", "order.propose_attempt", RENEWAL),
    ]


def test_nothing_is_decided_while_the_gateway_is_silent(ona: Visitor, stack: Stack) -> None:
    """The page shows what the ledger has, and offers nothing."""
    stack.admin("faults", [{"fault": "list_500", "rate": 1.0}])
    page = ona.page("/actions/order-resolve?about=PRK-3")
    stack.admin("faults", [])
    assert "The gateway gave no answer" in page and "10.00 EUR" in page
    assert 'name="decision"' not in page


def test_a_batch_is_paused_resumed_and_cancelled(ona: Visitor, stack: Stack, cardinity: Cardinity) -> None:
    """By the rules of the command line: what was cancelled stays so, and what nobody knows is not there."""
    path = stack.directory / "GIFT.csv"
    path.write_text("".join(rows(6)).replace("DEMO-", "GIFT-"), "utf-8")
    assert cardinity("batch", "submit", "--name", "gifts", str(path)).code == 0
    assert "0 of 6" in ona.page("/batches?batch=gifts")
    assert ona.act("batch-pause", "gifts", step="rehearse").status_code == 200
    assert "goes on" in ona.page("/batches?batch=gifts")
    for action, word in (("batch-pause", "paused"), ("batch-resume", "goes on"), ("batch-cancel", "cancelled")):
        assert ona.act(action, "gifts").status_code == 200
        assert word in ona.page("/batches?batch=gifts")
    assert "6 of 6" in ona.page("/batches?batch=gifts")
    assert "batch_cancelled" in ona.act("batch-resume", "gifts", step="rehearse").text
    assert "batch_unknown" in ona.act("batch-pause", "nobodys").text
    actions = [action for _, action, subject in lines(cardinity) if subject == "gifts"]
    assert actions == ["batch.cancel", "batch.resume", "batch.pause"]


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
    """Without one they say what is missing, and an order is found by its name alone."""
    assert ona.client.get("/today").status_code == 503
    found = ona.client.get("/search", params={"q": "PAID"})
    assert "told to the owner: PAID:approved" in found.text
    assert "Only open and recent orders were looked at" in ona.page("/search?q=customer-77")
    assert cardinity("archive", "upgrade").code == 0
    assert "No period fell due today." in ona.page("/today")
    assert "No batch was submitted" in ona.page("/batches")
    assert "No order has to do with it." in ona.page("/search?q=customer-77")


def test_a_viewer_is_offered_no_action(console: Console) -> None:
    """Nor may one be sent."""
    with console.entered("jonas") as visitor:
        assert "/actions/" not in visitor.page("/")
        assert visitor.send("/", "/actions/queue-pause", about="payments", step="do").status_code == 403


def test_a_proxy_says_who_somebody_is(console: Console) -> None:
    """Without the header the login stands in the way."""
    with httpx.Client(base_url=console.url, trust_env=False) as client:
        assert "rasa <small>viewer" in client.get("/", headers={"X-Forwarded-User": "rasa"}).text
        assert client.get("/").headers["location"] == "/login"


def test_machines_are_told_whether_it_lives_and_what_it_counted(console: Console) -> None:
    """Without a login, and in the form that Prometheus reads."""
    with httpx.Client(base_url=console.url, trust_env=False) as client:
        assert client.get("/healthz").text == "ok\n"
        numbers = client.get("/metrics")
        assert numbers.headers["content-type"].startswith("text/plain")
        assert 'cardinity_console_logins_total{result="entered"}' in numbers.text
        assert 'cardinity_console_actions_total{action="queue-pause"} 1.0' in numbers.text
