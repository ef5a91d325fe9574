"""Notifications as they travel: the hosted page's signed form, and signed JSON events.

The form is the gateway's own and tells of one payment. The JSON events are what a community client's documentation
describes; the gateway itself sends none, so here they are sent on request only.
"""

import hmac
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from cardinity_client.sandbox.pages.hosted import signed_answer
from cardinity_client.sandbox.records.record import Record
from cardinity_client.sandbox.settings import SandboxSettings
from cardinity_client.sandbox.wire import Payment, encode

#: What there are events for, by the type and status of the object.
_EVENTS: Final = {
    ("payment", "approved"): "payment.approved",
    ("payment", "declined"): "payment.declined",
    ("payment", "pending"): "payment.pending",
    ("refund", "approved"): "refund.approved",
    ("settlement", "approved"): "settlement.approved",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One message, signed and ready to be posted. `kind` is what it tells, for the log of who asked for it."""

    kind: str
    object_id: str
    content_type: str
    body: bytes
    signature: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        signed = {} if self.signature is None else {"X-Cardinity-Signature": self.signature}
        return {"Content-Type": self.content_type, **signed}


def form_notice(payment: Payment, settings: SandboxSettings) -> Notice:
    """The form that goes to `notification_url`."""
    body = urlencode(signed_answer(payment, settings)).encode()
    return Notice("form", payment.id, "application/x-www-form-urlencoded", body)


def json_notice(told: Payment | Record, settings: SandboxSettings) -> Notice | None:
    """The event about a payment or record in this state; None where there is no such event."""
    resource = "payment" if isinstance(told, Payment) else told.type
    kind = _EVENTS.get((resource, told.status))
    if kind is None:
        return None
    body = encode({"type": kind, "data": told})
    signature = hmac.new(settings.webhook_secret.encode(), body, "sha256").hexdigest()
    return Notice(kind, told.id, "application/json", body, signature)
