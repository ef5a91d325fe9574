"""The message on the queue: an order_id and a version, nothing else, in Dramatiq's own JSON.

Everything else about a message is somebody's wish: its options can name actors to call, delays and retries.
So of a raw message only what is listed here is read, and a message that is not exactly ours is no message.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec

from producers.contract.fields import Refusal, read_order_id
from producers.contract.names import ACTOR_CHARGE, MESSAGE_VERSION, QUEUE_PAYMENTS
from producers.errors import MessageError

#: Bytes of a message at the most. Ours have about 250.
BYTES_MAX: Final = 4096

_Text = Annotated[str, msgspec.Meta(max_length=128)]


class _Options(msgspec.Struct, frozen=True):
    """The one option that is believed: the id under which Redis holds the message. All others are dropped."""

    redis_message_id: _Text


class _NoArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No keyword arguments."""


class _Raw(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Dramatiq's message, field by field."""

    queue_name: str
    actor_name: str
    args: Annotated[list[Any], msgspec.Meta(max_length=8)]
    kwargs: _NoArguments
    options: _Options
    message_id: _Text
    message_timestamp: Annotated[int, msgspec.Meta(ge=0)]


class ChargeMessage(msgspec.Struct, frozen=True):
    """Look at this order. `redis_message_id` is what to acknowledge by; times in ms since 1970 UTC."""

    order_id: str
    message_id: str
    redis_message_id: str
    enqueued_at_ms: int


_DECODE = msgspec.json.Decoder(_Raw).decode


def charge_args(order_id: str) -> tuple[str, int]:
    """The arguments of the actor that charges this order."""
    return order_id, MESSAGE_VERSION


def read_args(args: Sequence[object]) -> str:
    """The order_id out of the actor's arguments.

    Raises:
        MessageError: `version_newer`, `version_unsupported` or `message_format`.
    """
    if len(args) != 2:
        raise MessageError("message_format", f"expected 2 arguments, got {len(args)}")
    order_id, version = args
    _check_version(version)
    try:
        return read_order_id(order_id)
    except Refusal as refusal:
        raise MessageError("message_format", f"the order_id {refusal.message}") from None


def decode_message(data: bytes) -> ChargeMessage:
    """A message as it lies in Redis.

    Raises:
        MessageError: as `read_args`; what is not our JSON is `message_format`. The bytes are never repeated.
    """
    if len(data) > BYTES_MAX:
        raise MessageError("message_format", f"{len(data)} bytes; a message has at most {BYTES_MAX}")
    try:
        raw = _DECODE(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError("message_format", f"not a charge message ({type(error).__name__})") from None
    if (raw.queue_name, raw.actor_name) != (QUEUE_PAYMENTS, ACTOR_CHARGE):
        raise MessageError("message_format", "a message for another queue or actor")
    return ChargeMessage(
        read_args(raw.args), raw.message_id, raw.options.redis_message_id, raw.message_timestamp
    )


def _check_version(version: object) -> None:
    if type(version) is not int or version < 1:
        raise MessageError("version_unsupported", "the version is no positive whole number")
    if version > MESSAGE_VERSION:
        raise MessageError("version_newer", f"version {version}; this worker reads up to {MESSAGE_VERSION}")
