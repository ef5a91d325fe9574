"""The users that the operations document tells Redis about can do their work, and nothing else."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis

from producers.acceptance import Order
from producers.contract.audit import read_line, verify
from producers.contract.commands import parse_charge
from producers.enqueue import Enqueuer
from producers.errors import LedgerUnavailable
from producers.http.app import opened
from producers.runtime.archive.identity import name_of
from producers.runtime.audit import heads
from producers.runtime.audit.reading import lines
from producers.runtime.audit.trail import record
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import calls
from producers.runtime.ledger.batch_calls import halt, waiting
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
from tests.house.denied import DENIED
from tests.house.deployment import directives
from tests.house.documents import ACL_PATH
from tests.house.tree import text
from tests.stack import CARD, Stack
from tests.unit.contract.builders import threeds_fields
from tests.unit.webhooks.builders import an_endpoint
from workers.cli.batches.watch import look as look_at_batch
from workers.cli.board import look
from workers.cli.desk import at_desk
from workers.cli.explain import find
from workers.cli.reading import reading
from workers.events.archive.checking import check
from workers.events.archive.retiring import ArchivedEnds, Retirement
from workers.events.archive.service import FURTHER, READER, event_archiver, further_archiver, pinned_ledger
from workers.events.webhooks.deliveries import Tried
from workers.events.webhooks.numbers import Numbers
from workers.events.webhooks.service import DUTY, deliveries_of, reader_of, stand_at_the_end
from workers.operations.depth import depths
from workers.operations.pauses import pause_queue, reset_breaker, resume_queue
from workers.operations.quarantined import listed, replay

ORDER = {"order_id": "ORD-1", "amount": "10.00", "currency": "EUR", "country": "LT", **CARD}
SETTINGS = {"DISPUTES_INTERVAL_S": "0.1"}
NOTIFICATION: dict[Any, Any] = {
    "id": "n1",
    "door": "json",
    "type": "payment.approved",
    "payment_id": "",
    "result": "hinted",
}
CASES = [(user, line.strip()) for user, lines in DENIED.items() for line in lines.strip().splitlines()]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A system whose Valkey knows the documented users and no other, each with its name for a password."""
    directory = tmp_path_factory.mktemp("access")
    acl = directory / "users.acl"
    acl.write_text(re.sub(r"user (\w+) on #<sha256>", r"user \1 on >\1", text(ACL_PATH)))
    config = {**directives("deploy/redis/ledger.conf"), "aclfile": str(acl)}
    with Stack(directory, valkey=EmbeddedValkey(directory / "valkey", config=config), settings=SETTINGS) as stack:
        stack.env |= _urls(stack, "worker")
        stack.worker()
        eventually(lambda: _client(stack, "worker").exists("pay:epoch"), "the worker founds the ledger")
        yield stack


def test_an_order_goes_its_way_with_the_rights_of_each(stack: Stack) -> None:
    """Producer and worker bring an order to its outcome, the operator sees it, the reader reads of it."""
    with _enqueuer(stack) as enqueuer:
        enqueuer.charge(**ORDER)
        assert enqueuer.wait("ORD-1", timeout_s=30).state == "approved"
        assert enqueuer.charge(**ORDER).state == "approved"
        # What a producer may do besides: want a link, and want it gone.
        link = {"order_id": "LINK-1", "amount": "10.00", "currency": "EUR", "description": "Invoice 77"}
        enqueuer.link(**link)
        assert enqueuer.wait("LINK-1", timeout_s=30, or_asked=True).link_url
        assert enqueuer.cancel_link("LINK-1").state == "pending"
        assert enqueuer.cancel("ORD-1").state == "approved"
        told = [event.id for _, event in enqueuer.events("0", idle_s=0.1)]
    assert look(Settings.from_environ(stack.env | _urls(stack, "operator"))).stats.orders["approved"] == 1
    entries: Any = _client(stack, "reader").xrange("pay:events")
    assert told == [fields[b"id"].decode() for _, fields in entries][: len(told)]
    assert told[:2] == ["ORD-1:accepted", "ORD-1:approved"]


def test_a_split_goes_its_way_with_the_rights_of_each(stack: Stack) -> None:
    """A producer has it made and reads of it; the worker gives back what was taken, and tells the end."""
    parts = [{"recipient": "shop-a", "amount": "10.00"}, {"recipient": "shop-b", "amount": "150.00"}]
    wish = {"split_id": "SPL-1", "total": "160.00", "currency": "EUR", "country": "LT", **CARD, "parts": parts}
    stack.admin("faults", [{"fault": "declined", "order_id": "SPL-1.2"}])
    with _enqueuer(stack) as enqueuer:
        assert enqueuer.split(**wish, all_or_nothing=True).new
        assert enqueuer.wait_split("SPL-1", timeout_s=30).state in ("compensated", "failed")
        assert not enqueuer.split(**wish, all_or_nothing=True).new
    eventually(lambda: not _client(stack, "operator").zcard("pay:splits"), "its end is told")


