"""The scripts by which orders leave the ledger, in Python."""

from __future__ import annotations

import re
from typing import Final

from producers.contract.states import TERMINAL
from producers.runtime.ledger.retire_calls import Buried, Retired
from producers.runtime.ledger.tombstones import place
from tests.simulation.ledger_rows import Row, Rows, is_two_phase, number

_PART: Final = re.compile(r"(.*)\.[0-9]+(-r[0-9]*)?", re.ASCII)


class Retiring(Rows):
    """What leaves, what is left of it, and what it waits for."""

    def retire(self, order_id: str, stone: bytes, since: str, kept_ms: int) -> Retired:
        row = self.rows.get(order_id)
        if row is None:
            return "again" if self.stone(order_id) else "missing"
        at = self.now_ms()
        if row["state"].decode() not in TERMINAL:
            return "open"
        if row["since"] != since.encode():
            return "stale"
        if number(row, "since") > at - kept_ms:
            return "young"
        if why := self.awaited(order_id, row):
            return why
        if self.gone.get(place(order_id), stone) != stone:
            return "taken"
        self.set_stone(order_id, stone)
        self.leave(order_id, row)
        return "retired"

    def awaited(self, order_id: str, row: Row) -> Retired | None:
        """What the order waits for. A double has no splits, and nobody searches it for a card."""
        if order_id in self.due:
            return "due"
        if row.get("told") == b"0" or (self.replicated and self.outbox):
            return "untold"
        if row.get("root", b"").decode() in self.rows:
            return "chain"
        if {"open", "hold"} & self.parents.get(row.get("payment_id", b"").decode(), {}).keys():
            return "followed"
        if is_two_phase(row) and any(whose.partition(" ")[2] == order_id for whose in self.strays.values()):
            return "strays"
        return None

    def set_stone(self, order_id: str, stone: bytes) -> None:
        """It answers for the order from now on, for good."""
        self.gone[place(order_id)] = stone

    def leave(self, order_id: str, row: Row) -> None:
        """Nothing else is left of it."""
        self.on_leave(self.record(order_id))
        for there in (self.rows, self.seen, self.answers):
            there.pop(order_id, None)
        if row.get("kind") == b"link":
            self.links.pop(row["ref"].decode(), None)

    def ended(self, cursor: str, count: int, kept_ms: int) -> tuple[str, tuple[str, ...]]:
        """All at once: the server answers of a few keys so, too."""
        before = self.now_ms() - kept_ms
        found = (
            order_id
            for order_id, row in self.rows.items()
            if row["state"].decode() in TERMINAL and number(row, "since") <= before
        )
        return "0", tuple(sorted(found))

    def bury(self, order_id: str, stone: bytes) -> Buried:
        if order_id in self.rows:
            return "row"
        if there := self.stone(order_id):
            return "again" if there == stone else "taken"
        self.set_stone(order_id, stone)
        return "buried"
