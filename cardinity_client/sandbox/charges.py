"""Reads the body of POST /payments: what validation lets through, and its complaints about the rest."""

import re
from dataclasses import dataclass, field
from typing import Final

from cardinity_client.money import EXPONENTS, Money
from cardinity_client.sandbox.amounts import read_amount
from cardinity_client.sandbox.form import FieldError, Form

_ORDER_ID: Final = re.compile(r"[A-Za-z0-9'.-]{2,50}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_DESCRIPTION: Final = re.compile(r".{0,255}", re.DOTALL)
#: The two vendor clients disagree (20 and 25); the sandbox takes the wider one.
_SUFFIX: Final = re.compile(r".{0,25}")
_HOLDER: Final = re.compile(r".{1,32}")
_PAN: Final = re.compile(r"[0-9]{12,19}")
_CVC: Final = re.compile(r"[0-9]{3,4}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_URL: Final = re.compile(r"https?://\S+")
_ANYTHING: Final = re.compile(r".+", re.DOTALL)

_WINDOWS: Final = frozenset({"250x400", "390x400", "500x600", "600x400", "full-screen"})
_BROWSER_TEXTS: Final = ("accept_header", "browser_language", "user_agent")
_BROWSER_NUMBERS: Final = ("screen_width", "screen_height", "color_depth")

#: Orders taken by mail or telephone carry no card verification code.
_MOTO_PREFIX: Final = "CRD-MOTO"
#: Luhn's two ways to count a digit: as it is, and doubled with its own digits summed.
_ONCE: Final = bytes.maketrans(b"0123456789", bytes(range(10)))
_TWICE: Final = bytes.maketrans(b"0123456789", bytes([0, 2, 4, 6, 8, 1, 3, 5, 7, 9]))


@dataclass(frozen=True, slots=True)
class GivenCard:
    """A card as it came. The number stays out of `repr`, and out of the book."""

    pan: str = field(repr=False)
    exp_year: int
    exp_month: int
    holder: str


@dataclass(frozen=True, slots=True)
class GivenParent:
    """A recurring charge names the payment whose card it uses."""

    payment_id: str


@dataclass(frozen=True, slots=True)
class WantedCharge:
    """A valid request. `notification_url` came with browser data for 3-D Secure 2: the bank's page answers there."""

    amount: Money
    settle: bool
    country: str
    instrument: GivenCard | GivenParent
    order_id: str | None
    description: str | None
    suffix: str | None
    notification_url: str | None


def read_charge(document: object) -> WantedCharge | tuple[FieldError, ...]:
    """Validates a decoded body; every bad field is named at once."""
    if not isinstance(document, dict):
        return (FieldError("body", None, "must be a JSON object"),)
    form = Form(document)
    settle = form.flag("settle", default=True)
    description = form.text_or_none("description", _DESCRIPTION, "must have at most 255 characters")
    charge = WantedCharge(
        amount=read_amount(form, _currency(form), may_be_zero=not settle),
        settle=settle,
        country=form.text("country", _COUNTRY, "must be an ISO 3166-1 alpha-2 code"),
        instrument=_instrument(form, moto=(description or "").startswith(_MOTO_PREFIX)),
        order_id=form.text_or_none("order_id", _ORDER_ID, "must have 2 to 50 characters of A-Z a-z 0-9 ' . -"),
        description=description,
        suffix=form.text_or_none("statement_descriptor_suffix", _SUFFIX, "must have at most 25 characters"),
        notification_url=_notification_url(form),
    )
    return tuple(form.errors) or charge


def passes_luhn(pan: str) -> bool:
    """Whether the check digit is right; `pan` holds ASCII digits only."""
    digits = pan.encode()
    return (sum(digits[-1::-2].translate(_ONCE)) + sum(digits[-2::-2].translate(_TWICE))) % 10 == 0


def _currency(form: Form) -> str:
    return form.choice("currency", EXPONENTS, "invalid or unsupported currency")


def _instrument(form: Form, *, moto: bool) -> GivenCard | GivenParent:
    method = form.choice("payment_method", ("card", "recurring"), "must be card or recurring")
    instrument = form.child("payment_instrument")
    if method == "recurring":
        return GivenParent(instrument.text("payment_id", _UUID, "must be a UUID"))
    if method == "card":
        return _card(instrument, moto=moto)
    return GivenParent("")


def _card(form: Form, *, moto: bool) -> GivenCard:
    pan = form.text("pan", _PAN, "invalid credit card number.")
    if pan and not passes_luhn(pan):
        form.refuse("pan", "invalid credit card number.")
    cvc = form.value("cvc")
    if type(cvc) is int:
        # One client sends the code as a number and loses its leading zeros.
        if not 0 <= cvc <= 9999:
            form.refuse("cvc", "invalid cvc code.")
    elif not (moto and cvc is None):
        form.text("cvc", _CVC, "invalid cvc code.")
    return GivenCard(
        pan=pan,
        # Whether the gateway minds a year gone by is unknown; clients with old fixtures exist.
        exp_year=form.integer("exp_year", 2000, 9999),
        exp_month=form.integer("exp_month", 1, 12),
        holder=form.text("holder", _HOLDER, "must have 1 to 32 characters"),
    )


def _notification_url(form: Form) -> str | None:
    if form.value("threeds2_data") is None:
        return None
    data = form.child("threeds2_data")
    url = data.text("notification_url", _URL, "must be an http or https URL")
    browser = data.child("browser_info")
    for name in _BROWSER_TEXTS:
        browser.text(name, _ANYTHING, "must be a string")
    for name in _BROWSER_NUMBERS:
        browser.integer(name, 1, 100_000)
    browser.integer("time_zone", -1440, 1440)
    browser.choice("challenge_window_size", _WINDOWS, "must be one of " + ", ".join(sorted(_WINDOWS)))
    return url