def test_a_customer_answers_with_the_rights_of_the_producer(stack: Stack) -> None:
    """A producer hands on what a bank answered, and needs no right to change a row for it."""
    asked = {**ORDER, "order_id": "ORD-2", "description": "3ds2-pass", "threeds2_data": threeds_fields()}
    with _enqueuer(stack) as enqueuer:
        enqueuer.charge(**asked)
        assert enqueuer.wait("ORD-2", timeout_s=30, or_asked=True).continuation
        enqueuer.finalize("ORD-2", cres="3ds2-pass")
        assert enqueuer.wait("ORD-2", timeout_s=30).state == "approved"


def test_a_batch_is_begun_and_stopped_with_the_rights_of_each(stack: Stack) -> None:
    """A producer keeps its manifest and hands in a row, the worker pauses and cancels it, the operator sees it."""
    charge = parse_charge({**ORDER, "order_id": "ORD-5"}, now_ms=int(time.time() * 1000), mode="test")
    with _enqueuer(stack) as enqueuer:
        pin = remembered(stack.settings().state_dir)
        assert pin is not None
        worker = SyncLedger(_client(stack, "worker"), pin.epoch)
        assert enqueuer.begin_batch("b1", {"manifest": "aa", "rows": 1}).halt == ""
        assert worker.run(halt("b1", "paused")) == ""
        assert list(enqueuer.conflicts([charge])) == [None]
        assert [order.state for order in enqueuer.charge_many([charge], batch="b1") if isinstance(order, Order)] == [
            "accepted"
        ]
        assert worker.run(waiting("b1", "0", 100, wake=False)) == ("0", ("ORD-5",))
        assert worker.run(halt("b1", "cancelled")) == "paused"
        worker.run(waiting("b1", "0", 100, wake=True))
        assert enqueuer.wait("ORD-5", timeout_s=30).state == "cancelled"
    settings = Settings.from_environ(stack.env | _urls(stack, "operator"))
    with reading(settings.redis_ledger_url, settings) as operator:
        seen = look_at_batch(operator, "b1")
    assert (seen.tally.counts["cancelled"], seen.halt) == (1, "cancelled")


def test_an_operator_pauses_and_clears_with_its_rights(stack: Stack) -> None:
    """It stops a queue and lets it go on, wakes the order of a foreign message, and is written down."""
    settings = Settings.from_environ(stack.env | _urls(stack, "operator"))
    with _enqueuer(stack) as enqueuer, at_desk(settings) as desk:
        assert pause_queue(desk, "payments").was is None
        eventually(lambda: _said(stack, '"names":["payments"]'), "the worker heeds it")
        order_id = enqueuer.charge(**{**ORDER, "order_id": "ORD-9"}).order_id
        message = b'{"args":["%s",1]}' % order_id.encode()
        with _client(stack, "worker") as worker:
            fields = {"reason": "message_format", "size": len(message), "card_data": 0, "beginning": message}
            entry: Any = worker.xadd("pay:quarantine", fields)
        assert replay(desk, entry.decode()).order_id == order_id
        assert listed(desk, 10) == []
        assert resume_queue(desk, "payments").was is not None
        assert reset_breaker(desk, "default", settings.accounts).was is None
        assert [each.queue for each in depths(desk)] == ["payments", "payments_batch"]
        assert enqueuer.wait(order_id, timeout_s=30).state == "approved"
        actions = [known[0].action for line in lines(desk.ledger.read) if (known := read_line(line))]
    assert actions[-4:] == ["queue.pause", "quarantine.replay", "queue.resume", "breaker.reset"]


def _said(stack: Stack, words: str) -> bool:
    return any(words in log.read_text() for log in stack.directory.glob("*.log"))


