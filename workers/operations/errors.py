"""Why an operator's wish is not done.

OperationRefused        the evidence or a rule speaks against it
├── NothingThere        there is nothing of that name
└── NotNow              it may be done later
"""

from __future__ import annotations


class OperationRefused(Exception):
    """Nothing was changed. `code` is stable, `message` says what speaks against it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NothingThere(OperationRefused):
    """What was named does not exist, or not in that state."""


class NotNow(OperationRefused):
    """Time, or somebody else, changes the answer."""
