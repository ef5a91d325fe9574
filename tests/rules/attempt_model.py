"""Every interleaving of a parked order that two operators may have sent once more, by the product's own decisions.

A world begins where nobody knows what became of the order's request: it may still be on its way. It lands, or not, and
so does that of the new attempt; the list is read whenever it is; two operators look, speak, or fall silent at any
moment, and so does the resolver; a hand that never moves is a command line that was killed. `late` breaks the
assumption on which all of this rests: then what is on its way lands after H too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, cast

from producers.contract import states
from producers.contract.events import decode
from producers.contract.payment_data import PaymentData
from producers.runtime.ledger import calls
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Claimed, Granted, NotYours
from tests.rules.chain_model import ACCOUNT, EPOCH, NOW_MS, Explored, Key, content, exhaust, payment
from tests.simulation.ledger import LedgerDouble
from workers.operations import reattempting, resolving
from workers.operations.desk import Desk
from workers.operations.errors import OperationRefused
from workers.operations.evidence import Evidence
from workers.payments.chains import closed, taken_back
from workers.payments.endings import CALLED_BACK, end, ending_of
from workers.resolver.mirror import row_of
from workers.resolver.verdict import Row, Rules

ROOT, SECOND = "ORD-1", "ORD-1-a2"
OPERATORS: Final = ("ona@one", "jonas@two")
H_MS: Final = 10_000
RULES: Final = Rules(horizon_ms=H_MS, skew_ms=1_000, clean_scans=3, absent="park")


@dataclass
class World:
    """One moment.

    `afloat` are requests that may yet land, `books` what the gateway has made of an order, `listed` which of that the
    mirror has shown, and `known` which of that before the first order ended. `hands` are calls somebody may still make,
    `read` is the first order as somebody has read it who has not acted yet, and `blind` says that something was sent
    against what was known.
    """

    ledger: LedgerDouble
    late: bool
    over: bool = False
    afloat: set[str] = field(default_factory=set)
    books: dict[str, str] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    hands: dict[str, Call[Any]] = field(default_factory=dict)
    read: Record | None = None
    blind: bool = False

    def copied(self) -> World:
        """The same, to go on from alone."""
        at_ms = self.ledger.now_ms()
        mine = type(self.ledger)(lambda: at_ms, EPOCH)
        mine.rows = {name: dict(row) for name, row in self.ledger.rows.items()}
        mine.seen = {name: dict(rows) for name, rows in self.ledger.seen.items()}
        mine.listed = {state: dict(orders) for state, orders in self.ledger.listed.items()}
        mine.due, mine.credits = dict(self.ledger.due), dict(self.ledger.credits)
        mine.events, mine.alarms = list(self.ledger.events), list(self.ledger.alarms)
        mine.coverage = dict(self.ledger.coverage)
        return World(
            mine, self.late, self.over, set(self.afloat), dict(self.books), set(self.listed), set(self.known),
            dict(self.hands), self.read, self.blind,
        )  # fmt: skip

    def key(self) -> Key:
        """What tells it from others; histories and events follow from the way here."""
        rows = frozenset((name, content(row)) for name, row in self.ledger.rows.items())
        seen = frozenset((name, frozenset(rows.items())) for name, rows in self.ledger.seen.items())
        read = None if self.read is None else (self.read.state, self.read.successor)
        return (
            rows, seen, read, self.over, self.blind, bool(self.ledger.alarms), frozenset(self.afloat),
            frozenset(self.books.items()), frozenset(self.listed), frozenset(self.known), frozenset(self.hands),
        )  # fmt: skip

    def ended(self) -> bool:
        """Whether the first order has ended."""
        return self.state(ROOT) in states.TERMINAL

    def state(self, order_id: str) -> str:
        """Of an order; empty where there is none."""
        return self.ledger.rows.get(order_id, {"state": b""})["state"].decode()


def beginning(kind: type[LedgerDouble], *, late: bool) -> World:
    """A renewal is parked, and its request may have left a moment ago."""
    ledger = kind(lambda: NOW_MS, EPOCH)
    fields = {
        "amount_minor": "1000", "currency": "EUR", "country": "LT", "description": "x", "account": ACCOUNT,
        "producer": "shop", "ref": ROOT, "instrument": "f", "envelope": "1", "charged_from": "pay-0",
    }  # fmt: skip
    ledger.credits[ACCOUNT] = 1_000
    for call in (
        calls.accept(ROOT, fields, grace_ms=0),
        calls.claim(ROOT, "1" * 32, "w", lease_ms=9_000, claims_max=5, presence_ms=9_000),
        calls.intent(ROOT, "1" * 32, window_ms=1, account=ACCOUNT),
    ):
        ledger.apply(cast("Call[Any]", call), EPOCH)
    for to in (states.UNKNOWN, states.PARKED):
        ledger.apply(end(ledger.record(ROOT), to, "deadline_over"), EPOCH)
    ledger.events.clear()
    return World(ledger, late, afloat={ROOT})


def steps(world: World, rules: Rules) -> Iterable[tuple[str, World]]:
    """Every moment that may follow, and what happened."""
    if not world.over:
        then = world.copied()
        at_ms = NOW_MS + H_MS
        then.over, then.ledger.now_ms = True, lambda: at_ms
        if not world.late:
            then.afloat.discard(ROOT)
        yield "H is over", then
    for order_id in world.afloat:
        for said in ("approved", "soft", "never"):
            then = world.copied()
            then.afloat.discard(order_id)
            then.books[order_id] = said
            yield f"the request of {order_id} lands: {said}", then
    yield from _listed(world)
    yield from _spoken(world, rules)
    for what, call in world.hands.items():
        then = world.copied()
        answer = then.ledger.apply(call, EPOCH)
        if answer == NotYours("contradicted", states.PENDING) and what.startswith(f"{ROOT} ends"):
            last = then.ledger.record(SECOND)
            then.hands[f"{ROOT} goes on alone"] = taken_back(then.ledger.record(ROOT), last)
        yield f"recorded: {what}", then
    yield from _resolved(world)
    yield from _second(world)


def _listed(world: World) -> Iterable[tuple[str, World]]:
    fresh = {order_id for order_id, said in world.books.items() if said != "never"} - world.listed
    if not fresh:
        return
    then = world.copied()
    rows = []
    for order_id in sorted(fresh):
        record = then.ledger.record(order_id)
        row = row_of(payment(record, then.books[order_id]))
        rows.append((record.ref, row.payment_id, row.text))
    tag = then.ledger.coverage.get(ACCOUNT, ("", b""))[0]
    then.ledger.apply(calls.sight(ACCOUNT, tag, "", b"{}", rows), EPOCH)
    then.listed |= fresh
    if not world.ended():
        then.known |= fresh
    yield "the list is read", then


class _Hand:
    """Takes the call that an operator is about to make."""

    def __init__(self) -> None:
        self.call: Call[Any] | None = None

    def run(self, call: Call[Any]) -> None:
        self.call = call


def _spoken(world: World, rules: Rules) -> Iterable[tuple[str, World]]:
    """What operators see, and are about to say of it."""
    record = world.ledger.record(ROOT)
    if record.state != states.PARKED:
        return
    rows = tuple(Row.parse(name, text) for name, text in world.ledger.seen.get(ROOT, {}).items())
    said = world.books.get(ROOT, "never")
    made = () if said == "never" else (payment(record, said),)
    evidence = Evidence(record, rows, world.ledger.now_ms(), made)
    for by in OPERATORS:
        for name, deed in (("proposes", reattempting.propose), ("confirms", reattempting.confirm)):
            hand = _Hand()
            desk = Desk(cast(Any, hand), cast(Any, None), cast(Any, None), lambda *_, **__: None, by)
            try:
                deed(desk, evidence, "the back office shows nothing", rules)
            except OperationRefused:
                continue
            yield from _taken(world, f"{by} {name}", hand)
    hand = _Hand()
    desk = Desk(cast(Any, hand), cast(Any, None), cast(Any, None), lambda *_, **__: None, OPERATORS[0])
    try:
        resolving.not_charged(desk, evidence, "the back office shows nothing", RULES)
    except OperationRefused:
        return
    yield from _taken(world, f"{ROOT} was not charged, says {OPERATORS[0]}", hand)


def _taken(world: World, what: str, hand: _Hand) -> Iterable[tuple[str, World]]:
    if hand.call is not None and what not in world.hands:
        then = world.copied()
        then.hands[what] = hand.call
        yield f"about to: {what}", then


def _resolved(world: World) -> Iterable[tuple[str, World]]:
    """What the resolver and the followers of the first order find."""
    record = world.ledger.record(ROOT)
    shown = world.ledger.seen.get(ROOT)
    if record.state == states.PARKED and shown and world.books.get(ROOT) in ("approved", "soft"):
        yield f"{ROOT} is found", _with(world, ROOT, ending_of(record, payment(record, world.books[ROOT])))
    if world.read is None or (world.read.state, world.read.successor) != (record.state, record.successor):
        then = world.copied()
        then.read = record
        yield "the first order is read", then
    if world.read is not None and world.read.successor:
        ending = closed(world.read, world.ledger.record(SECOND))
        if ending is not None:
            then = world.copied()
            then.hands[f"{ROOT} ends as {world.state(SECOND)}"] = ending
            yield "the end of the first order is decided", then


def _second(world: World) -> Iterable[tuple[str, World]]:
    """What becomes of the new attempt."""
    record = world.ledger.record(SECOND)
    match record.state:
        case states.ACCEPTED:
            yield from _sent(world)
        case states.SENDING:
            yield f"{SECOND} is overdue", _with(world, SECOND, end(record, states.UNKNOWN, "deadline_over"))
        case states.UNKNOWN if (said := world.books.get(SECOND, "")) in ("approved", "soft"):
            yield f"{SECOND} is found", _with(world, SECOND, ending_of(record, payment(record, said)))
        case states.UNKNOWN if SECOND not in world.afloat:
            yield f"{SECOND} is absent", _with(world, SECOND, end(record, states.NOT_CHARGED, "proven_absent"))


def _sent(world: World) -> Iterable[tuple[str, World]]:
    token = "2" * 32
    then = world.copied()
    claim = calls.claim(SECOND, token, "w", lease_ms=9_000, claims_max=5, presence_ms=9_000)
    if not isinstance(then.ledger.apply(claim, EPOCH), Claimed):
        return
    granted = then.ledger.apply(calls.intent(SECOND, token, window_ms=1, account=ACCOUNT), EPOCH)
    record = then.ledger.record(SECOND)
    if isinstance(granted, NotYours):
        if granted.why in CALLED_BACK:
            then = _with(then, SECOND, end(record, states.CANCELLED, CALLED_BACK[granted.why]))
        yield f"{SECOND} may not be sent", then
        return
    assert isinstance(granted, Granted)
    then.blind = then.books.get(ROOT) == "approved" and ROOT in then.listed
    unheard = then.copied()
    unheard.afloat.add(SECOND)
    yield f"{SECOND} is sent, unheard", unheard
    for said in ("approved", "soft"):
        heard = _with(then, SECOND, ending_of(record, payment(record, said)))
        heard.books[SECOND] = said
        yield f"{SECOND} is {said}", heard


def _with(world: World, order_id: str, call: Call[Any]) -> World:
    then = world.copied()
    then.hands.setdefault(f"{order_id} {call.script} {call.args[3]!s}", call)
    return then


def wrong(world: World) -> str:
    """What must not be; empty when all is well."""
    paid = {order_id for order_id, said in world.books.items() if said == "approved"}
    root, ended = world.state(ROOT), world.ended()
    told = [decode(event) for _, event in world.ledger.events if event]
    ends = {event.id for event in told if isinstance(event.data, PaymentData) and event.data.state in states.TERMINAL}
    people = {by.partition("@")[0] for by in world.ledger.record(SECOND).text("ordered_by").split()}
    found = (
        ("charged twice", len(paid) > 1 and not world.late),
        ("charged twice, and nobody is told", len(paid) > 1 and paid <= world.listed and not world.ledger.alarms),
        ("sent against what the list had shown", world.blind),
        ("sent once more on one human's word", bool(world.state(SECOND)) and len(people) < len(OPERATORS)),
        ("approved and not charged", root == states.APPROVED and not paid),
        (f"{root} and charged", ended and root != states.APPROVED and bool(paid) and not world.late),
        (f"{root} with the other, against what the list had shown",
         ended and root != states.APPROVED and bool(paid & world.known) and "successor" in world.ledger.rows[ROOT]),
        (f"{root} and charged, and nobody is told",
         ended and root != states.APPROVED and bool(paid & world.listed) and not world.ledger.alarms),
        (f"{root} while another is open", ended and world.state(SECOND) not in {"", *states.TERMINAL}),
        ("two outcomes told", len([name for name in ends if name.startswith(f"{ROOT}:")]) > 1),
    )  # fmt: skip
    return next((what for what, harm in found if harm), "")


def explore(*, late: bool, kind: type[LedgerDouble] = LedgerDouble, rules: Rules = RULES) -> Explored:
    """All there is, breadth first, or until something is wrong; by `rules` the attempt is proposed and confirmed."""
    return exhaust(beginning(kind, late=late), lambda world: steps(world, rules), wrong)
