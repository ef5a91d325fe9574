"""A rebuilt order of which nobody knows through which of two accounts it went: all of them are looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from cardinity_client import Approved, CardinityClient, CreatePayment
from cardinity_client.models.payments import Card
from cardinity_client.money import Money
from cardinity_client.secret import Secret
from producers.contract import states
from producers.runtime.clients import sync_client
from producers.runtime.ledger.call import Argument
from producers.runtime.ledger.epoch import pin_ledger
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.recovery_calls import restore
from tests.accounts.stack import SECOND, TwoAccounts
from tests.commands import Commands, Ran
from tests.ledgers import read
from tests.stack import CARD, ROOT

ACCEPTED_AT_MS = 1_700_000_000_000


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoAccounts]:
    """Two gateways, and nobody at work."""
    with TwoAccounts(tmp_path_factory.mktemp("unknown")) as stack:
        yield stack


@pytest.fixture
def ledger(stack: TwoAccounts) -> Iterator[SyncLedger]:
    settings = stack.settings()
    with sync_client(settings.redis_ledger_url, settings) as client:
        yield SyncLedger(client, pin_ledger(client, settings.state_dir).epoch)


def parked(ledger: SyncLedger, order_id: str) -> None:
    """As a rebuilding leaves an order that is in no log."""
    fields: dict[str, Argument] = {
        "token": f"{order_id:-<32}", "ref": order_id, "amount_minor": 1000, "currency": "EUR", "account": "default",
        "producer": "shop", "intent_at": ACCEPTED_AT_MS, "reason": "ledger_lost", "recovered": 1,
    }  # fmt: skip
    assert ledger.run(restore(order_id, states.PARKED, fields, overtakes=(), detail="ledger_lost")) == "restored"


def charged(stack: TwoAccounts, account: str, order_id: str) -> str:
    """A payment of that reference in one of the accounts."""
    card = Card(Secret(str(CARD["pan"])), 4, 2031, Secret(str(CARD["cvc"])), str(CARD["holder"]))

    async def made() -> str:
        async with CardinityClient(stack.settings().client_settings(account)) as gateway:
            answer = await gateway.create_payment(CreatePayment(order_id, Money(1000, "EUR"), "LT", None, card))
        assert isinstance(answer, Approved)
        return answer.resource.id

    return asyncio.run(made())


def said(stack: TwoAccounts, commands: Commands, *arguments: str) -> tuple[Any, Ran]:
    ran = commands.run("parked", *arguments, "--json", env=stack.env, cwd=ROOT)
    return ran.records[-1], ran


def test_a_payment_in_the_second_account_is_found_and_taken(
    stack: TwoAccounts, ledger: SyncLedger, commands: Commands
) -> None:
    """It speaks against absence, and is recorded with its account."""
    parked(ledger, "ORD-1")
    payment_id = charged(stack, SECOND, "ORD-1")
    shown, _ = said(stack, commands, "show", "ORD-1")
    assert [made["payment_id"] for made in shown["gateway"]] == [payment_id]
    refused, _ = said(stack, commands, "resolve", "ORD-1", "--not-charged", "--because", "nothing there")
    assert refused["error"] == "payment_shown"
    resolved, ran = said(stack, commands, "resolve", "ORD-1", "--approved", payment_id)
    assert (ran.code, resolved["state"]) == (0, states.APPROVED)
    assert (read(ledger, "ORD-1").lane, read(ledger, "ORD-1").text("payment_id")) == (SECOND, payment_id)


def test_what_was_sent_anew_and_forgotten_speaks_against_absence(
    stack: TwoAccounts, ledger: SyncLedger, commands: Commands
) -> None:
    """Operators had it sent once more, under a reference of its own, and the ledger does not know."""
    parked(ledger, "ORD-2")
    charged(stack, SECOND, "ORD-2-a2")
    refused, _ = said(stack, commands, "resolve", "ORD-2", "--not-charged", "--because", "nothing there")
    assert refused["error"] == "payment_shown"
