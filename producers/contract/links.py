"""A wish for a payment link: a page of the gateway's on which somebody pays, without a card in our hands.

The gateway knows no order_id of a link. Its description comes back in the payment that is made on it, so the same kind
of token stands at its end as at the end of what follows a payment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar, Final

from cardinity_client.money import Money
from producers.contract import names
from producers.contract.fields import (
    ACCOUNT_DEFAULT,
    Refusal,
    is_absent,
    read_account,
    read_amount,
    read_country,
    read_currency,
    read_expires_at,
    read_order_id,
)
from producers.contract.follow_ups import DESCRIPTION_LEFT, read_description_before_token
from producers.contract.form import Form
from producers.errors import FieldError, InvalidCommand

FIELDS: Final = (
    "order_id",
    "amount",
    "currency",
    "description",
    "country",
    "expires_at",
    "multiple_use",
    "account",
    "expires_at_ms",
)
#: Days that a link may live. The gateway's own limit lies between one month and eleven.
DAYS_MAX: Final = 90

_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class LinkOrder:
    """Make one link, to be paid once, until `ends_at_ms`; without it the gateway chooses, seven days by what is known.

    Not made after `expires_at_ms`. Both in ms since 1970 UTC.
    """

    kind: ClassVar[str] = names.LINK
    #: What only charges have, as it is written where there is none; and the envelope's version that has words for it.
    settle: ClassVar[bool] = True
    two_phase: ClassVar[bool] = False
    suffix: ClassVar[str | None] = None
    further: ClassVar[str] = ""
    customer: ClassVar[str | None] = None
    customer_ip: ClassVar[str | None] = None
    is_plain: ClassVar[bool] = False

    order_id: str
    amount: Money
    description: str
    country: str | None = None
    ends_at_ms: int | None = None
    account: str = ACCOUNT_DEFAULT
    expires_at_ms: int | None = None

    def expiring(self, at_ms: int) -> LinkOrder:
        """The same, not to be made after `at_ms`."""
        return LinkOrder(
            self.order_id, self.amount, self.description, self.country, self.ends_at_ms, self.account, at_ms
        )


def parse_link(mapping: Mapping[str, object], *, now_ms: int) -> LinkOrder:
    """The order these fields mean.

    Raises:
        InvalidCommand: with one `FieldError` per wrong field, in the order of the fields.
    """
    if not isinstance(mapping, Mapping):
        raise InvalidCommand([FieldError("", "payload_type", "expected the fields of a link by their names")])
    form = Form(mapping)
    order_id = form.read("order_id", read_order_id)
    currency = form.read("currency", read_currency)
    amount = None if currency is None else form.read("amount", partial(read_amount, currency=currency))
    description = form.read("description", _read_description)
    country = form.read_if_given("country", read_country)
    ends_at_ms = form.read_if_given("expires_at", partial(read_link_end, now_ms=now_ms))
    form.read_if_given("multiple_use", _refuse_multiple_use)
    account = form.read_if_given("account", read_account)
    expires_at_ms = form.read_if_given("expires_at_ms", partial(read_expires_at, now_ms=now_ms))
    form.refuse_others(FIELDS)
    if form.errors or order_id is None or amount is None or description is None:
        raise InvalidCommand(form.errors)
    return LinkOrder(order_id, amount, description, country, ends_at_ms, account or ACCOUNT_DEFAULT, expires_at_ms)


def read_link_end(value: object, now_ms: int) -> int:
    """When a link ends, in ms since 1970 UTC: it must be told in UTC, so that nobody's midnight is meant."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise Refusal("link_end_format", 'must be a time in UTC like "2026-02-01T12:00:00Z"')
    try:
        ends_at_ms = int(datetime.fromisoformat(f"{value[:-1]}+00:00").timestamp() * 1000)
    except ValueError:
        raise Refusal("link_end_format", "must be a moment that there is") from None
    if not now_ms < ends_at_ms <= now_ms + timedelta(days=DAYS_MAX) // timedelta(milliseconds=1):
        raise Refusal("link_end_range", f"must lie in the future, at most {DAYS_MAX} days from now")
    return ends_at_ms


def _read_description(value: object) -> str:
    if is_absent(value):
        raise Refusal("description_length", f"is missing; it must be 1 to {DESCRIPTION_LEFT} characters")
    return read_description_before_token(value)


def _refuse_multiple_use(value: object) -> None:
    if value is True:
        raise Refusal("multiple_use_refused", "must not be true: one order is one payment")
    if value is not False:
        raise Refusal("multiple_use_type", "must be false, or not given")
