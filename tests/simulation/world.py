"""One world from one seed: orders, workers, doubles, faults, and what became of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from producers.acceptance import Acceptance
from tests.simulation.asking import AskingLink, Customer
from tests.simulation.chance import BEGIN_MS, PRESENT
from tests.simulation.checkers import Checkers
from tests.simulation.crew import EXPECTED, Killed, Worker
from tests.simulation.faults import STANDING, Buggify, swarm
from tests.simulation.following_link import FollowingLink
from tests.simulation.ledger_link import LedgerLink
from tests.simulation.orders import (
    WISHES,
    Kind,
    Verdict,
    Wish,
    acceptance,
    following,
    is_of_batch,
    payments_of_before,
)
from tests.simulation.processes import Process, Scheduler, new_process
from tests.simulation.producing import Producer
from tests.simulation.supervision import Supervisor
from tests.simulation.times import SKEW_S
from tests.simulation.variant import PRODUCT, Variant
from tests.simulation.wakeups import QueueDouble, QueueLink

EPOCH: Final = "e" * 32
#: What the gateway makes of an order whose customer the bank asks.
_ASKED: Final = (Verdict.PENDING_APPROVED, Verdict.PENDING_APPROVED, Verdict.PENDING_DECLINED)
#: The share of orders that follow a payment, in worlds that have such payments.
FOLLOWS: Final = 0.8
#: Steps after which a world is taken for one that never ends, and seconds from its calm on until all must be closed.
STEPS_MAX: Final = 400_000
CLOSED_WITHIN_S: Final = 8.0
#: Seconds between two looks whether a world is over, and that a closed one goes on at the most, for its stragglers.
LOOK_EVERY_S: Final = 0.05
AFTERLIFE_S: Final = 0.5
#: The same when the gateway itself booked twice, which nobody can know before the list was read.
AFTERLIFE_OF_TWINS_S: Final = 3.0
#: Faults end so many seconds after the beginning; a poisoned order needs five lives.
CALM_MIN_S, CALM_MAX_S, CALM_POISON_S = 0.2, 1.5, 4.0


@dataclass(slots=True)
class Result:
    """What a seed came to. `trace` is empty unless it was asked for."""

    seed: int
    violations: list[str]
    hits: Counter[str]
    steps: int
    trace: list[str] = field(default_factory=list)


def play(seed: int, directory: Path, *, variant: Variant = PRODUCT, traced: bool = False) -> Result:
    """Run the world of that seed to its end; the directory is for spools. `virtual` must be in force."""
    return World(seed, directory, variant, traced=traced).play()


class World:
    """Everything of one run. Built by its seed alone."""

    def __init__(self, seed: int, directory: Path, variant: Variant, *, traced: bool) -> None:
        self._seed = seed
        self.directory = directory
        # What an earlier world left there would be recorded in this one: its tokens are the same.
        for left in (directory / "spool").glob("*"):
            left.unlink()
        self.variant = variant
        self.spooled = False
        self._trace: list[str] | None = [] if traced else None
        self.hits: Counter[str] = Counter()
        self._random = random = Random(seed)
        self._scheduler = scheduler = Scheduler(random)
        PRESENT.scheduler = scheduler
        rates = swarm(random, variant.faults)
        poison = "order.poison" in rates
        calm_at = CALM_POISON_S if poison else CALM_MIN_S + random.random() * (CALM_MAX_S - CALM_MIN_S)
        self.buggify = Buggify(random, rates, self.hits, lambda: scheduler.now >= calm_at)
        self.hits.update(name for name in STANDING if name in rates)
        self._kinds, self._verdicts = self._orders()
        self._wishes = self._follow()
        self._ledger = variant.ledger(lambda: BEGIN_MS + int(scheduler.now * 1000), EPOCH)
        self._gateway = variant.gateway(scheduler, self.buggify, skew_s=(random.random() * 2 - 1) * SKEW_S)
        if self._wishes:
            for payment in payments_of_before():
                self._gateway.hold(payment)
        poisoned = random.choice(list(self._kinds)) if poison else ""
        self._crew = Supervisor(self, scheduler, self._connect, EPOCH, calm_at, poisoned)
        self._queue = QueueDouble(scheduler, self.buggify, self._crew.deliver)
        self._checkers = Checkers(
            self._ledger, self._gateway, self._kinds, self._wishes, frozenset(rates), self.hits, self._stop, self.tell
        )
        self._producers: list[Producer] = []
        self._customers: list[Process] = []
        self._closed_at = 0.0
        self._limit_s = calm_at + CLOSED_WITHIN_S
        if traced:
            self.tell("world", f"calm from {calm_at * 1000:.0f} ms on; faults: {rates or 'none'}")

    def play(self) -> Result:
        """From the first order to the last outcome."""
        for number, order_id in enumerate(self._kinds):
            self._produce(number, order_id)
            if self.variant.customers:
                self._send_customer(order_id)
        self._crew.begin(self._queue)
        self._scheduler.at(LOOK_EVERY_S, self._look)
        self._scheduler.run(STEPS_MAX)
        if not self._checkers.violations:
            if self._scheduler.steps >= STEPS_MAX:
                self._checkers.broken("it never ends")
            self._checkers.finish()
        steps = self._scheduler.steps
        others = [*(each.process for each in self._producers), *self._customers]
        for process in [worker.process for worker in self._crew.workers] + others:
            process.kill()
        self._scheduler.unwind()
        self._scheduler.dismantle()
        return Result(self._seed, self._checkers.violations, self.hits, steps, self._trace or [])

    # --- what workers find ------------------------------------------------------------------------------------------

    def step(self, worker: Worker, name: str, order_id: str) -> None:
        """A worker's order has reached a step: the crash points of the protocol."""
        if not worker.process.alive:
            return
        if self._trace is not None:
            self.tell(worker.process.name, f"{order_id} {name}")
        if self._crew.strikes_at(name, order_id):
            self._crew.kill(worker, f"killed at {name}")
            raise Killed

    def trouble(self, worker: Worker, where: str, code: str, order_id: str) -> None:
        """Something the product reports. What no fault explains is a fault of ours."""
        if not worker.process.alive:
            return
        self.hits[f"trouble: {where} {code}"] += 1
        if self._trace is not None:
            self.tell(worker.process.name, f"{order_id} trouble in {where}: {code}")
        if code[:1].isupper() or (not order_id and code not in EXPECTED):
            self._checkers.broken(f"trouble nobody thought of, in {where}: {code}")

    def unthought(self, where: str, error: BaseException) -> None:
        """An exception that nothing handles."""
        if not isinstance(error, Killed):
            self._checkers.broken(f"{where} failed with {type(error).__name__}: {error}")

    def tell(self, who: str, what: str) -> None:
        """A line of the trace."""
        if self._trace is not None:
            self._trace.append(f"{self._scheduler.now * 1000:9.2f} ms  {who:10} {what}")

    # --- making it --------------------------------------------------------------------------------------------------

    def _orders(self) -> tuple[dict[str, Kind], dict[str, Verdict]]:
        random = self._random
        kinds: dict[str, Kind] = {}
        verdicts: dict[str, Verdict] = {}
        for number in range(self.variant.orders or random.choice((1, 1, 1, 2, 2, 3))):
            order_id = f"ORD-{number}"
            kinds[order_id] = Kind.PLAIN if random.random() < 0.92 else random.choice((Kind.SHORT_LIVED, Kind.FORGED))
            verdicts[order_id] = Verdict.APPROVED if random.random() < 0.7 else random.choice(list(Verdict))
            if self.variant.customers:
                verdicts[order_id] = random.choice(_ASKED)
        return kinds, verdicts

    def _follow(self) -> dict[str, Wish]:
        """Which orders want something of a payment of before, and what. Drawn apart: a world without any is the world
        that it was before there were such orders.
        """
        random = Random(-1 - self._seed)
        if random.random() >= self.variant.following:
            return {}
        for number in range(len(self._kinds), 2):  # two of them meet
            self._kinds[f"ORD-{number}"], self._verdicts[f"ORD-{number}"] = Kind.PLAIN, Verdict.APPROVED
        return {order_id: random.choice(WISHES) for order_id in self._kinds if random.random() < FOLLOWS}

    def _connect(self, process: Process) -> tuple[LedgerLink, FollowingLink]:
        ledger = LedgerLink(process, self._scheduler, self._ledger, EPOCH, self.buggify)
        make = AskingLink if self.variant.customers else FollowingLink
        gateway = make(process, self._scheduler, self._gateway, self.buggify, self._verdicts.__getitem__, self._on_post)
        return ledger, gateway

    def _produce(self, number: int, order_id: str) -> None:
        kind, begins_at, wish = self._kinds[order_id], self._random.random() * 0.03, self._wishes.get(order_id)
        wanted = following(number, wish, kind) if wish else acceptance(number, kind)
        batch = not wish and is_of_batch(number)
        self._start_producer(wanted, begins_at, batch=batch)
        if self.buggify("producer.repeats"):
            self._start_producer(wanted, begins_at + self._random.random() * 0.01, batch=batch)
        if self.buggify("producer.conflicts"):
            other = acceptance(number, kind, "11.00")
            self._start_producer(other, begins_at + self._random.random() * 0.01, batch=batch)

    def _start_producer(self, wanted: Acceptance, begins_at: float, *, batch: bool) -> None:
        process = new_process(self._scheduler, f"producer{len(self._producers) + 1}")
        link, _ = self._connect(process)
        producer = Producer(process, link, QueueLink(process, self._queue), self.buggify, wanted, batch=batch)
        self._producers.append(producer)
        process.call_at(begins_at, lambda: process.start(producer.produce()))

    def _send_customer(self, order_id: str) -> None:
        process = new_process(self._scheduler, f"customer of {order_id}")
        link, _ = self._connect(process)
        queue = QueueLink(process, self._queue)
        verdict = self._verdicts.__getitem__
        customer = Customer(process, self._scheduler, link, queue, self.buggify, order_id, verdict)
        self._customers.append(process)
        process.start(customer.live())

    # --- its end ----------------------------------------------------------------------------------------------------

    def _on_post(self, process: Process, order_id: str) -> None:
        if self._trace is not None:
            self.tell(process.name, f"{order_id} POST leaves")
        self._checkers.on_post(order_id)

    def _stop(self) -> None:
        self._scheduler.stopped = True

    def _look(self) -> None:
        """Over when every order is closed and nobody does anything about one any more."""
        now = self._scheduler.now
        closed = self._checkers.closed and all(producer.done for producer in self._producers)
        if not closed:
            self._closed_at = 0.0
        elif not self._closed_at:
            self._closed_at = now
        if now > self._limit_s or (closed and self._is_over(now)):
            self._stop()
        else:
            self._scheduler.at(now + LOOK_EVERY_S, self._look)

    def _is_over(self, now: float) -> bool:
        if self._gateway.booked_twice:
            return self._checkers.twins_are_known() or now > self._closed_at + AFTERLIFE_OF_TWINS_S
        quiet = not self._queue.travelling and self._crew.idle
        return quiet or now > self._closed_at + AFTERLIFE_S
