"""One world from one seed: orders, workers, doubles, faults, and what became of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from producers.acceptance import Acceptance
from tests.simulation.asking import Customer
from tests.simulation.chance import BEGIN_MS, PRESENT
from tests.simulation.checkers import Checkers
from tests.simulation.content import content_of
from tests.simulation.counts import Counts
from tests.simulation.crew import EXPECTED, Killed, Worker
from tests.simulation.faults import STANDING, Buggify, swarm
from tests.simulation.gateway import GatewayDouble
from tests.simulation.leaving import LEAVES, Clerk, leaves_in
from tests.simulation.ledger_link import LedgerLink
from tests.simulation.link_pages import LinkingLink, Shopper
from tests.simulation.orders import Form, Verdict, payments_of_before
from tests.simulation.processes import Process, Scheduler, new_process
from tests.simulation.producing import Producer
from tests.simulation.supervision import Supervisor
from tests.simulation.times import SKEW_S
from tests.simulation.variant import PRODUCT, Variant
from tests.simulation.wakeups import QueueDouble, QueueLink

EPOCH: Final = "e" * 32
#: Steps after which a world is taken for one that never ends, and seconds from its calm on until all must be closed.
STEPS_MAX: Final = 400_000
CLOSED_WITHIN_S: Final = 8.0
#: Seconds between two looks whether a world is over, and that a closed one goes on at the most, for its stragglers.
LOOK_EVERY_S: Final = 0.05
AFTERLIFE_S: Final = 0.5
#: The same when there rightly are two charges, which nobody can know before the list was read.
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
        if LEAVES in rates or leaves_in(seed):
            rates.setdefault(LEAVES, 1.0)
        self._content = content_of(seed, random, variant.scenes, variant.divided, variant.orders)
        self._ledger = variant.ledger(lambda: BEGIN_MS + int(scheduler.now * 1000), EPOCH)
        self._counts = Counts()
        self._gateways = {account: self._open(account, nth) for nth, account in enumerate(self._content.accounts)}
        if self._content.wishes:
            for payment in payments_of_before():
                self._gateways[self._content.accounts[0]].hold(payment)
        poisoned = random.choice(list(self._content.kinds)) if poison else ""
        self._crew = Supervisor(self, scheduler, self._connect, EPOCH, calm_at, poisoned)
        self._queue = QueueDouble(scheduler, self.buggify, self._crew.deliver)
        self._checkers = Checkers(
            self._ledger, self._gateways, self._content, frozenset(rates), self.hits, self._stop, self.tell
        )
        self._producers: list[Producer] = []
        self._others: list[Process] = []
        self._shoppers: list[Shopper] = []
        self._closed_at = 0.0
        self._limit_s = calm_at + CLOSED_WITHIN_S
        if traced:
            self.tell("world", f"calm from {calm_at * 1000:.0f} ms on; faults: {rates or 'none'}")

    def play(self) -> Result:
        """From the first order to the last outcome."""
        for number, order_id in enumerate(self._content.kinds):
            self._produce(number, order_id)
            self._send_customer(order_id)
        if LEAVES in self.buggify.rates:
            self._let_leave()
        self._crew.begin(self._queue)
        self._scheduler.at(LOOK_EVERY_S, self._look)
        self._scheduler.run(STEPS_MAX)
        if not self._checkers.violations:
            if self._scheduler.steps >= STEPS_MAX:
                self._checkers.broken("it never ends")
            self._checkers.finish()
        steps = self._scheduler.steps
        others = [*(each.process for each in self._producers), *self._others]
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

    def _open(self, account: str, nth: int) -> GatewayDouble:
        skew_s = (self._random.random() * 2 - 1) * SKEW_S
        make = self.variant.gateway
        return make(self._scheduler, self.buggify, skew_s=skew_s, account=account, nth=nth, counts=self._counts)

    def _connect(self, process: Process) -> tuple[LedgerLink, dict[str, LinkingLink]]:
        ledger = LedgerLink(process, self._scheduler, self._ledger, EPOCH, self.buggify)
        verdict = self._content.verdicts.__getitem__
        links = {
            account: LinkingLink(process, self._scheduler, gateway, self.buggify, verdict, self._on_post)
            for account, gateway in self._gateways.items()
        }
        return ledger, links

    def _produce(self, number: int, order_id: str) -> None:
        begins_at = self._random.random() * 0.03
        wanted, batch = self._content.acceptance(number, order_id), self._content.is_of_batch(number, order_id)
        self._start_producer(wanted, begins_at, batch=batch)
        if self.buggify("producer.repeats"):
            self._start_producer(wanted, begins_at + self._random.random() * 0.01, batch=batch)
        if self.buggify("producer.conflicts"):
            another = self._content.acceptance(number, order_id, "11.00")
            self._start_producer(another, begins_at + self._random.random() * 0.01, batch=batch)

    def _start_producer(self, wanted: Acceptance, begins_at: float, *, batch: bool) -> None:
        process = new_process(self._scheduler, f"producer{len(self._producers) + 1}")
        link, _ = self._connect(process)
        queue, called_back = QueueLink(process, self._queue), self._checkers.called_back.add
        told = self._checkers.on_answer
        producer = Producer(process, link, queue, self.buggify, wanted, called_back, told, batch=batch)
        self._producers.append(producer)
        process.call_at(begins_at, lambda: process.start(producer.produce()))

    def _let_leave(self) -> None:
        """Orders leave, and are asked for again, by their own content and by another."""
        process = new_process(self._scheduler, "clerk")
        link, _ = self._connect(process)
        numbers = {
            order_id: number
            for number, order_id in enumerate(self._content.kinds)
            if self._content.form(order_id) is Form.CHARGE
        }

        def left(order_id: str) -> None:
            self.hits[LEAVES] += 1
            for amount in ("", "11.00"):
                wanted = self._content.acceptance(numbers[order_id], order_id, amount)
                begins_at = self._scheduler.now + self._random.random() * 0.05
                self._start_producer(wanted, begins_at, batch=False)

        self._others.append(process)
        process.start(Clerk(link, numbers, left, self._random).live())

    def _send_customer(self, order_id: str) -> None:
        """Whoever is asked by the bank, or is told the address of a link."""
        asked = self._content.verdicts[order_id] in (Verdict.ASKED_APPROVED, Verdict.ASKED_DECLINED)
        paying = self._content.payings.get(order_id)
        if not (asked or paying):
            return
        process = new_process(self._scheduler, f"customer of {order_id}")
        link, _ = self._connect(process)
        self._others.append(process)
        if paying:
            shopper = Shopper(process, self._scheduler, link, self._gateways, order_id, paying)
            self._shoppers.append(shopper)
            process.start(shopper.live())
            return
        queue = QueueLink(process, self._queue)
        verdict = self._content.verdicts.__getitem__
        process.start(Customer(process, self._scheduler, link, queue, self.buggify, order_id, verdict).live())

    # --- its end ----------------------------------------------------------------------------------------------------

    def _on_post(self, process: Process, order_id: str) -> None:
        if self._trace is not None:
            self.tell(process.name, f"{order_id} POST leaves")
        if len(self._gateways) > 1:
            self.hits.update(f"sent to {account}" for account in self._counts.posted_at[order_id])
        self._checkers.on_post(order_id)

    def _stop(self) -> None:
        self._scheduler.stopped = True

    def _look(self) -> None:
        """Over when every order is closed and nobody does anything about one any more."""
        now = self._scheduler.now
        closed = (
            self._checkers.closed
            and all(producer.done for producer in self._producers)
            and all(shopper.done for shopper in self._shoppers)
        )
        if not closed:
            self._closed_at = 0.0
        elif not self._closed_at:
            self._closed_at = now
        if now > self._limit_s or (closed and self._is_over(now)):
            self._stop()
        else:
            self._scheduler.at(now + LOOK_EVERY_S, self._look)

    def _is_over(self, now: float) -> bool:
        if self._counts.doubled:
            return self._checkers.twins_are_known() or now > self._closed_at + AFTERLIFE_OF_TWINS_S
        quiet = not self._queue.travelling and self._crew.idle
        return quiet or now > self._closed_at + AFTERLIFE_S
