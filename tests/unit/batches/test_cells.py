"""What is written for a spreadsheet is text there, and comes back as it was."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.batches.cells import guarded, unguarded

FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@pytest.mark.parametrize("start", FORMULAS)
def test_what_would_be_a_formula_gets_an_apostrophe(start: str) -> None:
    """Every beginning that a spreadsheet may evaluate."""
    assert guarded(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("text", ["", "10.00", "O'Hara", "'quoted'", "a=1"])
def test_plain_text_stays_as_it_is(text: str) -> None:
    """Both ways."""
    assert (guarded(text), unguarded(text)) == (text, text)


@given(st.text(st.sampled_from("'=+-@\t\ra1")))
def test_a_guarded_text_comes_back_and_is_no_formula(text: str) -> None:
    """However many apostrophes stand in front of it already."""
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(FORMULAS)


@given(st.lists(st.text(st.characters(blacklist_characters="\n\r\0", blacklist_categories=["Cs"])), min_size=1))
def test_a_row_of_cells_comes_back_from_csv(texts: list[str]) -> None:
    """Quotes, commas and formulas together."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(map(guarded, texts))
    assert [unguarded(cell) for cell in next(csv.reader([line.getvalue()]))] == texts
