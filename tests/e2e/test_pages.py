"""The pages of the sandbox, clicked through by their forms alone and, where one is installed, by a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from cardinity_client.sandbox import Running, SandboxSettings, running
from tests.contract.sandbox.caller import Caller
from tests.e2e.shop import Shop, selling, sign
from tests.e2e.shoppers import Shopper
from tests.eventually import eventually_async
from tests.unit.sandbox.bodies import THREEDS2, charge

PAN = "4111111111111111"


@pytest.fixture
async def sandbox() -> AsyncIterator[Running]:
    """The gateway, with its pages."""
    async with running(SandboxSettings()) as served:
        yield served


@pytest.fixture
async def shop(sandbox: Running) -> AsyncIterator[Shop]:
    """A shop that sends its customers to the sandbox."""
    async with selling(f"{sandbox.origin}/checkout") as open_shop:
        yield open_shop


@pytest.fixture
async def caller(sandbox: Running) -> AsyncIterator[Caller]:
    """The shop's own client of the gateway."""
    async with aiohttp.ClientSession() as session:
        yield Caller(sandbox, session)


async def test_a_hosted_payment_comes_back_signed(shop: Shop, shopper: Shopper, caller: Caller) -> None:
    """The shop gets one signed answer with the shopper and the same one beside it, and GET agrees."""
    await _buy(shop, shopper, PAN)
    await shopper.is_handed_over("Back to the shop")
    await shopper.sees("Welcome back")
    (told,) = shop.returned
    assert (told["status"], told["order_id"], told["live"], told["signature"]) == (
        "approved",
        "ORD-1001",
        "",
        sign(told),
    )
    await eventually_async(_one_of(shop.notified), "the notification has arrived")
    assert shop.notified == [told]
    payment = (await caller.call("GET", f"/payments/{told['id']}")).json
    assert {name: payment[name] for name in ("amount", "status")} == {"amount": "25.50", "status": "approved"}


async def test_a_declined_payment_comes_back_declined(shop: Shop, shopper: Shopper) -> None:
    """Above the limit of the test mode the answer says why."""
    shop.changes = {"amount": "150.01"}
    await _buy(shop, shopper, PAN)
    await shopper.is_handed_over("Back to the shop")
    await shopper.sees("Welcome back")
    assert (shop.returned[0]["status"], shop.returned[0]["error"]) == ("declined", "3000: Do Not Honor")


@pytest.mark.parametrize(("button", "status"), [("Approve", "approved"), ("Refuse", "declined")])
async def test_the_bank_is_asked_on_the_way(shop: Shop, shopper: Shopper, button: str, status: str) -> None:
    """A card that wants 3-D Secure visits its bank, and the shop hears only of the end."""
    await _buy(shop, shopper, "5454545454545454")
    await shopper.is_handed_over("Go to the bank")
    await shopper.sees("Your bank asks: is this you?")
    await shopper.press(button)
    await shopper.is_handed_over("Back to the shop")
    await shopper.sees("Welcome back")
    assert [told["status"] for told in shop.returned] == [status]


async def test_a_challenge_that_fails_technically_falls_back(shop: Shop, shopper: Shopper) -> None:
    """The bank is asked again by version 1, and its approval counts."""
    await _buy(shop, shopper, "5454545454545454")
    await shopper.is_handed_over("Go to the bank")
    await shopper.press("Fail for a technical reason")
    await shopper.is_handed_over("Go to the bank")
    await shopper.sees("Your bank asks: is this you?")
    await shopper.press("Approve")
    await shopper.is_handed_over("Back to the shop")
    await shopper.sees("Welcome back")
    assert shop.returned[0]["status"] == "approved"


async def test_a_mistyped_card_is_complained_about_and_not_shown(shop: Shop, shopper: Shopper) -> None:
    """The page names the field, keeps nothing of what was typed, and the next try passes."""
    await _buy(shop, shopper, "4242424242424241", cvc="12")
    await shopper.sees("invalid credit card number.")
    await shopper.sees("invalid cvc code.")
    assert "4242" not in (await shopper.page()).replace(" ", "")
    await _type(shopper, PAN, "123")
    await shopper.press("Pay 25.50 EUR")
    await shopper.is_handed_over("Back to the shop")
    await shopper.sees("Welcome back")


async def test_a_shopper_can_go_back(shop: Shop, shopper: Shopper, sandbox: Running) -> None:
    """Cancelling pays nothing."""
    await shopper.open(f"{shop.origin}/buy")
    await shopper.press("Buy")
    await shopper.press("Cancel")
    await shopper.sees("Your basket")
    assert sandbox.account.book.latest(10) == b"[]"


