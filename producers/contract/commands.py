"""A wish to charge, from untrusted words to a value: decoded JSON, CSV cells or keyword arguments.

The instrument may be nested as in the gateway's own request (`payment_instrument`, `payment_method`) or
flat as in batch files. A field that is absent, null or empty is the same; every field that is wrong is
reported at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from cardinity_client.models.payments import Card, PaymentReference
from cardinity_client.models.threeds import ThreedsRequest
from cardinity_client.money import Money
from producers.contract.card_fields import (
    MOTO_PREFIX,
    Mode,
    check_expiry,
    read_cvc,
    read_exp_month,
    read_exp_year,
    read_holder,
    read_pan,
)
from producers.contract.fields import (
    ACCOUNT_DEFAULT,
    DIRECT,
    TWO_PHASE,
    Refusal,
    read_account,
    read_amount,
    read_country,
    read_currency,
    read_description,
    read_expires_at,
    read_mode,
    read_order_id,
    read_payment_id,
    read_settle,
    read_suffix,
)
from producers.contract.form import Form
from producers.contract.threeds import THREEDS, read_threeds
from producers.errors import FieldError, InvalidCommand

__all__ = ["BATCH_COLUMNS", "FIELDS", "MORE_COLUMNS", "REQUIRED", "Charge", "FieldError", "parse_charge", "warnings_of"]

_CARD = ("pan", "exp_month", "exp_year", "cvc", "holder")
_INSTRUMENT = (*_CARD, "payment_id")

#: What no charge can do without, beside its instrument.
REQUIRED: Final = ("order_id", "amount", "currency", "country")
#: The columns of a batch file, in the order we write them.
BATCH_COLUMNS: Final = (*REQUIRED, "description", *_INSTRUMENT, "account")
#: What few charges have; the others are not looked through for them.
_RARE: Final = ("settle", "mode", "statement_descriptor_suffix", THREEDS)
#: What a column may say beside these; what is an object, no cell holds.
MORE_COLUMNS: Final = ("payment_method", "expires_at_ms", "settle", "mode", "statement_descriptor_suffix")
#: Every field of a charge.
FIELDS: Final = (*BATCH_COLUMNS, "payment_method", "payment_instrument", "expires_at_ms", *_RARE)

#: Stands in for a wrong currency, to find what else is wrong with the amount.
_ANY_CURRENCY: Final = "EUR"


@dataclass(frozen=True, slots=True)
class Charge:
    """Take `amount` for `order_id` once, from this card or from that of an earlier payment.

    Not sent after `expires_at_ms` (since 1970 UTC). Without `settle` the amount is held, not taken; an amount of zero
    then checks the card. With `threeds` the bank may ask the customer, who must be there. With `two_phase` the amount
    is held first, and one hold, chosen in the ledger, is settled: no assumption about time is left (see decision 17).
    `direct` says that it is not, even where the account takes charges so.
    """

    order_id: str
    amount: Money
    country: str
    description: str | None
    instrument: Card | PaymentReference
    account: str = ACCOUNT_DEFAULT
    expires_at_ms: int | None = None
    settle: bool = True
    suffix: str | None = None
    threeds: ThreedsRequest | None = None
    two_phase: bool = False
    direct: bool = False

    @property
    def is_plain(self) -> bool:
        """Nothing that only the envelopes of few charges have."""
        return self.settle and not self.two_phase and self.threeds is None and self.suffix is None

    def expiring(self, at_ms: int) -> Charge:
        """The same charge, not to be sent after `at_ms`. Every order passes here: `dataclasses.replace` takes 3 µs."""
        return Charge(
            self.order_id,
            self.amount,
            self.country,
            self.description,
            self.instrument,
            self.account,
            at_ms,
            self.settle,
            self.suffix,
            self.threeds,
            self.two_phase,
            self.direct,
        )


def parse_charge(mapping: Mapping[str, object], *, now_ms: int, mode: Mode) -> Charge:
    """The charge these fields mean.

    Raises:
        InvalidCommand: with one `FieldError` per wrong field, in the order of the fields.
    """
    if not isinstance(mapping, Mapping):
        raise InvalidCommand([FieldError("", "payload_type", "expected the fields of a charge by their names")])
    form = Form(mapping)
    order_id = form.read("order_id", read_order_id)
    currency = form.read("currency", read_currency)
    rare = not mapping.keys().isdisjoint(_RARE)
    settle = not rare or form.read("settle", read_settle) is not False
    amount = _amount(form, currency, settle=settle)
    country = form.read("country", read_country)
    description = form.read_if_given("description", read_description)
    instrument = _instrument(form, now_ms, mode)
    account = form.read_if_given("account", read_account)
    expires_at_ms = form.read_if_given("expires_at_ms", partial(read_expires_at, now_ms=now_ms))
    suffix = form.read_if_given("statement_descriptor_suffix", read_suffix) if rare else None
    threeds = read_threeds(form) if rare else None
    mode_asked = form.read_if_given("mode", read_mode) if rare else None
    if mode_asked == TWO_PHASE and not settle:
        form.refuse("mode", "mode_settle", "an amount that is only held has no second phase: leave out settle or mode")
    if rare and isinstance(instrument, PaymentReference) and form.gives(THREEDS):
        form.refuse(THREEDS, "threeds_recurring", "a recurring charge has no customer whom a bank could ask")
    form.refuse_others(FIELDS)
    if form.errors or order_id is None or amount is None or country is None or instrument is None:
        raise InvalidCommand(form.errors)
    return Charge(
        order_id,
        amount,
        country,
        description,
        instrument,
        account or ACCOUNT_DEFAULT,
        expires_at_ms,
        settle,
        suffix,
        threeds,
        mode_asked == TWO_PHASE,
        mode_asked == DIRECT,
    )


def warnings_of(charge: Charge, *, mode: Mode) -> tuple[FieldError, ...]:
    """What is allowed and yet probably not meant."""
    if mode == "test" and charge.description == "fail":
        message = 'in test mode the gateway declines refunds, settlements and voids described as "fail"'
        return (FieldError("description", "description_reserved", message),)
    return ()


def _amount(form: Form, currency: str | None, *, settle: bool) -> Money | None:
    if currency is not None:
        return form.read("amount", partial(read_amount, currency=currency, settle=settle))
    try:
        read_amount(form.values.get("amount"), _ANY_CURRENCY, settle=settle)
    except Refusal as refusal:
        if refusal.code != "amount_scale":
            form.refuse("amount", refusal.code, refusal.message)
    return None


def _instrument(form: Form, now_ms: int, mode: Mode) -> Card | PaymentReference | None:
    nested = form.values.get("payment_instrument")
    if nested is None:
        return _card_or_reference(form, form, now_ms, mode)
    if any(form.gives(name) for name in _INSTRUMENT):
        form.refuse("payment_instrument", "instrument_ambiguous", "stands beside fields of another instrument")
    elif not isinstance(nested, Mapping):
        form.refuse("payment_instrument", "instrument_type", "must be an object")
    else:
        inner = Form(nested, "payment_instrument.", form.errors)
        instrument = _card_or_reference(form, inner, now_ms, mode)
        inner.refuse_others(_INSTRUMENT)
        return instrument
    return None


def _card_or_reference(form: Form, inner: Form, now_ms: int, mode: Mode) -> Card | PaymentReference | None:
    by_card = any(inner.gives(name) for name in _CARD)
    by_reference = inner.gives("payment_id")
    method = form.values.get("payment_method")
    if form.gives("payment_method") and not (isinstance(method, str) and method in ("card", "recurring")):
        form.refuse("payment_method", "method_unknown", 'must be "card" or "recurring"')
    elif by_card != by_reference and method == ("recurring" if by_card else "card"):
        form.refuse("payment_method", "instrument_ambiguous", "does not agree with the instrument given")
    match by_card, by_reference:
        case True, True:
            inner.refuse("payment_id", "instrument_ambiguous", "stands beside a card; give one of the two")
        case False, False:
            form.refuse("payment_instrument", "instrument_missing", "give a card (pan, ...) or a payment_id")
        case False, True:
            payment_id = inner.read("payment_id", read_payment_id)
            return None if payment_id is None else PaymentReference(payment_id)
        case _:
            return _card(form, inner, now_ms, mode)
    return None


def _card(form: Form, inner: Form, now_ms: int, mode: Mode) -> Card | None:
    description = form.values.get("description")
    by_mail_or_phone = isinstance(description, str) and description.startswith(MOTO_PREFIX)
    pan = inner.read("pan", partial(read_pan, mode=mode))
    month = inner.read("exp_month", read_exp_month)
    year = inner.read("exp_year", partial(read_exp_year, now_ms=now_ms))
    if month is not None and year is not None:
        inner.read("exp_year", lambda _: check_expiry(year, month, now_ms))
    cvc = inner.read("cvc", partial(read_cvc, optional=by_mail_or_phone))
    holder = inner.read("holder", read_holder)
    if pan is None or month is None or year is None or holder is None:
        return None
    return Card(pan, month, year, cvc, holder)
