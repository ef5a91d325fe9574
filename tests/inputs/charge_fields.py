"""Fields of a charge that must be refused, each with the field and the code it must be refused for.

A case says what it changes in a good charge: `card_fields` is a charge by card as in a batch file, `nested_fields` the
gateway's own form (changes are to its instrument), `reference_fields` a charge by payment_id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from tests.inputs.cards import ARABIC, DASHED, FULL_WIDTH, OTHER_PAN, SPACED, SUPERSCRIPT
from tests.unit.contract.builders import ABSENT, NOW_MS, PAN, card_fields, grouped, reference_fields


class Bad(NamedTuple):
    """Changes to a good charge, and the error they must give."""

    changes: Mapping[Any, Any]
    field: str
    code: str
    build: Callable[..., dict[str, object]] = card_fields
    mode: str = "test"

    @property
    def charge(self) -> dict[Any, object]:
        """The charge with the changes; Python lets the name of a field be anything."""
        named = {name: value for name, value in self.changes.items() if isinstance(name, str)}
        return {**self.build(**named), **{name: self.changes[name] for name in self.changes.keys() - named.keys()}}


class Odd:
    """A value as data frames have it for what is missing: it answers comparisons, and is neither true nor false."""

    def __eq__(self, other: object) -> Any:
        return self

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise TypeError("boolean value of NA is ambiguous")


ODD = Odd()

MODE = [
    Bad({"mode": "one_phase"}, "mode", "mode_unknown"),
    Bad({"mode": "TWO_PHASE"}, "mode", "mode_unknown"),
    Bad({"mode": "two_phase\n"}, "mode", "mode_unknown"),
    Bad({"mode": "DIRECT"}, "mode", "mode_unknown"),
    Bad({"mode": True}, "mode", "mode_unknown"),
    Bad({"mode": 2}, "mode", "mode_unknown"),
    Bad({"mode": ["two_phase"]}, "mode", "mode_unknown"),
    Bad({"mode": {}}, "mode", "mode_unknown"),
    Bad({"mode": PAN}, "mode", "mode_unknown"),
    Bad({"mode": ODD}, "mode", "mode_unknown"),
    Bad({"mode": "two_phase", "settle": False}, "mode", "mode_settle"),
    Bad({"mode": "two_phase", "settle": "false"}, "mode", "mode_settle"),
]

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
    Bad({"account": OTHER_PAN}, "account", "card_number_in_text"),
    Bad({"expires_at_ms": "soon"}, "expires_at_ms", "expires_format"),
    Bad({"expires_at_ms": 1.5}, "expires_at_ms", "expires_format"),
    Bad({"expires_at_ms": True}, "expires_at_ms", "expires_format"),
    Bad({"expires_at_ms": -1}, "expires_at_ms", "expires_format"),
    Bad({"expires_at_ms": 10**15}, "expires_at_ms", "expires_format"),
    Bad({"expires_at_ms": NOW_MS}, "expires_at_ms", "expires_order"),
    Bad({"expires_at_ms": "1"}, "expires_at_ms", "expires_order"),
]

#: What only Python has: values of data frames and decimals, and texts that are no texts.
ODDITIES = [
    Bad({"order_id": ODD}, "order_id", "order_id_type"),
    Bad({"amount": ODD}, "amount", "amount_type"),
    Bad({"currency": ODD}, "currency", "currency_unknown"),
    Bad({"country": ODD}, "country", "country_unknown"),
    Bad({"description": ODD}, "description", "description_type"),
    Bad({"account": ODD}, "account", "account_type"),
    Bad({"expires_at_ms": ODD}, "expires_at_ms", "expires_format"),
    Bad({"payment_method": ODD}, "payment_method", "method_unknown"),
    Bad({"payment_id": ODD}, "payment_id", "payment_id_format", reference_fields),
    Bad({"payment_instrument": ODD, "payment_id": ABSENT}, "payment_instrument", "instrument_type", reference_fields),
    Bad({"pan": ODD}, "pan", "card_number_type"),
    Bad({"cvc": ODD}, "cvc", "card_cvc_type"),
    Bad({"holder": ODD}, "holder", "card_holder_type"),
    Bad({"exp_month": ODD}, "exp_month", "card_expiry_month"),
    Bad({"exp_year": ODD}, "exp_year", "card_expiry_year"),
    Bad({"amount": Decimal("10.00")}, "amount", "amount_type"),
    Bad({"amount": Decimal("sNaN")}, "amount", "amount_type"),
    Bad({"amount": float("nan")}, "amount", "amount_type"),
    Bad({"amount": object()}, "amount", "amount_type"),
    Bad({"pan": Decimal(PAN)}, "pan", "card_number_type"),
    Bad({"pan": PAN.encode()}, "pan", "card_number_type"),
    Bad({"pan": bytearray(PAN.encode())}, "pan", "card_number_type"),
    Bad({"exp_year": 10**5000}, "exp_year", "card_expiry_year"),
    Bad({"exp_month": -(10**5000)}, "exp_month", "card_expiry_month"),
    Bad({"exp_month": float("inf")}, "exp_month", "card_expiry_month"),
    Bad({"expires_at_ms": 10**5000}, "expires_at_ms", "expires_format"),
    Bad({7: "1"}, "?", "field_unknown"),
    Bad({None: "1"}, "?", "field_unknown"),
    Bad({b"amount": "1"}, "?", "field_unknown"),
    Bad({(PAN,): "1"}, "?", "field_unknown"),
]
