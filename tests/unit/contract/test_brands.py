"""Whose card a number is: every edge of every published range, what overlaps, and what is in none."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.contract.brands import RANGES, UNKNOWN, Range, brand_of, range_of
from producers.contract.card_numbers import DIGITS_MAX, DIGITS_MIN, TEST_CARDS, contains_card_number
from tests.unit.contract.builders import with_check_digit

#: Digits by which every number is told: the longest prefixes have six.
TOLD_BY = 6
#: The published test cards of the gateway.
PUBLISHED = {
    "378282246310005": "American Express",
    "4111111111111111": "Visa",
    "4200000000000000": "Visa",
    "4222222222222": "Visa",
    "5454545454540018": "MasterCard",
    "5454545454540109": "MasterCard",
    "5454545454545454": "MasterCard",
    "5555555555554444": "MasterCard",
}


def slow(digits: str) -> str:
    """The brand by the table alone, as a reader finds it: of the rows that fit, the longest prefix."""
    fitting = [row for row in RANGES if row.first <= digits[: len(row.first)] <= row.last]
    return max(fitting, key=lambda row: len(row.first)).brand if fitting else UNKNOWN


def edges() -> Iterator[tuple[str, str]]:
    """The first and last six digits of each row, and their neighbours outside of it, with what each is called."""
    for row in RANGES:
        width = 10 ** (TOLD_BY - len(row.first))
        low, high = int(row.first) * width, (int(row.last) + 1) * width - 1
        yield from ((f"{number:06d}", slow(f"{number:06d}")) for number in (low - 1, low, high, high + 1))


def test_every_test_card_has_its_brand() -> None:
    """The table knows all test cards of the gateway."""
    assert {pan: brand_of(pan) for pan in TEST_CARDS} == PUBLISHED


@pytest.mark.parametrize(("digits", "brand"), sorted({*edges()}))
def test_every_edge_of_every_range(digits: str, brand: str) -> None:
    """A range begins and ends where it is published to, and not one number sooner or later."""
    assert brand_of(digits) == brand


@pytest.mark.parametrize(
    ("digits", "brand"),
    [
        ("222099", ""),
        ("222100", "MasterCard"),
        ("272099", "MasterCard"),
        ("272100", ""),
        ("352799", ""),
        ("352800", "JCB"),
        ("358999", "JCB"),
        ("306000", ""),
        ("309500", "Diners Club"),
        ("622125", "UnionPay"),
        ("622126", "UnionPay"),
        ("622925", "UnionPay"),
        ("643999", ""),
        ("644000", "Discover"),
        ("659999", "Discover"),
        ("601100", "Discover"),
        ("589300", "Maestro"),
        ("590000", ""),
        ("639000", "Maestro"),
        ("340000", "American Express"),
        ("811111", "UnionPay"),
        ("100000", ""),
        ("", ""),
        ("6", ""),
    ],
)
def test_edges_written_by_hand(digits: str, brand: str) -> None:
    """So that a row that was written wrong is not found right by itself; 622126 is named by who issues it."""
    assert brand_of(digits) == brand


@given(st.text("0123456789", max_size=DIGITS_MAX))
def test_every_number_has_an_answer(digits: str) -> None:
    """The quick look finds what the plain one does: the longest prefix, or nothing."""
    assert brand_of(digits) == slow(digits)


@given(st.sampled_from(RANGES), st.data())
def test_a_number_of_every_row_is_found_in_a_text(row: Range, data: st.DataObject) -> None:
    """Of every length that its brand has, and of no other length as a whole."""
    length = data.draw(st.integers(DIGITS_MIN, DIGITS_MAX))
    prefix = str(data.draw(st.integers(int(row.first), int(row.last))))
    rest = data.draw(st.text("0123456789", min_size=length, max_size=length))
    number = with_check_digit((prefix + rest)[: length - 1])
    found = range_of(number)
    assert found is not None
    assert contains_card_number(number) == (length in found.lengths)


def test_every_row_says_where_it_is_published() -> None:
    """No range stands here by hearsay, upside down, or twice."""
    assert all(row.source and len(row.first) == len(row.last) and row.first <= row.last for row in RANGES)
    assert len({(row.first, row.last) for row in RANGES}) == len(RANGES)
