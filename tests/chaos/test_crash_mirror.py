"""The mirror's leader dies and nobody reads the list for a while: what passed unseen is never called absent."""

import asyncio
from pathlib import Path

import pytest

from cardinity_client import Card, CardinityClient, CreatePayment
from cardinity_client.money import Money
from cardinity_client.secret import Secret
from producers.contract import states
from tests.chaos.oracle import FOREIGN, read_books, until_closed, violations
from tests.eventually import eventually
from tests.stack import CARD, Stack

pytestmark = pytest.mark.slow

#: Payments of others in the meantime: more than one page shows.
BURST, GROUP = 150, 10


def test_an_absence_across_a_hole_is_left_to_a_human(tmp_path: Path) -> None:
    """An order whose intent fell before a stretch that nobody saw is parked, and its neighbours are not harmed."""
    with Stack(tmp_path) as stack, stack.enqueuer() as enqueuer:

        def accept(order_id: str) -> None:
            enqueuer.charge(order_id=order_id, amount="10.00", currency="EUR", country="LT", **CARD)

        worker = stack.worker({"ORD-lost": {"at": "intended", "how": "KILL"}})
        accept("ORD-before")
        until_closed(stack)
        accept("ORD-lost")
        worker.wait()
        asyncio.run(_foreign_burst(stack))
        stack.worker()
        accept("ORD-after")
        until_closed(stack, open_states=[states.PARKED])
        books = read_books(stack)
    assert violations(books, may_park=True) == []
    assert {order_id: record.state for order_id, record in books.orders.items()} == {
        "ORD-before": states.APPROVED,
        "ORD-lost": states.PARKED,
        "ORD-after": states.APPROVED,
    }
    assert books.orders["ORD-lost"].text("reason") == "hole_in_coverage"


def test_a_parked_order_that_shows_up_is_approved(tmp_path: Path) -> None:
    """A charge that becomes visible after its order was parked ends the order with the truth."""
    hidden = {"fault": "list_missing_row", "order_id": "ORD-late"}
    cut = {"fault": "charge_then_reset", "order_id": "ORD-late"}
    with Stack(tmp_path, faults=[hidden, cut], settings={"ABSENT": "park"}) as stack, stack.enqueuer() as enqueuer:
        stack.worker()
        enqueuer.charge(order_id="ORD-late", amount="10.00", currency="EUR", country="LT", **CARD)
        until_closed(stack, open_states=[states.PARKED])
        eventually(lambda: enqueuer.get("ORD-late").state == states.PARKED, "the absence is left to a human")
        stack.admin("faults", [])
        until_closed(stack)
        books = read_books(stack)
    assert (violations(books), books.orders["ORD-late"].state) == ([], states.APPROVED)


async def _foreign_burst(stack: Stack) -> None:
    """In small groups: of many at once a busy machine gives some up before they have arrived."""
    async with CardinityClient(stack.settings().client_settings()) as client:
        for first in range(0, BURST, GROUP):
            await asyncio.gather(*(client.create_payment(_foreign(first + each)) for each in range(GROUP)))
    assert len(stack.charges()) > BURST


def _foreign(number: int) -> CreatePayment:
    card = Card(Secret(str(CARD["pan"])), 4, 2031, Secret(str(CARD["cvc"])), str(CARD["holder"]))
    return CreatePayment(f"{FOREIGN}{number}", Money(1000, "EUR"), "LT", None, card)
