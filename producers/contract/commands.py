"""A wish to charge, from untrusted words to a value: decoded JSON, CSV cells or keyword arguments.

A field that is absent, null or empty is the same; every field that is wrong is reported at once. What the money is
taken from is read in `instruments`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from cardinity_client.models.payments import PaymentReference
from cardinity_client.models.threeds import ThreedsRequest
from cardinity_client.money import Money
from producers.contract.card_fields import Mode
from producers.contract.customers import CUSTOMER, read_customer, read_customer_ip
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
    read_settle,
    read_suffix,
)
from producers.contract.follow_ups import read_description_before_token
from producers.contract.form import Form
from producers.contract.instruments import BACKUP_FIELD, CARD, Instrument, read_backup, read_instrument
from producers.contract.threeds import THREEDS, read_threeds
from producers.errors import FieldError, InvalidCommand

__all__ = ["BATCH_COLUMNS", "FIELDS", "MORE_COLUMNS", "REQUIRED", "Charge", "FieldError", "parse_charge", "warnings_of"]

#: What a charge may become when its customer is needed: a payment link.
BRIDGE: Final = "link"
#: What no charge can do without, beside its instrument.
REQUIRED: Final = ("order_id", "amount", "currency", "country")
#: The columns of a batch file, in the order we write them.
BATCH_COLUMNS: Final = (*REQUIRED, "description", *CARD, "payment_id", "account")
#: What few charges have; the others are not looked through for them.
_RARE: Final = ("settle", "mode", "statement_descriptor_suffix", THREEDS, BACKUP_FIELD, "needs_customer", *CUSTOMER)
#: What a column may say beside these; what is an object, no cell holds.
MORE_COLUMNS: Final = (
    "token",
    "payment_method",
    "expires_at_ms",
    "settle",
    "mode",
    "statement_descriptor_suffix",
    "needs_customer",
    *CUSTOMER,
)
#: Every field of a charge.
FIELDS: Final = (*BATCH_COLUMNS, "token", "payment_method", "payment_instrument", "expires_at_ms", *_RARE)

#: Stands in for a wrong currency, to find what else is wrong with the amount.
_ANY_CURRENCY: Final = "EUR"


@dataclass(frozen=True, slots=True)
class Charge:
    """Take `amount` for `order_id` once, from this card, by its token too, or from that of an earlier payment.

    Not sent after `expires_at_ms` (since 1970 UTC). Without `settle` the amount is held, not taken; an amount of zero
    then checks the card. With `threeds` the bank may ask the customer, who must be there. With `two_phase` the amount
    is held first, and one hold, chosen in the ledger, is settled: no assumption about time is left (see decision 17).
    `direct` says that it is not, even where the account takes charges so.

    When the bank declines, `backup` may be charged instead; with `needs_customer` a decline that only the customer can
    mend makes a payment link. Either is an order of its own that continues this one (see `succession`).

    `customer` and `customer_ip` are for risk rules alone: the gateway is not told.
    """

    order_id: str
    amount: Money
    country: str
    description: str | None
    instrument: Instrument
    account: str = ACCOUNT_DEFAULT
    expires_at_ms: int | None = None
    settle: bool = True
    suffix: str | None = None
    threeds: ThreedsRequest | None = None
    two_phase: bool = False
    backup: Instrument | None = None
    needs_customer: bool = False
    direct: bool = False
    customer: str | None = None
    customer_ip: str | None = None

    @property
    def further(self) -> str:
        """How it may be continued, in words; empty for a charge that ends with its own attempt."""
        words = ("backup" if self.backup is not None else "", BRIDGE if self.needs_customer else "")
        return " ".join(filter(None, words))

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
            self.backup,
            self.needs_customer,
            self.direct,
            self.customer,
            self.customer_ip,
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
    instrument = read_instrument(form, now_ms, mode)
    account = form.read_if_given("account", read_account)
    expires_at_ms = form.read_if_given("expires_at_ms", partial(read_expires_at, now_ms=now_ms))
    suffix = form.read_if_given("statement_descriptor_suffix", read_suffix) if rare else None
    threeds = read_threeds(form) if rare else None
    mode_asked = form.read_if_given("mode", read_mode) if rare else None
    if mode_asked == TWO_PHASE and not settle:
        form.refuse("mode", "mode_settle", "an amount that is only held has no second phase: leave out settle or mode")
    if rare and isinstance(instrument, PaymentReference) and form.gives(THREEDS):
        form.refuse(THREEDS, "threeds_recurring", "a recurring charge has no customer whom a bank could ask")
    backup = read_backup(form, instrument, now_ms, mode) if rare else None
    needs_customer = rare and _needs_customer(form)
    customer = form.read_if_given("customer", read_customer) if rare else None
    customer_ip = form.read_if_given("customer_ip", read_customer_ip) if rare else None
    if rare:
        _refuse_together(form, settle=settle, two_phase=mode_asked == TWO_PHASE)
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
        backup,
        needs_customer,
        mode_asked == DIRECT,
        customer,
        customer_ip,
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


def _needs_customer(form: Form) -> bool:
    """Whether a link is to be made; it then needs a description, which leaves room for the token of the link."""
    if not form.gives("needs_customer"):
        return False
    given = form.values["needs_customer"]
    if not isinstance(given, str) or given != BRIDGE:
        form.refuse("needs_customer", "needs_customer_unknown", f'must be "{BRIDGE}", or absent')
        return False
    if not form.gives("description"):
        form.refuse("description", "description_length", "is missing; a link, if one must be made, has one")
    elif not any(error.field == "description" for error in form.errors):
        form.read("description", read_description_before_token)
    return True


def _refuse_together(form: Form, *, settle: bool, two_phase: bool) -> None:
    """What continues an order takes its money at once; and of the other card's customer nothing was told."""
    later = two_phase or not settle
    if form.gives(BACKUP_FIELD) and (later or form.gives(THREEDS)):
        message = f"is charged at once and without its customer: leave out settle, mode and {THREEDS}, or this"
        form.refuse(BACKUP_FIELD, "backup_combined", message)
    if form.gives("needs_customer") and later:
        form.refuse("needs_customer", "needs_customer_combined", "a link is paid at once: leave out settle or mode")
