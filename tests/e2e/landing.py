"""A payment that was made after all: what nobody heard of when the order was parked."""

from __future__ import annotations

import asyncio

from cardinity_client import Approved, CardinityClient, CreatePayment
from cardinity_client.models.payments import Card
from cardinity_client.money import Money
from cardinity_client.secret import Secret
from tests.stack import CARD, Stack


def landed(stack: Stack, order_id: str, amount: str) -> str:
    """A payment under that reference that was made after all, as when a request lands late; its id."""
    card = Card(Secret(str(CARD["pan"])), 4, 2031, Secret(str(CARD["cvc"])), str(CARD["holder"]))

    async def made() -> str:
        async with CardinityClient(stack.settings().client_settings()) as gateway:
            answer = await gateway.create_payment(CreatePayment(order_id, Money.parse(amount, "EUR"), "LT", None, card))
        assert isinstance(answer, Approved)
        return answer.resource.id

    return asyncio.run(made())
