"""Cells of the CSV files that we write, so that none of them is a formula where a spreadsheet opens it. Pure.

A cell that begins like a formula gets an apostrophe in front, which spreadsheets take for "this is text". Read
back by us it is taken off again, so that a file of ours that is submitted says what the file before it said.
"""

from __future__ import annotations

import re
from typing import Final

#: What a spreadsheet may take for a formula, or what has been guarded against that already.
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
#: What stands in front of a guarded cell.
_GUARD: Final = "'"


def guarded(text: str) -> str:
    """The text as a cell that no spreadsheet evaluates."""
    return _GUARD + text if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """The text of a cell; the inverse of `guarded`. Nothing is ever evaluated."""
    return text[1:] if text.startswith(_GUARD) and _FORMULA.match(text) else text
