"""The actors, and the only place that declares any. Handlers know nothing of Dramatiq."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import dramatiq

from producers.contract.names import ACTOR_CHARGE, ACTOR_CHARGE_BATCH, ACTOR_HINT, QUEUE_BATCHES, QUEUE_PAYMENTS

#: Dramatiq's priority of what is served when nothing else waits; the others have 0, its default.
BEHIND = 1
#: What an actor does with the id in its message, and the message's version.
Handling = Callable[[str, int], Awaitable[None]]


def declare(broker: dramatiq.Broker, charge_order: Handling, heed_hint: Handling) -> None:
    """Declare every actor on the broker; handlers run on the worker's event loop."""

    @dramatiq.actor(actor_name=ACTOR_CHARGE, queue_name=QUEUE_PAYMENTS, broker=broker)
    async def charge(order_id: str, version: int) -> None:
        await charge_order(order_id, version)

    @dramatiq.actor(actor_name=ACTOR_CHARGE_BATCH, queue_name=QUEUE_BATCHES, priority=BEHIND, broker=broker)
    async def charge_batch(order_id: str, version: int) -> None:
        await charge_order(order_id, version)

    @dramatiq.actor(actor_name=ACTOR_HINT, queue_name=QUEUE_PAYMENTS, broker=broker)
    async def hint(payment_id: str, version: int) -> None:
        await heed_hint(payment_id, version)
