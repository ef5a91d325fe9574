"""The gateway's hosted payment page, and what is told about payments without being asked. Pure: bytes in, values out.

Everything read here is only a hint that something may have happened. The signature of a form can be made to fit other
fields, that of a webhook says nothing of its age, and both may come twice, late or never: who acts on one asks the
gateway first.
"""

from cardinity_client.notifications.forms import PaymentHint, read_notification
from cardinity_client.notifications.hosted_page import HostedPage, HostedPageForm, hosted_page_form
from cardinity_client.notifications.webhooks import (
    SIGNATURE_HEADER,
    UnknownEvent,
    WebhookEvent,
    WebhookHint,
    read_webhook,
)

__all__ = [
    "SIGNATURE_HEADER",
    "HostedPage",
    "HostedPageForm",
    "PaymentHint",
    "UnknownEvent",
    "WebhookEvent",
    "WebhookHint",
    "hosted_page_form",
    "read_notification",
    "read_webhook",
]
