"""Orders whose customer must authenticate, holds and card checks: from the charge to the outcome."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest

from producers import AsyncEnqueuer, NotFinalizable, Order, Settings, challenge_form, read_callback
from producers.contract.chargebacks import ChargebackEvent
from producers.contract.continuation import ContinuationV1, ContinuationV2
from producers.contract.events import OrderEvent
from producers.contract.hold_warnings import HoldExpiring
from producers.contract.split_events import SplitEvent
from tests.e2e.conftest import System
from tests.e2e.shop import Shop, selling
from tests.e2e.shoppers import FormShopper
from tests.eventually import eventually_async
from tests.stack import CARD
from tests.unit.contract.builders import threeds_fields

#: Published test cards: wants version 2 and passes it, wants it and fails it.
PASSES, FAILS = "5454545454545454", "4200000000000000"


class Checkout:
    """A shop that charges through the queue, and a customer who sits before the pages."""

    def __init__(self, enqueuer: AsyncEnqueuer, shop: Shop, shopper: FormShopper) -> None:
        self.enqueuer = enqueuer
        self.shop = shop
        self.shopper = shopper

    async def charge(self, order_id: str, pan: str = PASSES, **more: Any) -> Order:
        """Accept it, and wait until the customer is wanted."""
        url = f"{self.shop.origin}/answer"
        fields = {"amount": "10.00", "currency": "EUR", "country": "LT", "description": "Kettle", **CARD, "pan": pan}
        threeds = {"threeds2_data": threeds_fields(notification_url=url)}
        await self.enqueuer.charge(order_id=order_id, **{**fields, **threeds, **more})
        return await self.until_asked(order_id)

    async def until_asked(self, order_id: str, kind: type = ContinuationV2) -> Order:
        """The order once its customer must be sent somewhere."""

        async def asked() -> Order | None:
            order = await self.enqueuer.get(order_id)
            return order if isinstance(order.continuation, kind) else None

        order = await eventually_async(asked, "the customer is wanted")
        assert order is not None
        return order

    async def answer(self, order: Order, button: str) -> Mapping[str, str]:
        """What the bank posts to the shop when the customer presses this."""
        form = challenge_form(order, term_url=f"{self.shop.origin}/answer")
        assert form is not None
        self.shop.challenge = (form.action, dict(form.fields))
        await self.shopper.open(f"{self.shop.origin}/bank")
        await self.shopper.press("To the bank")
        await self.shopper.press(button)
        return self.shop.answered[-1]

    async def hand_on(self, posted: Mapping[str, str]) -> Order:
        """What a shop's callback does."""
        callback = read_callback(posted)
        answer = callback.answer
        return await self.enqueuer.finalize(callback.order_id, **{answer.kind: answer.text})

    async def events(self, order_id: str) -> list[OrderEvent]:
        """All that was told of the order."""
        told = [event async for _, event in self.enqueuer.events("0", idle_s=0.05) if event.subject == order_id]
        return [event for event in told if not isinstance(event, ChargebackEvent | HoldExpiring | SplitEvent)]


@pytest.fixture
async def checkout(system: System) -> AsyncIterator[Checkout]:
    """A shop on the running system."""
    async with (
        selling("http://nowhere.example") as shop,
        aiohttp.ClientSession() as session,
        await AsyncEnqueuer.open(Settings.from_environ(system.stage.env)) as enqueuer,
    ):
        yield Checkout(enqueuer, shop, FormShopper(session))


async def test_a_customer_who_passes_is_charged(checkout: Checkout) -> None:
    """Version 2: the pending event carries the step, and the bank's word ends the order."""
    order = await checkout.charge("3DS-1")
    assert (await checkout.hand_on(await checkout.answer(order, "Approve"))).state in ("pending", "approved")
    ended = await checkout.enqueuer.wait("3DS-1", 30)
    told = await checkout.events("3DS-1")
    assert (ended.state, ended.continuation) == ("approved", None)
    assert [event.id for event in told] == ["3DS-1:accepted", "3DS-1:pending", "3DS-1:approved"]
    assert [event.data.continuation for event in told] == [None, order.continuation, None]


