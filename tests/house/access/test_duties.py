"""The same for what is done beside orders: by operators, schedulers, the archive, webhooks and the HTTP application."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from producers.contract.audit import read_line, verify
from producers.http.app import opened
from producers.runtime.archive.identity import name_of
from producers.runtime.audit import heads
from producers.runtime.audit.reading import lines
from producers.runtime.audit.trail import record
from producers.runtime.ledger import calls
from producers.runtime.ledger.disputes import lift
from producers.runtime.ledger.epoch import remembered
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.metrics import Metrics
from producers.runtime.settings import Settings
from producers.subscriptions import Subscriptions
from producers.subscriptions.schedule.renewals import Renewals
from producers.subscriptions.till import LedgerTill
from tests.archives import upgraded
from tests.eventually import eventually
from tests.house.access.system import ORDER, client_of, enqueuer_of, restricted, urls
from tests.stack import PATIENT, Stack
from tests.unit.contract.builders import threeds_fields
from tests.unit.webhooks.builders import an_endpoint
from workers.events.archive.checking import check
from workers.events.archive.retiring import ArchivedEnds, Retirement
from workers.events.archive.service import FURTHER, READER, event_archiver, further_archiver, pinned_ledger
from workers.events.webhooks.deliveries import Tried
from workers.events.webhooks.numbers import Numbers
from workers.events.webhooks.pruning import DUTY
from workers.events.webhooks.service import deliveries_of, reader_of, stand_at_the_end
from workers.operations.board import look
from workers.operations.depth import depths
from workers.operations.findings import find
from workers.operations.opening import at_desk
from workers.operations.pauses import pause_queue, reset_breaker, resume_queue
from workers.operations.quarantined import listed, replay
from workers.operations.reading import reading

NOTIFICATION: dict[Any, Any] = {
    "id": "n1",
    "door": "json",
    "type": "payment.approved",
    "payment_id": "",
    "result": "hinted",
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with restricted(tmp_path_factory.mktemp("access"), settings=PATIENT) as stack:
        yield stack


def test_an_operator_pauses_and_clears_with_its_rights(stack: Stack) -> None:
    """It stops a queue and lets it go on, wakes the order of a foreign message, and is written down."""
    settings = Settings.from_environ(stack.env | urls(stack, "operator"))
    with enqueuer_of(stack) as enqueuer, at_desk(settings) as desk:
        assert pause_queue(desk, "payments").was is None
        eventually(lambda: _said(stack, '"names":["payments"]'), "the worker heeds it")
        order_id = enqueuer.charge(**{**ORDER, "order_id": "ORD-9"}).order_id
        message = b'{"args":["%s",1]}' % order_id.encode()
        with client_of(stack, "worker") as worker:
            fields = {"reason": "message_format", "size": len(message), "card_data": 0, "beginning": message}
            entry: Any = worker.xadd("pay:quarantine", fields)
        assert replay(desk, entry.decode()).order_id == order_id
        assert listed(desk, 10) == []
        assert resume_queue(desk, "payments").was is not None
        assert reset_breaker(desk, "default", settings.accounts).was is None
        assert [each.queue for each in depths(desk)] == ["payments", "payments_batch"]
        assert enqueuer.wait(order_id, timeout_s=30).state == "approved"
        actions = [known[0].action for line in lines(desk.ledger.read) if (known := read_line(line))]
    # The worker tells of its settings when it starts, which may be meanwhile.
    mine = [action for action in actions if action != "settings.change"]
    assert mine[-4:] == ["queue.pause", "quarantine.replay", "queue.resume", "breaker.reset"]


def _said(stack: Stack, words: str) -> bool:
    return any(words in log.read_text() for log in stack.directory.glob("*.log"))


def test_a_dispute_goes_its_way_with_the_rights_of_each(stack: Stack) -> None:
    """The worker tells it and looks for the card in all orders, the operator sees it, the worker's user lifts it."""
    with enqueuer_of(stack) as enqueuer:
        enqueuer.charge(**{**ORDER, "order_id": "ORD-3"})
        payment_id = enqueuer.wait("ORD-3", timeout_s=30).payment_id
        name = stack.admin("disputes", {"payment_id": payment_id})["id"]
        operator = client_of(stack, "operator")
        eventually(lambda: operator.hexists("pay:disputes:default", f"chargeback/{name}"), "it is told")
        eventually(lambda: not operator.exists("pay:searching:default"), "its card is looked for")
    with enqueuer_of(stack) as enqueuer:
        assert [dispute.chargeback.chargeback_id for dispute in enqueuer.disputes()] == [name]
    pin = remembered(stack.settings().state_dir)
    assert pin is not None
    assert SyncLedger(client_of(stack, "worker"), pin.epoch).run(lift("default", f"chargeback/{name}"))
    assert not operator.exists("pay:stopped:default")


