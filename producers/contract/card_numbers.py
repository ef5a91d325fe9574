"""What a card number looks like, and how to find one where it must not be.

A number in free text counts as a card number when it starts as a brand's numbers do (`brands`), has a length that
brand uses, and passes the Luhn check. One random 16-digit number in thirty does. It is found whole groups
at a time, with spaces, dashes or other marks between the groups; not inside a longer run of digits, because
otherwise every long invoice number would be one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from producers.contract.brands import range_of

#: Digits of a card number, at the least and at the most (ISO/IEC 7812).
DIGITS_MIN, DIGITS_MAX = 12, 19

#: The gateway's published test cards: the only ones for test mode, and a mistake in live mode.
TEST_CARDS: Final = frozenset(
    {
        "378282246310005",
        "4111111111111111",
        "4200000000000000",
        "4222222222222",
        "5454545454540018",
        "5454545454540109",
        "5454545454545454",
        "5555555555554444",
    }
)

#: At least twelve digits with at most three other marks, but no letters, between each two.
_CANDIDATE = re.compile(r"[0-9](?:[^0-9A-Za-z]{0,3}[0-9]){11,}")
_GROUP = re.compile(r"[0-9]+")
#: What a digit counts in the Luhn sum: itself, and its double with the digits of that added up. Every card passes here,
#: and tables over bytes take a fifth of what a loop over digits does.
_ONCE: Final = bytes.maketrans(b"0123456789", bytes(range(10)))
_TWICE: Final = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))


def passes_luhn(digits: str) -> bool:
    """Whether the last of these ASCII digits is the check digit of the others."""
    backwards = digits.encode()[::-1]
    return (sum(backwards[::2].translate(_ONCE)) + sum(backwards[1::2].translate(_TWICE))) % 10 == 0


def is_card_number(digits: str) -> bool:
    """Whether these ASCII digits are a possible card number of a known brand."""
    row = range_of(digits)
    return row is not None and len(digits) in row.lengths and passes_luhn(digits)


def fits_its_brand(digits: str) -> bool:
    """Whether the length is one its brand uses; any length of a card number where the brand is unknown."""
    row = range_of(digits)
    return len(digits) in (row.lengths if row else range(DIGITS_MIN, DIGITS_MAX + 1))


def contains_card_number(text: str) -> bool:
    """Whether a card number stands anywhere in the text, in whatever script its digits are."""
    return next(_spans(text), None) is not None


def mask_card_numbers(text: str, mask: str = "[card number]") -> str:
    """The text with every card number in it replaced."""
    kept, position = [], 0
    for start, end in _spans(text):
        kept += [text[position:start], mask]
        position = end
    return "".join((*kept, text[position:]))


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each card number, left to right, not overlapping."""
    plain = text if text.isascii() else "".join(map(_ascii_digit, text))
    for candidate in _CANDIDATE.finditer(plain):
        groups = list(_GROUP.finditer(plain, candidate.start(), candidate.end()))
        position = 0
        while position < len(groups):
            length = _groups_of_a_number(groups, position)
            if length:
                yield groups[position].start(), groups[position + length - 1].end()
            position += length or 1


def _groups_of_a_number(groups: list[re.Match[str]], position: int) -> int:
    """How many groups from `position` on make up a card number, at the most; 0 when none do."""
    digits, found = "", 0
    for count, group in enumerate(groups[position : position + DIGITS_MAX], start=1):
        digits += group.group()
        if len(digits) > DIGITS_MAX:
            break
        if len(digits) >= DIGITS_MIN and is_card_number(digits):
            found = count
    return found


def _ascii_digit(character: str) -> str:
    value = unicodedata.digit(character, None)
    return character if value is None else str(value)
