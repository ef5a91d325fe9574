"""What the scripted ledger keeps, and the steps its scripts share: the counterpart of the scripts' prelude.

Rows are kept as Redis would answer them (text to bytes), sets and sorted sets as dicts. Nothing here knows of keys.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Final

from producers.contract import states
from producers.contract.states import EDGES
from producers.contract.succession import NEW_ATTEMPT
from producers.errors import LedgerUnavailable
from producers.runtime.ledger.call import Argument
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Waking
from producers.runtime.ledger.tombstones import place
from tests.simulation.ledger_telling import Telling

#: States somebody may have to wait in.
LISTED: Final = frozenset({states.ACCEPTED, states.PENDING, states.UNKNOWN, states.PARKED})
#: Once an order is here nobody will POST with its card again.
CARD_ERASED: Final = states.TERMINAL | {states.UNKNOWN, states.PENDING, states.PARKED}
#: While it is here what was sealed of a charge by an earlier payment is kept: it holds no card.
IN_DOUBT: Final = frozenset({states.UNKNOWN, states.PARKED})
#: Once it is here no other will go on for it.
FURTHER_ERASED: Final = states.TERMINAL | {states.PARKED}

Row = dict[str, bytes]

#: Two rounds at the end of a history, the second without its end: returned why, claimed, returned why, claimed.
_ROUNDS: Final = re.compile(
    rb"[0-9]+ accepted [^ \n]* (.*)\n([0-9]+ claimed .*\n[0-9]+ accepted [^ \n]* (.*)\n)([0-9]+ claimed .*\n)\Z"
)


def as_bytes(value: Argument) -> bytes:
    """As Redis stores an argument."""
    if isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else b"%d" % value


def number(row: Row, name: str) -> int:
    """A field as a whole number; absent is 0."""
    return int(row.get(name) or b"0")


def is_two_phase(row: Row) -> bool:
    """Whether the order is held first: as its owner asked, or as the account takes charges."""
    return bool(row.get("two_phase") or row.get("held_first"))


def may_hold(text: str) -> bool:
    """Whether a row of the gateway's list may be a hold, or become one."""
    return text.startswith(("approved ", "processing "))