def test_a_scheduler_renews_with_its_rights(stack: Stack, tmp_path: Path) -> None:
    """It asks what speaks against the card, hands the order in, reads what became of it, and leaves its numbers."""
    settings = Settings.for_producer(
        stack.env | urls(stack, "scheduler") | {"ARCHIVE_URL": f"sqlite:///{tmp_path}/archive.sqlite3"}
    )
    with enqueuer_of(stack) as enqueuer:
        enqueuer.charge(**{**ORDER, "order_id": "ORD-7"})
        card = enqueuer.wait("ORD-7", timeout_s=30).payment_id
    later = datetime(2026, 2, 1, 23, tzinfo=UTC)
    with (
        upgraded(settings) as archive,
        LedgerTill(settings) as till,
        Subscriptions(settings, archive, clock=lambda: later) as subscriptions,
    ):
        subscriptions.create(
            subscription_id="gym", amount="10.00", currency="EUR", unit="month", country="LT", zone="UTC",
            start="2026-02-01", payment_id=card, consent="signup",
        )  # fmt: skip
        renewals = Renewals(archive, till, clock=lambda: later, rate_max=100)
        name = name_of(archive)
        assert renewals.run().charges == 1
        eventually(lambda: renewals.follow() or renewals.account().by_state["charged"], "it is charged")
    with client_of(stack, "operator") as operator:
        assert operator.hget("pay:renewals", f"{name}:unaccounted") == b"0"


def test_the_archive_is_written_with_its_rights(stack: Stack, tmp_path: Path) -> None:
    """It reads, says where it stands, trims, holds the ledger against what it has written, and lets orders leave;
    whoever asks for one of these again, or reads it, needs no more than before.
    """
    archived = {"ARCHIVE_URL": f"sqlite:///{tmp_path}/archive.sqlite3"}
    settings = Settings.from_environ(stack.env | urls(stack, "archive") | archived)
    with enqueuer_of(stack) as enqueuer:
        enqueuer.charge(**{**ORDER, "order_id": "ORD-9"})
        enqueuer.wait("ORD-9", timeout_s=30)
    with pinned_ledger(settings) as ledger, upgraded(settings) as archive:
        assert event_archiver(settings, ledger, archive).catch_up().events
        assert check(ledger, archive, READER).differences == ()
        record(SyncLedger(client_of(stack, "producer"), ""), tmp_path, "batch.pause", "b1", {})
        client_of(stack, "worker").xadd("pay:notifications", dict(NOTIFICATION))
        assert all(further_archiver(reader, ledger, archive).catch_up().events for reader in FURTHER)
        assert Retirement(ledger, ArchivedEnds(archive), kept_s=0).round()["retired"]
    with enqueuer_of(stack) as enqueuer:
        assert enqueuer.charge(**{**ORDER, "order_id": "ORD-9"}).archived
        assert enqueuer.get("ORD-9") == enqueuer.cancel("ORD-9")
    operators = Settings.from_environ(stack.env | urls(stack, "operator"))
    with reading(operators.redis_ledger_url, operators) as operator:
        assert find(operator, "ORD-9", operators.state_dir).record.is_archived
    assert look(Settings.from_environ(stack.env | urls(stack, "operator"))).stats.archive.events


