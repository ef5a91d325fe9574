"""What a bank does to the payments of a story's world, and who notices: the sandbox's records, and pollers."""

from __future__ import annotations

from typing import Any

from cardinity_client import CardinityClient
from cardinity_client.sandbox.account import wall_clock_ms
from cardinity_client.sandbox.records.record import Record
from cardinity_client.sandbox.wire import identity, timestamp
from producers.contract.chargebacks import ChargebackData
from producers.contract.events import Event, decode
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import Executor
from tests.rules.crew import ACCOUNT, Hand
from tests.rules.witness import Witness
from tests.rules.world import World
from workers.disputes.poller import DisputePoller


class Bank:
    """Makes chargebacks at the gateway of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._records = world.gateway.account.records

    def chargeback(self, payment_id: str, *, nth: int = 1, status: str = "approved", **more: Any) -> str:
        """A chargeback of that payment, or the next status of one that is there; its id."""
        fields: dict[str, Any] = {
            "id": identity(7, payment_id, nth),
            "amount": "10.00",
            "currency": "EUR",
            "type": "chargeback",
            "created": timestamp(wall_clock_ms()),
            "live": False,
            "parent_id": payment_id,
            "status": status,
            "order_id": self._order_of(payment_id),
            **more,
        }
        self._records.put_at(Record(**fields), wall_clock_ms())
        return str(fields["id"])

    def _order_of(self, payment_id: str) -> str | None:
        payment = self._world.gateway.account.book.get(payment_id)
        return payment.order_id if payment else None


async def paid(world: World, hand: Hand, order_id: str, *, payment_id: str = "") -> str:
    """An order that was charged, from a card or as an earlier payment was; the payment's id."""
    world.accept(order_id, payment_id=payment_id)
    await hand.take(order_id)
    assert world.record(order_id).state == "approved"
    return world.record(order_id).text("payment_id")


def poller(world: World, *, ledger: Executor | None = None) -> tuple[DisputePoller, Witness]:
    """One that polls the gateway of the world, and what it tells of itself."""
    witness = Witness()
    client = CardinityClient(world.settings.client_settings(), hooks=witness)
    world.exits.push_async_callback(client.aclose)
    made = DisputePoller(ACCOUNT, client, ledger or world.executor(), witness, every_s=1.0)
    return made, witness


def told(world: World, stream: str = keys.EVENTS) -> list[Event]:
    """The events about chargebacks, in their order."""
    events = [decode(fields[b"event"]) for _, fields in world.ledger.read("XRANGE", stream, "-", "+")]
    return [event for event in events if isinstance(event.data, ChargebackData)]


def told_ids(world: World) -> list[str]:
    """Their ids."""
    return [event.id for event in told(world)]
