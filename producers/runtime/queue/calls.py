"""What is sent to Redis to enqueue wake-ups: pure values, run by whoever has a client.

The bytes of a message are those of Dramatiq's JSON encoder, so every tool that reads a Dramatiq queue reads
ours. The ids are ours: an order's first wake-up is named by the order, the one of its n-th sweep by
`order_id~n`, and the same wake-up enqueued again is no second one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from producers.contract.names import (
    ACTOR_CHARGE,
    ACTOR_CHARGE_BATCH,
    ACTOR_HINT,
    MESSAGE_VERSION,
    QUEUE_BATCHES,
    QUEUE_PAYMENTS,
)

#: Dramatiq's default; the ACL rules and the dashboards name keys by it.
NAMESPACE = "dramatiq"
#: Wake-ups in one call at the most: keeps one script run near a millisecond.
ENQUEUE_MAX = 500
#: Between an order_id and the number of the sweep. No order_id contains it.
SWEEP_MARK = "~"

#: The script, as Redis gets it.
SOURCE = Path(__file__).with_name("enqueue.lua").read_text("utf-8")
#: What EVALSHA calls it by.
SHA = hashlib.sha1(SOURCE.encode(), usedforsecurity=False).hexdigest()

#: Dramatiq's own spelling.
_JSON = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class WakeUp:
    """Look at this order: all that a message says. `sweep` is 0 for the producer's own, then 1, 2, ... An order of a
    `batch` has the queue that is served behind the other.
    """

    order_id: str
    enqueued_at_ms: int
    sweep: int = 0
    batch: bool = False

    @property
    def queue(self) -> str:
        """The queue that it belongs on."""
        return QUEUE_BATCHES if self.batch else QUEUE_PAYMENTS

    @property
    def message_id(self) -> str:
        """Dramatiq's message id and the id in Redis, both."""
        return f"{self.order_id}{SWEEP_MARK}{self.sweep}" if self.sweep else self.order_id

    def encode(self) -> bytes:
        """The message as Dramatiq would write it."""
        actor = ACTOR_CHARGE_BATCH if self.batch else ACTOR_CHARGE
        return _message(self.queue, actor, self.order_id, self.message_id, self.enqueued_at_ms)


@dataclass(frozen=True, slots=True)
class Hint:
    """Something may have happened to this payment of the gateway: ask for it. That somebody said so proves nothing."""

    payment_id: str
    enqueued_at_ms: int

    @property
    def queue(self) -> str:
        """Somebody may wait for what it tells of."""
        return QUEUE_PAYMENTS

    @property
    def message_id(self) -> str:
        """No wake-up's: behind the mark of those stands a number."""
        return f"{ACTOR_HINT}{SWEEP_MARK}{self.payment_id}"

    def encode(self) -> bytes:
        """The message as Dramatiq would write it."""
        return _message(self.queue, ACTOR_HINT, self.payment_id, self.message_id, self.enqueued_at_ms)


@dataclass(frozen=True, slots=True)
class Enqueue:
    """One run of the script, safe to repeat: send `by_sha`; after a NOSCRIPT answer, `by_source`."""

    keys: tuple[str, str]
    args: tuple[str | bytes, ...]

    @property
    def by_sha(self) -> tuple[str | bytes | int, ...]:
        """The command for a server that knows the script."""
        return ("EVALSHA", SHA, len(self.keys), *self.keys, *self.args)

    @property
    def by_source(self) -> tuple[str | bytes | int, ...]:
        """The command for a server that does not; it does from then on."""
        return ("EVAL", SOURCE, len(self.keys), *self.keys, *self.args)


def enqueue(wake_ups: Sequence[WakeUp | Hint], *, namespace: str = NAMESPACE) -> Enqueue:
    """One call, which answers how many of the wake-ups were not on the queue before.

    Raises:
        ValueError: more than `ENQUEUE_MAX`, or not of one queue; the caller splits.
    """
    if len(wake_ups) > ENQUEUE_MAX:
        raise ValueError(f"at most {ENQUEUE_MAX} wake-ups in one call, not {len(wake_ups)}")
    pairs = tuple(item for wake_up in wake_ups for item in (wake_up.message_id, wake_up.encode()))
    (queue,) = {wake_up.queue for wake_up in wake_ups}
    return Enqueue(message_keys(queue, namespace=namespace), pairs)


def message_keys(queue_name: str, *, namespace: str = NAMESPACE) -> tuple[str, str]:
    """The list of ids and the hash of messages of a queue, in Dramatiq's layout."""
    return f"{namespace}:{queue_name}", f"{namespace}:{queue_name}.msgs"


def _message(queue: str, actor: str, subject: str, message_id: str, at_ms: int) -> bytes:
    fields = {
        "queue_name": queue,
        "actor_name": actor,
        "args": [subject, MESSAGE_VERSION],
        "kwargs": {},
        "options": {"redis_message_id": message_id},
        "message_id": message_id,
        "message_timestamp": at_ms,
    }
    return _JSON.encode(fields).encode()