def test_webhooks_are_posted_with_their_rights(stack: Stack, tmp_path: Path) -> None:
    """They read, say where they stand, lead, leave their numbers, and write down that an endpoint is disabled."""
    archived = {"ARCHIVE_URL": f"sqlite:///{tmp_path}/archive.sqlite3"}
    settings = Settings.from_environ(stack.env | urls(stack, "webhooks") | archived)
    with pinned_ledger(settings) as ledger, upgraded(settings) as archive:
        endpoints = {"shop": an_endpoint()}
        stand_at_the_end(ledger, archive, 0)
        with enqueuer_of(stack) as enqueuer:
            enqueuer.charge(**{**ORDER, "order_id": "ORD-11"})
            enqueuer.wait("ORD-11", timeout_s=30)
        assert reader_of(ledger, archive, endpoints, lambda seconds: None).catch_up().rows == 2
        deliveries = deliveries_of(settings, ledger, archive)
        Numbers(ledger, deliveries, endpoints).tell({("shop", False): 1})
        Numbers(ledger, deliveries, endpoints).forget_others()
        (delivery,) = deliveries.due({"shop": 9}, {"shop": ()}, 2**50)[0]["shop"]
        deliveries.record([Tried(delivery, False, "410", 0, 5)])
        assert ledger.run(calls.lead(DUTY, "a" * 32, 1000))
    stats = look(Settings.from_environ(stack.env | urls(stack, "operator"))).stats.webhooks["shop"]
    assert (stats.failed, stats.waiting, stats.disabled) == (1, 2, 0)
    with client_of(stack, "operator") as operator:
        assert any(b"webhook.disable" in line for line in lines(operator.execute_command))


def test_what_operators_do_is_written_with_the_rights_of_each(stack: Stack, tmp_path: Path) -> None:
    """Producer, scheduler and worker append to the audit trail, the operator reads it."""
    writers = ("producer", "scheduler", "worker")
    for user in writers:
        record(SyncLedger(client_of(stack, user), ""), tmp_path, "order.cancel", f"ORD-{user}", {})
    with client_of(stack, "operator") as operator:
        found = verify(lines(operator.execute_command), heads.kept(tmp_path))
        told = [read[0].subject for line in lines(operator.execute_command) if (read := read_line(line))]
    assert not found.findings
    assert [subject for subject in told if subject.startswith("ORD-")] == [f"ORD-{user}" for user in writers]


async def test_the_http_application_is_ready_with_its_rights(stack: Stack) -> None:
    """It accepts, tells, hands on what a bank answered, places hints, and sees that nothing is in its way."""
    settings = Settings.for_producer(stack.env | urls(stack, "http"))
    metrics = Metrics(accounts=settings.accounts, version="test", shared=False)
    async with opened(settings, metrics) as services:
        assert (await services.enqueuer.charge(**{**ORDER, "order_id": "ORD-4"})).new
        asked = {**ORDER, "order_id": "ORD-8", "description": "3ds2-pass", "threeds2_data": threeds_fields()}
        await services.enqueuer.charge(**asked)
        assert (await services.enqueuer.wait("ORD-8", timeout_s=30, or_asked=True)).continuation
        assert (await services.enqueuer.finalize("ORD-8", cres="3ds2-pass")).order_id == "ORD-8"
        await services.hints.place("3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10")
        before = client_of(stack, "operator").xlen("pay:notifications")
        await services.notifications.keep("json", "payment.approved", "", "hinted")
        assert client_of(stack, "operator").xlen("pay:notifications") == before + 1
        assert (await services.readiness.obstacles(), (await services.enqueuer.get("ORD-4")).order_id) == ((), "ORD-4")
