"""Charges that must be refused, each with the field and the code it must be refused for.

Data; `test_bad_charges` runs it. A case says what it changes in a good charge: `card_fields` is a charge by
card as in a batch file, `nested_fields` the gateway's own form (changes are to its instrument),
`reference_fields` a charge by payment_id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tests.unit.contract.builders import (
    ABSENT,
    CARD,
    NOW_MS,
    PAN,
    PAYMENT_ID,
    card_fields,
    grouped,
    nested_fields,
    reference_fields,
    with_check_digit,
)


class Bad(NamedTuple):
    """Changes to a good charge, and the error they must give."""

    changes: Mapping[str, Any]
    field: str
    code: str
    build: Callable[..., dict[str, object]] = card_fields
    mode: str = "test"


#: A card that live mode takes; made here, because no such digits may be written down.
LIVE_PAN = with_check_digit("400000000000123")
#: The ASCII digits in other scripts, for `str.translate`.
ARABIC, FULL_WIDTH = ({ord("0") + digit: zero + digit for digit in range(10)} for zero in (0x0660, 0xFF10))
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
SPACED, DASHED = grouped(" "), grouped("-")
OTHER_CARD = "5555555555554444"

AMOUNT = [
    Bad({"amount": 10.0}, "amount", "amount_type"),
    Bad({"amount": 10}, "amount", "amount_type"),
    Bad({"amount": True}, "amount", "amount_type"),
    Bad({"amount": None}, "amount", "amount_type"),
    Bad({"amount": ABSENT}, "amount", "amount_type"),
    Bad({"amount": []}, "amount", "amount_type"),
    Bad({"amount": {}}, "amount", "amount_type"),
    Bad({"amount": b"10.00"}, "amount", "amount_type"),
    Bad({"amount": "10"}, "amount", "amount_scale"),
    Bad({"amount": "10.5"}, "amount", "amount_scale"),
    Bad({"amount": "10.005"}, "amount", "amount_scale"),
    Bad({"amount": "10.00", "currency": "JPY"}, "amount", "amount_scale"),
    Bad({"amount": "10.00", "currency": "KWD"}, "amount", "amount_scale"),
    Bad({"amount": "-5.00"}, "amount", "amount_sign"),
    Bad({"amount": "-0.01"}, "amount", "amount_sign"),
    Bad({"amount": "0.00"}, "amount", "amount_minimum"),
    Bad({"amount": "0.49"}, "amount", "amount_minimum"),
    Bad({"amount": "0", "currency": "JPY"}, "amount", "amount_minimum"),
    Bad({"amount": "0.499", "currency": "KWD"}, "amount", "amount_minimum"),
    Bad({"amount": "10000000.00"}, "amount", "amount_maximum"),
    Bad({"amount": "1" * 5000}, "amount", "amount_maximum"),
    Bad({"amount": PAN}, "amount", "amount_maximum"),
    Bad({"amount": ""}, "amount", "amount_format"),
    Bad({"amount": "NaN"}, "amount", "amount_format"),
    Bad({"amount": "Infinity"}, "amount", "amount_format"),
    Bad({"amount": "-0.00"}, "amount", "amount_format"),
    Bad({"amount": "1e3"}, "amount", "amount_format"),
    Bad({"amount": "0x10"}, "amount", "amount_format"),
    Bad({"amount": "1_000.00"}, "amount", "amount_format"),
    Bad({"amount": "1,000.00"}, "amount", "amount_format"),
    Bad({"amount": "10,00"}, "amount", "amount_format"),
    Bad({"amount": " 10.00"}, "amount", "amount_format"),
    Bad({"amount": "10.00\n"}, "amount", "amount_format"),
    Bad({"amount": "10.00\x00"}, "amount", "amount_format"),
    Bad({"amount": "+10.00"}, "amount", "amount_format"),
    Bad({"amount": "010.00"}, "amount", "amount_format"),
    Bad({"amount": "10."}, "amount", "amount_format"),
    Bad({"amount": ".50"}, "amount", "amount_format"),
    Bad({"amount": "10.0.0"}, "amount", "amount_format"),
    Bad({"amount": "€10.00"}, "amount", "amount_format"),
    Bad({"amount": "10.00".translate(ARABIC)}, "amount", "amount_format"),
    Bad({"amount": "10.00".translate(FULL_WIDTH)}, "amount", "amount_format"),
    Bad({"amount": "10.00".translate(SUPERSCRIPT)}, "amount", "amount_format"),
]

CURRENCY = [
    Bad({"currency": currency}, "currency", "currency_unknown")
    for currency in (
        "eur",
        "EURO",
        "EU",
        "",
        "ZZZ",
        "€",
        "XXX",
        "XAU",
        "EUR ",
        "\uff25\uff35\uff32",
        978,
        None,
        [],
        ABSENT,
    )
]

COUNTRY = [
    Bad({"country": country}, "country", "country_unknown")
    for country in ("USA", "xx", "", "lt", "UK", "EU", "L", "LT\n", 440, None, {}, ABSENT)
]

ORDER_ID = [
    Bad({"order_id": ABSENT}, "order_id", "order_id_length"),
    Bad({"order_id": None}, "order_id", "order_id_length"),
    Bad({"order_id": ""}, "order_id", "order_id_length"),
    Bad({"order_id": "a"}, "order_id", "order_id_length"),
    Bad({"order_id": "a" * 48}, "order_id", "order_id_length"),
    Bad({"order_id": "a" * 51}, "order_id", "order_id_length"),
    Bad({"order_id": "a" * 10_000_000}, "order_id", "order_id_length"),
    Bad({"order_id": 1001}, "order_id", "order_id_type"),
    Bad({"order_id": True}, "order_id", "order_id_type"),
    Bad({"order_id": ["ORD-1"]}, "order_id", "order_id_type"),
    Bad({"order_id": "a b"}, "order_id", "order_id_charset"),
    Bad({"order_id": "a/b"}, "order_id", "order_id_charset"),
    Bad({"order_id": "a'b"}, "order_id", "order_id_charset"),
    Bad({"order_id": "ä1"}, "order_id", "order_id_charset"),
    Bad({"order_id": "a_b"}, "order_id", "order_id_charset"),
    Bad({"order_id": "a~1"}, "order_id", "order_id_charset"),
    Bad({"order_id": "a:b"}, "order_id", "order_id_charset"),
    Bad({"order_id": "ab\n"}, "order_id", "order_id_charset"),
    Bad({"order_id": "a\r\nX: y"}, "order_id", "order_id_charset"),
    Bad({"order_id": "a\x00b"}, "order_id", "order_id_charset"),
    Bad({"order_id": "12".translate(ARABIC)}, "order_id", "order_id_charset"),
    Bad({"order_id": "../etc"}, "order_id", "order_id_charset"),
    Bad({"order_id": "ORD-a2"}, "order_id", "order_id_reserved"),
    Bad({"order_id": "ORD-a1-a22"}, "order_id", "order_id_reserved"),
    Bad({"order_id": PAN}, "order_id", "card_number_in_text"),
    Bad({"order_id": f"ORD-{PAN}"}, "order_id", "card_number_in_text"),
    Bad({"order_id": DASHED}, "order_id", "card_number_in_text"),
    Bad({"order_id": grouped(".")}, "order_id", "card_number_in_text"),
    Bad({"order_id": SPACED}, "order_id", "card_number_in_text"),
]

TEXTS = [
    Bad({"description": 5}, "description", "description_type"),
    Bad({"description": ["kettle"]}, "description", "description_type"),
    Bad({"description": "k" * 256}, "description", "description_length"),
    Bad({"description": "kettle\r\nX-Injected: 1"}, "description", "description_charset"),
    Bad({"description": "kettle\x00"}, "description", "description_charset"),
    Bad({"description": "kettle\x1b[2J"}, "description", "description_charset"),
    Bad({"description": "kettle\u202etxt"}, "description", "description_charset"),
    Bad({"description": "kettle\u2028"}, "description", "description_charset"),
    Bad({"description": "kettle\ud800"}, "description", "description_charset"),
    Bad({"description": f"card {PAN}"}, "description", "card_number_in_text"),
    Bad({"description": f"card:{SPACED}!"}, "description", "card_number_in_text"),
    Bad({"description": grouped(" - ")}, "description", "card_number_in_text"),
    Bad({"description": grouped("\u00a0")}, "description", "card_number_in_text"),
    Bad({"description": grouped("\u200b")}, "description", "card_number_in_text"),
    Bad({"description": " ".join(PAN)}, "description", "card_number_in_text"),
    Bad({"description": PAN.translate(ARABIC)}, "description", "card_number_in_text"),
    Bad({"description": PAN.translate(FULL_WIDTH)}, "description", "card_number_in_text"),
    Bad({"description": PAN.translate(SUPERSCRIPT)}, "description", "card_number_in_text"),
    Bad({"description": f"{PAN} {'k' * 300}"}, "description", "card_number_in_text"),
    Bad({"holder": ABSENT}, "holder", "card_holder_missing"),
    Bad({"holder": ""}, "holder", "card_holder_missing"),
    Bad({"holder": " "}, "holder", "card_holder_length"),
    Bad({"holder": "O" * 33}, "holder", "card_holder_length"),
    Bad({"holder": 7}, "holder", "card_holder_type"),
    Bad({"holder": "Ona\tP"}, "holder", "card_holder_charset"),
    Bad({"holder": SPACED}, "holder", "card_number_in_text"),
    Bad({"holder": "378282246310005"}, "holder", "card_number_in_text"),
    Bad({"account": 1}, "account", "account_type"),
    Bad({"account": "-shop"}, "account", "account_format"),
    Bad({"account": "a:b"}, "account", "account_format"),
    Bad({"account": "a" * 65}, "account", "account_format"),
    Bad({"account": "shop\n"}, "account", "account_format"),
    Bad({"account": OTHER_CARD}, "account", "card_number_in_text"),
    Bad({"expires_at_ms": "soon"}, "expires_at_ms", "expires_format"),
    Bad({"expires_at_ms": 1.5}, "expires_at_ms", "expires_format"),
    Bad({"expires_at_ms": True}, "expires_at_ms", "expires_format"),
    Bad({"expires_at_ms": -1}, "expires_at_ms", "expires_format"),
    Bad({"expires_at_ms": 10**15}, "expires_at_ms", "expires_format"),
    Bad({"expires_at_ms": NOW_MS}, "expires_at_ms", "expires_order"),
    Bad({"expires_at_ms": "1"}, "expires_at_ms", "expires_order"),
]

CARDS = [
    Bad({"pan": ABSENT}, "pan", "card_number_missing"),
    Bad({"pan": ""}, "pan", "card_number_missing"),
    Bad({"pan": int(PAN)}, "pan", "card_number_type"),
    Bad({"pan": float(PAN)}, "pan", "card_number_type"),
    Bad({"pan": [PAN]}, "pan", "card_number_type"),
    Bad({"pan": SPACED}, "pan", "card_number_format"),
    Bad({"pan": DASHED}, "pan", "card_number_format"),
    Bad({"pan": f"{PAN}\n"}, "pan", "card_number_format"),
    Bad({"pan": f" {PAN}"}, "pan", "card_number_format"),
    Bad({"pan": "4.11111E+15"}, "pan", "card_number_format"),
    Bad({"pan": PAN.translate(ARABIC)}, "pan", "card_number_format"),
    Bad({"pan": PAN.translate(FULL_WIDTH)}, "pan", "card_number_format"),
    Bad({"pan": PAN.translate(SUPERSCRIPT)}, "pan", "card_number_format"),
    Bad({"pan": "4242424242424241"}, "pan", "card_number_invalid"),
    Bad({"pan": PAN[:-1] + "2"}, "pan", "card_number_invalid"),
    Bad({"pan": with_check_digit(PAN[:14])}, "pan", "card_number_invalid"),
    Bad({"pan": with_check_digit("5555" + "0" * 13)}, "pan", "card_number_invalid"),
    Bad({"pan": "0" * 11}, "pan", "card_number_invalid"),
    Bad({"pan": "0" * 20}, "pan", "card_number_invalid"),
    Bad({"pan": "4" * 1_000_000}, "pan", "card_number_invalid"),
    Bad({"pan": LIVE_PAN}, "pan", "card_number_live_in_test"),
    Bad({"pan": PAN}, "pan", "card_number_test_in_live", mode="live"),
    Bad({"pan": "4222222222222"}, "pan", "card_number_test_in_live", mode="live"),
    Bad({"cvc": "12"}, "cvc", "card_cvc_length"),
    Bad({"cvc": "12345"}, "cvc", "card_cvc_length"),
    Bad({"cvc": "1a3"}, "cvc", "card_cvc_format"),
    Bad({"cvc": "123".translate(ARABIC)}, "cvc", "card_cvc_format"),
    Bad({"cvc": "12\n"}, "cvc", "card_cvc_format"),
    Bad({"cvc": 123}, "cvc", "card_cvc_type"),
    Bad({"cvc": ABSENT}, "cvc", "card_cvc_missing"),
    Bad({"cvc": ""}, "cvc", "card_cvc_missing"),
    Bad({"cvc": None}, "cvc", "card_cvc_missing"),
    Bad({"exp_month": 0}, "exp_month", "card_expiry_month"),
    Bad({"exp_month": 13}, "exp_month", "card_expiry_month"),
    Bad({"exp_month": -1}, "exp_month", "card_expiry_month"),
    Bad({"exp_month": "1.5"}, "exp_month", "card_expiry_month"),
    Bad({"exp_month": 4.0}, "exp_month", "card_expiry_month"),
    Bad({"exp_month": True}, "exp_month", "card_expiry_month"),
    Bad({"exp_month": "004"}, "exp_month", "card_expiry_month"),
    Bad({"exp_month": "4".translate(ARABIC)}, "exp_month", "card_expiry_month"),
    Bad({"exp_month": "4".translate(SUPERSCRIPT)}, "exp_month", "card_expiry_month"),
    Bad({"exp_month": "Apr"}, "exp_month", "card_expiry_month"),
    Bad({"exp_month": ABSENT}, "exp_month", "card_expiry_month"),
    Bad({"exp_year": 25}, "exp_year", "card_expiry_year"),
    Bad({"exp_year": "31"}, "exp_year", "card_expiry_year"),
    Bad({"exp_year": 3000}, "exp_year", "card_expiry_year"),
    Bad({"exp_year": 2047}, "exp_year", "card_expiry_year"),
    Bad({"exp_year": 2031.0}, "exp_year", "card_expiry_year"),
    Bad({"exp_year": -2031}, "exp_year", "card_expiry_year"),
    Bad({"exp_year": "2031 "}, "exp_year", "card_expiry_year"),
    Bad({"exp_year": None}, "exp_year", "card_expiry_year"),
    Bad({"exp_year": 2020, "exp_month": 1}, "exp_year", "card_expired"),
    Bad({"exp_year": 2025, "exp_month": 12}, "exp_year", "card_expired"),
]

INSTRUMENT = [
    Bad(dict.fromkeys(CARD, ABSENT), "payment_instrument", "instrument_missing"),
    Bad(dict.fromkeys(CARD, ""), "payment_instrument", "instrument_missing"),
    Bad(dict.fromkeys(CARD, ABSENT), "payment_instrument", "instrument_missing", nested_fields),
    Bad({"payment_id": PAYMENT_ID}, "payment_id", "instrument_ambiguous"),
    Bad({"payment_id": PAYMENT_ID}, "payment_instrument.payment_id", "instrument_ambiguous", nested_fields),
    Bad({"payment_instrument": dict(CARD)}, "payment_instrument", "instrument_ambiguous"),
    Bad({"payment_instrument": dict(CARD)}, "payment_instrument", "instrument_ambiguous", reference_fields),
    Bad({"payment_instrument": "card", "payment_id": ABSENT}, "payment_instrument", "instrument_type",
        reference_fields),
    Bad({"payment_instrument": [CARD], "payment_id": ABSENT}, "payment_instrument", "instrument_type",
        reference_fields),
    Bad({"payment_method": "cash"}, "payment_method", "method_unknown"),
    Bad({"payment_method": "CARD"}, "payment_method", "method_unknown"),
    Bad({"payment_method": ["card"]}, "payment_method", "method_unknown"),
    Bad({"payment_method": "recurring"}, "payment_method", "instrument_ambiguous"),
    Bad({"payment_method": "card"}, "payment_method", "instrument_ambiguous", reference_fields),
    Bad({"payment_id": "77"}, "payment_id", "payment_id_format", reference_fields),
    Bad({"payment_id": PAYMENT_ID.upper()}, "payment_id", "payment_id_format", reference_fields),
    Bad({"payment_id": PAYMENT_ID + "\n"}, "payment_id", "payment_id_format", reference_fields),
    Bad({"payment_id": PAYMENT_ID.replace("-", "")}, "payment_id", "payment_id_format", reference_fields),
    Bad({"payment_id": 77}, "payment_id", "payment_id_format", reference_fields),
    Bad({"payment_id": PAN}, "payment_id", "payment_id_format", reference_fields),
    Bad({"pan": SPACED}, "payment_instrument.pan", "card_number_format", nested_fields),
    Bad({"cvc": "12"}, "payment_instrument.cvc", "card_cvc_length", nested_fields),
    Bad({"exp_month": 13}, "payment_instrument.exp_month", "card_expiry_month", nested_fields),
    Bad({"holder": f"O {PAN}"}, "payment_instrument.holder", "card_number_in_text", nested_fields),
    Bad({"pam": PAN}, "payment_instrument.pam", "field_unknown", nested_fields),
    Bad({"amout": "10.00"}, "amout", "field_unknown"),
    Bad({"Amount": "10.00"}, "Amount", "field_unknown"),
    Bad({"settle": True}, "settle", "field_unknown"),
    Bad({PAN: "1"}, "?", "field_unknown"),
    Bad({SPACED: "1"}, "?", "field_unknown"),
    Bad({"x" * 10_000: "1"}, "?", "field_unknown"),
    Bad({"a\r\nb": "1"}, "?", "field_unknown"),
]  # fmt: skip

ALL = [*AMOUNT, *CURRENCY, *COUNTRY, *ORDER_ID, *TEXTS, *CARDS, *INSTRUMENT]
