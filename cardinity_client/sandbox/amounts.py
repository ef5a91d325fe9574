"""Amounts as clients write them: strings, or JSON numbers whose zeros may have got lost on the way."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from cardinity_client.errors import MoneyError
from cardinity_client.money import EXPONENTS, Money
from cardinity_client.sandbox.form import Form

#: In units of any currency: nothing below is charged. What gives money back may be smaller.
CHARGE_MINIMUM: Final = Decimal("0.50")

_NO_MONEY: Final = Money(0, "EUR")


def read_amount(
    form: Form, currency: str, *, may_be_zero: bool = False, minimum: Decimal | None = CHARGE_MINIMUM
) -> Money:
    """The member `amount`. An empty currency was complained about already. Zero is for card checks."""
    value = form.value("amount")
    text = value if isinstance(value, str) else _number_text(value, EXPONENTS.get(currency, 2))
    try:
        money = Money.parse(text, currency or "EUR") if text is not None else None
    except MoneyError as error:
        form.refuse("amount", error.message if currency else "must be a decimal amount")
        return _NO_MONEY
    if money is None:
        form.refuse("amount", "must be a decimal amount")
        return _NO_MONEY
    if not (money.minor == 0 and may_be_zero):
        _refuse_below(form, money, minimum)
    return money


def _refuse_below(form: Form, money: Money, minimum: Decimal | None) -> None:
    """Without a minimum it is one minor unit: a cent, a yen, a fils."""
    if minimum is None and money.minor < 1:
        form.refuse("amount", f"must be at least {Money(1, money.currency).text}")
    elif minimum is not None and money.minor < minimum.scaleb(EXPONENTS[money.currency]):
        form.refuse("amount", f"must be at least {minimum}")


def _number_text(value: Any, exponent: int) -> str | None:
    """A JSON number as amount text: Java sends 10.00, and its zeros may get lost on the way."""
    if type(value) is not int and not isinstance(value, Decimal):
        return None
    try:
        number = Decimal(value)
        exact = number.quantize(Decimal(1).scaleb(-exponent))
    except InvalidOperation:
        return None
    return f"{exact:f}" if exact == number else None
