"""New attempts that operators order in the scripted ledger: the counterpart of propose.lua and reattempt.lua."""

from __future__ import annotations

from producers.contract import states
from producers.runtime.ledger.results import Moved, NotYours, Proposed
from tests.simulation.ledger_chains import Chains
from tests.simulation.ledger_rows import Row, is_two_phase, number

_COPIED = ("amount_minor", "currency", "country", "description", "account", "producer", "envelope", "charged_from")
_COPIED_IF_SAID = ("instrument", "suffix", "customer", "customer_ip", "direct")


class Reattempts(Chains):
    """Who has proposed what, and what came of it."""

    def propose(self, order_id: str, token: str, by: str, valid_ms: int, because: str) -> Proposed | NotYours:
        row = self.rows.get(order_id)
        if row is None:
            return NotYours("missing")
        state = row["state"].decode()
        if row.get("token", b"") != token.encode() or state != states.PARKED:
            return NotYours("stale", state)
        at = self.now_ms()
        if self.confirmable(row, by, valid_ms, at):
            return Proposed(row["proposed_by"].decode())
        row |= {"proposed_by": by.encode(), "proposed_at": b"%d" % at, "proposal": because.encode()}
        return Proposed(by)

    def reattempt(
        self,
        order_id: str,
        token: str,
        successor: str,
        by: str,
        valid_ms: int,
        reason: str,
        event_id: str,
        event: bytes,
        accepted_id: str,
        accepted: bytes,
        due_ms: int,
    ) -> Moved | NotYours:
        row = self.rows.get(order_id)
        if row is None:
            return NotYours("missing")
        state = row["state"].decode()
        if row.get("token", b"") != token.encode():
            return NotYours("stale", state)
        if row.get("successor") == successor.encode():
            return Moved(state)
        if state != states.PARKED:
            return NotYours("stale", state)
        at = self.now_ms()
        if not self.confirmable(row, by, valid_ms, at):
            return NotYours("unconfirmed", state)
        if self.speaks_against(order_id, row):
            return NotYours("contradicted", state)
        if not _is_plain(row) or successor in self.rows or self.stone(successor):
            return NotYours("stale", state)
        made = {name: row.get(name, b"") for name in _COPIED}
        made |= {name: row[name] for name in _COPIED_IF_SAID if row.get(name)}
        made |= {"ref": successor.encode(), "root": order_id.encode(), "batch": b""}
        made |= {"expires_at": b"%d" % number(row, "expires_at"), "ordered_by": row["proposed_by"] + f" {by}".encode()}
        self.emit((order_id, row), event_id, event)
        self.emit(None, accepted_id, accepted)
        self.stats[f"money:parked:{row['currency'].decode()}"] -= number(row, "amount_minor")
        row["successor"], row["reason"] = successor.encode(), reason.encode()
        self.move(order_id, row, states.PENDING, at, reason)
        for name in ("proposed_by", "proposed_at", "proposal"):
            row.pop(name, None)
        self.due[order_id] = at + due_ms
        self.create(successor, made, at, at, told=True)
        return Moved(states.PENDING, 0, states.PARKED)

    def confirmable(self, row: Row, by: str, valid_ms: int, at: int) -> bool:
        """Whether another human's word stands."""
        before = row.get("proposed_by", b"").decode()
        another = before.partition("@")[0].lower() != by.partition("@")[0].lower()
        return bool(before) and another and number(row, "proposed_at") + valid_ms > at

    def speaks_against(self, order_id: str, row: Row) -> bool:
        """Whether the gateway knows of a payment of it."""
        return "payment_id" in row or self.shown(order_id)


def _is_plain(row: Row) -> bool:
    """Whether it is a charge that can be sent as it was, and was asked for itself."""
    more = row.get("parent") or row.get("kind") or row.get("root") or row.get("settle") == b"0" or is_two_phase(row)
    return not more and bool(row.get("charged_from")) and "envelope" in row