async def test_what_a_shop_sends_is_text(shop: Shop, shopper: Shopper) -> None:
    """A description is shown as it is, whatever it looks like."""
    await shopper.open(f"{shop.origin}/buy")
    await shopper.press("Buy")
    await shopper.sees("Blue kettle & <lid>")


async def test_a_link_is_paid_once(shopper: Shopper, caller: Caller) -> None:
    """The payment of a link carries its description; the link is then paid."""
    body = {"amount": "40.00", "currency": "EUR", "description": "Invoice 77"}
    url = (await caller.call("POST", "/paymentLinks", body)).json["url"]
    await shopper.open(url)
    await shopper.sees("Invoice 77")
    await _type(shopper, PAN, "123")
    await shopper.fill("Country (two letters)", "lt")
    await shopper.press("Pay 40.00 EUR")
    await shopper.sees("40.00 EUR paid")
    (payment,) = (await caller.call("GET", "/payments")).json
    assert (payment["description"], payment["country"], "order_id" in payment) == ("Invoice 77", "LT", False)
    await shopper.open(url)
    await shopper.sees("This link was paid already.")


async def test_a_declined_link_can_be_tried_again(shopper: Shopper, caller: Caller) -> None:
    """A declined card leaves the link open for another."""
    body = {"amount": "40.00", "currency": "EUR", "description": "Invoice 77", "country": "LT"}
    url = (await caller.call("POST", "/paymentLinks", body)).json["url"]
    await shopper.open(url)
    await _type(shopper, "5454545454540109", "123")
    await shopper.press("Pay 40.00 EUR")
    await shopper.sees("Your bank has declined the payment.")
    await shopper.press("Try again")
    await _type(shopper, PAN, "123")
    await shopper.press("Pay 40.00 EUR")
    await shopper.sees("40.00 EUR paid")


async def test_a_shop_of_its_own_sends_shoppers_to_the_bank(shop: Shop, shopper: Shopper, caller: Caller) -> None:
    """A pending payment's data is a form to the bank; what comes back from it finalizes the payment."""
    threeds2 = {**THREEDS2, "notification_url": f"{shop.origin}/answer"}
    pending = (await caller.post(charge(pan="4200000000000000", threeds2_data=threeds2))).json
    data = pending["threeds2_data"]
    shop.challenge = (data["acs_url"], {"creq": data["creq"], "threeDSSessionData": "b3JkZXItMQ"})
    await shopper.open(f"{shop.origin}/bank")
    await shopper.press("To the bank")
    await shopper.press("Refuse")
    await shopper.sees("Welcome back")
    (answer,) = shop.answered
    assert answer["threeDSSessionData"] == "b3JkZXItMQ"
    reply = await caller.call("PATCH", f"/payments/{pending['id']}", {"cres": answer["cres"]})
    assert (reply.status, reply.json["error"]) == (402, "33333: 3D Secure Authorization Failed.")


async def test_the_old_protocol_answers_where_its_form_says(shop: Shop, shopper: Shopper, caller: Caller) -> None:
    """Version 1: PaReq, TermUrl and MD go to the bank, PaRes and MD come back."""
    pending = (await caller.post(charge(description="3d-pass"))).json
    data = pending["authorization_information"]
    shop.challenge = (data["url"], {"PaReq": data["data"], "TermUrl": f"{shop.origin}/answer", "MD": "order-1"})
    await shopper.open(f"{shop.origin}/bank")
    await shopper.press("To the bank")
    await shopper.press("Approve")
    await shopper.sees("Welcome back")
    assert shop.answered == [{"MD": "order-1", "PaRes": "3d-pass"}]
    reply = await caller.call("PATCH", f"/payments/{pending['id']}", {"authorize_data": "3d-pass"})
    assert reply.status == 200


async def _buy(shop: Shop, shopper: Shopper, pan: str, cvc: str = "123") -> None:
    amount = shop.changes.get("amount", "25.50")
    await shopper.open(f"{shop.origin}/buy")
    await shopper.press("Buy")
    await _type(shopper, pan, cvc)
    await shopper.press(f"Pay {amount} EUR")


async def _type(shopper: Shopper, pan: str, cvc: str) -> None:
    await shopper.fill("Card number", pan)
    await shopper.fill("Expires (MM/YY)", "04/31")
    await shopper.fill("Code (CVC)", cvc)
    await shopper.fill("Name on the card", "Ona Petraityte")


def _one_of(found: list[dict[str, str]]) -> Callable[[], Awaitable[bool]]:
    async def there() -> bool:
        return len(found) == 1

    return there
