"""What the sandbox declines and rejects, as our client tells it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from cardinity_client import CardinityClient, ClientSettings, CreatePayment, Declined, Money, Rejected, Secret
from cardinity_client.declines import Remedy, decline_of
from cardinity_client.sandbox import SandboxSettings, running
from cardinity_client.sandbox.settings import TEST_CONSUMER_KEY, TEST_CONSUMER_SECRET
from tests.unit.client.builders import CARD

#: Cards of the gateway's test mode: one that its scheme advises never to try again, one that 3-D Secure refuses.
ADVISED, REFUSED = "5454545454540018", "5454545454540109"


@pytest.fixture
async def client() -> AsyncIterator[CardinityClient]:
    async with running(SandboxSettings()) as sandbox:
        settings = ClientSettings(sandbox.url, TEST_CONSUMER_KEY, Secret(TEST_CONSUMER_SECRET))
        async with CardinityClient(settings) as client:
            yield client


def charge(order_id: str = "ORD-1", amount: str = "50.00", pan: str = CARD.pan.reveal()) -> CreatePayment:
    return CreatePayment(order_id, Money.parse(amount, "EUR"), "LT", None, replace(CARD, pan=Secret(pan)))


@pytest.mark.parametrize(
    ("pan", "amount", "remedy"),
    [
        (ADVISED, "150.23", Remedy.NEVER_AGAIN),
        (REFUSED, "50.00", Remedy.NEEDS_CUSTOMER),
        (CARD.pan.reveal(), "160.00", Remedy.SOFT_WAIT),
    ],
)
async def test_declines_say_what_could_help(client: CardinityClient, pan: str, amount: str, remedy: Remedy) -> None:
    """The scheme's advice, the reason of 3-D Secure, the bank's own code."""
    answer = await client.create_payment(charge(amount=amount, pan=pan))
    assert isinstance(answer, Declined)
    decline = decline_of(answer.resource)
    assert (decline.remedy, decline.unknown) == (remedy, ())


async def test_a_rejection_names_its_fields(client: CardinityClient) -> None:
    """As the gateway names them."""
    answer = await client.create_payment(charge(order_id="x"))
    assert isinstance(answer, Rejected)
    assert [fault.field for fault in answer.errors] == ["order_id"]
