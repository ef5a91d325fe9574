"""The two languages in which the gateway tells of payments, each as one row: how a body becomes a notice.

What is told beside the id is read, so that nothing with two meanings gets by, and then left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from cardinity_client import Secret
from cardinity_client.notifications import SIGNATURE_HEADER, UnknownEvent, read_notification, read_webhook
from cardinity_client.notifications.forms import BODY_MAX as FORM_MAX
from cardinity_client.notifications.webhooks import BODY_MAX as JSON_MAX
from producers.runtime.hosted_project import HostedProject
from producers.runtime.settings import Settings

#: Instead of a payment's id: a kind of event that is not known here, and one that names no payment.
UNKNOWN_TYPE: Final = "unknown_type"
NO_PAYMENT: Final = "no_payment"


class Notice(NamedTuple):
    """What kind of thing may have happened, and the payment to ask for: its id, or one of the two above."""

    kind: str
    payment: str


@dataclass(frozen=True, slots=True)
class Language:
    """`name` in numbers, `path`, the longest body, and how it is read. `read` raises NotificationInvalid."""

    name: str
    path: str
    bytes_max: int
    read: Callable[[bytes, Mapping[str, str]], Notice]


def languages(settings: Settings) -> Iterator[Language]:
    """Those whose secret is set."""
    given = (settings.webhook_secret, settings.webhook_secret_old)
    if secrets := tuple(secret for secret in given if secret is not None):
        yield Language("json", "/webhooks/cardinity", JSON_MAX, _json(secrets))
    if project := HostedProject.from_settings(settings):
        yield Language("hosted", "/webhooks/cardinity/hosted", FORM_MAX, _form(project))


def _json(secrets: Sequence[Secret[str]]) -> Callable[[bytes, Mapping[str, str]], Notice]:
    def read(body: bytes, headers: Mapping[str, str]) -> Notice:
        event = read_webhook(body, headers.get(SIGNATURE_HEADER), secrets=secrets)
        if isinstance(event, UnknownEvent):
            return Notice(event.type, UNKNOWN_TYPE)
        return Notice(event.type, event.payment_id or NO_PAYMENT)

    return read


def _form(project: HostedProject) -> Callable[[bytes, Mapping[str, str]], Notice]:
    def read(body: bytes, headers: Mapping[str, str]) -> Notice:
        hint = read_notification(body, project_id=project.id, secrets=project.secrets)
        return Notice(f"{hint.type}.{hint.status}", hint.payment_id)

    return read
