"""Reads what the hosted payment page posts, to `return_url` through the customer's browser and to `notification_url`.

Refused is whatever has two readings: a field twice, a field that is not known, an escape that is none, words that look
like another field. Values are never repeated in errors.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast
from urllib.parse import unquote_plus

from cardinity_client.errors import MoneyError, NotificationInvalid
from cardinity_client.money import Money
from cardinity_client.notifications.shapes import FIELDS, REQUIRED, WORDS, is_shifted
from cardinity_client.notifications.signing import form_message, require_signature
from cardinity_client.secret import Secret

#: Bytes of one notification. A real one has about 600.
BODY_MAX: Final = 16_384

#: Fields of one notification. A real one has about 14.
FIELDS_MAX: Final = 32

_SIGNATURE: Final = "signature"
_PART: Final = re.compile(rb"((?:[A-Za-z0-9_.*+-]|%[0-9A-Fa-f]{2})+)=((?:[!-$'-~]|%[0-9A-Fa-f]{2})*)")
_LIVE: Final[Mapping[str, bool]] = {"": False, "0": False, "false": False, "1": True, "true": True}


@dataclass(frozen=True, slots=True)
class PaymentHint:
    """That a payment of the hosted page may be as told: only a hint. Ask for `payment_id` before anything is believed.

    `error` is there when it was declined.
    """

    payment_id: str
    order_id: str
    amount: Money
    status: Literal["approved", "declined", "pending", "processing"]
    type: Literal["purchase", "authorization"]
    live: bool
    description: str | None
    error: str | None


def read_notification(
    body: bytes, *, project_id: str, secrets: Sequence[Secret[str]], extra_fields: Collection[str] = ()
) -> PaymentHint:
    """The hint in a form-encoded body. Raises NotificationInvalid.

    `secrets` are the project's, the new one and the old one while they are exchanged. `extra_fields` names fields that
    the gateway has begun to send: signed like the others, and not read.
    """
    fields = _fields(body, {*FIELDS, *extra_fields, _SIGNATURE})
    signature = fields.pop(_SIGNATURE, None)
    require_signature(form_message(fields), signature, secrets)
    for name in REQUIRED:
        if name not in fields:
            raise NotificationInvalid("field_missing", "is missing", name)
    for name, value in fields.items():
        _require_shape(name, value)
    if fields["project_id"] != project_id:
        raise NotificationInvalid("project_mismatch", "is not the project this is for", "project_id")
    if fields.get("error") and fields["status"] != "declined":
        raise NotificationInvalid("value_shifted", "stands beside a status that has none", "error")
    return _hint(fields)


def read_form(body: bytes, *, bytes_max: int) -> list[tuple[str, str]]:
    """Names and values of a form-encoded body, in their order, at most FIELDS_MAX. Raises NotificationInvalid."""
    if len(body) > bytes_max:
        raise NotificationInvalid("body_size", f"it is longer than {bytes_max} bytes")
    parts = body.split(b"&")
    if len(parts) > FIELDS_MAX:
        raise NotificationInvalid("body_size", f"it has more than {FIELDS_MAX} fields")
    return [_decoded(part) for part in parts]


def _fields(body: bytes, known: Collection[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in read_form(body, bytes_max=BODY_MAX):
        if name not in known:
            raise NotificationInvalid("field_unknown", "a field whose name is not shown here does not exist", "?")
        if name in fields:
            raise NotificationInvalid("field_duplicate", "is there twice", name)
        fields[name] = value
    return fields


def _decoded(part: bytes) -> tuple[str, str]:
    match = _PART.fullmatch(part)
    try:
        if match is None:
            raise ValueError
        name, value = (unquote_plus(text.decode("ascii"), errors="strict") for text in match.groups())
    except ValueError:
        raise NotificationInvalid("body_format", "it is not form-encoded UTF-8") from None
    return name, value


def _require_shape(name: str, value: str) -> None:
    if not FIELDS.get(name, WORDS).fullmatch(value):
        raise NotificationInvalid("value_format", "is not what it should be", name)
    if is_shifted(value):
        raise NotificationInvalid("value_shifted", "holds what looks like another field", name)


def _hint(fields: Mapping[str, str]) -> PaymentHint:
    try:
        amount = Money.parse(fields["amount"], fields["currency"])
    except MoneyError:
        raise NotificationInvalid("value_format", "is not what it should be", "amount") from None
    return PaymentHint(
        payment_id=fields["id"],
        order_id=fields["order_id"],
        amount=amount,
        status=cast(Literal["approved", "declined", "pending", "processing"], fields["status"]),
        type=cast(Literal["purchase", "authorization"], fields["type"]),
        live=_LIVE[fields.get("live", "")],
        description=fields.get("description") or None,
        error=fields.get("error") or None,
    )
