"""Ten thousand notifications, changed in every way a forger has, change the state of no order."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
import redis
from starlette.types import ASGIApp, Message

from producers.contract import states
from producers.http.app import application, opened
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from producers.runtime.metrics import Metrics
from producers.runtime.settings import Settings
from tests.application import DOORS, PLENTY
from tests.integration.http.forgeries import Told, told
from tests.rules.crew import hints_of, hire
from tests.rules.mutants import Ground
from tests.rules.witness import Witness
from tests.rules.world import LEDGER_DB, QUEUE_DB, World, a_world

SEED, COUNT = 20_260_115, 10_000
#: A payment that the gateway does not have.
NOBODYS = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"
#: How a notification may be answered.
ANSWERS = {200, 400, 401, 413}


async def knock(app: ASGIApp, given: Told) -> int:
    """The status that a notification is answered with."""
    body, status = [given.body[:40_000], given.body[40_000:]], 0

    async def receive() -> Message:
        return {"type": "http.request", "body": body.pop(0) if body else b"", "more_body": bool(body)}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": given.path,
        "raw_path": given.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.headers],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    return status


def stored(valkey: EmbeddedValkey, database: int) -> dict[bytes, bytes]:
    """Everything in a database but that notifications came."""
    with redis.Redis.from_url(valkey.url(database)) as client:
        return {key: client.dump(key) for key in client.scan_iter() if key != keys.NOTIFICATIONS.encode()}


async def orders_in_every_open_state(world: World) -> tuple[list[str], list[str]]:
    """Their ids, and those of the payments that the gateway has of them."""
    hand = hire(world, "first")
    for order_id, fault in (("ORD-PENDING", "processing"), ("ORD-UNKNOWN", "reset_before"), ("ORD-PAID", "")):
        world.accept(order_id)
        if fault:
            more = {"delay_ms": 600_000} if fault == "processing" else {}
            world.fault(fault, order_id=order_id, **more)
        await hand.take(order_id)
    world.accept("ORD-WAITING")
    found = {order_id: world.record(order_id).state for order_id in world.order_ids}
    assert found == {
        "ORD-PENDING": states.PENDING,
        "ORD-UNKNOWN": states.UNKNOWN,
        "ORD-PAID": states.APPROVED,
        "ORD-WAITING": states.ACCEPTED,
    }
    payments = [world.record(order_id).text("payment_id") for order_id in ("ORD-PENDING", "ORD-PAID")]
    return world.order_ids, [*payments, NOBODYS]


def hinted(valkey: EmbeddedValkey) -> list[str]:
    """The payments that messages on the queue point at; there are no others."""
    with redis.Redis.from_url(valkey.url(QUEUE_DB)) as queue:
        messages = [json.loads(bytes(message)) for message in queue.hvals("dramatiq:payments.msgs")]
    assert {message["actor_name"] for message in messages} <= {"hint"}
    assert all(message["args"] == [message["message_id"].removeprefix("hint~"), 1] for message in messages)
    return [message["args"][0] for message in messages]


@pytest.mark.slow
async def test_ten_thousand_notifications_change_no_state(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Whatever they say: the ledger is the same afterwards, and after every hint that was left was heeded too."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        order_ids, payment_ids = await orders_in_every_open_state(world)
        limits = {"WEBHOOK_RATE": str(PLENTY), "WEBHOOK_BURST": str(10 * PLENTY)}
        settings = Settings.for_producer({**world.env, **DOORS, **limits})
        metrics = Metrics(accounts=settings.accounts, version="test", shared=False)
        async with opened(settings, metrics) as services:
            app, before = application(services), stored(valkey, LEDGER_DB)
            answers: Counter[int] = Counter()
            for given in told(Random(SEED), COUNT, payment_ids, order_ids):
                status = await knock(app, given)
                answers[status] += 1
                assert status in ANSWERS, given
            assert stored(valkey, LEDGER_DB) == before
            failures = metrics.registry.get_sample_value("cardinity_unexpected_errors_total", {"where": "http"})
            assert failures == 0
        # Both sides are there: what was refused, and what a holder of the secret may say.
        assert min(answers.values()) > 50, answers
        pointed_at = hinted(valkey)
        assert set(pointed_at) >= {*payment_ids}
        witness = Witness()
        hints = hints_of(world, witness)
        before = stored(valkey, LEDGER_DB)
        for payment_id in pointed_at:
            await hints.heed(payment_id)
        assert stored(valkey, LEDGER_DB) == before
        assert set(witness.hints) <= {"looked", "closed", "payment_unknown"}
