"""The form that sends a customer to the gateway's own payment page; no card passes through our hands.

The customer's browser posts it, so the customer sees and can change it. The signature guards against most of that, not
against text that is moved between fields: compare amount and currency of what was paid with what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cardinity_client.errors import RequestInvalid, SettingsInvalid
from cardinity_client.models.checks import DESCRIPTION_MAX, require_country, require_half, require_text, require_url
from cardinity_client.money import Money
from cardinity_client.notifications.shapes import FIELDS, is_shifted
from cardinity_client.notifications.signing import form_message, signature_of
from cardinity_client.secret import Secret

#: Where the form is posted to.
CHECKOUT_URL: Final = "https://checkout.cardinity.com"

_LANGUAGE: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_PHONE: Final = re.compile(r"\+?[0-9]{4,20}", re.ASCII)


@dataclass(frozen=True, slots=True)
class HostedPage:
    """What the customer is to pay, and where the browser goes afterwards.

    `notification_url` is told by the gateway itself, also when the browser never comes back. `language` has two capital
    letters. Raises RequestInvalid.
    """

    amount: Money
    country: str
    order_id: str
    description: str
    return_url: str
    cancel_url: str | None = None
    notification_url: str | None = None
    language: str | None = None
    email_address: str | None = None
    mobile_phone_number: str | None = None

    def __post_init__(self) -> None:
        require_half(self.amount)
        require_country(self.country, "country")
        require_text(self.order_id, "order_id", 50, least=2)
        if not FIELDS["order_id"].fullmatch(self.order_id):
            raise RequestInvalid("order_id_charset", "may hold A-Z a-z 0-9 ' . and - only", "order_id")
        require_text(self.description, "description", DESCRIPTION_MAX)
        if is_shifted(self.description):
            raise RequestInvalid("value_shifted", "holds what looks like another field of the form", "description")
        require_url(self.return_url, "return_url")
        for name in ("cancel_url", "notification_url"):
            if getattr(self, name) is not None:
                require_url(getattr(self, name), name)
        self._check_customer()

    def _check_customer(self) -> None:
        if self.language is not None and not _LANGUAGE.fullmatch(self.language):
            raise RequestInvalid("language_format", "must be two capital letters, like EN", "language")
        if self.email_address is not None:
            require_text(self.email_address, "email_address", 254)
        if self.mobile_phone_number is not None and not _PHONE.fullmatch(self.mobile_phone_number):
            raise RequestInvalid(
                "phone_format", "must be 4 to 20 digits, with a plus before them or not", "mobile_phone_number"
            )


@dataclass(frozen=True, slots=True)
class HostedPageForm:
    """A form to be posted by the customer's browser: `action`, and its hidden fields."""

    action: str
    fields: Mapping[str, str]


def hosted_page_form(
    page: HostedPage, *, project_id: str, secret: Secret[str], action: str = CHECKOUT_URL
) -> HostedPageForm:
    """The signed form. Project and secret are the hosted page's own, not those of the API."""
    if not FIELDS["project_id"].fullmatch(project_id) or not secret.reveal():
        raise SettingsInvalid("secret_missing", "project_id and its secret must not be empty")
    optional = {
        "cancel_url": page.cancel_url,
        "notification_url": page.notification_url,
        "language": page.language,
        "email_address": page.email_address,
        # With a plus the gateway has refused whole forms; its own plugins write 0 instead.
        "mobile_phone_number": page.mobile_phone_number and page.mobile_phone_number.replace("+", "0"),
    }
    fields = {
        "amount": page.amount.text,
        "currency": page.amount.currency,
        "country": page.country,
        "order_id": page.order_id,
        "description": page.description,
        "project_id": project_id,
        "return_url": page.return_url,
        **{name: value for name, value in optional.items() if value is not None},
    }
    return HostedPageForm(action, {**fields, "signature": signature_of(form_message(fields), secret)})
