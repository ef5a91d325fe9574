"""The whole system through the same faults: producers, worker processes and the gateway's sandbox, judged by its books.

Orders come all the time, two workers charge them, Redis is struck again and again. A round is over when an order that
was accepted after the blow has its outcome. In the end every accepted order must have one, charged once.
"""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Self

import redis

from producers.contract import states
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from tests.chaos.oracle import read_books, until_closed, violations
from tests.eventually import eventually
from tests.nursery import Child
from tests.redis_faults.campaign import Progress, Tally
from tests.redis_faults.failovers import WAYS, fail_over
from tests.redis_faults.pair import a_pair
from tests.redis_faults.powercut import Disk, build
from tests.redis_faults.powercuts import blackout
from tests.redis_faults.trade import Trade
from tests.stack import Stack

#: Seconds at the most until work goes on after a blow.
RESUMES_WITHIN_S = 60.0
WORKERS = 2
#: Rounds of one system: its books are read at the end.
CHAPTER = 25

Strike = Callable[[random.Random], list[str]]
Ground = Callable[[Path], AbstractContextManager[tuple[Stack, Strike]]]


def kills_of_all(rounds: int, directory: Path, progress: Progress) -> Tally:
    """`kill -9` of the server under a working system."""

    @contextmanager
    def ground(place: Path) -> Iterator[tuple[Stack, Strike]]:
        with Stack(place) as stack:

            def strike(rng: random.Random) -> list[str]:
                stack.valkey.kill()
                threading.Event().wait(rng.choice((0.0, 0.0, 0.3, 1.0)))
                stack.valkey.start()
                return []

            yield stack, strike

    return under_blows(rounds, directory, progress, ground)


def power_cuts_of_all(rounds: int, directory: Path, progress: Progress) -> Tally:
    """Power cuts under a working system."""
    shim = build(directory / "shim")

    @contextmanager
    def ground(place: Path) -> Iterator[tuple[Stack, Strike]]:
        disk = Disk(place / "valkey", shim)
        valkey = EmbeddedValkey(place / "valkey", wrap=disk.wrap)
        with Stack(place, valkey=valkey) as stack:
            yield stack, lambda rng: blackout(valkey, disk, place / "valkey", rng)

    return under_blows(rounds, directory, progress, ground)


def failovers_of_all(rounds: int, directory: Path, progress: Progress) -> Tally:
    """Failovers under a working system, with LEDGER_REPLICAS=1."""

    @contextmanager
    def ground(place: Path) -> Iterator[tuple[Stack, Strike]]:
        settings = {"LEDGER_REPLICAS": "1", "LEDGER_REPLICAS_WAIT_S": "0.2"}
        with a_pair(place) as pair, Stack(place, valkey=Elsewhere(lambda: pair.primary), settings=settings) as stack:
            stack.env |= {"REDIS_QUEUE_URL": pair.front.url(0), "REDIS_LEDGER_URL": pair.front.url(1)}

            def strike(rng: random.Random) -> list[str]:
                way = rng.choice(WAYS)
                fail_over(pair, way, rng)
                return [f"primary {way}"]

            yield stack, strike

    return under_blows(rounds, directory, progress, ground)


class Elsewhere(EmbeddedValkey):
    """Whichever server is the primary now, to those who look at it from beside; whoever made it starts and stops it."""

    def __init__(self, primary: Callable[[], EmbeddedValkey]) -> None:
        super().__init__(Path())
        self._primary = primary

    def start(self) -> Self:
        return self

    def stop(self) -> None: ...

    def url(self, db: int = 0) -> str:
        return self._primary().url(db)


class _Crew:
    """Workers that are started again when they end, as a supervisor does."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._workers: list[Child] = []
        self.ends: list[int] = []
        self.tend()

    def tend(self) -> None:
        for worker in list(self._workers):
            if (code := worker.poll()) is not None:
                self.ends.append(code)
                self._workers.remove(worker)
        while len(self._workers) < WORKERS:
            self._workers.append(self._stack.worker())


def under_blows(rounds: int, directory: Path, progress: Progress, ground: Ground) -> Tally:
    """So many blows to working systems, each of which has a place of its own."""
    total = Tally()
    for first in range(0, rounds, CHAPTER):
        place = directory / str(first)
        with ground(place) as (stack, strike):
            _chapter(range(first, min(rounds, first + CHAPTER)), stack, strike, total, progress)
        shutil.rmtree(place)
    return total


def _chapter(numbers: range, stack: Stack, strike: Strike, total: Tally, progress: Progress) -> None:
    crew, trade = _Crew(stack), Trade(stack)
    slowest_s = 0.0
    try:
        _until_settled(trade, crew, 0, "the first order is charged")
        for number in numbers:
            rng = random.Random(number)
            threading.Event().wait(rng.uniform(0, 0.5))
            began = time.monotonic()
            total.findings.update(strike(rng))
            _until_settled(trade, crew, len(trade.accepted), "work goes on after the blow")
            slowest_s = max(slowest_s, time.monotonic() - began)
            total.rounds += 1
            progress(total)
    finally:
        trade.stop()
    until_closed(stack, tend=crew.tend, open_states=(states.PARKED,), within_s=RESUMES_WITHIN_S)
    eventually(lambda: _all_told(stack), "no event waits for the replicas")
    _judge(stack, trade, total)
    total.accepted += len(trade.accepted)
    total.findings[f"slowest from a blow to an outcome in a chapter: {slowest_s:.1f} s"] += 1
    total.findings.update(f"worker ended with {code} and was started again" for code in crew.ends)


def _until_settled(trade: Trade, crew: _Crew, since: int, wish: str) -> None:
    def settled() -> bool:
        crew.tend()
        return trade.settled_since(since)

    eventually(settled, wish, within_s=RESUMES_WITHIN_S)


def _all_told(stack: Stack) -> bool:
    with redis.Redis.from_url(stack.valkey.url(1)) as client:
        return not client.xlen(keys.OUTBOX)


def _judge(stack: Stack, trade: Trade, total: Tally) -> None:
    """The gateway's books, the ledger and the events, by the oracle of the whole suite."""
    books = read_books(stack)
    total.lost += [
        f"{order_id}: was accepted and is not there" for order_id in trade.accepted if order_id not in books.orders
    ]
    total.lost += trade.refused
    for broken in violations(books, may_park=True):
        twice = any(sign in broken for sign in ("charged 2", "charged 3", "posts for", "alarms"))
        (total.doubled if twice else total.lost).append(broken)
    outcomes = (row.state for row in books.orders.values() if row.state != states.APPROVED)
    total.findings.update(f"order ended as {state}" for state in outcomes)
