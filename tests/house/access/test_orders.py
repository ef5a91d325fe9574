"""The users that the operations document tells Redis about can do their work with orders, and nothing else."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from producers.acceptance import Order
from producers.contract.commands import parse_charge
from producers.enqueue import Enqueuer
from producers.errors import LedgerUnavailable
from producers.runtime.ledger import keys
from producers.runtime.ledger.batch_calls import halt, waiting
from producers.runtime.ledger.calls import settle
from producers.runtime.ledger.epoch import remembered
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.results import NotYours
from producers.runtime.settings import Settings
from tests.eventually import eventually
from tests.house.access.denied import DENIED
from tests.house.access.system import ORDER, client_of, enqueuer_of, execute, restricted, urls
from tests.stack import CARD, PATIENT, Stack
from tests.unit.contract.builders import threeds_fields
from workers.cli.batches.watch import look as look_at_batch
from workers.operations.board import look
from workers.operations.reading import reading

CASES = [(user, line.strip()) for user, lines in DENIED.items() for line in lines.strip().splitlines()]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with restricted(tmp_path_factory.mktemp("access"), settings=PATIENT) as stack:
        yield stack


def test_an_order_goes_its_way_with_the_rights_of_each(stack: Stack) -> None:
    """Producer and worker bring an order to its outcome, the operator sees it, the reader reads of it."""
    with enqueuer_of(stack) as enqueuer:
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
    assert look(Settings.from_environ(stack.env | urls(stack, "operator"))).stats.orders["approved"] == 1
    entries: Any = client_of(stack, "reader").xrange("pay:events")
    assert told == [fields[b"id"].decode() for _, fields in entries][: len(told)]
    assert told[:2] == ["ORD-1:accepted", "ORD-1:approved"]


def test_a_split_goes_its_way_with_the_rights_of_each(stack: Stack) -> None:
    """A producer has it made and reads of it; the worker gives back what was taken, and tells the end."""
    parts = [{"recipient": "shop-a", "amount": "10.00"}, {"recipient": "shop-b", "amount": "150.00"}]
    wish = {"split_id": "SPL-1", "total": "160.00", "currency": "EUR", "country": "LT", **CARD, "parts": parts}
    stack.admin("faults", [{"fault": "declined", "order_id": "SPL-1.2"}])
    with enqueuer_of(stack) as enqueuer:
        assert enqueuer.split(**wish, all_or_nothing=True).new
        assert enqueuer.wait_split("SPL-1", timeout_s=30).state in ("compensated", "failed")
        assert not enqueuer.split(**wish, all_or_nothing=True).new
    eventually(lambda: not client_of(stack, "operator").zcard("pay:splits"), "its end is told")


def test_a_customer_answers_with_the_rights_of_the_producer(stack: Stack) -> None:
    """A producer hands on what a bank answered, and needs no right to change a row for it."""
    asked = {**ORDER, "order_id": "ORD-2", "description": "3ds2-pass", "threeds2_data": threeds_fields()}
    with enqueuer_of(stack) as enqueuer:
        enqueuer.charge(**asked)
        assert enqueuer.wait("ORD-2", timeout_s=30, or_asked=True).continuation
        enqueuer.finalize("ORD-2", cres="3ds2-pass")
        assert enqueuer.wait("ORD-2", timeout_s=30).state == "approved"


def test_an_operator_leaves_what_a_reconciliation_found(stack: Stack) -> None:
    """It may write those numbers, for metrics, and no others of metrics."""
    execute(stack, "operator", f"HSET {keys.RECONCILED} ended_ms 1")
    with pytest.raises(redis.exceptions.NoPermissionError):
        execute(stack, "operator", f"HSET {keys.RENEWALS} unaccounted 0")


def test_a_batch_is_begun_and_stopped_with_the_rights_of_each(stack: Stack) -> None:
    """A producer keeps its manifest and hands in a row, the worker pauses and cancels it, the operator sees it."""
    charge = parse_charge({**ORDER, "order_id": "ORD-5"}, now_ms=int(time.time() * 1000), mode="test")
    with enqueuer_of(stack) as enqueuer:
        pin = remembered(stack.settings().state_dir)
        assert pin is not None
        worker = SyncLedger(client_of(stack, "worker"), pin.epoch)
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
    settings = Settings.from_environ(stack.env | urls(stack, "operator"))
    with reading(settings.redis_ledger_url, settings) as operator:
        seen = look_at_batch(operator, "b1")
    assert (seen.tally.counts["cancelled"], seen.halt) == (1, "cancelled")


def test_a_batch_goes_its_way_with_the_rights_of_each(stack: Stack) -> None:
    """By its own queue and its own set of what is due; an order of it whose customer answers too."""
    asked = {**ORDER, "order_id": "BATCH-1", "description": "3ds2-pass", "threeds2_data": threeds_fields()}
    charge = parse_charge(asked, now_ms=int(time.time() * 1000), mode="test")
    with enqueuer_of(stack) as enqueuer:
        assert all(isinstance(answer, Order) for answer in enqueuer.charge_many([charge], batch="nightly"))
        assert enqueuer.wait("BATCH-1", timeout_s=30, or_asked=True).continuation
        enqueuer.finalize("BATCH-1", cres="3ds2-pass")
        assert enqueuer.wait("BATCH-1", timeout_s=30).state == "approved"


@pytest.mark.parametrize(("user", "command"), CASES)
def test_what_is_not_its_work_is_denied(stack: Stack, user: str, command: str) -> None:
    """Redis refuses the command for this user."""
    with pytest.raises(redis.exceptions.NoPermissionError):
        execute(stack, user, command)


def test_a_producer_founds_no_ledger(stack: Stack, tmp_path: Path) -> None:
    """Without its epoch a ledger takes nothing from producers: only a worker may found one."""
    founder = client_of(stack, "worker")
    epoch = founder.get("pay:epoch")
    founder.delete("pay:epoch")
    try:
        with pytest.raises(LedgerUnavailable):
            Enqueuer(Settings.from_environ(stack.env | urls(stack, "producer") | {"STATE_DIR": str(tmp_path)}))
    finally:
        founder.set("pay:epoch", epoch or b"")


def test_who_decides_too_late_at_the_console_hears_so(stack: Stack) -> None:
    """Meanwhile two others have had the order sent once more; that one is kept from being sent."""
    row = {"state": "pending", "token": "t", "successor": "LATE-a2", "reason": "new_attempt", "amount_minor": "1000"}
    with client_of(stack, "worker") as worker, client_of(stack, "console") as console:
        worker.hset(keys.order("LATE"), mapping=row)
        epoch = worker.get(keys.EPOCH)
        assert isinstance(epoch, bytes)
        found = {"payment_id": "p1"}
        ending = settle(
            "LATE", "t", allowed=("parked",), to="approved", event_id="", event=b"", detail="", fields=found
        )
        assert SyncLedger(console, epoch.decode()).run(ending) == NotYours("late", "pending")
        assert worker.hkeys(keys.seen("LATE")) == [b"p1"]
        worker.delete(keys.order("LATE"), keys.seen("LATE"))
