"""Whatever is given: a charge or a refusal comes out, and never a digit of a card."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from producers.contract.card_numbers import TEST_CARDS
from producers.contract.commands import FIELDS, Charge, parse_charge
from producers.contract.strict_json import decode_json_object
from producers.errors import InvalidCommand
from tests.unit.contract.builders import ABSENT, NOW_MS, card_fields

#: Fields of a charge, and the values they get: anything JSON has and a few things only Python has.
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=60) | st.binary(max_size=20)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
)
NAMES = st.sampled_from(FIELDS) | st.text(max_size=30)

#: Values of JSON within the reader's limits.
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9)
)
JSON = PLAIN | st.lists(PLAIN | st.lists(PLAIN, max_size=2) | st.dictionaries(st.text(), PLAIN, max_size=2), max_size=3)

PANS = st.sampled_from(sorted(TEST_CARDS))
SEPARATORS = st.sampled_from(["", " ", "-", ".", "  ", " - ", "\u00a0", "\u2009", "/"])
TEXT_FIELDS = ("order_id", "description", "holder", "account")


@given(st.dictionaries(NAMES, VALUES, max_size=16))
def test_anything_is_a_charge_or_a_refusal(fields: dict[str, Any]) -> None:
    """No value in any field raises anything but InvalidCommand."""
    assert isinstance(outcome(fields), Charge | InvalidCommand)


@given(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4))
def test_a_good_charge_with_a_few_odd_fields_is_a_charge_or_a_refusal(changes: dict[str, Any]) -> None:
    """Neither when most of it is right."""
    assert isinstance(outcome(card_fields(**changes)), Charge | InvalidCommand)


@given(PANS, SEPARATORS, st.integers(1, 8), st.sampled_from(TEXT_FIELDS))
def test_a_card_number_in_a_text_is_found(pan: str, separator: str, size: int, field: str) -> None:
    """However it is grouped, a card number is refused in every field that is text."""
    grouped = separator.join(pan[at : at + size] for at in range(0, len(pan), size))
    refusal = outcome(card_fields(**{field: grouped}))
    assert isinstance(refusal, InvalidCommand)
    assert [(error.field, error.code) for error in refusal.errors] == [(field, "card_number_in_text")]


@given(PANS, st.text(max_size=20), st.text(max_size=20), NAMES, st.booleans())
def test_no_error_holds_digits_of_a_card(pan: str, before: str, after: str, name: str, as_name: bool) -> None:
    """A card number given anywhere, even as a field's name, is in no error, not even in part."""
    text = before + pan + after
    result = outcome(card_fields(**({text: name} if as_name else {name: text})))
    told = "" if isinstance(result, Charge) else repr(result.errors) + str(result)
    assert not any(pan[at : at + 5] in told for at in range(len(pan) - 4))


@given(st.dictionaries(st.text(max_size=9), JSON, max_size=5))
def test_json_reads_back_as_it_was_written(value: dict[str, Any]) -> None:
    """What the standard encoder writes, the strict reader reads."""
    assert decode_json_object(json.dumps(value)) == value


def outcome(fields: dict[str, Any]) -> Charge | InvalidCommand:
    """What becomes of these fields."""
    assert ABSENT not in fields
    try:
        return parse_charge(fields, now_ms=NOW_MS, mode="test")
    except InvalidCommand as refusal:
        return refusal
