"""How much lies on the queues, and how much of it workers have in their hands."""

from __future__ import annotations

from dataclasses import dataclass

from producers.contract.names import QUEUES
from producers.runtime.queue.calls import NAMESPACE, message_keys
from workers.operations.desk import Desk


@dataclass(frozen=True, slots=True)
class Depth:
    """Messages of one queue: waiting for a worker, taken and not acknowledged, dead."""

    queue: str
    waiting: int
    taken: int
    dead: int


def depths(desk: Desk) -> tuple[Depth, ...]:
    """Every queue, in the order in which workers serve them.

    Raises:
        LedgerUnavailable: the queue's database does not answer.
    """
    return tuple(depth(desk, queue) for queue in QUEUES)


def depth(desk: Desk, queue: str) -> Depth:
    """One queue. Raises as `depths`."""
    waiting, _ = message_keys(queue)
    # Dramatiq's own layout: who has lately given a sign of life, and for each what it has not acknowledged.
    brokers = desk.ask_queue("ZRANGE", f"{NAMESPACE}:__heartbeats__", 0, -1)
    taken = (desk.ask_queue("SCARD", f"{NAMESPACE}:__acks__.{broker.decode()}.{queue}") for broker in brokers)
    return Depth(queue, desk.ask_queue("LLEN", waiting), sum(taken), desk.ask_queue("ZCARD", f"{waiting}.XQ"))