class Rows(Telling):
    """The ledger's content. `on_move(order_id, before, to, detail)` is told of every change of state."""

    def __init__(self, now_ms: Callable[[], int], epoch: str) -> None:
        super().__init__(now_ms)
        self.epoch: str | None = epoch
        self.on_move: Callable[[str, str, str, str], object] = lambda *_: None
        #: Told of every list read that begins, with its account and the credits it gives.
        self.on_scan: Callable[[str, int], object] = lambda *_: None
        #: Told of every order that leaves, as it was.
        self.on_leave: Callable[[Record], object] = lambda _: None
        self.seen: dict[str, dict[str, str]] = {}
        #: By payment: the order that follows it and is open, how many were sent, the sum made of each kind.
        self.parents: dict[str, dict[str, str]] = {}
        #: By the token of a link: the order that payments on it belong to.
        self.links: dict[str, str] = {}
        #: By bucket and field: tombstones of orders that have left.
        self.gone: dict[tuple[str, bytes], bytes] = {}
        self.answers: dict[str, dict[str, bytes]] = {}
        self.strays: dict[str, str] = {}
        #: By account: holds by when they began, and apart from them those whose owner was told that they expire.
        self.open_holds: dict[str, dict[str, int]] = {}
        self.expiring: dict[str, dict[str, int]] = {}
        self.due: dict[str, int] = {}
        self.listed: dict[str, dict[str, int]] = {state: {} for state in LISTED}
        self.held: dict[str, dict[str, None]] = {}
        self.workers: dict[str, int] = {}
        self.credits: dict[str, int] = {}
        self.coverage: dict[str, tuple[str, bytes]] = {}
        self.alarms: list[dict[str, str]] = []
        self.stats: Counter[str] = Counter()
        self.batches: dict[str, Counter[str]] = {}
        self.halts: dict[str, str] = {}
        self.words: dict[str, bytes] = {}
        self.leads: dict[str, tuple[str, int]] = {}
        self.intents = 0
        self.fences = 0
        #: Seconds of the world's clock until which nobody is answered.
        self.away_until = 0.0

    def crash(self, until_s: float) -> None:
        """Down until then. What was confirmed is there afterwards: every write was fsynced before its reply."""
        self.away_until = until_s

    def record(self, order_id: str) -> Record:
        """The order's row as it is now; one without fields when there is none."""
        return Record(order_id, dict(self.rows.get(order_id, ())))

    def stone(self, order_id: str) -> bytes | None:
        """The tombstone of an order that has left."""
        return self.gone.get(place(order_id))

    def move(self, order_id: str, row: Row, to: str, at: int, detail: str) -> None:
        """Every change of state: the edge is checked, the history grows, the counters follow."""
        self.edge(row, to)
        before = row["state"].decode()
        self.count(row, before, -1)
        self.count(row, to, 1)
        if before in LISTED:
            self.listed[before].pop(order_id, None)
        if to in LISTED:
            self.listed[to][order_id] = at
        row["state"], row["since"] = to.encode(), b"%d" % at
        if to in CARD_ERASED and not (row.get("charged_from") and to in IN_DOUBT):
            row.pop("envelope", None)
        if to in FURTHER_ERASED:
            row.pop("backup_envelope", None)
            row.pop("link_envelope", None)
        if parent := row.get("parent"):
            self.follow(parent.decode(), order_id, row, to)
        self.note(row, to, at, detail)
        self.on_move(order_id, before, to, detail)

    def edge(self, row: Row, to: str) -> None:
        """Refuse what may not follow."""
        before = row["state"].decode()
        if (before, to) not in EDGES:
            raise LedgerUnavailable(f"Redis refused the command: no edge {before} -> {to}", ambiguous=False)

    def note(self, row: Row, state: str, at: int, detail: str) -> None:
        """The history grows."""
        line = f"{at} {state} {row.get('token', b'').decode()[:8]} {detail}\n"
        row["history"] = row.get("history", b"") + line.encode()

    def keeps_watching(self, row: Row) -> bool:
        """Whether operators have ordered another attempt of it, which is not over."""
        return row["state"] == b"pending" and row.get("reason") == NEW_ATTEMPT.encode()

    def shorten(self, row: Row, why: str) -> None:
        """Of rounds that end alike the first return and the latest round are kept."""
        rounds = _ROUNDS.search(row["history"])
        if rounds and rounds[1] == rounds[3] == why.encode():
            row["history"] = row["history"][: rounds.start(2)] + rounds[4]

    def create(self, order_id: str, given: Row, at: int, due_at: int, *, told: bool) -> None:
        """A new order, due at that moment."""
        row = {
            **given,
            "told": b"%d" % (at if told else 0),
            "state": b"accepted",
            "created_at": b"%d" % at,
            "since": b"%d" % at,
            "token": b"",
            "claims": b"0",
            "history": b"%d accepted  -\n" % at,
        }
        self.rows[order_id] = row
        if not told:
            self.untold.append(order_id)
        self.count(row, states.ACCEPTED, 1)
        self.listed[states.ACCEPTED][order_id] = at
        self.due[order_id] = due_at
        self.on_move(order_id, "", states.ACCEPTED, "-")

    def follow(self, payment_id: str, order_id: str, row: Row, to: str) -> None:
        """What follows a payment is sent one after the other."""
        followed = self.parents.setdefault(payment_id, {})
        if to == states.SENDING:
            followed["open"] = order_id
            followed["sent"] = str(int(followed.get("sent", "0")) + 1)
            return
        if to == states.APPROVED:
            kind = row["kind"].decode()
            followed[kind] = str(int(followed.get(kind, "0")) + number(row, "amount_minor"))
            if kind != "refund":
                self.hold_ends(payment_id)
        if (to == states.ACCEPTED or to in states.TERMINAL) and followed.get("open") == order_id:
            del followed["open"]

    def hold_begins(self, order_id: str, row: Row, payment_id: str) -> None:
        """Nobody has settled it or let it go yet."""
        followed = self.parents.setdefault(payment_id, {})
        if {"hold", "settlement", "void"} & followed.keys() or not number(row, "amount_minor") or "hold_told" in row:
            return
        account = row["lane"].decode()
        followed["hold"] = f"{account} {order_id}"
        self.open_holds.setdefault(account, {})[payment_id] = number(row, "intent_at")

    def hold_ends(self, payment_id: str) -> bool:
        """Somebody has; whether that is news."""
        whose = self.parents.get(payment_id, {}).pop("hold", None)
        if whose is None:
            return False
        account = whose.partition(" ")[0]
        self.open_holds.get(account, {}).pop(payment_id, None)
        self.expiring.get(account, {}).pop(payment_id, None)
        return True

    def count(self, row: Row, state: str, by: int) -> None:
        """The counters per state, the money in the states that are watched, the batch."""
        if not row.get("root") or state not in states.TERMINAL:
            self.stats[f"orders:{state}"] += by
        if state in LISTED and (not row.get("successor") or row.get("root")):
            self.stats[f"money:{state}:{row['currency'].decode()}"] += by * number(row, "amount_minor")
        if batch := row.get("batch"):
            self.batches.setdefault(batch.decode(), Counter())[state] += by

    def halted(self, row: Row) -> str:
        """`withdrawn` where the order was called back; `paused` or `cancelled` where somebody has stopped its batch."""
        if "withdrawn_at" in row:
            return "withdrawn"
        return self.halts.get(row.get("batch", b"").decode(), "")

    def drop_holder(self, order_id: str, row: Row) -> None:
        """Nobody holds it any more."""
        if worker := row.get("worker"):
            self.held.get(worker.decode(), {}).pop(order_id, None)
            row["worker"] = b""

    def give_back(self, order_id: str, row: Row, at: int, delay_ms: int, detail: str) -> None:
        """To accepted, to be taken again no earlier than `at + delay_ms`."""
        self.move(order_id, row, states.ACCEPTED, at, detail)
        self.listed[states.ACCEPTED][order_id] = number(row, "created_at") or at
        self.drop_holder(order_id, row)
        row["last_token"], row["token"] = row.get("token", b""), b""
        row["not_before"], row["lease_until"] = b"%d" % (at + delay_ms), b"0"
        row["wakes"], row["sweeps"] = b"%d" % (number(row, "wakes") + 1), b"0"
        self.due[order_id] = at + delay_ms

    def is_of_batch(self, order_id: str) -> bool:
        """Whether it is looked after behind those that somebody waits for."""
        return bool(self.rows.get(order_id, {}).get("batch"))

    def waking(self, order_id: str, row: Row) -> Waking:
        """Which wake-up call this order is due, and where."""
        wake_number, sweeps = number(row, "wakes") * 100, number(row, "sweeps") // 4
        while sweeps:
            wake_number, sweeps = wake_number + 1, sweeps // 4
        return Waking(order_id, wake_number, bool(row.get("batch")))

    def alive(self, worker: str, at: int, presence_ms: int) -> bool:
        """Whether the worker was seen lately."""
        return self.workers.get(worker, -1) > at - presence_ms

    def stray(self, payment_id: str, account: str, order_id: str) -> None:
        """A hold that is to be let go."""
        self.strays[payment_id] = f"{account} {order_id}"

    def shown(self, order_id: str) -> bool:
        """Whether the list has shown a payment of the order that took money, or may yet."""
        return any(not text.startswith("declined ") for text in self.seen.get(order_id, {}).values())

    def alarm(self, order_id: str, state: str, payment_id: str, at: int) -> None:
        """A charge that contradicts how the order ended."""
        self.alarms.append({"order_id": order_id, "state": state, "payment_id": payment_id, "at": str(at)})