async def test_a_customer_who_fails_is_not(checkout: Checkout) -> None:
    """The bank's no is a decline with its code."""
    order = await checkout.charge("3DS-2", FAILS)
    await checkout.hand_on(await checkout.answer(order, "Refuse"))
    ended = await checkout.enqueuer.wait("3DS-2", 30)
    told = (await checkout.events("3DS-2"))[-1]
    assert (ended.state, told.data.decline_code) == ("declined", "33333")


async def test_version_2_falls_back_to_version_1(checkout: Checkout) -> None:
    """A technical failure is a further step with an event of its own; answered, it ends the order."""
    order = await checkout.charge("3DS-3")
    await checkout.hand_on(await checkout.answer(order, "Fail for a technical reason"))
    again = await checkout.until_asked("3DS-3", ContinuationV1)
    await checkout.hand_on(await checkout.answer(again, "Approve"))
    assert (await checkout.enqueuer.wait("3DS-3", 30)).state == "approved"
    told = await checkout.events("3DS-3")
    steps = [event.data.continuation for event in told if event.data.state == "pending"]
    assert steps == [order.continuation, again.continuation]
    assert len({event.id for event in told}) == len(told) == 4


async def test_version_1_alone(checkout: Checkout) -> None:
    """Without browser data the gateway asks by version 1."""
    await checkout.enqueuer.charge(
        order_id="3DS-4", amount="10.00", currency="EUR", country="LT", **{**CARD, "pan": PASSES}
    )
    order = await checkout.until_asked("3DS-4", ContinuationV1)
    await checkout.hand_on(await checkout.answer(order, "Approve"))
    assert (await checkout.enqueuer.wait("3DS-4", 30)).state == "approved"


async def test_a_page_that_is_posted_twice_finalizes_once(checkout: Checkout, system: System) -> None:
    """The same answer at once, and once more when all is over: one outcome, one charge."""
    order = await checkout.charge("3DS-5")
    posted = await checkout.answer(order, "Approve")
    await asyncio.gather(*(checkout.hand_on(posted) for _ in range(5)))
    await checkout.enqueuer.wait("3DS-5", 30)
    assert (await checkout.hand_on(posted)).state == "approved"
    assert [row["posts"] for row in system.stage.charges() if row["order_id"] == "3DS-5"] == [1]
    assert [event.data.state for event in await checkout.events("3DS-5")] == ["accepted", "pending", "approved"]


async def test_an_answer_of_the_other_version_changes_nothing(checkout: Checkout) -> None:
    """It is refused at once, and the right one ends the order."""
    order = await checkout.charge("3DS-6", description="3ds2-pass", pan="4111111111111111")
    with pytest.raises(NotFinalizable) as refusal:
        await checkout.enqueuer.finalize("3DS-6", pares="3d-pass")
    assert (refusal.value.code, refusal.value.state) == ("finalize_other_version", "pending")
    await checkout.hand_on(await checkout.answer(order, "Approve"))
    assert (await checkout.enqueuer.wait("3DS-6", 30)).state == "approved"


async def test_a_customer_without_a_challenge_is_charged_at_once(checkout: Checkout) -> None:
    """Browser data alone make no step: the bank may ask for nothing."""
    url = f"{checkout.shop.origin}/answer"
    fields = {"amount": "10.00", "currency": "EUR", "country": "LT", **CARD}
    await checkout.enqueuer.charge(order_id="3DS-7", **fields, threeds2_data=threeds_fields(notification_url=url))
    assert (await checkout.enqueuer.wait("3DS-7", 30)).state == "approved"


@pytest.mark.parametrize(("order_id", "amount"), [("HOLD-1", "10.00"), ("CHECK-1", "0.00")])
async def test_a_hold_and_a_card_check_say_that_nothing_was_taken(
    checkout: Checkout, order_id: str, amount: str
) -> None:
    """Approved, as an authorization that is not settled."""
    fields = {"currency": "EUR", "country": "LT", **CARD, "pan": "5555555555554444"}
    await checkout.enqueuer.charge(order_id=order_id, amount=amount, settle=False, **fields)
    order = await checkout.enqueuer.wait(order_id, 30)
    told = (await checkout.events(order_id))[-1].data
    assert (order.state, order.settle, told.type, told.settled) == ("approved", False, "authorization", False)
