"""A producer and a worker process whose every word to Redis goes over a wire that can be cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import redis

from producers.contract import states
from producers.contract.events import decode
from producers.contract.names import QUEUE_PAYMENTS, QUEUES
from producers.contract.payment_data import PaymentData
from producers.enqueue import Enqueuer
from producers.runtime.ledger import keys
from producers.runtime.ledger.scripts import NAMESPACE, script
from producers.runtime.queue.calls import SHA as ENQUEUE_SHA
from producers.runtime.queue.calls import message_keys
from producers.runtime.settings import Settings
from tests.nursery import Child
from tests.proxy import CuttingProxy
from tests.stack import CARD, PATIENT, Stack
from workers.event_loop.stock_queue import ACK_SHA

QUEUE_DB, LEDGER_DB = 0, 1


@dataclass(frozen=True, slots=True)
class Wires:
    """`producer` speaks over the wires, `onlooker` and the two clients do not."""

    stack: Stack
    queue_wire: CuttingProxy
    ledger_wire: CuttingProxy
    producer: Enqueuer
    worker: Child
    onlooker: Enqueuer
    queue: redis.Redis
    ledger: redis.Redis

    def charge(self, order_id: str, **more: object) -> None:
        """Ask for a charge of 10.00 EUR."""
        fields = {"amount": "10.00", "currency": "EUR", "country": "LT", **CARD, **more}
        self.producer.charge(order_id=order_id, **fields)

    def wire(self, step: str) -> CuttingProxy:
        """The wire that a step's message goes over."""
        return self.queue_wire if step in ("enqueue", "fetch", "ack") else self.ledger_wire

    def message(self, step: str, order_id: str) -> bytes:
        """What tells the request of this step, for this order, from all others on its wire."""
        if step == "fetch":
            return _bulk(step)  # inside Dramatiq's script; there is one order at a time
        if step == "ack":
            return _bulk(ACK_SHA, "2")
        if step == "enqueue":
            return _bulk(ENQUEUE_SHA, "2", *message_keys(QUEUE_PAYMENTS), order_id)
        epoch = cast("bytes", self.ledger.get(f"{NAMESPACE}:epoch")).decode()
        name = "settle" if step == "outcome" else step
        return _bulk(script(name).sha, "1", NAMESPACE, epoch, order_id)

    def nothing_is_stranded(self) -> bool:
        """No message waits, none is stored, and nobody holds one; and no worker holds an order."""
        queued = [key for name in QUEUES for key in message_keys(name)]
        held = list(self.queue.scan_iter(match="dramatiq:__acks__.*"))
        return not self.queue.exists(*queued, *held) and not list(self.ledger.scan_iter(match=f"{NAMESPACE}:held:*"))

    def outcomes_told(self, order_id: str) -> list[str]:
        """Ids of the order's final events, each as often as it was told."""
        entries = cast("list[tuple[bytes, Mapping[bytes, bytes]]]", self.ledger.xrange(keys.EVENTS))
        events = [decode(fields[b"event"]) for _, fields in entries]
        told = [event for event in events if event.subject == order_id and isinstance(event.data, PaymentData)]
        return [event.id for event in told if event.data.state in states.TERMINAL]


@contextmanager
def wired(directory: Path) -> Iterator[Wires]:
    """The system with every script loaded, by an order that nothing happens to."""
    with (
        # One worker serves all runs.
        Stack(directory, settings=PATIENT) as stack,
        CuttingProxy(stack.valkey.port) as queue_wire,
        CuttingProxy(stack.valkey.port) as ledger_wire,
        stack.enqueuer() as onlooker,
        _client(stack.valkey.url(QUEUE_DB)) as queue,
        _client(stack.valkey.url(LEDGER_DB)) as ledger,
    ):
        env = {"REDIS_QUEUE_URL": queue_wire.url(QUEUE_DB), "REDIS_LEDGER_URL": ledger_wire.url(LEDGER_DB)}
        with Enqueuer(Settings.from_environ({**stack.env, **env})) as producer:
            worker = stack.worker(env=env)
            wires = Wires(stack, queue_wire, ledger_wire, producer, worker, onlooker, queue, ledger)
            wires.charge("ORD-0")
            assert onlooker.wait("ORD-0", 30).state == states.APPROVED
            yield wires


def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, protocol=2)


def _bulk(*parts: str) -> bytes:
    """Arguments as they are on the wire."""
    return "".join(f"${len(part.encode())}\r\n{part}\r\n" for part in parts).encode()


#: Has the wire lose the next request that contains these bytes, or the reply to it.
Cut = Callable[[CuttingProxy, bytes], None]
