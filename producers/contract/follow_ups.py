"""A wish to refund a payment, to settle a hold or to let one go: orders like a charge, with no card in them.

The gateway knows them by nothing but their description, so a token that no other order has stands at the end of it:
by that a lost answer is found again among what belongs to the payment.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Final

from cardinity_client.errors import MoneyError
from cardinity_client.money import NO_MONEY, Money
from producers.contract import names
from producers.contract.fields import (
    ACCOUNT_DEFAULT,
    DESCRIPTION_MAX,
    Refusal,
    read_account,
    read_currency,
    read_description,
    read_expires_at,
    read_order_id,
    read_payment_id,
)
from producers.contract.form import Form
from producers.errors import FieldError, InvalidCommand

#: Every field of a void, and of what has an amount.
VOID_FIELDS: Final = ("order_id", "payment_id", "description", "account", "expires_at_ms")
FIELDS: Final = ("order_id", "payment_id", "amount", "currency", "description", "account", "expires_at_ms")

#: Stands in for a wrong currency, to find what else is wrong with the amount.
_ANY_CURRENCY: Final = "EUR"

_TOKEN_LETTERS: Final = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")
_TOKEN_LENGTH: Final = 16
#: A token at the end of a text, and where it begins there.
_TOKEN: Final = re.compile(rf" ?cb-[bcdfghjklmnpqrst]{{{_TOKEN_LENGTH}}}")
_TOKEN_AT: Final = -len("cb-") - _TOKEN_LENGTH
_TOKEN_MARK: Final = -_TOKEN_LENGTH
#: Characters that are left for the merchant's own description.
DESCRIPTION_LEFT: Final = DESCRIPTION_MAX - len(" cb-") - _TOKEN_LENGTH


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Do once what `kind` says (`names.FOLLOW_UPS`) to the payment. A void has no amount: NO_MONEY.

    Not sent after `expires_at_ms` (since 1970 UTC).
    """

    #: What only charges have, as it is written where there is none.
    country: ClassVar[str] = ""
    settle: ClassVar[bool] = True
    two_phase: ClassVar[bool] = False
    suffix: ClassVar[str | None] = None
    further: ClassVar[str] = ""
    customer: ClassVar[str | None] = None
    customer_ip: ClassVar[str | None] = None
    #: An envelope of it takes the version that has words for it.
    is_plain: ClassVar[bool] = False

    kind: str
    order_id: str
    payment_id: str
    amount: Money
    description: str | None
    account: str = ACCOUNT_DEFAULT
    expires_at_ms: int | None = None

    def expiring(self, at_ms: int) -> FollowUp:
        """The same, not to be sent after `at_ms`."""
        return FollowUp(self.kind, self.order_id, self.payment_id, self.amount, self.description, self.account, at_ms)


def token_of(order_id: str) -> str:
    """What the gateway knows the follow-up of that order by. Letters only: digits could make a card number."""
    digest = hashlib.sha256(order_id.encode()).hexdigest()[:_TOKEN_LENGTH]
    return f"cb-{digest.translate(_TOKEN_LETTERS)}"


def description_with(token: str, description: str | None) -> str:
    """The description that is sent: the merchant's, then the token."""
    return f"{description} {token}" if description else token


def token_in(description: str) -> str | None:
    """The token of whatever order of ours that description was sent with; None when it was sent with none."""
    # Asked of every payment that the gateway lists: where nothing looks like a token it must cost next to nothing.
    if description[_TOKEN_AT:_TOKEN_MARK] != "cb-":
        return None
    return description[_TOKEN_AT:] if _TOKEN.fullmatch(description, max(0, len(description) + _TOKEN_AT - 1)) else None


def carries(token: str, description: str | None) -> bool:
    """Whether that description was sent with this token."""
    return description is not None and (description == token or description.endswith(f" {token}"))


def parse_follow_up(kind: str, mapping: Mapping[str, object], *, now_ms: int) -> FollowUp:
    """The order these fields mean.

    Raises:
        InvalidCommand: with one `FieldError` per wrong field, in the order of the fields.
    """
    if not isinstance(mapping, Mapping):
        raise InvalidCommand([FieldError("", "payload_type", f"expected the fields of a {kind} by their names")])
    form = Form(mapping)
    order_id = form.read("order_id", read_order_id)
    payment_id = form.read("payment_id", read_payment_id)
    amount = NO_MONEY if kind == names.VOID else _amount(form)
    description = form.read_if_given("description", read_description_before_token)
    account = form.read_if_given("account", read_account)
    expires_at_ms = form.read_if_given("expires_at_ms", partial(read_expires_at, now_ms=now_ms))
    form.refuse_others(VOID_FIELDS if kind == names.VOID else FIELDS)
    if form.errors or order_id is None or payment_id is None or amount is None:
        raise InvalidCommand(form.errors)
    return FollowUp(kind, order_id, payment_id, amount, description, account or ACCOUNT_DEFAULT, expires_at_ms)


def _amount(form: Form) -> Money | None:
    currency = form.read("currency", read_currency)
    if currency is not None:
        return form.read("amount", partial(_read_amount, currency=currency))
    try:
        _read_amount(form.values.get("amount"), _ANY_CURRENCY)
    except Refusal as refusal:
        if refusal.code != "amount_scale":
            form.refuse("amount", refusal.code, refusal.message)
    return None


def _read_amount(value: object, currency: str) -> Money:
    """Part of a payment: more than nothing."""
    if not isinstance(value, str):
        raise Refusal("amount_type", 'must be a string like "10.00"')
    try:
        amount = Money.parse(value, currency)
    except MoneyError as error:
        raise Refusal(error.code, error.message) from None
    if not amount.minor:
        raise Refusal("amount_minimum", "must be more than nothing")
    return amount


def read_description_before_token(value: object) -> str:
    """The merchant's own part of a description that ends in a token."""
    text = read_description(value)
    if len(text) > DESCRIPTION_LEFT:
        raise Refusal("description_length", f"must be at most {DESCRIPTION_LEFT} characters: a token is added")
    return text
