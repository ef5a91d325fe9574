"""Payments in parts on a world: how they are asked for, looked at, and what became of them."""

from __future__ import annotations

from typing import Any

from cardinity_client.money import Money
from cardinity_client.sandbox.plan import Rule as Fault
from producers.contract.events import decode
from producers.contract.names import REFUND
from producers.contract.split_events import SplitEvent
from producers.enqueue import Enqueuer
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import Executor
from producers.splits.accepting import SplitPayment
from producers.vault import load_opening_keys, load_producers
from tests.rules.crew import Hand
from tests.rules.witness import Witness
from tests.rules.world import World
from tests.stack import CARD
from workers.workflows.sealing import Sealers
from workers.workflows.splits import Splits

SPLIT = "INV-7"
ONE, TWO, UNDO, BY_HAND = "INV-7.1", "INV-7.2", "INV-7.1-r", "INV-7.1-r2"
FIELDS: dict[str, Any] = {
    "split_id": SPLIT,
    "currency": "EUR",
    "country": "LT",
    "payment_instrument": CARD,
    "all_or_nothing": True,
}


def accept(world: World, *faults: Fault, declined: str = "", **more: object) -> SplitPayment:
    """A payment of 70.00 and 30.00; the bank says no to the part of that order_id."""
    declines = [Fault(fault="declined", order_id=declined)] if declined else []
    world.gateway.account.install([*declines, *faults])
    parts = [{"recipient": "shop-a", "amount": "70.00"}, {"recipient": "shop-b", "amount": "30.00"}]
    with Enqueuer(world.settings) as enqueuer:
        split = enqueuer.split(**{**FIELDS, "total": "100.00", "parts": parts, **more})
    world.order_ids = [part.order_id for part in split.parts]
    return split


def now(world: World) -> SplitPayment:
    with Enqueuer(world.settings) as enqueuer:
        return enqueuer.get_split(SPLIT)


def leader(world: World, witness: Witness | None = None, ledger: Executor | None = None) -> Splits:
    """Whoever has the duty now."""
    settings = world.settings
    assert settings.seal_private_keys_file is not None and settings.producers_file is not None
    opening_keys, producers = (
        load_opening_keys(settings.seal_private_keys_file),
        load_producers(settings.producers_file),
    )
    sealers = Sealers(opening_keys, producers, settings.cardinity_mode)
    return Splits(ledger or world.executor(), sealers, witness or Witness())


async def look(world: World, duty: Splits | None = None) -> None:
    """One look at the payment, whenever it was to be."""
    world.ledger.read("ZADD", keys.SPLITS, "XX", 0, SPLIT)
    await (duty or leader(world)).round()


async def take(hand: Hand, *order_ids: str) -> None:
    for order_id in order_ids:
        await hand.take(order_id)


def told(world: World) -> list[SplitEvent]:
    """What the payment's owner was told of it."""
    entries = world.ledger.read("XRANGE", keys.EVENTS, "-", "+")
    events = [decode(fields[b"event"]) for _, fields in entries]
    return [event for event in events if isinstance(event, SplitEvent)]


def kept(world: World) -> int:
    """What the gateway has of the payment, less what it gave back, in minor units."""
    book, records = world.gateway.account.book, world.gateway.account.records
    named = [row.order_id for row in book.tallies() if row.order_id]
    taken = [each for name in named for each in book.of_order(name) if each.status == "approved"]
    back = [each for made in taken for each in records.of_payment(REFUND, made.id) if each.status == "approved"]
    return sum(_minor(each.amount) for each in taken) - sum(_minor(each.amount) for each in back)


def _minor(amount: str | None) -> int:
    return Money.parse(amount or "", "EUR").minor
