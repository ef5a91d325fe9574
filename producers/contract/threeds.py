"""3-D Secure data of a charge, from untrusted words to the client's value. Fields are the gateway's own.

They are personal: e-mail, telephone, address and IP address travel sealed beside the card, never in a readable row,
and are not compared when an order comes again, for a customer who tries once more may hold another telephone. What a
field may be is the client's rule, so that nothing is accepted here that could not be sent; here it gets its whole path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, cast

from cardinity_client.errors import RequestInvalid
from cardinity_client.models.checks import require_number, require_text, require_url
from cardinity_client.models.threeds import (
    HEADER_MAX,
    WINDOW_SIZES,
    Address,
    BrowserInfo,
    CardholderInfo,
    ThreedsRequest,
    WindowSize,
)
from producers.contract.fields import Refusal, is_absent
from producers.contract.form import Form

#: The field of a charge.
THREEDS: Final = "threeds2_data"

_Rule = Callable[[object], object]
_MEMBERS: Final = ("notification_url", "browser_info", "billing_address", "delivery_address", "cardholder_info")


def read_threeds(form: Form) -> ThreedsRequest | None:
    """What the bank may be told of the customer; None when it is not given, or when anything of it is wrong."""
    if (inner := _inner(form, THREEDS)) is None:
        return None
    wrong_before = len(form.errors)
    url = inner.read("notification_url", partial(_needed, _url))
    if not inner.gives("browser_info"):
        inner.refuse("browser_info", "threeds_missing", "is missing")
    browser = _values(inner, "browser_info", _BROWSER, _BROWSER_NEEDED)
    billing = _values(inner, "billing_address", _ADDRESS, _ADDRESS_NEEDED)
    delivery = _values(inner, "delivery_address", _ADDRESS, _ADDRESS_NEEDED)
    holder = _values(inner, "cardholder_info", _HOLDER, ())
    inner.refuse_others(_MEMBERS)
    if len(form.errors) > wrong_before or url is None or browser is None:
        return None
    return ThreedsRequest(
        str(url),
        BrowserInfo(**cast("dict[str, object]", browser)),  # type: ignore[arg-type]
        None if billing is None else Address(**cast("dict[str, str]", billing)),
        None if delivery is None else Address(**cast("dict[str, str]", delivery)),
        None if holder is None else CardholderInfo(**cast("dict[str, str]", holder)),
    )


def _inner(form: Form, name: str) -> Form | None:
    """The object of that name, as a form whose fields have their whole path."""
    if not form.gives(name):
        return None
    values = form.values[name]
    if not isinstance(values, Mapping):
        form.refuse(name, "threeds_type", "must be an object")
        return None
    return Form(values, f"{form.path}{name}.", form.errors)


def _values(form: Form, name: str, rules: Mapping[str, _Rule], needed: tuple[str, ...]) -> Mapping[str, object] | None:
    """The members of an object that are given, each by its rule."""
    if (inner := _inner(form, name)) is None:
        return None
    read = {
        member: inner.read(member, partial(_needed, rule)) if member in needed else inner.read_if_given(member, rule)
        for member, rule in rules.items()
    }
    inner.refuse_others(tuple(rules))
    return {member: value for member, value in read.items() if value is not None}


def _needed(rule: _Rule, value: object) -> object:
    if is_absent(value):
        raise Refusal("threeds_missing", "is missing")
    return rule(value)


def _text(value: object, most: int, least: int = 1) -> str:
    return str(_checked(value, require_text, most, least=least))


def _url(value: object) -> str:
    return str(_checked(value, require_url))


def _whole(value: object, least: int, most: int) -> object:
    return _checked(value, require_number, least, most)


def _checked(value: object, check: Callable[..., None], *bounds: int, **more: int) -> object:
    """The value, when the client's own check has nothing against it."""
    try:
        check(value, "", *bounds, **more)
    except RequestInvalid as error:
        raise Refusal(error.code, error.message) from None
    return value


def _language(value: object) -> str:
    text = _text(value, 8, 2)
    if not (text.isascii() and text.replace("-", "").isalpha()):
        raise Refusal("language_format", "must be 2 to 8 letters, like en-US")
    return text


def _window(value: object) -> WindowSize:
    if not isinstance(value, str) or value not in WINDOW_SIZES:
        raise Refusal("window_size", f"must be one of {', '.join(sorted(WINDOW_SIZES))}")
    return cast(WindowSize, value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Refusal("flag_type", "must be true or false")
    return value


def _country(value: object) -> str:
    text = _text(value, 3, 2)
    if not (text.isascii() and text.isalpha() and text.isupper()):
        raise Refusal("country_format", "must be two or three capital letters, like LT")
    return text


_BROWSER: Final[Mapping[str, _Rule]] = {
    "accept_header": partial(_text, most=HEADER_MAX),
    "browser_language": _language,
    "screen_width": partial(_whole, least=1, most=999_999),
    "screen_height": partial(_whole, least=1, most=999_999),
    "challenge_window_size": _window,
    "user_agent": partial(_text, most=HEADER_MAX),
    "color_depth": partial(_whole, least=1, most=48),
    "time_zone": partial(_whole, least=-840, most=840),
    "ip_address": partial(_text, most=45),
    "javascript_enabled": _flag,
    "java_enabled": _flag,
}
_BROWSER_NEEDED: Final = tuple(_BROWSER)[:8]
_ADDRESS: Final[Mapping[str, _Rule]] = {
    "address_line1": partial(_text, most=50),
    "city": partial(_text, most=50),
    "country": _country,
    "postal_code": partial(_text, most=16),
    "address_line2": partial(_text, most=50),
    "address_line3": partial(_text, most=50),
    "state": partial(_text, most=14),
}
_ADDRESS_NEEDED: Final = tuple(_ADDRESS)[:4]
_HOLDER: Final[Mapping[str, _Rule]] = {
    "email_address": partial(_text, most=254),
    "mobile_phone_number": partial(_text, most=32),
    "home_phone_number": partial(_text, most=32),
    "work_phone_number": partial(_text, most=32),
}
