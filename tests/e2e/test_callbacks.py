"""Customers who come back from their bank through the door of the HTTP application, with a browser and without."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from producers.http.callbacks import PATH
from tests.e2e.shop import Shop, selling
from tests.e2e.shoppers import Shopper
from tests.http_process import Process, http_process
from tests.stack import CARD, Stack
from tests.unit.contract.builders import threeds_fields

#: Wants to be asked, and passes.
ASKED: dict[str, Any] = {"amount": "10.00", "currency": "EUR", "country": "LT", **CARD, "pan": "5454545454545454"}


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A whole system, and the application before it."""
    with Stack(tmp_path_factory.mktemp("callbacks")) as stack:
        stack.worker()
        with http_process(stack, CALLBACK_URL="https://pay.example/callbacks/3ds") as process:
            yield process


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """Somebody who sends customers to their bank."""
    async with selling("http://nowhere.example") as open_shop:
        yield open_shop


def asked(process: Process, order_id: str) -> tuple[str, dict[str, str]]:
    """A charge whose customer is wanted, and the form that is to be posted."""
    threeds = threeds_fields(notification_url=process.url + PATH)
    fields = {**ASKED, "order_id": order_id, "description": "Kettle", "threeds2_data": threeds}
    assert process.post("charges", fields).status_code == 202
    process.until(order_id, "pending")
    answer = process.client.get(f"/v1/charges/{order_id}/challenge", headers=process.caller.headers)
    form = answer.json()
    return form["action"], form["fields"]


async def test_a_customer_comes_back_and_is_charged(
    process: Process, shop: Shop, shopper: Shopper, request: pytest.FixtureRequest
) -> None:
    """The bank's page posts to the door, the customer is thanked, and the order ends approved."""
    order_id = f"BACK-{request.node.callspec.id}"
    shop.challenge = asked(process, order_id)
    await shopper.open(f"{shop.origin}/bank")
    await shopper.press("To the bank")
    await shopper.press("Approve")
    await shopper.sees("Thank you")
    assert process.until(order_id, "approved")["final"]


async def test_somebody_who_guesses_a_name_decides_nothing(
    process: Process, shop: Shop, shopper: Shopper, request: pytest.FixtureRequest
) -> None:
    """The order of another waits on, and its own customer still decides."""
    order_id = f"GUESS-{request.node.callspec.id}"
    action, fields = asked(process, order_id)
    shop.challenge = (process.url + PATH, {"PaRes": "3d-fail", "MD": order_id})
    await shopper.open(f"{shop.origin}/bank")
    await shopper.press("To the bank")
    await shopper.sees("This did not work")
    assert order_id not in await shopper.page()
    assert process.order(order_id)["state"] == "pending"
    shop.challenge = (action, fields)
    await shopper.open(f"{shop.origin}/bank")
    await shopper.press("To the bank")
    await shopper.press("Approve")
    assert process.until(order_id, "approved")["final"]
