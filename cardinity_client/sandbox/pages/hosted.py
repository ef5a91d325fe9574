"""What a shop posts to the hosted page, and the signed answer it gets back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cardinity_client.sandbox.pages.fields import is_signed, signature
from cardinity_client.sandbox.settings import SandboxSettings
from cardinity_client.sandbox.wire import Payment

_URL: Final = re.compile(r"https?://[^\s\"'<>]+")
_REQUIRED: Final = ("amount", "currency", "country", "order_id", "description", "project_id", "return_url", "signature")
_URLS: Final = ("return_url", "cancel_url", "notification_url")


@dataclass(frozen=True, slots=True)
class HostedRequest:
    """A form whose signature is right. What it asks for is judged like any payment, with the shopper's card."""

    order: Mapping[str, str]
    return_url: str
    cancel_url: str | None
    notification_url: str | None


def read_request(fields: Mapping[str, str] | None, settings: SandboxSettings) -> HostedRequest | str:
    """Checks the signed fields; a string says what is wrong with them."""
    if fields is None:
        return "The request is no form, is too large, or names a field twice."
    missing = [name for name in _REQUIRED if not fields.get(name)]
    if missing:
        return f"These fields are missing: {', '.join(missing)}."
    if fields["project_id"] != settings.project_id or not is_signed(fields, settings.project_secret):
        return "The signature does not match the fields, or the project is unknown."
    wrong = [name for name in _URLS if fields.get(name) and not _URL.fullmatch(fields[name])]
    if wrong:
        return f"These fields must be http or https URLs: {', '.join(wrong)}."
    order = {name: fields[name] for name in ("amount", "currency", "country", "order_id", "description")}
    return HostedRequest(
        order, fields["return_url"], fields.get("cancel_url") or None, fields.get("notification_url") or None
    )


def signed_answer(payment: Payment, settings: SandboxSettings) -> dict[str, str]:
    """The fields that go to the shop. `live` is empty in test mode, and signed all the same."""
    told: dict[str, Any] = {
        "amount": payment.amount,
        "country": payment.country,
        "created": payment.created,
        "currency": payment.currency,
        "description": payment.description or "",
        "id": payment.id,
        "live": "1" if payment.live else "",
        "order_id": payment.order_id or "",
        "payment_method": payment.payment_method,
        "project_id": settings.project_id,
        "status": payment.status,
        "type": payment.type,
    }
    if payment.error is not None:
        told["error"] = payment.error
    return {**told, "signature": signature(told, settings.project_secret)}
