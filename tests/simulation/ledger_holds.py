"""Holds in the scripted ledger: hold.lua, turn.lua, let_go.lua, warn.lua, and what settle.lua does for them."""

from __future__ import annotations

from producers.contract import states
from producers.contract.states import TERMINAL
from producers.runtime.ledger.hold_calls import Warned
from producers.runtime.ledger.results import Moved, NotYours
from tests.simulation.ledger_rows import Row, Rows, is_two_phase, may_hold, number


class Holds(Rows):
    """Which hold is chosen, whose turn it is, and which holds are strays."""

    def may_choose(self, row: Row, chosen: str, given: str) -> bool:
        """Whether nothing else was chosen before."""
        return not is_two_phase(row) or not chosen or given == chosen

    def hold(
        self, order_id: str, token: str, payment_id: str, due_ms: int, event_id: str, event: bytes
    ) -> Moved | NotYours:
        row = self.rows.get(order_id)
        if row is None:
            return NotYours("missing")
        state = row["state"].decode()
        if row.get("token") != token.encode() or state != states.PENDING:
            return NotYours("stale", state)
        if row.get("payment_id") != payment_id.encode():
            return NotYours("stale", state)
        if row.get("reason") == b"held":
            return Moved(state)
        self.emit((order_id, row), event_id, event)
        row["reason"] = b"held"
        for field in ("continuation", "continued_at"):
            row.pop(field, None)
        if self.answers.pop(order_id, None):
            for field in ("answers_used", "answer", "answer_by", "answer_until", "answer_tries", "answer_turn"):
                row.pop(field, None)
        self.hold_begins(order_id, row, payment_id)
        self.due[order_id] = self.now_ms() + due_ms
        return Moved(state)

    def turn(
        self, order_id: str, token: str, payment_id: str, worker: str, window_ms: int, presence_ms: int, due_ms: int
    ) -> Moved | NotYours:
        row = self.rows.get(order_id)
        if row is None:
            return NotYours("missing")
        state = row["state"].decode()
        if row.get("token") != token.encode() or state != states.PENDING:
            return NotYours("stale", state)
        if row.get("payment_id") != payment_id.encode():
            return NotYours("stale", state)
        at, by = self.now_ms(), row.get("turn_by", b"").decode()
        if by not in ("", worker) and number(row, "turn_until") > at and self.alive(by, at, presence_ms):
            return NotYours("busy", state)
        row["turn_by"], row["turn_until"] = worker.encode(), b"%d" % (at + window_ms)
        self.due[order_id] = at + due_ms
        return Moved(state)

    def let_go(self, payment_id: str, order_id: str, alarm: str) -> bool:
        if self.strays.pop(payment_id, None) is None:
            return False
        if alarm:
            self.alarm(order_id, alarm, payment_id, self.now_ms())
        return True

    def warn(self, account: str, payment_id: str, event_id: str, event: bytes, patient: int) -> Warned | bool:
        if not event:
            return self.hold_ends(payment_id)
        waiting = self.open_holds.get(account, {})
        if payment_id not in waiting:
            return "again"
        if patient and "open" in self.parents.get(payment_id, {}):
            return "busy"
        order_id = self.parents[payment_id]["hold"].partition(" ")[2]
        self.emit(None, event_id, event)
        self.rows[order_id]["hold_told"] = b"%d" % self.now_ms()
        self.expiring.setdefault(account, {})[payment_id] = waiting.pop(payment_id)
        return "told"

    def hold_changes(self, order_id: str, row: Row, to: str, reason: str) -> None:
        """A hold was made, or a two-phase order has ended and with it what became of its own."""
        held = (to == states.APPROVED and row.get("settle") == b"0") or reason == states.HELD
        mine = row.get("payment_id", b"").decode() if held or is_two_phase(row) else ""
        if mine and held:
            self.hold_begins(order_id, row, mine)
        elif mine and to in TERMINAL:
            self.hold_ends(mine)

    def stray_from(self, order_id: str, row: Row, to: str, chosen: str) -> None:
        """Every hold that the order will not have: seen ones, and its own if it ends without paying."""
        if "payment_id" not in row and to not in TERMINAL:
            return
        mine, account = row.get("payment_id", b"").decode(), (row.get("lane") or row["account"]).decode()
        for payment_id, text in self.seen.pop(order_id, {}).items():
            if payment_id != mine and may_hold(text):
                self.stray(payment_id, account, order_id)
        if chosen and to != states.APPROVED and to in TERMINAL:
            self.stray(chosen, account, order_id)

    def drop_turn(self, row: Row) -> None:
        """Nobody settles it any more."""
        for field in ("turn_by", "turn_until"):
            row.pop(field, None)
