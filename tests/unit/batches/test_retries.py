"""Some rows of a file under new order_ids: all else as it stood, and a file that may be submitted."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.batches.files import Format
from producers.batches.retries import retry_lines
from producers.contract.commands import Charge
from producers.errors import InvalidCommand
from tests.unit.batches.files import a_row, csv_file, json_file, results

TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, blacklist_characters="\x7f"), max_size=20)


def again(data: bytes, format: Format, *rows: int, suffix: str = "-r2") -> bytes:
    """The new file."""
    return b"".join(retry_lines(io.BytesIO(data), format, rows.__contains__, suffix))


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_rows_are_copied_by_their_numbers(format: Format) -> None:
    """With their cards, in order, and no others."""
    rows = [a_row(number, description=f"number {number}") for number in range(1, 5)]
    made = again(csv_file(*rows) if format == "csv" else json_file(*rows), format, 2, 4)
    wanted = [result.content for result in results(csv_file(*rows)) if result.row in (2, 4)]
    assert [result.content for result in results(made, format)] == [
        replace(charge, order_id=f"{charge.order_id}-r2") for charge in wanted if isinstance(charge, Charge)
    ]


@given(st.lists(st.tuples(TEXTS, st.booleans()), min_size=1, max_size=6), st.sampled_from(["csv", "jsonl"]))
def test_whatever_the_rows_say_they_say_it_again(given_rows: list[tuple[str, bool]], format: Format) -> None:
    """Texts that are formulas, or quoted, or hold the other format's marks; from either format."""
    rows = [a_row(number, description=text) for number, (text, _) in enumerate(given_rows, start=1)]
    data = csv_file(*rows) if format == "csv" else json_file(*rows)
    wanted = [number for number, (_, failed) in enumerate(given_rows, start=1) if failed]
    before = {result.row: result.content for result in results(data, format)}
    expected = [
        replace(charge, order_id=f"{charge.order_id}-r2")
        for charge in (before[number] for number in wanted)
        if isinstance(charge, Charge)
    ]
    good = [number for number in wanted if isinstance(before[number], Charge)]
    made = [result.content for result in results(again(data, format, *good), format)]
    assert [charge for charge in made if isinstance(charge, Charge)] == expected


def test_no_cell_of_it_is_a_formula() -> None:
    """It will be opened to be looked at, and read back it says the same."""
    made = again(csv_file(a_row(1, description="=1+1", holder="@Ada")), "csv", 1)
    assert b"'=1+1" in made
    (result,) = results(made)
    assert isinstance(result.content, Charge)
    assert result.content.description == "=1+1"


@pytest.mark.parametrize(
    ("suffix", "code"),
    [("-" + "x" * 60, "order_id_length"), ("_2", "order_id_charset"), ("-a2", "order_id_reserved")],
)
def test_a_suffix_that_makes_no_order_id_is_refused(suffix: str, code: str) -> None:
    """With the row at which it does; `-a2` is how further attempts are told apart at the gateway."""
    with pytest.raises(InvalidCommand) as refused:
        again(csv_file(a_row(1)), "csv", 1, suffix=suffix)
    (error,) = refused.value.errors
    assert (error.field, error.code) == ("suffix", code)
    assert "row 1" in error.message
