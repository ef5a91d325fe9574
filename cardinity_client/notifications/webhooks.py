"""Reads signed JSON webhooks: `X-Cardinity-Signature` is the HMAC-SHA256 of the body as it came.

A kind of event that is not known is a value: the sender may be newer than we are, and would go on sending it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from cardinity_client.errors import NotificationInvalid, ResponseInvalid
from cardinity_client.models.checks import is_id
from cardinity_client.notifications.signing import require_signature
from cardinity_client.secret import Secret
from cardinity_client.wire import parse_object

#: The header that carries the signature.
SIGNATURE_HEADER: Final = "X-Cardinity-Signature"

#: Bytes of one webhook. A real one has a few hundred.
BODY_MAX: Final = 65_536

EventType = Literal["payment.approved", "payment.declined", "payment.pending", "refund.approved", "settlement.approved"]
EVENT_TYPES: Final[Mapping[str, EventType]] = {kind: kind for kind in get_args(EventType)}

_TYPE: Final = re.compile(r"[a-z0-9_]{1,40}(?:\.[a-z0-9_]{1,40}){0,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class WebhookHint:
    """That something of this kind may have happened: only a hint. Ask for it before anything is believed.

    `object_id` is the payment's, refund's or settlement's; `payment_id` is the payment that a refund or settlement
    belongs to, where that was told.
    """

    type: EventType
    object_id: str
    payment_id: str | None


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """Signed, and of a kind that is not known here."""

    type: str


WebhookEvent: TypeAlias = WebhookHint | UnknownEvent


def read_webhook(body: bytes, signature: str | None, *, secrets: Sequence[Secret[str]]) -> WebhookEvent:
    """The event in a body. `signature` is the header's value. Raises NotificationInvalid."""
    if len(body) > BODY_MAX:
        raise NotificationInvalid("body_size", f"it is longer than {BODY_MAX} bytes")
    require_signature(body, signature, secrets)
    try:
        event = parse_object(body)
    except ResponseInvalid as problem:
        raise NotificationInvalid(problem.code, problem.message) from None
    kind = event.get("type")
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        raise NotificationInvalid("value_format", "is not what it should be", "type")
    known = EVENT_TYPES.get(kind)
    return UnknownEvent(kind) if known is None else _hint(known, event.get("data"))


def _hint(kind: EventType, data: object) -> WebhookHint:
    if not isinstance(data, dict):
        raise NotificationInvalid("value_format", "is not what it should be", "data")
    object_id = _id(data, "id")
    if object_id is None:
        raise NotificationInvalid("field_missing", "is missing", "data.id")
    if kind.startswith("payment."):
        return WebhookHint(kind, object_id, object_id)
    return WebhookHint(kind, object_id, _id(data, "payment_id") or _id(data, "parent_id"))


def _id(data: Mapping[str, object], member: str) -> str | None:
    value = data.get(member)
    if value is not None and not is_id(value):
        raise NotificationInvalid("value_format", "is not what it should be", f"data.{member}")
    return str(value) if value is not None else None
