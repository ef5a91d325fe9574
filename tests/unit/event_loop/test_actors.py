"""The actors that workers declare, and in which order their queues are served."""

from __future__ import annotations

from dramatiq.brokers.stub import StubBroker

from producers.contract.names import ACTOR_CHARGE, ACTOR_CHARGE_BATCH, ACTOR_HINT, QUEUE_BATCHES, QUEUE_PAYMENTS, QUEUES
from workers.actors import declare
from workers.event_loop.middleware import async_queues


async def _ignore(subject: str, version: int) -> None: ...


def test_orders_that_somebody_waits_for_are_served_first() -> None:
    """Hints are for them too; batches come behind."""
    broker = StubBroker(middleware=[])
    declare(broker, _ignore, _ignore)
    queues = async_queues(broker.actors)
    assert tuple(queues) == QUEUES
    assert {queue: set(handlers) for queue, handlers in queues.items()} == {
        QUEUE_PAYMENTS: {ACTOR_CHARGE, ACTOR_HINT},
        QUEUE_BATCHES: {ACTOR_CHARGE_BATCH},
    }
