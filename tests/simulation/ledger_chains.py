"""Chains in the scripted ledger: succeed.lua, and what settle.lua, intent.lua and withdraw.lua do for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from producers.contract import states
from producers.contract.states import TERMINAL
from producers.runtime.ledger.call import Argument
from producers.runtime.ledger.results import Moved, NotYours
from tests.simulation.ledger_answers import Answers
from tests.simulation.ledger_rows import LISTED, Row, as_bytes, number

_COPIED = ("country", "description", "account", "producer")
#: Under these names an outcome tells what was made.
_MADE = ("payment_id", "follow_up_id")


class Chains(Answers):
    """Which order goes on for which, and how the first of them ends."""

    def succeed(
        self,
        order_id: str,
        token: str,
        allowed: str,
        successor: str,
        ref: str,
        further: str,
        reason: str,
        payment_id: str,
        event_id: str,
        event: bytes,
        root_event_id: str,
        root_event: bytes,
        accepted_id: str,
        accepted: bytes,
        due_ms: int,
        *flat: Argument,
    ) -> Moved | NotYours:
        row = self.rows.get(order_id)
        if row is None:
            return NotYours("missing")
        state = row["state"].decode()
        if row.get("token", b"") != token.encode():
            return NotYours("stale", state)
        if gone_on := row.get("successor"):
            return Moved(state) if gone_on == successor.encode() else NotYours("stale", state)
        if state not in allowed.split(" "):
            return NotYours("stale", state)
        if self._contradicted(order_id):
            return NotYours("contradicted", state)
        root = row.get("root", b"").decode()
        first_id, first = (root, self.rows.get(root)) if root else (order_id, row)
        if root and not self.waits_for(first, order_id):
            return NotYours("stale", state)
        sealed = row.get("link_envelope" if reason == "needs_customer" else "backup_envelope")
        if first is None or sealed is None or successor in self.rows or self.stone(successor):
            return NotYours("stale", state)
        made = _made(row, first_id, sealed, ref, further, link=reason == "needs_customer")
        at = self.now_ms()
        self.emit((order_id, row), event_id, event)
        self.emit(None, root_event_id, root_event)
        self.emit(None, accepted_id, accepted)
        self._decline(order_id, row, state, successor, reason, payment_id, at)
        given = {cast(str, name): as_bytes(value) for name, value in zip(flat[::2], flat[1::2], strict=True)}
        first.update(given)
        row.update(given)
        first["successor"], first["reason"] = successor.encode(), reason.encode()
        first["declined_payment_id"] = payment_id.encode()
        self.drop_holder(order_id, row)
        self.due[first_id] = at + due_ms
        self.create(successor, made, at, at, told=True)
        counted = not root and state != states.PENDING
        return Moved(row["state"].decode(), 0, state if counted else "")

    def _decline(
        self, order_id: str, row: Row, state: str, successor: str, reason: str, payment_id: str, at: int
    ) -> None:
        row["successor"] = successor.encode()
        if not row.get("root") and state in LISTED:
            self.stats[f"money:{state}:{row['currency'].decode()}"] -= number(row, "amount_minor")
        if row.get("root"):
            row["payment_id"] = payment_id.encode()
            self.move(order_id, row, states.DECLINED, at, reason)
            self.due.pop(order_id, None)
        elif state == states.PENDING:
            self.note(row, states.PENDING, at, reason)
            row.pop("payment_id", None)
        else:
            self.move(order_id, row, states.PENDING, at, reason)
        for name in ("envelope", "backup_envelope", "link_envelope", "continuation", "continued_at"):
            row.pop(name, None)
        self.forget_answers(order_id, row)
        self.seen.pop(order_id, None)

    def _contradicted(self, order_id: str) -> bool:
        """Whether an approved payment of the same reference was seen."""
        return any(text.startswith("approved ") for text in self.seen.get(order_id, {}).values())

    def waits_for(self, first: Row | None, order_id: str) -> bool:
        """Whether the first order of a chain waits for that one, and for no other."""
        return first is not None and first["state"] == b"pending" and first.get("successor") == order_id.encode()

    def in_turn(self, order_id: str, row: Row) -> bool:
        """Whether the order may be sent, if it goes on for another."""
        root = row.get("root")
        return not root or self.waits_for(self.rows.get(root.decode()), order_id)

    def went_on(self, row: Row, given: Mapping[Argument, Argument]) -> bool:
        """Whether another order goes on for it, and the caller knows of none."""
        return bool(row.get("successor")) and not given.get("successor")

    def too_late(self, order_id: str, row: Row, to: str, given: Mapping[Argument, Argument]) -> NotYours:
        """Another verdict stands, another order goes on, or the token is another; that it was charged is an alarm."""
        state = row["state"].decode()
        made = "".join([str(value) for name, value in given.items() if name in _MADE][-1:])
        if to != states.APPROVED or (state == to and made.encode() in (row.get(name) for name in _MADE)):
            return NotYours("stale", state)
        if made and row.get("successor") and self.keeps_watching(row):
            self.seen.setdefault(order_id, {}).setdefault(made, "approved - - - 0")
        self.alarm(order_id, state, made, self.now_ms())
        return NotYours("late", state)

    def ends_as_the_last(self, row: Row, to: str, given: Mapping[Argument, Argument]) -> bool:
        """Whether nobody goes on for the order, or whoever does has ended so."""
        successor = row.get("successor", b"").decode()
        if given.get("successor", "") != successor:
            return False
        if not successor:
            return True
        ended = self.rows[successor]["state"].decode()
        return ended in TERMINAL and (ended == states.APPROVED) == (to == states.APPROVED)

    def refuses_end(self, order_id: str, row: Row, to: str) -> bool:
        """Whether the order is not to end so: nobody who went on for it was paid, and its own attempt was seen."""
        return bool(row.get("successor")) and to in TERMINAL - {states.APPROVED} and self.shown(order_id)

    def goes_on_alone(self, row: Row, to: str) -> None:
        """Nobody goes on for the order any more, and its own attempt is open."""
        if row.get("successor") and to not in TERMINAL:
            del row["successor"]
            self.stats[f"money:{to}:{row['currency'].decode()}"] += number(row, "amount_minor")

    def duplicates(self, order_id: str, row: Row, to: str, at: int) -> int:
        """Other approved charges that the mirror has seen of an order which ends now; each is an alarm. Of one that
        another went on for they were alarms when they were seen."""
        payment_id = row.get("payment_id", b"").decode()
        seen = {} if (rows := self.seen.pop(order_id, {})) and row.get("successor") else rows
        others = [other for other, text in seen.items() if text.startswith("approved ") and other != payment_id]
        for other in others:
            self.alarm(order_id, to, other, at)
        return len(others)

    def tell_root(self, row: Row, to: str, given: Mapping[Argument, Argument], at: int) -> bool:
        """Where its customer pays, and that it has ended; whether it has."""
        if not (root := row.get("root", b"").decode()):
            return False
        first = self.rows[root]
        first.update({str(name): as_bytes(value) for name, value in given.items() if str(name).startswith("link_")})
        if to not in TERMINAL:
            return False
        self.due[root] = at
        return True


def _made(row: Row, root: str, sealed: bytes, ref: str, further: str, *, link: bool) -> Row:
    """The row of the order that goes on."""
    made = {name: row.get(name, b"") for name in _COPIED}
    made |= {name: row[name] for name in ("amount_minor", "currency")}
    made |= {"ref": ref.encode(), "expires_at": b"%d" % number(row, "expires_at"), "batch": b""}
    made |= {"root": root.encode(), "envelope": sealed}
    if link:
        return {**made, "kind": b"link"}
    rest = {
        "instrument": row.get("backup", b""),
        "last4": row.get("backup_last4", b""),
        "charged_from": row.get("backup_charged_from", b""),
        "suffix": row.get("suffix", b""),
        "customer": row.get("customer", b""),
        "customer_ip": row.get("customer_ip", b""),
        "further": further.encode(),
        "link_envelope": row.get("link_envelope", b"") if further else b"",
    }
    return {**made, **{name: value for name, value in rest.items() if value}}
