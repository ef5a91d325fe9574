"""What a request must be before it may leave. A wrong one is the caller's mistake, found before anything is sent."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from cardinity_client.errors import RequestInvalid
from cardinity_client.money import EXPONENTS, Money

#: Characters of a description. The gateway's own SDKs send no more.
DESCRIPTION_MAX: Final = 255

#: Characters of a URL that is handed to the gateway or to a browser.
URL_MAX: Final = 2048

#: Names what is at the gateway, in paths too.
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def require_id(value: object, field: str) -> None:
    """An id of the gateway, which goes into a path. Raises RequestInvalid, as all of these do."""
    if not is_id(value):
        raise RequestInvalid("id_format", "must be an id of the gateway: a lower-case UUID", field)


def require_text(value: object, field: str, most: int, *, least: int = 1) -> None:
    """Text that the gateway takes: bounded, and without control or direction characters."""
    if not isinstance(value, str):
        raise RequestInvalid("text_type", "must be a string", field)
    if not least <= len(value) <= most:
        raise RequestInvalid("text_length", f"must be {least} to {most} characters", field)
    if _CONTROL.search(value):
        raise RequestInvalid("text_charset", "must not hold control or direction characters", field)


def require_description(value: object) -> None:
    """A description, where one is given."""
    if value is not None:
        require_text(value, "description", DESCRIPTION_MAX)


def require_country(value: object, field: str) -> None:
    """Two letters; whether there is such a country is the gateway's to say."""
    if not isinstance(value, str) or not _COUNTRY.fullmatch(value):
        raise RequestInvalid("country_format", "must be two capital letters, like LT", field)


def require_url(value: object, field: str) -> None:
    """An absolute http or https URL in ASCII."""
    if not isinstance(value, str) or not 1 <= len(value) <= URL_MAX or not is_url(value):
        raise RequestInvalid("url_format", "must be an http or https URL in ASCII, without spaces", field)


def require_number(value: object, field: str, least: int, most: int) -> None:
    """A whole number."""
    if type(value) is not int or not least <= value <= most:
        raise RequestInvalid("number_range", f"must be a whole number from {least} to {most}", field)


def require_moment(value: object, field: str) -> None:
    """A time that says where it is; a naive one would be another time on another machine."""
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise RequestInvalid("moment_naive", "must be a time with its time zone", field)


def require_positive(amount: Money) -> None:
    """More than nothing."""
    if amount.minor < 1:
        raise RequestInvalid("amount_minimum", "must be more than zero", "amount")


def require_half(amount: Money) -> None:
    """0.50 of the currency, the least that the gateway charges."""
    if 2 * amount.minor < 10 ** EXPONENTS[amount.currency]:
        raise RequestInvalid("amount_minimum", "must be at least 0.50", "amount")


def is_id(value: object) -> bool:
    """Whether the gateway could have named something so."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def is_url(text: str) -> bool:
    """Whether a browser could be sent there."""
    if not text.isascii() or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
