"""The Dramatiq broker of producers and workers: stock layout and scripts, our limits, no default middleware.

Dramatiq's defaults include middleware that re-sends, interrupts or reads options from the message; each of
those can charge twice or lose a payment. Only the middleware handed in here runs. Stock commands never do
maintenance: a producer's clock must not decide that a worker is dead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import redis
from dramatiq import Message, Middleware
from dramatiq.brokers.redis import RedisBroker

from producers.runtime.queue import place
from producers.runtime.queue.calls import NAMESPACE, Enqueue, message_keys

#: Milliseconds without a command after which a worker's messages may be given to another.
HEARTBEAT_TIMEOUT_MS = 60_000
#: Dead letters are kept this long. Dramatiq's own 7 days are shorter than a long holiday.
DEAD_MESSAGE_TTL_MS = 90 * 24 * 3600 * 1000


class PaymentsBroker(RedisBroker):
    """A Redis broker whose enqueue may be repeated: the same message twice is one message.

    The client brings its timeouts and its connection limit, and must not retry by itself.

    Raises:
        ValueError: a delay was asked for. Dramatiq's delayed messages live in worker memory; a due time
            belongs in the ledger.
    """

    def __init__(
        self,
        client: redis.Redis,
        *,
        middleware: Sequence[Middleware] = (),
        namespace: str = NAMESPACE,
        heartbeat_timeout_ms: int = HEARTBEAT_TIMEOUT_MS,
    ) -> None:
        super().__init__(  # type: ignore[no-untyped-call]  # dramatiq's own is not annotated
            client=client,
            middleware=list(middleware),
            namespace=namespace,
            maintenance_chance=0,
            heartbeat_timeout=heartbeat_timeout_ms,
            dead_message_ttl=DEAD_MESSAGE_TTL_MS,
        )

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        if delay is not None:
            raise ValueError("delayed messages are not used here: put a due time into the ledger")
        return super().enqueue(message)

    def do_enqueue(self, queue_name: str, redis_message_id: str, data: bytes) -> None:
        """Dramatiq's hook for the enqueue command, here by the script that may be repeated."""
        call = Enqueue(message_keys(queue_name, namespace=self.namespace), (redis_message_id, data))
        place(self.client, call)

    def close(self) -> None:
        """Close the connections."""
        self.client.close()
