"""What counts as a card number in a text, and what does not."""

import pytest

from producers.contract.card_numbers import (
    TEST_CARDS,
    contains_card_number,
    mask_card_numbers,
    passes_luhn,
)
from tests.unit.contract.builders import PAN, grouped, with_check_digit

NUMBERS = ["378282246310005", *map(grouped, ("", " ", "-", ".", "_", " / "))]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("around", ["{}", "card {} please", "ref:{};", "x{}y", "no 12, card {}, exp 04/31"])
def test_a_card_number_is_found_wherever_it_stands(around: str, number: str) -> None:
    """Groups, marks and neighbours do not hide it."""
    assert contains_card_number(around.format(number))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Blue kettle",
        "ORD-20260115-000001",
        "20260115120000123456",
        "+370 600 12345",
        "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10",
        "1700000000000",
        "4111 1111 1111",
        "4111111111111112",
        "4242424242424241",
        "00004111111111111111",
        "0000000000000000",
        "4111a1111b1111c1111",
    ],
)
def test_other_digits_are_not_card_numbers(text: str) -> None:
    """Dates, phones, ids, clocks, wrong check digits and longer numbers are left alone."""
    assert not contains_card_number(text)


@pytest.mark.parametrize("number", ["2220", "2721", "9"])
def test_a_number_of_no_brand_is_no_card(number: str) -> None:
    """The check digit alone does not make a card number."""
    digits = with_check_digit(number.ljust(15, "0"))
    assert passes_luhn(digits) and not contains_card_number(digits)


def test_masking_leaves_the_rest() -> None:
    """Every card number in the text is replaced, and only they."""
    text = f"first {PAN}, then 5555 5555 5555 4444 and 4111111111111112."
    assert mask_card_numbers(text, "*") == "first *, then * and 4111111111111112."


def test_the_published_test_cards_are_card_numbers() -> None:
    """All of them pass the rules they are an exception to."""
    assert all(contains_card_number(pan) for pan in TEST_CARDS)


def test_a_long_text_takes_no_long_time() -> None:
    """Each group is looked at with the few behind it only: a flood of digits is no attack."""
    assert not contains_card_number("41 " * 50_000) and not contains_card_number("4" * 1_000_000)
