"""The scripts by which operators stop batches, queues and accounts, in Python."""

from __future__ import annotations

from producers.contract import states
from producers.runtime.ledger.call import Argument
from producers.runtime.ledger.operation_calls import Said, word_from
from producers.runtime.ledger.results import NotYours
from tests.simulation.ledger_rows import Row, Rows, is_two_phase


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

    def say(self, about: str, word: bytes) -> Said | None:
        before = self.words.pop(about, b"")
        if word:
            self.words[about] = word
        return word_from(before)

    def breakers(self, worker: str, states: bytes, kept_ms: int) -> None:
        """Nobody of the simulation looks at them."""

    def waiting(self, batch: str, cursor: str, count: int, wake: int) -> tuple[str, tuple[str, ...]]:
        """All at once, in order: the server answers a small set so, too."""
        at = self.now_ms()
        since = sorted((when, order_id) for order_id, when in self.listed["accepted"].items())
        found = tuple(order_id for _, order_id in since if self.rows[order_id].get("batch", b"").decode() == batch)
        if wake:
            self.due |= {order_id: min(at, self.due.get(order_id, at)) for order_id in found}
        return "0", found

    def cancel(self, batch: str, reason: str, *flat: Argument) -> tuple[str, ...] | NotYours:
        if self.halts.get(batch) != "cancelled":
            return NotYours("going_on")
        at, ending, left = self.now_ms(), [], []
        for order_id, token, event_id, event in zip(flat[::4], flat[1::4], flat[2::4], flat[3::4], strict=True):
            assert isinstance(order_id, str) and isinstance(token, str)
            assert isinstance(event_id, str) and isinstance(event, bytes)
            row = self.rows.get(order_id, {})
            if not self._plain(order_id, row, token, batch):
                left.append(order_id)
                continue
            ending.append((order_id, row))
            self.emit((order_id, row), event_id, event)
        for order_id, row in ending:
            row["reason"] = reason.encode()
            self.move(order_id, row, states.CANCELLED, at, reason)
            self.due.pop(order_id, None)
        return tuple(left)

    def _plain(self, order_id: str, row: Row, token: str, batch: str) -> bool:
        """Whether nobody has taken it, and its end is all there is to it."""
        chained = row.get("root") or row.get("successor")
        return (
            row.get("state") == states.ACCEPTED.encode()
            and row["token"] == token.encode()
            and row.get("batch") == batch.encode()
            and not (is_two_phase(row) or chained or self.seen.get(order_id))
        )
