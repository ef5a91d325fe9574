"""Fields of a refund, a settlement and a void that must be refused, each with the field and the code."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from producers.contract.follow_ups import DESCRIPTION_LEFT
from producers.contract.names import REFUND, SETTLEMENT, VOID
from tests.inputs.cards import ARABIC, FULL_WIDTH, OTHER_PAN, SPACED
from tests.inputs.charge_fields import ODD
from tests.inputs.rows import Complaint
from tests.unit.contract.builders import ABSENT, NOW_MS, PAN, PAYMENT_ID


class Bad(NamedTuple):
    """Changes to a good order, and what must be told of it."""

    changes: Mapping[Any, Any]
    field: str
    code: str
    kind: str = REFUND
    also: tuple[Complaint, ...] = ()

    @property
    def fields(self) -> dict[Any, Any]:
        """The order with the changes."""
        given: dict[Any, Any] = {"order_id": "RET-1", "payment_id": PAYMENT_ID}
        if self.kind != VOID:
            given |= {"amount": "10.00", "currency": "EUR"}
        return {name: value for name, value in {**given, **self.changes}.items() if value is not ABSENT}


MONEY = [
    Bad({"amount": amount}, "amount", code, kind)
    for kind in (REFUND, SETTLEMENT)
    for amount, code in (
        (ABSENT, "amount_type"),
        (None, "amount_type"),
        (10, "amount_type"),
        (10.0, "amount_type"),
        (True, "amount_type"),
        (Decimal("10.00"), "amount_type"),
        (ODD, "amount_type"),
        ("10", "amount_scale"),
        ("10.005", "amount_scale"),
        ("0.00", "amount_minimum"),
        ("-1.00", "amount_sign"),
        ("-0.00", "amount_format"),
        ("1e3", "amount_format"),
        ("10,00", "amount_format"),
        (" 10.00", "amount_format"),
        ("10.00\n", "amount_format"),
        ("all", "amount_format"),
        ("", "amount_format"),
        ("10.00".translate(ARABIC), "amount_format"),
        ("10.00".translate(FULL_WIDTH), "amount_format"),
        ("10000000.00", "amount_maximum"),
        (PAN, "amount_maximum"),
    )
]
CURRENCY = [
    *(
        Bad({"currency": currency}, "currency", "currency_unknown", SETTLEMENT)
        for currency in (ABSENT, None, "", "eur", "ZZZ", "EUR ", 978, ODD)
    ),
    Bad({"currency": "ZZZ", "amount": "1e3"}, "currency", "currency_unknown", also=(("amount_format", "amount"),)),
    Bad({"currency": "JPY"}, "amount", "amount_scale"),
]
PAYMENT = [
    Bad({"payment_id": payment_id}, "payment_id", "payment_id_format", kind)
    for kind in (REFUND, VOID)
    for payment_id in (
        ABSENT,
        None,
        "",
        "77",
        77,
        PAN,
        SPACED,
        PAYMENT_ID.upper(),
        f"{PAYMENT_ID}\n",
        f"{PAYMENT_ID}/refunds",
        f"../{PAYMENT_ID}",
        "{" + PAYMENT_ID + "}",
        [PAYMENT_ID],
        ODD,
    )
]
NAMES = [
    Bad({"order_id": ABSENT}, "order_id", "order_id_length", VOID),
    Bad({"order_id": "a b"}, "order_id", "order_id_charset", VOID),
    Bad({"order_id": "RET-a2"}, "order_id", "order_id_reserved"),
    Bad({"order_id": PAN}, "order_id", "card_number_in_text"),
    Bad({"order_id": ODD}, "order_id", "order_id_type"),
    Bad({"description": "k" * (DESCRIPTION_LEFT + 1)}, "description", "description_length"),
    Bad({"description": "k" * 256}, "description", "description_length", VOID),
    Bad({"description": "a\x1b[2J"}, "description", "description_charset", SETTLEMENT),
    Bad({"description": "a\ud800"}, "description", "description_charset"),
    Bad({"description": f"for card {PAN}"}, "description", "card_number_in_text", VOID),
    Bad({"description": " ".join(PAN)}, "description", "card_number_in_text"),
    Bad({"description": 5}, "description", "description_type"),
    Bad({"account": "a:b"}, "account", "account_format"),
    Bad({"account": OTHER_PAN}, "account", "card_number_in_text", VOID),
    Bad({"account": 1}, "account", "account_type"),
    Bad({"expires_at_ms": "soon"}, "expires_at_ms", "expires_format"),
    Bad({"expires_at_ms": NOW_MS}, "expires_at_ms", "expires_order", VOID),
    Bad({"expires_at_ms": 10**15}, "expires_at_ms", "expires_format"),
]
#: What belongs to a charge, or to nothing.
OTHERS = [
    Bad({"amount": "10.00"}, "amount", "field_unknown", VOID),
    Bad({"currency": "EUR"}, "currency", "field_unknown", VOID),
    Bad({"pan": PAN}, "pan", "field_unknown"),
    Bad({"cvc": "123"}, "cvc", "field_unknown", SETTLEMENT),
    Bad({"country": "LT"}, "country", "field_unknown"),
    Bad({"amout": "10.00"}, "amout", "field_unknown"),
    Bad({"kind": "refund"}, "kind", "field_unknown"),
    Bad({PAN: "1"}, "?", "field_unknown", VOID),
]
EVERY = [*MONEY, *CURRENCY, *PAYMENT, *NAMES, *OTHERS]
