"""A page of the gateway's on which somebody pays, asked for by its fields. Not an order: nothing of it is kept here.

What a field may be is the rule that charges have, so that an order_id taken here can be charged by; what only the page
knows is the client's rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from cardinity_client.errors import RequestInvalid
from cardinity_client.models.checks import require_url
from cardinity_client.notifications import HostedPage
from producers.contract.fields import (
    Refusal,
    is_absent,
    read_amount,
    read_country,
    read_currency,
    read_description,
    read_order_id,
    read_text,
)
from producers.contract.form import Form
from producers.errors import FieldError, InvalidCommand

#: Those that must be there come first.
REQUIRED: Final = ("order_id", "amount", "currency", "country", "description", "return_url")
FIELDS: Final = (
    *REQUIRED,
    "cancel_url",
    "notification_url",
    "language",
    "email_address",
    "mobile_phone_number",
)


def parse_hosted_page(mapping: Mapping[str, object]) -> HostedPage:
    """The page these fields mean.

    Raises:
        InvalidCommand: with one `FieldError` per wrong field, in the order of the fields.
    """
    form = Form(mapping)
    order_id = form.read("order_id", read_order_id)
    currency = form.read("currency", read_currency)
    amount = None if currency is None else form.read("amount", partial(read_amount, currency=currency))
    country = form.read("country", read_country)
    description = form.read("description", _read_description)
    return_url = form.read("return_url", _read_url)
    more = {
        "cancel_url": form.read_if_given("cancel_url", _read_url),
        "notification_url": form.read_if_given("notification_url", _read_url),
        **{name: form.read_if_given(name, partial(read_text, code="text_type")) for name in FIELDS[-3:]},
    }
    form.refuse_others(FIELDS)
    if form.errors or not (order_id and amount and country and description and return_url):
        raise InvalidCommand(form.errors)
    try:
        return HostedPage(amount, country, order_id, description, return_url, **more)
    except RequestInvalid as error:
        raise InvalidCommand([FieldError(error.field, error.code, error.message)]) from None


def _read_description(value: object) -> str:
    if is_absent(value):
        raise Refusal("description_length", "is missing: the customer reads it")
    return read_description(value)


def _read_url(value: object) -> str:
    try:
        require_url(value, "")
    except RequestInvalid as error:
        raise Refusal(error.code, error.message) from None
    return str(value)
