"""The ledger's scripts in Python: the same calls, the same answers, without a server.

It takes a `Call` by its script's name and arguments and answers with the decoded value, so it knows nothing of Redis'
keys or of the form of a reply. Whether it is the same as the real one is shown, step by step, by the contract suite in
`tests/contract/ledger`. Each rule that a mutant takes away is a method of its own.
"""

from __future__ import annotations

from typing import Literal, TypeVar, cast

from producers.contract import states
from producers.errors import LedgerLockdown
from producers.runtime.ledger.call import Argument, Call
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import (
    Accepted,
    CalledBack,
    Claimed,
    Exists,
    Granted,
    Moved,
    NoCredit,
    NotYours,
    Poison,
    Present,
)
from producers.runtime.ledger.tombstones import record_of
from tests.simulation.ledger_batches import Batches
from tests.simulation.ledger_duties import Duties
from tests.simulation.ledger_holds import Holds
from tests.simulation.ledger_reattempts import Reattempts
from tests.simulation.ledger_retiring import Retiring
from tests.simulation.ledger_rows import LISTED, Row, as_bytes, is_two_phase, number

T = TypeVar("T")


class LedgerDouble(Batches, Reattempts, Duties, Holds, Retiring):
    """One ledger, on one clock. Calls run one at a time, as scripts do; each script is the method of its name."""

    def apply(self, call: Call[T], epoch: str) -> T:
        """Run the call for somebody who is pinned to that epoch.

        Raises:
            LedgerLockdown: this is another ledger.
            LedgerUnavailable: the state graph has no such step.
        """
        if self.epoch != epoch:
            raise LedgerLockdown(self.epoch or None)
        return cast("T", getattr(self, call.script)(*call.args))

    # --- rules ------------------------------------------------------------------------------------------------------

    def holds(self, row: Row, token: str) -> bool:
        """Whether this is the token under which the order is held."""
        return row.get("token", b"") == token.encode()

    def free(self, row: Row, at: int, presence_ms: int) -> NotYours | None:
        """Why the order may not be claimed, if so."""
        state = row["state"].decode()
        if state == states.ACCEPTED:
            not_before = number(row, "not_before")
            return NotYours("held_back", str(not_before)) if not_before > at and "withdrawn_at" not in row else None
        if state == states.CLAIMED:
            held = number(row, "lease_until") > at and self.alive(row["worker"].decode(), at, presence_ms)
            return NotYours("busy", state) if held else None
        return NotYours("busy", state)

    def follows(self, payment_id: str, known: int) -> bool:
        """Whether nothing that follows the payment is open, and nothing was sent that the caller did not know of."""
        followed = self.parents.get(payment_id, {})
        return "open" not in followed and int(followed.get("sent", "0")) == known

    def goes_there(self, row: Row, account: str) -> bool:
        """Whether nothing of it may have left for another account."""
        return row.get("lane", b"") in (b"", account.encode())

    def has_credit(self, left: int) -> bool:
        """Whether one more request stays findable."""
        return left > 0

    # --- producer ---------------------------------------------------------------------------------------------------

    def accept(self, order_id: str, grace_ms: int, *flat: Argument) -> Accepted | Exists:
        if order_id in self.rows:
            return Exists(self.record(order_id))
        if stone := self.stone(order_id):
            return Exists(record_of(order_id, stone))
        at = self.now_ms()
        given = {cast(str, name): as_bytes(value) for name, value in zip(flat[::2], flat[1::2], strict=True)}
        self.create(order_id, given, at, at + grace_ms, told=False)
        return Accepted(at)

    # --- worker -----------------------------------------------------------------------------------------------------

    def claim(
        self, order_id: str, token: str, worker: str, lease_ms: int, claims_max: int, presence_ms: int, *fields: str
    ) -> Claimed | Poison | CalledBack | NotYours:
        row = self.rows.get(order_id)
        if row is None:
            return NotYours("missing")
        at = self.now_ms()

        def brief() -> Record:
            return Record(order_id, {name: row[name] for name in ("token", *fields) if name in row})

        if row["state"] == b"claimed" and row.get("token") == token.encode():
            return Claimed(brief())
        if refusal := self.free(row, at, presence_ms):
            return refusal
        if halt := self.halted(row):
            return NotYours(halt) if halt == "paused" else CalledBack(brief(), halt)
        claims = number(row, "claims")
        if claims >= claims_max:
            return Poison(brief())
        self.tell(order_id, row)
        self.drop_holder(order_id, row)
        lease_until = at + lease_ms
        row["token"], row["worker"] = token.encode(), worker.encode()
        row["lease_until"], row["claims"] = b"%d" % lease_until, b"%d" % (claims + 1)
        self.move(order_id, row, states.CLAIMED, at, worker)
        self.held.setdefault(worker, {})[order_id] = None
        self.due[order_id] = lease_until
        return Claimed(brief())

    def intent(
        self,
        order_id: str,
        token: str,
        window_ms: int,
        account: str,
        seen: int,
        follows: int,
        held_first: str,
        link: str = "",
    ) -> Granted | NoCredit | NotYours:
        if self.intents < seen:
            raise LedgerLockdown(self.epoch)
        row = self.rows.get(order_id)
        if row is None:
            return NotYours("missing")
        left = self.credits.get(account, 0)
        state = row["state"].decode()
        if not self.holds(row, token) or not self.goes_there(row, account):
            return NotYours("stale", state)
        if state == states.SENDING:
            return Granted(number(row, "intent_at"), left, self.intents)
        if state != states.CLAIMED or not self.in_turn(order_id, row):
            return NotYours("stale", state)
        if self.shown(row.get("root", b"").decode()):
            return NotYours("overtaken")
        at = self.now_ms()
        if 0 < number(row, "expires_at") <= at:
            return NotYours("expired")
        if halt := self.halted(row):
            return NotYours(halt)
        if parent := row.get("parent"):
            if not self.follows(parent.decode(), follows):
                return NotYours("follows_another")
        elif not self.has_credit(left):
            return NoCredit(self.intents)
        else:
            left -= 1
            self.credits[account] = left
        if link:
            self.links[link] = order_id
        self.intents += 1
        row["intent_at"], row["deadline_at"] = b"%d" % at, b"%d" % (at + window_ms)
        if held_first and not row.get("lane"):
            row["held_first"] = held_first.encode()
        row["lane"] = account.encode()
        self.move(order_id, row, states.SENDING, at, row["ref"].decode())
        self.due[order_id] = at + window_ms
        return Granted(at, left, self.intents)

    def release(
        self, order_id: str, token: str, delay_ms: int, detail: str, burn: int, leaves: str
    ) -> Moved | NotYours:
        row = self.rows.get(order_id)
        if row is None:
            return NotYours("missing")
        state = row["state"].decode()
        if state == states.ACCEPTED and row.get("last_token") == token.encode():
            return Moved(state)
        if not self.holds(row, token) or state not in (states.CLAIMED, states.SENDING):
            return NotYours("stale", state)
        if not burn:
            row["claims"] = b"%d" % max(0, number(row, "claims") - 1)
        if leaves:
            row["lane"], row["shunned"] = b"", leaves.encode()
            if row.get("held_first"):
                row["held_first"] = b""
        if state == states.CLAIMED and not burn:
            self.shorten(row, detail)
        self.give_back(order_id, row, self.now_ms(), delay_ms, detail)
        return Moved(states.ACCEPTED, 0, state)

    def settle(
        self,
        order_id: str,
        token: str,
        allowed: str,
        to: str,
        event_id: str,
        event: bytes,
        detail: str,
        due_ms: int | Literal[""],
        *flat: Argument,
    ) -> Moved | NotYours:
        row = self.rows.get(order_id)
        if row is None:
            return NotYours("missing")
        state = row["state"].decode()
        given = dict(zip(flat[::2], flat[1::2], strict=True))
        if not self.holds(row, token):
            return self.too_late(order_id, row, to, given)
        if state == to:
            return Moved(state)
        if state not in allowed.split(" ") or self.went_on(row, given):
            return self.too_late(order_id, row, to, given)
        if not self.ends_as_the_last(row, to, given):
            return NotYours("stale", state)
        if self.refuses_end(order_id, row, to):
            return NotYours("contradicted", state)
        chosen = row.get("payment_id", b"").decode()
        if not self.may_choose(row, chosen, str(given.get("payment_id", chosen))):
            return NotYours("stale", state)
        at = self.now_ms()
        self.edge(row, to)
        self.emit((order_id, row), event_id, event)
        self.move(order_id, row, to, at, detail)
        for name, value in zip(flat[::2], flat[1::2], strict=True):
            row[cast(str, name)] = as_bytes(value)
        self.drop_holder(order_id, row)
        self.goes_on_alone(row, to)
        if state == states.PENDING:
            self.forget_answers(order_id, row)
        if due_ms == "":
            self.due.pop(order_id, None)
        else:
            self.due[order_id] = at + int(due_ms)
        before = "" if self.tell_root(row, to, given, at) else state
        self.hold_changes(order_id, row, to, str(given.get("reason", "")))
        also = str(given.get("also_made", "")).split()
        for made in also:
            self.alarm(order_id, to, made, at)
        if is_two_phase(row):
            self.stray_from(order_id, row, to, chosen)
            if state == states.PENDING:
                self.drop_turn(row)
            return Moved(to, len(also), before)
        extra = 0 if to in LISTED else self.duplicates(order_id, row, to, at)
        return Moved(to, len(also) + extra, before)

    def present(self, worker: str) -> Present:
        at = self.now_ms()
        self.workers[worker] = at
        return Present(at, len(self.held.get(worker, ())), self.intents)
