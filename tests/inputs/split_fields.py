"""Payments in parts that must be refused: what is changed in a good one, code and field, and what else is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from producers.contract.splits import PARTS_MAX, SHARE_MAX, SPLIT_ID_MAX
from tests.inputs.cards import SPACED
from tests.inputs.rows import Complaint
from tests.unit.contract.builders import PAN, PAYMENT_ID, card_fields

_CHARGE: Final = card_fields()
_A, _B = {"recipient": "shop-a", "amount": "70.00"}, {"recipient": "shop-b", "amount": "30.00"}
_SHARED: Final = [{"recipient": name, "share": 1} for name in ("shop-a", "shop-b")]
#: One that is accepted.
GOOD: Final[Mapping[str, Any]] = {
    "split_id": "SPLIT-1",
    "total": "100.00",
    "parts": [_A, _B],
    **{name: value for name, value in _CHARGE.items() if name not in ("order_id", "amount", "currency")},
    "currency": "EUR",
}


class Bad(NamedTuple):
    """What is changed, what it is refused for, and what else."""

    changes: Mapping[str, Any]
    code: str
    field: str
    also: tuple[Complaint, ...] = ()

    @property
    def fields(self) -> dict[str, Any]:
        """The whole wish."""
        return {**GOOD, **self.changes}


def _part(**changes: Any) -> dict[str, Any]:
    return {"parts": [_A, {**_B, **changes}]}


def _shares(first: Any, second: Any = 1) -> dict[str, Any]:
    return {"parts": [{**_SHARED[0], "share": first}, {**_SHARED[1], "share": second}]}


EVERY: Final = [
    Bad({"split_id": None}, "order_id_length", "split_id"),
    Bad({"split_id": "S" * (SPLIT_ID_MAX + 1)}, "order_id_length", "split_id"),
    Bad({"split_id": "a b"}, "order_id_charset", "split_id"),
    Bad({"split_id": "SPLIT-a2"}, "order_id_reserved", "split_id"),
    Bad({"split_id": SPACED}, "card_number_in_text", "split_id"),
    Bad({"split_id": 7}, "order_id_type", "split_id"),
    Bad({"total": "100"}, "amount_scale", "total"),
    Bad({"total": 100.0}, "amount_type", "total"),
    Bad({"total": "-100.00"}, "amount_sign", "total"),
    Bad({"total": None}, "amount_type", "total"),
    Bad({"total": "100.01"}, "parts_sum", "parts"),
    Bad({"currency": "eur"}, "currency_unknown", "currency"),
    Bad({"country": "UK"}, "country_unknown", "country"),
    Bad({"description": "a\x1b[2J"}, "description_charset", "description"),
    Bad({"account": "a:b"}, "account_format", "account"),
    Bad({"pan": None}, "card_number_missing", "pan"),
    Bad({"cvc": "12"}, "card_cvc_length", "cvc"),
    Bad({"payment_id": PAYMENT_ID}, "instrument_ambiguous", "payment_id"),
    Bad({"expires_at_ms": 1}, "expires_order", "expires_at_ms"),
    Bad({"all_or_nothing": "yes"}, "all_or_nothing_type", "all_or_nothing"),
    Bad({"all_or_nothing": 1}, "all_or_nothing_type", "all_or_nothing"),
    Bad({"amount": "100.00"}, "field_unknown", "amount"),
    Bad({"order_id": "SPLIT-1"}, "field_unknown", "order_id"),
    Bad({"mode": "two_phase"}, "field_unknown", "mode"),
    Bad({"needs_customer": "link"}, "field_unknown", "needs_customer"),
    Bad({PAN: "1"}, "field_unknown", "?"),
    Bad({"parts": None}, "parts_type", "parts"),
    Bad({"parts": PAN}, "parts_type", "parts"),
    Bad({"parts": {"shop-a": "100.00"}}, "parts_type", "parts"),
    Bad({"parts": ["70.00", "30.00"]}, "parts_type", "parts"),
    Bad({"parts": []}, "parts_count", "parts"),
    Bad({"parts": [_A]}, "parts_count", "parts"),
    Bad({"parts": [_A] * (PARTS_MAX + 1)}, "parts_count", "parts"),
    Bad({"parts": [_A, {"recipient": "shop-b", "share": 1}]}, "parts_mixed", "parts"),
    Bad({"parts": [{**_A, "share": 7}, {**_B, "share": 3}]}, "parts_mixed", "parts[0].amount",
        (("parts_mixed", "parts[1].amount"),)),
    Bad(_part(recipient=None), "recipient_format", "parts[1].recipient"),
    Bad(_part(recipient="-b"), "recipient_format", "parts[1].recipient"),
    Bad(_part(recipient="b\n"), "recipient_format", "parts[1].recipient"),
    Bad(_part(recipient="b" * 65), "recipient_format", "parts[1].recipient"),
    Bad(_part(recipient=["b"]), "recipient_format", "parts[1].recipient"),
    Bad(_part(recipient="shop-a"), "recipient_repeated", "parts[1].recipient"),
    Bad(_part(amount="30"), "amount_scale", "parts[1].amount"),
    Bad(_part(amount=30.0), "amount_type", "parts[1].amount"),
    Bad(_part(amount="0.49"), "amount_minimum", "parts[1].amount"),
    Bad(_part(amount=PAN), "amount_maximum", "parts[1].amount"),
    Bad(_part(amount="30.01"), "parts_sum", "parts"),
    Bad(_part(description=f"for {SPACED}"), "card_number_in_text", "parts[1].description"),
    Bad(_part(account="a:b"), "account_format", "parts[1].account"),
    Bad(_part(order_id="MINE-1"), "field_unknown", "parts[1].order_id"),
    Bad(_part(**{PAN: 1}), "field_unknown", "parts[1].?"),
    Bad(_shares(0), "share_range", "parts[0].share"),
    Bad(_shares(-1), "share_range", "parts[0].share"),
    Bad(_shares(SHARE_MAX + 1), "share_range", "parts[0].share"),
    Bad(_shares(0.5), "share_range", "parts[0].share"),
    Bad(_shares("1"), "share_range", "parts[0].share"),
    Bad(_shares(True), "share_range", "parts[0].share"),
    Bad(_shares(int(PAN)), "share_range", "parts[0].share"),
    Bad(_shares(1, 1000), "amount_minimum", "parts[0].share"),
]  # fmt: skip
