"""What only few charges have, as it must be refused: holds, suffixes, and 3-D Secure data with their whole path."""

from __future__ import annotations

from typing import Any

from tests.inputs.cards import SPACED
from tests.inputs.charge_fields import ODD, Bad
from tests.unit.contract.builders import ABSENT, PAN, reference_fields, threeds_fields

_BROWSER: dict[str, Any] = dict(threeds_fields()["browser_info"])  # type: ignore[call-overload]
_ADDRESS = {"address_line1": "Gedimino pr. 1", "city": "Vilnius", "country": "LT", "postal_code": "01103"}

_NO_FLAGS: list[Any] = ["no", "0", "False", 0, 1, 0.0, [], {}, ODD, b"false", PAN]
_NO_OBJECTS: list[Any] = ["yes", 1, True, [], PAN, ODD]

SETTLE = [
    *(Bad({"settle": given}, "settle", "settle_type") for given in _NO_FLAGS),
    Bad({"amount": "0.00"}, "amount", "amount_minimum"),
    Bad({"amount": "0.00", "settle": True}, "amount", "amount_minimum"),
    Bad({"amount": "0.00", "settle": ""}, "amount", "amount_minimum"),
    Bad({"amount": "0.49", "settle": False}, "amount", "amount_minimum"),
    Bad({"amount": "-0.00", "settle": False}, "amount", "amount_format"),
    Bad({"amount": "0", "settle": False}, "amount", "amount_scale"),
]
SUFFIX = [
    Bad({"statement_descriptor_suffix": given}, "statement_descriptor_suffix", code)
    for given, code in (
        (7, "suffix_type"),
        (ODD, "suffix_type"),
        ("k" * 21, "suffix_length"),
        ("k\r\nX: y", "suffix_charset"),
        ("k\u202e", "suffix_charset"),
        (PAN, "card_number_in_text"),
        (SPACED, "card_number_in_text"),
    )
]


def _browser(code: str, **changes: object) -> Bad:
    (name,) = changes
    given = {member: value for member, value in {**_BROWSER, **changes}.items() if value is not ABSENT}
    return Bad({"threeds2_data": threeds_fields(browser_info=given)}, f"threeds2_data.browser_info.{name}", code)


def _address(kind: str, code: str, **changes: object) -> Bad:
    (name,) = changes
    given = {member: value for member, value in {**_ADDRESS, **changes}.items() if value is not ABSENT}
    return Bad({"threeds2_data": threeds_fields(**{kind: given})}, f"threeds2_data.{kind}.{name}", code)


def _member(code: str, **changes: object) -> Bad:
    (name,) = changes
    return Bad({"threeds2_data": threeds_fields(**changes)}, f"threeds2_data.{name}", code)


def _holder(code: str, **changes: object) -> Bad:
    (name,) = changes
    return Bad(
        {"threeds2_data": threeds_fields(cardholder_info=changes)}, f"threeds2_data.cardholder_info.{name}", code
    )


THREEDS = [
    *(Bad({"threeds2_data": given}, "threeds2_data", "threeds_type") for given in _NO_OBJECTS),
    Bad({"threeds2_data": threeds_fields()}, "threeds2_data", "threeds_recurring", reference_fields),
    _member("threeds_missing", notification_url=ABSENT),
    _member("threeds_missing", notification_url=""),
    *(
        _member("url_format", notification_url=given)
        for given in ("shop.example", "ftp://shop.example", "https://", "https://a b", "https://ä", 7, ODD, "h" * 9999,
                      "javascript:alert(1)", "https://shop.example/\n")
    ),
    _member("threeds_missing", browser_info=ABSENT),
    _member("threeds_type", browser_info="Mozilla"),
    _member("threeds_type", cardholder_info=[]),
    _member("field_unknown", browserinfo={}),
    _member("field_unknown", acs_url="https://acs.example"),
    *(_browser("threeds_missing", **{name: ABSENT}) for name in _BROWSER if name != "ip_address"),
    *(_browser("text_type", **{name: 7}) for name in ("accept_header", "user_agent", "browser_language", "ip_address")),
    _browser("text_length", user_agent="k" * 2049),
    _browser("text_charset", accept_header="text/html\r\nX: y"),
    _browser("text_length", browser_language="lithuanian"),
    _browser("language_format", browser_language="l1"),
    *(_browser("number_range", screen_width=given) for given in (0, -1, "1440", 1440.0, True, 10**9, ODD)),
    _browser("number_range", color_depth=49),
    _browser("number_range", time_zone=841),
    *(_browser("window_size", challenge_window_size=given) for given in ("05", "100x100", "full", 5, ODD, PAN)),
    *(_browser("flag_type", java_enabled=given) for given in ("true", 1, ODD)),
    _browser("flag_type", javascript_enabled=0),
    _browser("text_length", ip_address="1" * 46),
    _browser("field_unknown", cookies="k"),
    *(
        _address(kind, "threeds_missing", **{name: ABSENT})
        for kind in ("billing_address", "delivery_address")
        for name in _ADDRESS
    ),
    _address("billing_address", "country_format", country="lt"),
    _address("billing_address", "country_format", country="L1"),
    _address("billing_address", "text_length", country="LITHUANIA"),
    _address("billing_address", "text_length", address_line2="k" * 51),
    _address("delivery_address", "text_length", state="k" * 15),
    _address("delivery_address", "text_charset", city="Vil\x00nius"),
    _address("delivery_address", "field_unknown", zip="01103"),
    _holder("text_length", email_address="k" * 255),
    _holder("text_type", mobile_phone_number=37060000000),
    _holder("text_charset", home_phone_number="1\n2"),
    _holder("text_length", work_phone_number="1" * 33),
    _holder("field_unknown", phone="1"),
]  # fmt: skip
MORE = [*SETTLE, *SUFFIX, *THREEDS]
