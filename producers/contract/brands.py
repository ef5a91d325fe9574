"""Whose card a number is, by the ranges that are published: one table. Pure, and total: what is in no row is unknown.

Ranges overlap. The longest prefix wins, so a row inside another is an exception from it. Two overlaps are decisions:

* 622126 to 622925 are UnionPay's cards, which Discover's network takes too. They are named by who issues them.
* 6304 and 639 were other debit schemes' once, and 5893 lies within 58: all of them are Maestro's.

Lengths are those in use, as a number is only refused for a length that its brand never had. What the gateway calls the
brand of a payment it has made is told beside it, and is not held against this.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Final, NamedTuple

#: What a number is called that is in no row.
UNKNOWN: Final = ""

#: Where the rows are published.
_LIST: Final = "Wikipedia, Payment card number, table of issuer identification numbers"
_DISCOVER: Final = "Discover Global Network, Compliance Update 3Q2021, IIN Range Routing Table 5-1"
_MAESTRO: Final = "Trellix Data Loss Prevention, definition Debit Card Number (Maestro)"


class Range(NamedTuple):
    """First and last prefix, of one length, of a brand; digits that its numbers have; the document that says so."""

    brand: str
    first: str
    last: str
    lengths: Container[int]
    source: str


#: Brands in the gateway's words.
RANGES: Final = (
    Range("Visa", "4", "4", (13, 16, 19), _LIST),
    Range("MasterCard", "51", "55", (16,), _LIST),
    Range("MasterCard", "2221", "2720", (16,), _LIST),
    Range("American Express", "34", "34", (15,), _LIST),
    Range("American Express", "37", "37", (15,), _LIST),
    Range("Maestro", "5018", "5018", range(12, 20), _LIST),
    Range("Maestro", "5020", "5020", range(12, 20), _LIST),
    Range("Maestro", "5038", "5038", range(12, 20), _LIST),
    Range("Maestro", "56", "58", range(12, 20), _MAESTRO),
    Range("Maestro", "5893", "5893", range(12, 20), _LIST),
    Range("Maestro", "6304", "6304", range(12, 20), _LIST),
    Range("Maestro", "639", "639", range(12, 20), _MAESTRO),
    Range("Maestro", "6759", "6763", range(12, 20), _MAESTRO),
    Range("Diners Club", "300", "305", range(14, 20), _DISCOVER),
    Range("Diners Club", "3095", "3095", range(14, 20), _DISCOVER),
    Range("Diners Club", "36", "36", range(14, 20), _DISCOVER),
    Range("Diners Club", "38", "39", range(14, 20), _DISCOVER),
    Range("Discover", "6011", "6011", range(16, 20), _DISCOVER),
    Range("Discover", "644", "649", range(16, 20), _DISCOVER),
    Range("Discover", "65", "65", range(16, 20), _DISCOVER),
    Range("JCB", "3528", "3589", range(16, 20), _DISCOVER),
    Range("UnionPay", "62", "62", range(16, 20), _LIST),
    Range("UnionPay", "622126", "622925", range(16, 20), _DISCOVER),
    Range("UnionPay", "81", "81", range(16, 20), _LIST),
)

#: Every charge asks: only the rows that begin with its digit are looked at, those of long prefixes first.
_BY_FIRST_DIGIT: Final = {
    digit: tuple(sorted((row for row in RANGES if row.first[0] == digit), key=lambda row: -len(row.first)))
    for digit in {row.first[0] for row in RANGES}
}


def range_of(digits: str) -> Range | None:
    """The row that a number is in, by its first digits; None for one that is in none."""
    for row in _BY_FIRST_DIGIT.get(digits[:1], ()):
        if row.first <= digits[: len(row.first)] <= row.last:
            return row
    return None


def brand_of(digits: str) -> str:
    """The brand of a number, whole or its beginning, of at least six digits; `UNKNOWN` for one that is in no row."""
    row = range_of(digits)
    return row.brand if row else UNKNOWN
