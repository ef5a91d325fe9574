"""Wishes to refund, settle and void: what is taken, what is refused and how, and the token that finds them again."""

from __future__ import annotations

from typing import Any

import pytest

from cardinity_client.money import NO_MONEY, Money
from producers.contract.card_numbers import contains_card_number
from producers.contract.fields import DESCRIPTION_MAX
from producers.contract.follow_ups import DESCRIPTION_LEFT, carries, description_with, parse_follow_up, token_of
from producers.contract.names import FOLLOW_UPS, REFUND, SETTLEMENT, VOID
from producers.errors import InvalidCommand

NOW_MS = 1_768_471_200_000
PAYMENT_ID = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"
REFUND_FIELDS = {"order_id": "RET-77", "payment_id": PAYMENT_ID, "amount": "5.00", "currency": "EUR"}
VOID_FIELDS = {"order_id": "VOID-1", "payment_id": PAYMENT_ID}


def codes(kind: str, fields: Any) -> list[tuple[str, str]]:
    """Field and code of everything that is wrong."""
    with pytest.raises(InvalidCommand) as caught:
        parse_follow_up(kind, fields, now_ms=NOW_MS)
    return [(error.field, error.code) for error in caught.value.errors]


def test_a_part_of_a_payment_has_an_amount_and_a_void_has_none() -> None:
    """Refund and settlement name money; a void names no currency at all."""
    part = parse_follow_up(SETTLEMENT, REFUND_FIELDS, now_ms=NOW_MS)
    void = parse_follow_up(VOID, VOID_FIELDS, now_ms=NOW_MS)
    assert (part.kind, part.amount, part.payment_id) == ("settlement", Money(500, "EUR"), PAYMENT_ID)
    assert (void.kind, void.amount, void.account) == ("void", NO_MONEY, "default")


def test_everything_that_is_wrong_is_told_at_once() -> None:
    """Each field by its own code, unknown ones too."""
    fields = {"order_id": "x", "payment_id": "1", "amount": "0.00", "currency": "EUR", "country": "LT"}
    assert codes(REFUND, fields) == [
        ("order_id", "order_id_length"),
        ("payment_id", "payment_id_format"),
        ("amount", "amount_minimum"),
        ("country", "field_unknown"),
    ]


@pytest.mark.parametrize(
    ("kind", "more", "told"),
    [
        (REFUND, {"amount": 5}, ("amount", "amount_type")),
        (REFUND, {"amount": "5"}, ("amount", "amount_scale")),
        (REFUND, {"currency": "XXX"}, ("currency", "currency_unknown")),
        (REFUND, {"description": "4111111111111111"}, ("description", "card_number_in_text")),
        (REFUND, {"description": "x" * (DESCRIPTION_LEFT + 1)}, ("description", "description_length")),
        (REFUND, {"expires_at_ms": NOW_MS}, ("expires_at_ms", "expires_order")),
        (VOID, {"amount": "5.00"}, ("amount", "field_unknown")),
    ],
)
def test_a_wrong_field_is_refused(kind: str, more: dict[str, Any], told: tuple[str, str]) -> None:
    """By a stable code at its name."""
    assert codes(kind, {**(VOID_FIELDS if kind == VOID else REFUND_FIELDS), **more}) == [told]


@pytest.mark.parametrize("kind", FOLLOW_UPS)
@pytest.mark.parametrize("given", [None, [], "RET-77", 7])
def test_what_is_no_mapping_is_refused(kind: str, given: object) -> None:
    """Whatever it is, the caller gets a code."""
    assert codes(kind, given) == [("", "payload_type")]


def test_the_token_is_found_behind_any_description_and_only_there() -> None:
    """The merchant's words cannot forge the token of another order, and it fits behind the longest of them."""
    token, other = token_of("RET-77"), token_of("RET-78")
    assert carries(token, description_with(token, None)) and carries(token, description_with(token, "Blue kettle"))
    assert not carries(other, description_with(token, other))
    assert not carries(token, None)
    assert not carries(token, f"x{token}")
    assert len(description_with(token, "x" * DESCRIPTION_LEFT)) == DESCRIPTION_MAX


def test_tokens_look_like_no_card_number() -> None:
    """They are letters, and differ."""
    tokens = {token_of(f"RET-{number}") for number in range(1000)}
    assert len(tokens) == 1000
    assert not any(contains_card_number(token) or any(map(str.isdigit, token)) for token in tokens)
