"""No card number stands in the tree but those that card schemes publish for tests."""

import re

import pytest

from producers.contract.card_numbers import TEST_CARDS, contains_card_number
from tests.house.tree import files, hold, text

#: A published test card, in one piece or in groups; longest first, for one may begin like another.
PUBLISHED = re.compile("|".join("[ -]?".join(card) for card in sorted(TEST_CARDS, key=len, reverse=True)))


def test_the_tree_holds_no_card_number() -> None:
    """Whatever looks like a card by prefix, length and check digit is a published test card."""
    hold(
        "This looks like a real card number. Use a published test card; if it never was one, change a digit.",
        (
            f"{path}:{number}"
            for path in files()
            if not path.endswith(".lock")  # hashes: random digits by the thousand
            for number, line in enumerate(text(path).splitlines(), 1)
            if _looks_like_a_card(line)
        ),
    )


@pytest.mark.parametrize("separator", ["", " ", "-"])
def test_a_card_is_seen_however_it_is_grouped(separator: str) -> None:
    """A number that no scheme published is seen in one piece and in groups; its published twin is not."""
    assert _looks_like_a_card(separator.join(["pan=4000", "0000", "0000", "0002"]))
    assert not _looks_like_a_card(separator.join(["pan=4111", "1111", "1111", "1111"]))


def _looks_like_a_card(line: str) -> bool:
    # A letter in its place: what stood on either side of a card is not one number, nor are the cells of a table.
    return contains_card_number(PUBLISHED.sub("x", line).replace("|", "x"))
