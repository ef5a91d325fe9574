"""The judge sees what is wrong with an answer, however it is hidden."""

import pytest

from tests.inputs.cards import ARABIC, CVC, DASHED, FULL_WIDTH, SPACED, SUPERSCRIPT
from tests.inputs.judging import echoes, misses
from tests.inputs.rows import Row, Told, told
from tests.unit.contract.builders import PAN, grouped

ROW = Row("row", None, "amount_scale", "amount", says="2 decimals")
RIGHT = told("amount_scale", "amount", "EUR needs exactly 2 decimals")


def test_the_right_answer_is_right() -> None:
    """The code and the field of the row, and its words."""
    assert [*misses(ROW, RIGHT), *echoes(RIGHT)] == []


@pytest.mark.parametrize(
    "answer",
    [
        Told(frozenset(), "2 decimals"),
        told("amount_format", "amount", "2 decimals"),
        told("amount_scale", "", "2 decimals"),
        told("amount_scale", "amount", "decimals"),
        told("amount_scale", "amount", "2 decimals" * 1000),
        told("amount_scale", "amount", "2 decimals\nTraceback (most recent call last):\n"),
        told("amount_scale", "amount", "2 decimals; this is a bug of ours, incident 0"),
        Told(frozenset({("amount_scale", "amount"), ("cvc", "cvc")}), "2 decimals"),
    ],
    ids=["none", "code", "field", "words", "a book", "traceback", "bug", "more"],
)
def test_a_wrong_answer_is_wrong(answer: Told) -> None:
    """One thing less, another or more is a miss."""
    assert [*misses(ROW, answer)]


@pytest.mark.parametrize(
    "text",
    [
        PAN, SPACED, DASHED, grouped("\u00a0"), grouped(" - "), " ".join(PAN), PAN[:7], PAN[-7:], PAN.translate(ARABIC),
        PAN.translate(FULL_WIDTH), PAN.translate(SUPERSCRIPT), f"cvc {CVC}", f'"{CVC}"',
    ],
)  # fmt: skip
def test_digits_of_a_card_are_seen(text: str) -> None:
    """Whole or seven of them, in groups, in other scripts; and the security code by itself."""
    assert [*echoes(told("code", text=f"not {text}, please"))]


@pytest.mark.parametrize("text", [PAN[:6], PAN[-4:], "2026-01-15T10:21:07.456Z", "ORD-1001", "123456", "row 1234"])
def test_other_digits_are_none_of_a_card(text: str) -> None:
    """First six, last four, times, ids and counts."""
    assert [*echoes(told("code", text=f"not {text}, please"))] == []
