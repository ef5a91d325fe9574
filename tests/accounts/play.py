"""One seed: orders of every kind, two accounts, and what goes wrong with them; then the books of both are opened."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from producers.contract import states
from producers.enqueue import Enqueuer
from producers.runtime.ledger.record import Record
from tests.accounts.stack import FIRST, SECOND, SECRET, TwoAccounts
from tests.chaos.oracle import read_books, until_closed, violations
from tests.eventually import eventually
from tests.stack import CARD

#: Orders of one run, the seconds in which they come and things go wrong, worker processes, and how many are killed.
ORDERS, FIRE_S, WORKERS, KILLS = 40, 4.0, 2, 3
#: Seconds until everything must have come to its end, on a machine that others want too: here it takes ten.
CLOSED_S = 100.0
#: What each gateway does to a share of the charges.
FAULTS = tuple(
    {"fault": fault, "rate": rate, "delay_ms": delay_ms}
    for fault, rate, delay_ms in (
        ("charge_then_reset", 0.05, None),
        ("charge_then_hang", 0.03, None),
        ("reset_before", 0.05, None),
        ("http_503_before", 0.04, None),
        ("http_503_after", 0.04, None),
        ("rate_limited_429", 0.04, None),
        ("late_landing", 0.03, 150),
        ("slow_answer", 0.05, 400),
        ("declined", 0.05, None),
    )
)
#: A gateway that fails at everything, which opens every breaker.
BROKEN = ({"fault": "http_503_before", "rate": 1.0},)


@dataclass
class Outcome:
    """What a seed came to: what was broken, and what it was made of."""

    seed: int
    violations: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    #: Orders that left an account unsent and were charged at the other; approved charges beyond an order's first.
    moved: int = 0
    duplicates: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def play(seed: int, directory: Path) -> Outcome:
    """Run the seed to its end."""
    began, outcome, chance = time.monotonic(), Outcome(seed), random.Random(seed)
    # Every other run has a rate to keep, so that both ways to the intent are taken.
    settings = {"ACCOUNT_RATE_MAX": "60"} if seed % 2 else {}
    with TwoAccounts(directory, settings=settings) as stack, stack.enqueuer() as shop:
        fire = _Fire(stack, chance, outcome)
        _charge(shop, "PAID-1", account=FIRST, **CARD)
        paid = shop.wait("PAID-1", timeout_s=60).payment_id
        fire.burn(lambda number: _order(shop, chance, number, str(paid)))
        with suppress(AssertionError):  # what is still open is told by the judgement
            until_closed(stack, tend=fire.tend, within_s=CLOSED_S)
        _judge(stack, outcome)
    outcome.seconds = time.monotonic() - began
    return outcome


def _order(shop: Enqueuer, chance: random.Random, number: int, paid: str) -> None:
    kind = chance.choices(("rule", "dollars", "named", "recurring"), (5, 1, 2, 2))[0]
    order_id = f"{kind}-{number}"
    if kind == "rule":
        _charge(shop, order_id, **CARD)
    elif kind == "dollars":
        _charge(shop, order_id, currency="USD", **CARD)
    elif kind == "named":
        account = chance.choice((FIRST, SECOND))
        _charge(shop, f"{account}-{number}", account=account, **CARD)
    else:
        _charge(shop, order_id, payment_id=paid, account=FIRST)


def _charge(shop: Enqueuer, order_id: str, **fields: Any) -> None:
    shop.charge(**{"order_id": order_id, "amount": "10.00", "currency": "EUR", "country": "LT", **fields})


class _Fire:
    """Does to workers and gateways what the seed draws."""

    def __init__(self, stack: TwoAccounts, chance: random.Random, outcome: Outcome) -> None:
        self._stack = stack
        self._chance = chance
        self._outcome = outcome
        self._workers = [stack.worker() for _ in range(WORKERS)]
        self._secrets: dict[str, str] = {}
        self._timeline: list[tuple[float, Callable[[], object]]] = []

    def burn(self, order: Callable[[int], None]) -> None:
        """Accept the orders while things go wrong, and end with everything mended."""
        for account in (FIRST, SECOND):
            self._stack.of(account, "faults", list(FAULTS))
        began = time.monotonic()
        for number, at in enumerate(sorted(self._chance.uniform(0, FIRE_S) for _ in range(ORDERS))):
            self._at(began + at, partial(order, number))
        for at, what in self._events():
            self._at(began + at, what)
        eventually(self._burnt, "all has come and all is mended", within_s=CLOSED_S)
        for account in (FIRST, SECOND):
            self._stack.of(account, "faults", [])

    def tend(self) -> None:
        """Replace the dead."""
        self._workers = [worker if worker.poll() is None else self._stack.worker() for worker in self._workers]

    def _burnt(self) -> bool:
        for due in [entry for entry in self._timeline if entry[0] <= time.monotonic()]:
            self._timeline.remove(due)
            due[1]()
        self.tend()
        return not self._timeline

    def _events(self) -> Iterator[tuple[float, Callable[[], object]]]:
        kinds: Mapping[str, Callable[[str], None]] = {
            "refused": self._refuse,
            "broken": self._break,
            "rotated": self._rotate,
        }
        for name in (*kinds, *self._chance.choices(list(kinds), k=3)):
            account = self._chance.choice((FIRST, FIRST, SECOND))
            self._outcome.hits[name] += 1
            yield self._chance.uniform(0, FIRE_S), partial(kinds[name], account)
        for _ in range(KILLS):
            self._outcome.hits["killed"] += 1
            yield self._chance.uniform(0, FIRE_S), self._kill

    def _refuse(self, account: str) -> None:
        self._stack.doors[account].shut()
        self._after(self._chance.uniform(0.2, 1.2), self._stack.doors[account].open)

    def _break(self, account: str) -> None:
        self._stack.of(account, "faults", list(BROKEN))
        self._after(self._chance.uniform(0.3, 1.0), lambda: self._stack.of(account, "faults", list(FAULTS)))

    def _rotate(self, account: str) -> None:
        secret = f"{SECRET}-{self._chance.getrandbits(32):08x}"
        self._stack.rotate(account, secret)
        self._secrets[account] = secret
        # Of two rotations the latter counts, whichever of them is written last.
        write = lambda: self._stack.write_secret(account, self._secrets[account])  # noqa: E731
        self._after(self._chance.uniform(0.2, 1.5), write)

    def _kill(self) -> None:
        self._chance.choice(self._workers).send_signal(signal.SIGKILL)

    def _after(self, seconds: float, what: Callable[[], object]) -> None:
        self._at(time.monotonic() + seconds, what)

    def _at(self, moment: float, what: Callable[[], object]) -> None:
        self._timeline.append((moment, what))


def _judge(stack: TwoAccounts, outcome: Outcome) -> None:
    books, both = read_books(stack), stack.books()
    outcome.violations += violations(books, may_miss=True)
    outcome.states.update(record.state for record in books.orders.values())
    outcome.duplicates = sum(max(0, row["approved"] - 1) for row in books.charges.values())
    for record in books.orders.values():
        at = [account for account, book in both.items() if record.ref in book and book[record.ref]["posts"]]
        outcome.violations += (f"{record.order_id}: {what}" for what in _of_accounts(record, at))
        outcome.moved += bool(record.text("shunned")) and at not in ([], [record.text("shunned")])


def _of_accounts(record: Record, at: list[str]) -> Iterator[str]:
    """What must hold of the accounts that an order was seen at."""
    kind = record.order_id.partition("-")[0]
    if len(at) > 1:
        yield f"was posted at {' and '.join(at)}"
    if at and record.lane not in at:
        yield f"was posted at {at[0]} and is said to be at {record.lane}"
    allowed = {FIRST: {FIRST}, SECOND: {SECOND}, "recurring": {FIRST}, "PAID": {FIRST}, "dollars": {SECOND}}
    if not set(at) <= allowed.get(kind, {FIRST, SECOND}):
        yield f"is {kind} and was posted at {at[0]}"
    if kind == "recurring" and record.state == states.REJECTED:
        yield "went where its first payment is not known"
