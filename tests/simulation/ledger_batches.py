"""The scripts that stop batches, in Python."""

from __future__ import annotations

from producers.runtime.ledger.results import NotYours
from tests.simulation.ledger_rows import Rows


class Batches(Rows):
    """What is asked of the ledger about a batch as a whole."""

    def halt(self, batch: str, word: str) -> str | NotYours:
        before = self.halts.get(batch, "")
        if batch not in self.batches:
            return NotYours("missing")
        if before == "cancelled" != word:
            return NotYours("over")
        if word:
            self.halts[batch] = word
        else:
            self.halts.pop(batch, None)
        return before

    def waiting(self, batch: str, cursor: str, count: int, wake: int) -> tuple[str, tuple[str, ...]]:
        """All at once, in order: the server answers a small set so, too."""
        at = self.now_ms()
        since = sorted((when, order_id) for order_id, when in self.listed["accepted"].items())
        found = tuple(order_id for _, order_id in since if self.rows[order_id].get("batch", b"").decode() == batch)
        if wake:
            self.due |= {order_id: min(at, self.due.get(order_id, at)) for order_id in found}
        return "0", found
