"""A payment in parts: what is taken for one, and what is told when it is none."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardinity_client.money import Money
from producers.contract.splits import PARTS_MAX, SPLIT_ID_MAX, parse_split, part_id, shared, undo_ids
from producers.errors import InvalidCommand

_NOW_MS = 1_770_000_000_000
_CARD = {"pan": "4111111111111111", "exp_month": 12, "exp_year": 2031, "cvc": "123", "holder": "Ona Petraityte"}
_PARTS = [{"recipient": "shop-a", "amount": "70.00"}, {"recipient": "shop-b", "amount": "30.00"}]
_FIELDS: dict[str, Any] = {
    "split_id": "INV-7",
    "total": "100.00",
    "currency": "EUR",
    "country": "LT",
    "payment_instrument": _CARD,
    "parts": _PARTS,
}


def _refused(**more: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidCommand) as caught:
        parse_split({**_FIELDS, **more}, now_ms=_NOW_MS, mode="test")
    return [(error.field, error.code) for error in caught.value.errors]


def test_each_part_is_a_charge_of_its_own() -> None:
    """Named by the split, for its amount, from the one instrument; a part may say its own description and account."""
    parts = [_PARTS[0] | {"description": "Shoes", "account": "eu"}, _PARTS[1]]
    split = parse_split({**_FIELDS, "parts": parts, "description": "Order 7"}, now_ms=_NOW_MS, mode="test")
    assert (split.total, split.all_or_nothing) == (Money(10_000, "EUR"), False)
    told = [
        (part.recipient, part.charge.order_id, part.charge.amount.text, part.charge.description, part.charge.account)
        for part in split.parts
    ]
    assert told == [
        ("shop-a", "INV-7.1", "70.00", "Shoes", "eu"),
        ("shop-b", "INV-7.2", "30.00", "Order 7", "default"),
    ]
    assert len({id(part.charge.instrument) for part in split.parts}) == 1


def test_shares_are_shared_out_to_the_last_cent() -> None:
    """Who lost most by rounding down gets what is left; the earlier one where two lost the same."""
    assert [part.minor for part in shared(Money(10_000, "EUR"), [1, 1, 1])] == [3334, 3333, 3333]
    assert [part.minor for part in shared(Money(100, "EUR"), [50, 25, 25])] == [50, 25, 25]
    assert [part.minor for part in shared(Money(5, "JPY"), [3, 1])] == [4, 1]
    parts = [{"recipient": name, "share": 1} for name in ("a", "b", "c")]
    split = parse_split({**_FIELDS, "parts": parts}, now_ms=_NOW_MS, mode="test")
    assert [part.charge.amount.text for part in split.parts] == ["33.34", "33.33", "33.33"]


@given(total=st.integers(50, 10**9), shares=st.lists(st.integers(1, 1_000_000), min_size=2, max_size=PARTS_MAX))
def test_shares_lose_nothing_and_are_off_by_less_than_a_minor_unit(total: int, shares: list[int]) -> None:
    """They add up, and no part is a whole unit away from its exact share."""
    parts = shared(Money(total, "EUR"), shares)
    assert sum(part.minor for part in parts) == total
    whole = sum(shares)
    assert all(abs(part.minor - Fraction(total * share, whole)) < 1 for part, share in zip(parts, shares, strict=True))


@pytest.mark.parametrize(
    ("more", "errors"),
    [
        ({"parts": [_PARTS[0], {"recipient": "shop-b", "amount": "30.01"}]}, [("parts", "parts_sum")]),
        ({"parts": _PARTS[:1]}, [("parts", "parts_count")]),
        ({"parts": "70.00,30.00"}, [("parts", "parts_type")]),
        ({"parts": [1, 2]}, [("parts", "parts_type")]),
        ({"parts": None}, [("parts", "parts_type")]),
        ({"parts": [{"recipient": str(n), "share": 1} for n in range(PARTS_MAX + 1)]}, [("parts", "parts_count")]),
        ({"parts": [_PARTS[0], {"recipient": "shop-b", "share": 1}]}, [("parts", "parts_mixed")]),
        ({"parts": [_PARTS[0], _PARTS[1] | {"recipient": "shop-a"}]}, [("parts[1].recipient", "recipient_repeated")]),
        ({"parts": [_PARTS[0], {"amount": "30.00"}]}, [("parts[1].recipient", "recipient_format")]),
        ({"parts": [_PARTS[0], _PARTS[1] | {"amont": "1"}]}, [("parts[1].amont", "field_unknown")]),
        (
            {"parts": [{"recipient": "a", "share": 1}, {"recipient": "b", "share": 1_000}]},
            [("parts[0].share", "amount_minimum")],
        ),
        (
            {"parts": [{"recipient": "a", "share": 0}, {"recipient": "b", "share": 1}]},
            [("parts[0].share", "share_range")],
        ),
        ({"all_or_nothing": "yes"}, [("all_or_nothing", "all_or_nothing_type")]),
        ({"split_id": "S" * (SPLIT_ID_MAX + 1)}, [("split_id", "order_id_length")]),
        ({"total": "100"}, [("total", "amount_scale")]),
        ({"mode": "two_phase"}, [("mode", "field_unknown")]),
        ({"country": "XX"}, [("country", "country_unknown")]),
        ({"payment_instrument": _CARD | {"cvc": "12"}}, [("payment_instrument.cvc", "card_cvc_length")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_field(more: dict[str, object], errors: list[tuple[str, str]]) -> None:
    """Where it stands, and with a stable code."""
    assert _refused(**more) == errors


def test_everything_wrong_is_told_at_once() -> None:
    """Of the whole and of its parts."""
    found = _refused(split_id="", country="", total="x", parts=[{"recipient": "!"}, {"recipient": "b", "amount": "1"}])
    assert ("split_id", "order_id_length") in found
    assert ("country", "country_unknown") in found
    assert ("total", "amount_format") in found
    assert ("parts[0].recipient", "recipient_format") in found


def test_the_longest_name_leaves_room_for_what_undoes_its_last_part() -> None:
    """Or a part could be charged that cannot be given back."""
    assert max(map(len, undo_ids(part_id("S" * SPLIT_ID_MAX, PARTS_MAX)))) == 47
