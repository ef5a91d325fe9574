"""An order verified from end to end: what was asked for, what was signed, and what the gateway has charged."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from cardinity_client import CardinityClient, Payment
from tests.commands import Commands
from tests.nursery import shared
from tests.stack import CARD, Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A system with a worker, an approved charge, and a refund of it."""
    with Stack(tmp_path_factory.mktemp("verify")) as stack:
        stack.admin("faults", [{"fault": "declined", "order_id": "ORD-3"}])
        stack.worker()
        with stack.enqueuer() as enqueuer:
            wish = {"amount": "10.00", "currency": "EUR", "country": "LT", "description": "Invoice 77"}
            for order_id in ("ORD-1", "ORD-2"):
                enqueuer.charge(order_id=order_id, **wish, **CARD)
            enqueuer.charge(order_id="ORD-3", **{**wish, "amount": "150.00"}, **CARD)
            paid = enqueuer.wait("ORD-1", timeout_s=30)
            enqueuer.refund(order_id="BACK-1", payment_id=paid.payment_id, amount="4.00", currency="EUR")
            for order_id in ("ORD-2", "ORD-3", "BACK-1"):
                enqueuer.wait(order_id, timeout_s=30)
        yield stack


@pytest.fixture
def ledger(stack: Stack) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(stack.valkey.url(1)) as client:
        yield client


def _verify(stack: Stack, order_id: str, **env: str) -> tuple[int, dict[str, Any]]:
    commands = Commands(shared(), stack.directory)
    ran = commands.run("verify", "--json", order_id, env={**stack.env, **env}, cwd=stack.directory)
    return ran.code, ran.records[0]


@pytest.mark.parametrize(("order_id", "state"), [("ORD-1", "approved"), ("ORD-3", "declined"), ("BACK-1", "approved")])
def test_what_became_of_a_wish_is_what_was_wished(stack: Stack, order_id: str, state: str) -> None:
    """Charged, declined or given back: hash and gateway agree, long after the card was erased."""
    code, told = _verify(stack, order_id)
    assert (code, told["state"], told["fields"]) == (0, state, [])
    assert (told["integrity"], told["envelope"], told["gateway"]) == ("agrees", "erased", "agrees")


@pytest.mark.parametrize(
    ("field", "value", "fields"),
    [
        ("amount_minor", "2000", ["integrity", "gateway.amount"]),
        ("description", "Invoice 78", ["integrity", "gateway.description"]),
        ("country", "LV", ["integrity"]),
        ("ref", "ORD-9", ["gateway.order_id"]),
        ("instrument", "0" * 32, ["integrity"]),
        ("integrity", "1 2 k 1 00", ["integrity"]),
        ("payment_id", "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10", ["gateway.missing"]),
    ],
)
def test_a_row_that_was_changed_is_found(
    stack: Stack, ledger: redis.Redis, field: str, value: str, fields: list[str]
) -> None:
    """By whoever has Redis' password and not the producer's key: each field, and the hash itself."""
    before: Any = ledger.hget("pay:order:ORD-2", field)
    ledger.hset("pay:order:ORD-2", field, value)
    try:
        code, told = _verify(stack, "ORD-2")
    finally:
        ledger.hset("pay:order:ORD-2", field, before)
    assert (code, told["agrees"], told["fields"]) == (65, False, fields)


def test_what_is_not_here_is_not_judged(stack: Stack, tmp_path: Path) -> None:
    """Without the list of producers nothing is said of the hash, without credentials nothing of the gateway."""
    code, told = _verify(stack, "ORD-1", PRODUCERS_FILE="", CARDINITY_CONSUMER_KEY="")
    assert (code, told["integrity"], told["gateway"]) == (0, "foreign", "not_asked")


def test_a_program_verifies_its_own_orders(stack: Stack) -> None:
    """With its own key; another payment of the gateway is not its order's."""

    async def shown(payment_id: str | None) -> Payment:
        async with CardinityClient(stack.settings().client_settings()) as gateway:
            return await gateway.get_payment(payment_id or "")

    with stack.enqueuer() as enqueuer:
        mine, other = (asyncio.run(shown(enqueuer.get(order_id).payment_id)) for order_id in ("ORD-1", "ORD-3"))
        assert enqueuer.verify("ORD-1", mine).agrees
        assert enqueuer.verify("ORD-1", mine).integrity == "agrees"
        assert enqueuer.verify("ORD-1").gateway == "not_asked"
        assert enqueuer.verify("ORD-1", other).fields == ("gateway.order_id", "gateway.amount", "gateway.status")
