"""One judgement for all rows: the code, the field, no traceback, no digits of a card, nothing changed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from producers.contract.card_numbers import TEST_CARDS
from tests.inputs.cards import CVC, MADE_UP
from tests.inputs.rows import TEXT_MAX, Row, Told

#: Consecutive digits of a card number that are too many to be shown. Six would be a BIN, which tells no card.
SHOWN_MAX: Final = 6

_WINDOWS: Final = frozenset(
    pan[at : at + SHOWN_MAX + 1] for pan in (*TEST_CARDS, *MADE_UP) for at in range(len(pan) - SHOWN_MAX)
)
_BETWEEN_DIGITS: Final = re.compile(r"(?<=[0-9])[^0-9A-Za-z]{1,3}(?=[0-9])")
_CVC: Final = re.compile(rf"(?<![0-9A-Za-z]){CVC}(?![0-9A-Za-z])")
_TRACEBACK: Final = re.compile(r"Traceback \(most recent call last\)|bug of ours")


def misses(row: Row, answer: Told, text_max: int = TEXT_MAX) -> Iterator[str]:
    """What is wrong with an answer; nothing when it is right."""
    if answer.complaints != row.complaints:
        yield f"told {sorted(answer.complaints)}, expected {sorted(row.complaints)}"
    if row.says not in answer.text:
        yield f"does not say {row.says!r}"
    if _TRACEBACK.search(answer.text):
        yield "shows an unhandled exception"
    if len(answer.text) > text_max:
        yield f"says {len(answer.text)} characters"


def echoes(answer: Told) -> Iterator[str]:
    """What of a card is repeated."""
    if repeats_card(answer.text):
        yield "repeats digits of a card number"
    if _CVC.search("".join(map(_plain, answer.text))):
        yield "repeats the security code"


def repeats_card(text: str) -> bool:
    """Whether more digits of a card stand in the text than may be shown, in any script and however grouped."""
    plain = text if text.isascii() else "".join(map(_plain, text))
    return any(window in shown for shown in (plain, _BETWEEN_DIGITS.sub("", plain)) for window in _WINDOWS)


def _plain(character: str) -> str:
    """ASCII for a digit of any script."""
    value = None if character.isascii() else unicodedata.digit(character, None)
    return character if value is None else str(value)
