"""The rules for the fields of a card. As in `fields`, nothing that was given is ever repeated."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from cardinity_client.secret import Secret
from producers.contract.card_numbers import (
    DIGITS_MAX,
    DIGITS_MIN,
    TEST_CARDS,
    fits_its_brand,
    passes_luhn,
)
from producers.contract.fields import Refusal, is_absent, is_printable, read_text

#: Whether charges reach the gateway's test side or move money.
Mode = Literal["test", "live"]

#: Characters of the holder's name, by the gateway.
HOLDER_MAX: Final = 32
#: Years from now that a card may still be valid: longer ones are typing errors.
YEARS_AHEAD_MAX: Final = 20
#: A description that starts so tells of a mail or telephone order, which may come without a CVC.
MOTO_PREFIX: Final = "CRD-MOTO"

_DIGITS = re.compile(r"[0-9]+")
_MONTH = re.compile(r"[0-9]{1,2}")
_YEAR = re.compile(r"[0-9]{4}")
#: A card is good until its month is over everywhere: the last place is 12 hours behind UTC.
_LAST_ZONE: Final = timedelta(hours=12)


def read_pan(value: object, mode: Mode) -> Secret[str]:
    """The card number: digits alone, right for its brand, and of the right side of test and live."""
    if is_absent(value):
        raise Refusal("card_number_missing", "is missing")
    if not isinstance(value, str):
        raise Refusal("card_number_type", "must be a string of digits")
    if not _DIGITS.fullmatch(value):
        raise Refusal("card_number_format", "must be digits only, without spaces or dashes")
    if not DIGITS_MIN <= len(value) <= DIGITS_MAX or not fits_its_brand(value) or not passes_luhn(value):
        raise Refusal("card_number_invalid", "is no valid card number")
    if mode == "test" and value not in TEST_CARDS:
        raise Refusal("card_number_live_in_test", "is none of the gateway's test cards; this is test mode")
    if mode == "live" and value in TEST_CARDS:
        raise Refusal("card_number_test_in_live", "is one of the gateway's test cards; this is live mode")
    return Secret(value)


def read_exp_month(value: object) -> int:
    """The month of expiry."""
    month = _whole(value, _MONTH)
    if month is None or not 1 <= month <= 12:
        raise Refusal("card_expiry_month", "must be a whole number from 1 to 12")
    return month


def read_exp_year(value: object, now_ms: int) -> int:
    """The year of expiry."""
    year = _whole(value, _YEAR)
    last = _last_zone_now(now_ms).year + YEARS_AHEAD_MAX
    if year is None or not 1000 <= year <= last:
        raise Refusal("card_expiry_year", f"must be a year of four digits, {last} at the latest")
    return year


def check_expiry(year: int, month: int, now_ms: int) -> None:
    """Refuse a card whose last month is over."""
    now = _last_zone_now(now_ms)
    if (year, month) < (now.year, now.month):
        raise Refusal("card_expired", "the card has expired")


def read_cvc(value: object, *, optional: bool) -> Secret[str] | None:
    """The card's verification code: None only where one is optional."""
    if is_absent(value):
        if optional:
            return None
        raise Refusal("card_cvc_missing", f"is missing; only orders described as {MOTO_PREFIX}... do without")
    if not isinstance(value, str):
        raise Refusal("card_cvc_type", "must be a string of digits")
    if not 3 <= len(value) <= 4:
        raise Refusal("card_cvc_length", "must be 3 or 4 digits")
    if not _DIGITS.fullmatch(value):
        raise Refusal("card_cvc_format", "must be digits only")
    return Secret(value)


def read_holder(value: object) -> str:
    """The name on the card."""
    if is_absent(value):
        raise Refusal("card_holder_missing", "is missing")
    text = read_text(value, "card_holder_type")
    if not 1 <= len(text) <= HOLDER_MAX or not text.strip():
        raise Refusal("card_holder_length", f"must be 1 to {HOLDER_MAX} characters")
    if not is_printable(text):
        raise Refusal("card_holder_charset", "must not hold control or direction characters")
    return text


def _whole(value: object, digits: re.Pattern[str]) -> int | None:
    """A whole number, or a string of ASCII digits, as batch files have them."""
    if isinstance(value, str) and digits.fullmatch(value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _last_zone_now(now_ms: int) -> datetime:
    return datetime.fromtimestamp(now_ms / 1000, UTC) - _LAST_ZONE
