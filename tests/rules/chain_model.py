"""Every interleaving of a chain, by the product's own decisions and the ledger's double, explored to its end.

A world is one order with a backup and a link behind it. What the gateway answers is chosen freely, and whether anybody
hears it; whoever has a call in hand makes it at any later moment, and as often as he likes; whoever follows up the root
may have read it long ago. Time stands still, for nothing of a chain rests on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, TypeVar

from cardinity_client import Payment
from cardinity_client.money import Money
from producers.contract import states
from producers.contract.events import decode
from producers.contract.payment_data import PaymentData
from producers.runtime.ledger import calls
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Claimed, Granted, Moved, NotYours
from tests.simulation.ledger import LedgerDouble
from tests.simulation.ledger_rows import Row
from tests.unit.payments.test_endings_steps import PAYMENT
from workers.payments.chains import closed
from workers.payments.endings import end, ending_of

ROOT, SECOND, LINK = CHAIN = ("ORD-1", "ORD-1-a2", "ORD-1-a3")
EPOCH, ACCOUNT, NOW_MS = "e" * 32, "default", 1_768_471_200_000
#: What a bank may say, and what stands in the gateway's books then.
Said = Literal["approved", "soft", "customer", "forbidden"]
_ERRORS = {"soft": "3001: Insufficient funds", "customer": "3014: SCA Required", "forbidden": "9999: Something new"}
SAID: tuple[Said, ...] = ("approved", "soft", "customer", "forbidden")

#: How the end of a root is decided.
Closer = Callable[[Record, Record], Call[Moved | NotYours] | None]


@dataclass
class Chain:
    """One moment. `books` is what the gateway has of each order; `hands` are calls somebody may still make, by what
    they say; `read` is the root as somebody has read it who has not acted yet.
    """

    ledger: LedgerDouble
    books: dict[str, str] = field(default_factory=dict)
    hands: dict[str, Call[Any]] = field(default_factory=dict)
    read: Record | None = None

    def copied(self) -> Chain:
        """The same, to go on from alone. Copying all that a ledger has would take ten times as long."""
        mine = type(self.ledger)(lambda: NOW_MS, EPOCH)
        mine.rows = {name: dict(row) for name, row in self.ledger.rows.items()}
        mine.listed = {state: dict(orders) for state, orders in self.ledger.listed.items()}
        mine.due, mine.credits = dict(self.ledger.due), dict(self.ledger.credits)
        mine.events = list(self.ledger.events)
        return Chain(mine, dict(self.books), dict(self.hands), self.read)

    def ended(self) -> bool:
        """Whether the first order has ended."""
        return self.ledger.rows[ROOT]["state"].decode() in states.TERMINAL

    def key(self) -> Key:
        """What tells it from others; histories and events follow from the way here."""
        rows = frozenset((name, content(row)) for name, row in self.ledger.rows.items())
        read = None if self.read is None else (self.read.state, self.read.successor)
        return rows, frozenset(self.books.items()), frozenset(self.hands), read


def content(row: Row) -> frozenset[tuple[str, bytes]]:
    """A row without its history."""
    told = dict(row)
    del told["history"]
    return frozenset(told.items())


def beginning(kind: type[LedgerDouble] = LedgerDouble) -> Chain:
    """The order is accepted."""
    ledger = kind(lambda: NOW_MS, EPOCH)
    fields = {
        "amount_minor": "1000", "currency": "EUR", "country": "LT", "description": "x", "account": ACCOUNT,
        "producer": "shop", "ref": ROOT, "last4": "1111", "instrument": "f", "envelope": "1", "further": "backup link",
        "backup": "b", "backup_last4": "4242", "backup_envelope": "2", "needs_customer": "link", "link_envelope": "3",
    }  # fmt: skip
    ledger.apply(calls.accept(ROOT, fields, grace_ms=0), EPOCH)
    ledger.credits[ACCOUNT] = 1_000
    return Chain(ledger)


def steps(chain: Chain, closer: Closer) -> Iterable[tuple[str, Chain]]:
    """Every moment that may follow, and what happened."""
    for order_id in CHAIN:
        row = chain.ledger.rows.get(order_id)
        if row is not None:
            yield from _of_order(chain, order_id, row["state"].decode())
    for what, call in chain.hands.items():
        then = chain.copied()
        then.ledger.apply(call, EPOCH)
        yield f"recorded: {what}", then
    then = chain.copied()
    then.read = then.ledger.record(ROOT)
    yield "the root is read", then
    if chain.read is not None and chain.read.successor:
        then = chain.copied()
        last = chain.read
        while last.successor:
            last = then.ledger.record(last.successor)
        if (ending := closer(chain.read, last)) is not None:
            then.hands[f"{ROOT} ends as {last.order_id}, {last.state}"] = ending
        yield "the end of the root is decided", then


def _of_order(chain: Chain, order_id: str, state: str) -> Iterable[tuple[str, Chain]]:
    record = chain.ledger.record(order_id)
    if state == states.ACCEPTED:
        yield from _sent(chain, order_id)
    elif state == states.SENDING:
        yield f"{order_id} is overdue", _with(chain, order_id, end(record, states.UNKNOWN, "deadline_over"))
    elif record.kind == "link" and state == states.PENDING:
        yield from _of_link(chain, record)
    if state == states.UNKNOWN and (said := chain.books.get(order_id)) and record.kind != "link":
        yield f"{order_id} is found", _with(chain, order_id, ending_of(record, payment(record, said)))
    if state == states.UNKNOWN and order_id not in chain.books:
        then = _with(chain, order_id, end(record, states.NOT_CHARGED, "proven_absent"))
        then.books[order_id] = "never"
        yield f"{order_id} is absent", then


def _sent(chain: Chain, order_id: str) -> Iterable[tuple[str, Chain]]:
    """The one request of the order: what the gateway makes of it, and whether that is heard."""
    token = f"{CHAIN.index(order_id) + 1:032x}"
    claim = calls.claim(order_id, token, "w", lease_ms=9_000, claims_max=5, presence_ms=9_000)
    claimed = chain.copied()
    if not isinstance(claimed.ledger.apply(claim, EPOCH), Claimed):
        return
    if not isinstance(
        claimed.ledger.apply(calls.intent(order_id, token, window_ms=1, account=ACCOUNT), EPOCH), Granted
    ):
        yield f"{order_id} may not be sent", claimed
        return
    record = claimed.ledger.record(order_id)
    yield f"{order_id} is lost", claimed.copied()
    if record.kind == "link":
        yield f"{order_id} is made", _with(claimed, order_id, end(record, states.PENDING, states.PENDING))
        return
    for said in SAID:
        heard = _with(claimed, order_id, ending_of(record, payment(record, said)))
        heard.books[order_id] = said
        yield f"{order_id} is {said}", heard
        unheard = claimed.copied()
        unheard.books[order_id] = said
        yield f"{order_id} is {said}, unheard", unheard


def _of_link(chain: Chain, record: Record) -> Iterable[tuple[str, Chain]]:
    order_id = record.order_id
    if order_id not in chain.books:
        paid, over = chain.copied(), chain.copied()
        paid.books[order_id], over.books[order_id] = "approved", "over"
        yield f"{order_id} is paid", paid
        yield f"{order_id} is over", over
    elif chain.books[order_id] == "approved":
        yield f"{order_id} is seen paid", _with(chain, order_id, ending_of(record, payment(record, "approved")))
    else:
        yield f"{order_id} is proven unpaid", _with(chain, order_id, end(record, states.NOT_CHARGED, "link_unpaid"))


def _with(chain: Chain, order_id: str, call: Call[Any]) -> Chain:
    then = chain.copied()
    then.hands.setdefault(f"{order_id} {call.script} {call.args[3]!s}", call)
    return then


def payment(record: Record, said: str) -> Payment:
    """What the gateway has made of the order."""
    status: Any = "approved" if said == "approved" else "declined"
    payment = replace(PAYMENT, id=f"pay-{record.order_id}", order_id=record.ref, amount=Money(1000, "EUR"))
    return replace(payment, status=status, error=_ERRORS.get(said))


def wrong(chain: Chain) -> str:
    """What must not be; empty when all is well."""
    paid = [order_id for order_id, said in chain.books.items() if said == "approved"]
    root = chain.ledger.rows[ROOT]["state"].decode()
    if len(paid) > 1:
        return f"charged twice: {paid}"
    if root == states.APPROVED and not paid:
        return "approved and not charged"
    if root in states.TERMINAL - {states.APPROVED} and paid:
        return f"{root} and charged"
    if root in states.TERMINAL and any(row["state"].decode() not in states.TERMINAL for row in _others(chain)):
        return f"{root} while another order of it is open"
    told = [decode(event) for _, event in chain.ledger.events if event]
    ends = {event.id for event in told if isinstance(event.data, PaymentData) and event.data.state in states.TERMINAL}
    if len([name for name in ends if name.startswith(f"{ROOT}:")]) > 1:
        return f"two outcomes told: {ends}"
    return ""


def _others(chain: Chain) -> list[dict[str, bytes]]:
    return [row for name, row in chain.ledger.rows.items() if name != ROOT]


Key = tuple[object, ...]


class Moment(Protocol):
    """A moment of a model."""

    def key(self) -> Key: ...
    def ended(self) -> bool: ...


M = TypeVar("M", bound=Moment)


@dataclass(frozen=True)
class Explored:
    """How many moments there are, in how many the root has ended, from how many it never can, and the way to the first
    wrong one, with what is wrong.
    """

    moments: int
    ended: int
    endless: int
    wrong: list[str]


def explore(closer: Closer = closed, kind: type[LedgerDouble] = LedgerDouble) -> Explored:
    """All there is, breadth first, or until something is wrong."""
    return exhaust(beginning(kind), lambda chain: steps(chain, closer), wrong)


def exhaust(first: M, steps: Callable[[M], Iterable[tuple[str, M]]], wrong: Callable[[M], str]) -> Explored:
    """The same of any model. Moments are numbered as they are found, which is the order in which they are looked at."""
    numbers: dict[Key, int] = {first.key(): 0}
    came_by: list[tuple[int, str]] = [(0, "accepted")]
    before: list[set[int]] = [set()]
    waiting, ended = [first], set[int]()
    here = -1
    while waiting:
        following: list[M] = []
        for moment in waiting:
            here += 1
            if what := wrong(moment):
                return Explored(len(numbers), len(ended), 0, [*_way(came_by, here), what])
            if moment.ended():
                ended.add(here)
            for name, then in steps(moment):
                number = numbers.setdefault(then.key(), len(numbers))
                if number == len(came_by):
                    came_by.append((here, name))
                    before.append(set())
                    following.append(then)
                before[number].add(here)
        waiting = following
    return Explored(len(numbers), len(ended), len(numbers) - len(_leading_to(ended, before)), [])


def _leading_to(ended: set[int], before: list[set[int]]) -> set[int]:
    """The moments from which one of these can be reached."""
    found, waiting = set(ended), list(ended)
    while waiting:
        for moment in before[waiting.pop()] - found:
            found.add(moment)
            waiting.append(moment)
    return found


def _way(came_by: list[tuple[int, str]], moment: int) -> list[str]:
    way: list[str] = []
    while moment:
        moment, name = came_by[moment]
        way.append(name)
    return [came_by[0][1], *way[::-1]]