def test_a_dispute_goes_its_way_with_the_rights_of_each(stack: Stack) -> None:
    """The worker tells it and looks for the card in all orders, the operator sees it, the worker's user lifts it."""
    with _enqueuer(stack) as enqueuer:
        enqueuer.charge(**{**ORDER, "order_id": "ORD-3"})
        payment_id = enqueuer.wait("ORD-3", timeout_s=30).payment_id
        name = stack.admin("disputes", {"payment_id": payment_id})["id"]
        operator = _client(stack, "operator")
        eventually(lambda: operator.hexists("pay:disputes:default", f"chargeback/{name}"), "it is told")
        eventually(lambda: not operator.exists("pay:searching:default"), "its card is looked for")
    with _enqueuer(stack) as enqueuer:
        assert [dispute.chargeback.chargeback_id for dispute in enqueuer.disputes()] == [name]
    pin = remembered(stack.settings().state_dir)
    assert pin is not None
    assert SyncLedger(_client(stack, "worker"), pin.epoch).run(lift("default", f"chargeback/{name}"))
    assert not operator.exists("pay:stopped:default")


def test_a_scheduler_renews_with_its_rights(stack: Stack, tmp_path: Path) -> None:
    """It asks what speaks against the card, hands the order in, reads what became of it, and leaves its numbers."""
    settings = Settings.for_producer(
        stack.env | _urls(stack, "scheduler") | {"ARCHIVE_URL": f"sqlite:///{tmp_path}/archive.sqlite3"}
    )
    with _enqueuer(stack) as enqueuer:
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
    with _client(stack, "operator") as operator:
        assert operator.hget("pay:renewals", f"{name}:unaccounted") == b"0"


def test_the_archive_is_written_with_its_rights(stack: Stack, tmp_path: Path) -> None:
    """It reads, says where it stands, trims, holds the ledger against what it has written, and lets orders leave;
    whoever asks for one of these again, or reads it, needs no more than before.
    """
    archived = {"ARCHIVE_URL": f"sqlite:///{tmp_path}/archive.sqlite3"}
    settings = Settings.from_environ(stack.env | _urls(stack, "archive") | archived)
    with _enqueuer(stack) as enqueuer:
        enqueuer.charge(**{**ORDER, "order_id": "ORD-9"})
        enqueuer.wait("ORD-9", timeout_s=30)
    with pinned_ledger(settings) as ledger, upgraded(settings) as archive:
        assert event_archiver(settings, ledger, archive).catch_up().events
        assert check(ledger, archive, READER).differences == ()
        record(SyncLedger(_client(stack, "producer"), ""), tmp_path, "batch.pause", "b1", {})
        _client(stack, "worker").xadd("pay:notifications", dict(NOTIFICATION))
        assert all(further_archiver(reader, ledger, archive).catch_up().events for reader in FURTHER)
        assert Retirement(ledger, ArchivedEnds(archive), kept_s=0).round()["retired"]
    with _enqueuer(stack) as enqueuer:
        assert enqueuer.charge(**{**ORDER, "order_id": "ORD-9"}).archived
        assert enqueuer.get("ORD-9") == enqueuer.cancel("ORD-9")
    operators = Settings.from_environ(stack.env | _urls(stack, "operator"))
    with reading(operators.redis_ledger_url, operators) as operator:
        assert find(operator, "ORD-9", operators.state_dir).record.is_archived
    assert look(Settings.from_environ(stack.env | _urls(stack, "operator"))).stats.archive.events


def test_webhooks_are_posted_with_their_rights(stack: Stack, tmp_path: Path) -> None:
    """They read, say where they stand, lead, leave their numbers, and write down that an endpoint is disabled."""
    archived = {"ARCHIVE_URL": f"sqlite:///{tmp_path}/archive.sqlite3"}
    settings = Settings.from_environ(stack.env | _urls(stack, "webhooks") | archived)
    with pinned_ledger(settings) as ledger, upgraded(settings) as archive:
        endpoints = {"shop": an_endpoint()}
        stand_at_the_end(ledger, archive, 0)
        with _enqueuer(stack) as enqueuer:
            enqueuer.charge(**{**ORDER, "order_id": "ORD-11"})
            enqueuer.wait("ORD-11", timeout_s=30)
        assert reader_of(ledger, archive, endpoints, lambda seconds: None).catch_up().rows == 2
        deliveries = deliveries_of(settings, ledger, archive)
        Numbers(ledger, deliveries, endpoints).tell({("shop", False): 1})
        Numbers(ledger, deliveries, endpoints).forget_others()
        (delivery,) = deliveries.due({"shop": 9}, {"shop": ()}, 2**50)[0]["shop"]
        deliveries.record([Tried(delivery, False, "410", 0, 5)])
        assert ledger.run(calls.lead(DUTY, "a" * 32, 1000))
    stats = look(Settings.from_environ(stack.env | _urls(stack, "operator"))).stats.webhooks["shop"]
    assert (stats.failed, stats.waiting, stats.disabled) == (1, 2, 0)
    with _client(stack, "operator") as operator:
        assert any(b"webhook.disable" in line for line in lines(operator.execute_command))


