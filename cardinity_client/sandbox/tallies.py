"""How often each operation was asked for and how often it took effect, told apart by what makes it one intent.

A refund has no reference of its own but its description, so a client that wants to find it again puts a token there:
one row per operation, parent and description is one row per intent.
"""

import msgspec

from cardinity_client.sandbox.plan import Operation
from cardinity_client.sandbox.wire import Outcome


class OperationTally(msgspec.Struct, kw_only=True):
    """Requests for one intent, and what they came to. A link that was made, changed or deleted counts as approved."""

    operation: Operation
    parent_id: str | None
    description: str | None
    posts: int = 0
    approved: int = 0
    declined: int = 0


class Tallies:
    """All rows, in the order of their first requests."""

    def __init__(self) -> None:
        self._rows: dict[tuple[Operation, str | None, str | None], OperationTally] = {}

    def note_post(self, operation: Operation, parent_id: str | None, description: str | None) -> None:
        """Counts a request that arrived whole, valid or not."""
        self._row(operation, parent_id, description).posts += 1

    def posts(self, operation: Operation, parent_id: str | None, description: str | None) -> int:
        return self._row(operation, parent_id, description).posts

    def note_effect(
        self, operation: Operation, parent_id: str | None, description: str | None, status: Outcome
    ) -> None:
        """Counts what took effect; what is pending or in processing has not."""
        row = self._row(operation, parent_id, description)
        row.approved += status == "approved"
        row.declined += status == "declined"

    def rows(self) -> list[OperationTally]:
        return list(self._rows.values())

    def _row(self, operation: Operation, parent_id: str | None, description: str | None) -> OperationTally:
        key = (operation, parent_id, description)
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = OperationTally(operation=operation, parent_id=parent_id, description=description)
        return row
