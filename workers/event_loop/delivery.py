"""Reads a message as strictly as it was written: an order_id and a version for an actor of this queue.

Dramatiq's options can name other actors, postpone, interrupt and repeat. None of ours carries one, so a
message that does was written by somebody else and is never run.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from dramatiq import Message

#: Why a message is put aside: not a message of this layout at all;
MESSAGE_FORMAT = "message_format"
#: it carries options that steer Dramatiq;
OPTIONS_FOREIGN = "options_foreign"
#: it names another queue than the one it was on;
QUEUE_MISMATCH = "queue_mismatch"
#: it names an actor this queue does not have;
ACTOR_UNKNOWN = "actor_unknown"
#: it was stored under another id than the one it names.
ID_MISMATCH = "id_mismatch"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that may be run."""

    redis_id: bytes
    queue: str
    actor: str
    order_id: str
    version: int
    message_id: str
    enqueued_at_ms: int

    def message(self) -> Message[Any]:
        """The same for Dramatiq's middleware, without the options nobody reads."""
        return Message(
            queue_name=self.queue,
            actor_name=self.actor,
            args=(self.order_id, self.version),
            kwargs={},
            options={"redis_message_id": self.redis_id.decode()},
            message_id=self.message_id,
            message_timestamp=self.enqueued_at_ms,
        )


@dataclass(frozen=True, slots=True)
class Foreign:
    """A message that must not be run."""

    reason: str


def read(raw: bytes, *, queue: str, actors: Container[str]) -> Delivery | Foreign:
    """The delivery in a message's bytes. Pure and total."""
    try:
        wire = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Foreign(_diagnose(raw))
    if wire.queue_name != queue:
        return Foreign(QUEUE_MISMATCH)
    if wire.actor_name not in actors:
        return Foreign(ACTOR_UNKNOWN)
    order_id, version = wire.args
    return Delivery(
        redis_id=wire.options.redis_message_id.encode(),
        queue=queue,
        actor=wire.actor_name,
        order_id=order_id,
        version=version,
        message_id=wire.message_id,
        enqueued_at_ms=wire.message_timestamp,
    )


_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class _NoArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class _Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    redis_message_id: _Name


class _Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    queue_name: _Name
    actor_name: _Name
    args: tuple[_Name, Annotated[int, msgspec.Meta(ge=1, le=999)]]
    kwargs: _NoArguments
    options: _Options
    message_id: _Name
    message_timestamp: Annotated[int, msgspec.Meta(ge=0)]


class _SteeredWire(msgspec.Struct, frozen=True):
    queue_name: _Name
    actor_name: _Name
    options: dict[str, msgspec.Raw]


_decoder = msgspec.json.Decoder(_Wire)
_steered_decoder = msgspec.json.Decoder(_SteeredWire)


def _diagnose(raw: bytes) -> str:
    try:
        options = _steered_decoder.decode(raw).options
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return MESSAGE_FORMAT
    return OPTIONS_FOREIGN if options.keys() - {"redis_message_id"} else MESSAGE_FORMAT