def test_a_batch_goes_its_way_with_the_rights_of_each(stack: Stack) -> None:
    """By its own queue and its own set of what is due; an order of it whose customer answers too."""
    asked = {**ORDER, "order_id": "BATCH-1", "description": "3ds2-pass", "threeds2_data": threeds_fields()}
    charge = parse_charge(asked, now_ms=int(time.time() * 1000), mode="test")
    with _enqueuer(stack) as enqueuer:
        assert all(isinstance(answer, Order) for answer in enqueuer.charge_many([charge], batch="nightly"))
        assert enqueuer.wait("BATCH-1", timeout_s=30, or_asked=True).continuation
        enqueuer.finalize("BATCH-1", cres="3ds2-pass")
        assert enqueuer.wait("BATCH-1", timeout_s=30).state == "approved"


def test_what_operators_do_is_written_with_the_rights_of_each(stack: Stack, tmp_path: Path) -> None:
    """Producer, scheduler and worker append to the audit trail, the operator reads it."""
    writers = ("producer", "scheduler", "worker")
    for user in writers:
        record(SyncLedger(_client(stack, user), ""), tmp_path, "order.cancel", f"ORD-{user}", {})
    with _client(stack, "operator") as operator:
        found = verify(lines(operator.execute_command), heads.kept(tmp_path))
        told = [read[0].subject for line in lines(operator.execute_command) if (read := read_line(line))]
    assert not found.findings
    assert [subject for subject in told if subject.startswith("ORD-")] == [f"ORD-{user}" for user in writers]


async def test_the_http_application_is_ready_with_its_rights(stack: Stack) -> None:
    """It accepts, tells, hands on what a bank answered, places hints, and sees that nothing is in its way."""
    settings = Settings.for_producer(stack.env | _urls(stack, "http"))
    metrics = Metrics(accounts=settings.accounts, version="test", shared=False)
    async with opened(settings, metrics) as services:
        assert (await services.enqueuer.charge(**{**ORDER, "order_id": "ORD-4"})).new
        asked = {**ORDER, "order_id": "ORD-8", "description": "3ds2-pass", "threeds2_data": threeds_fields()}
        await services.enqueuer.charge(**asked)
        assert (await services.enqueuer.wait("ORD-8", timeout_s=30, or_asked=True)).continuation
        assert (await services.enqueuer.finalize("ORD-8", cres="3ds2-pass")).order_id == "ORD-8"
        await services.hints.place("3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10")
        before = _client(stack, "operator").xlen("pay:notifications")
        await services.notifications.keep("json", "payment.approved", "", "hinted")
        assert _client(stack, "operator").xlen("pay:notifications") == before + 1
        assert (await services.readiness.obstacles(), (await services.enqueuer.get("ORD-4")).order_id) == ((), "ORD-4")


@pytest.mark.parametrize(("user", "command"), CASES)
def test_what_is_not_its_work_is_denied(stack: Stack, user: str, command: str) -> None:
    """Redis refuses the command for this user."""
    with pytest.raises(redis.exceptions.NoPermissionError):
        _execute(stack, user, command)


def test_a_producer_founds_no_ledger(stack: Stack, tmp_path: Path) -> None:
    """Without its epoch a ledger takes nothing from producers: only a worker may found one."""
    founder = _client(stack, "worker")
    epoch = founder.get("pay:epoch")
    founder.delete("pay:epoch")
    try:
        with pytest.raises(LedgerUnavailable):
            Enqueuer(Settings.from_environ(stack.env | _urls(stack, "producer") | {"STATE_DIR": str(tmp_path)}))
    finally:
        founder.set("pay:epoch", epoch or b"")


def _urls(stack: Stack, user: str) -> dict[str, str]:
    plain = {"REDIS_QUEUE_URL": stack.valkey.url(0), "REDIS_LEDGER_URL": stack.valkey.url(1)}
    return {name: url.replace("redis://", f"redis://{user}:{user}@") for name, url in plain.items()}


def _client(stack: Stack, user: str) -> redis.Redis:
    return redis.Redis.from_url(_urls(stack, user)["REDIS_LEDGER_URL"])


def _execute(stack: Stack, user: str, command: str) -> None:
    with _client(stack, user) as client:
        client.execute_command(*command.split(" "))


def _enqueuer(stack: Stack) -> Enqueuer:
    return Enqueuer(Settings.from_environ(stack.env | _urls(stack, "producer")))
