"""The scripts of background duties in Python: leadership, sweeping, reaping, publishing, the mirror's pages."""

from __future__ import annotations

import re
from typing import Final, Literal

from producers.contract import states
from producers.contract.names import LINK
from producers.contract.states import TERMINAL
from producers.runtime.ledger import tombstones
from producers.runtime.ledger.call import Argument
from producers.runtime.ledger.link_calls import LINKED
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Begun, Due, Evidence, NotYours, Sighted, Waking
from producers.runtime.ledger.tombstones import record_of
from tests.simulation.ledger_rows import Rows, as_bytes, is_two_phase, may_hold, number

_ATTEMPT: Final = re.compile(r"-a[0-9]+$", re.ASCII)
#: Workers that one `reap` looks at.
REAPED_MAX: Final = 16


class Duties(Rows):
    """What leaders ask of the ledger."""

    def lead(self, duty: str, token: str, lease_ms: int) -> bool:
        at = self.now_ms()
        holder, until = self.leads.get(duty, ("", 0))
        if holder and until > at and holder != token:
            return False
        if lease_ms:
            self.leads[duty] = (token, at + lease_ms)
        else:
            self.leads.pop(duty, None)
        return True

    def sweep(self, limit: int, grace_ms: int, grace_max_ms: int, batch_least: int, tell: int) -> Due:
        at = self.now_ms()
        enqueue: list[Waking] = []
        overdue: list[str] = []
        due = [
            order_id for _, order_id in sorted((when, order_id) for order_id, when in self.due.items() if when <= at)
        ]
        waited_for = [order_id for order_id in due if not self.is_of_batch(order_id)][:limit]
        of_batches = [order_id for order_id in due if self.is_of_batch(order_id)]
        for order_id in (*waited_for, *of_batches[: max(limit - len(waited_for), batch_least)]):
            row = self.rows.get(order_id, {"state": b""})
            if row["state"] == b"claimed" and number(row, "lease_until") <= at:
                self.give_back(order_id, row, at, 0, "lease_over")
            state = row["state"].decode()
            if state == states.ACCEPTED and self.halted(row) == "paused":
                self.due[order_id] = at + grace_max_ms
            elif state == states.ACCEPTED:
                sweeps = number(row, "sweeps")
                enqueue.append(self.waking(order_id, row))
                row["sweeps"] = b"%d" % (sweeps + 1)
                self.due[order_id] = at + min(grace_ms * 2 ** min(sweeps, 10), grace_max_ms)
            elif state == states.CLAIMED:
                self.due[order_id] = number(row, "lease_until")
            elif state == states.SENDING and number(row, "deadline_at") > at:
                self.due[order_id] = number(row, "deadline_at")
            elif state in (states.SENDING, states.PENDING):
                overdue.append(order_id)
                self.due[order_id] = at + grace_ms
            else:
                del self.due[order_id]
        return Due(tuple(enqueue), tuple(overdue), self.tell_waiting(tell))

    def reap(self, presence_ms: int, limit: int) -> Due:
        at, left = self.now_ms(), limit
        enqueue: list[Waking] = []
        overdue: list[str] = []
        gone = sorted((seen, worker) for worker, seen in self.workers.items() if seen <= at - presence_ms)
        for _, worker in gone[:REAPED_MAX]:
            held = tuple(self.held.get(worker, ()))[:left]
            for order_id in held:
                row = self.rows.get(order_id, {"state": b""})
                mine = row.get("worker", b"").decode() == worker
                if mine and row["state"] == b"claimed":
                    self.give_back(order_id, row, at, 0, "worker_gone")
                    enqueue.append(self.waking(order_id, row))
                elif mine and row["state"] == b"sending":
                    overdue.append(order_id)
                else:
                    self.held[worker].pop(order_id, None)
            left -= len(held)
            if not held:
                del self.workers[worker]
            if left <= 0:
                break
        return Due(tuple(enqueue), tuple(overdue))

    def fence(self) -> int:
        self.fences += 1
        return self.fences

    def publish(self, up_to: str, limit: int) -> int:
        """`up_to` is an entry's place in the outbox: the double's own positions (see `read`)."""
        many = min(limit, int(up_to.partition("-")[0]), len(self.outbox))
        self.events += self.outbox[:many]
        del self.outbox[:many]
        return many

    def begin_scan(self, account: str, credits: int) -> Begun:
        left = self.credits.get(account, 0)
        self.credits[account] = credits
        self.on_scan(account, credits)
        return Begun(self.now_ms(), left, self.intents)

    def sight(self, account: str, extended: str, tag: str, journal: bytes, *flat: str) -> Sighted | Literal["stale"]:
        if self.coverage.get(account, ("", b""))[0] != extended:
            return "stale"
        at, ours = self.now_ms(), 0
        alarms: list[tuple[str, str]] = []
        for ref, payment_id, text in zip(flat[::3], flat[1::3], flat[2::3], strict=True):
            order_id = ref if ref in self.rows else _ATTEMPT.sub("", ref)
            linked = order_id not in self.rows and ref.startswith(LINKED)
            order_id = self.links.get(ref.removeprefix(LINKED), "") if linked else order_id
            row = self.rows.get(order_id)
            if row is None and text.startswith("approved "):
                alarms += self.contradicted(ref, payment_id, at)
            if row is None or (row.get("parent") and not linked):
                continue
            ours += 1
            state = row["state"].decode()
            if not linked and is_two_phase(row) and ("payment_id" in row or state in TERMINAL):
                if row.get("payment_id", b"").decode() != payment_id and may_hold(text):
                    self.stray(payment_id, account, order_id)
            elif linked and text.startswith("declined "):
                self._unsee(order_id, payment_id)
            elif state not in TERMINAL and (linked or not row.get("successor") or self.keeps_watching(row)):
                if linked and state == states.PENDING:
                    self.due[order_id] = at
                known = self.seen.get(order_id, {}).get(payment_id)
                if not linked and row.get("successor") and text.startswith("approved ") and known != text:
                    alarms.append((order_id, state))
                    self.alarm(order_id, state, payment_id, at)
                self.seen.setdefault(order_id, {})[payment_id] = text
            elif text.startswith("approved ") and row.get("payment_id", b"").decode() != payment_id:
                alarms.append((order_id, state))
                self.alarm(order_id, state, payment_id, at)
        self.coverage[account] = (tag, journal)
        doubled = tuple(order_id for order_id, state in alarms if state == states.APPROVED)
        return Sighted(ours, tuple(order_id for order_id, state in alarms if state != states.APPROVED), doubled)

    def contradicted(self, ref: str, payment_id: str, at: int) -> list[tuple[str, str]]:
        """An approved payment of an order that has left, and it is not the one that its tombstone tells of."""
        for order_id in (ref, _ATTEMPT.sub("", ref)):
            if stone := self.stone(order_id):
                told = tombstones.read(stone)
                if told.kind or {"two_phase", "held_first"} & told.marks or told.made == payment_id:
                    return []
                self.alarm(order_id, told.state, payment_id, at)
                return [(order_id, told.state)]
        return []

    def _unsee(self, order_id: str, payment_id: str) -> None:
        """A declined payment on a link decides nothing."""
        rows = self.seen.get(order_id, {})
        rows.pop(payment_id, None)
        if not rows:  # the server keeps no empty hash
            self.seen.pop(order_id, None)

    def rest(self, order_id: str, token: str, delay_ms: int, *flat: Argument) -> bool:
        row = self.rows.get(order_id, {})
        if row.get("state") != b"pending" or row.get("token") != token.encode():
            return False
        for name, value in zip(flat[::2], flat[1::2], strict=True):
            row[str(name)] = as_bytes(value)
        at = self.now_ms()
        if self.due.get(order_id, at + 1) > at:
            self.due[order_id] = at + delay_ms
        return True

    def withdraw(self, order_id: str, only: str) -> Record | NotYours:
        row = self.rows.get(order_id)
        if row is None and (stone := self.stone(order_id)):
            record = record_of(order_id, stone)
            return NotYours("no_link") if only and record.kind != LINK else record
        if row is None:
            return NotYours("missing")
        meant_id = row.get("successor", order_id.encode()).decode()
        meant = self.rows[meant_id]
        state, link = meant["state"].decode(), meant.get("kind") == b"link"
        if only and not link:
            return NotYours("no_link")
        if state in (states.ACCEPTED, states.CLAIMED) or (link and state not in TERMINAL):
            at = self.now_ms()
            meant.setdefault("withdrawn_at", b"%d" % at)
            if state in (states.ACCEPTED, states.PENDING):
                self.due[meant_id] = min(at, self.due.get(meant_id, at))
        return self.record(order_id)

    def evidence(self, order_id: str, account: str) -> Evidence:
        _, journal = self.coverage.get(account, ("", b""))
        return Evidence(journal, self.record(order_id), tuple(self.seen.get(order_id, {}).items()))
