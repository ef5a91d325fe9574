"""Workers come and go: hired, killed, frozen, drained, replaced. The messages of the queue find whoever lives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, cast

from cardinity_client import CardinityClient
from producers.runtime.ledger.epoch import Pin
from tests.simulation import times
from tests.simulation.crew import Surroundings, Worker, where_it_stands
from tests.simulation.gateway_link import GatewayLink
from tests.simulation.ledger_link import LedgerLink
from tests.simulation.processes import Process, Scheduler, new_process
from tests.simulation.wakeups import QueueDouble, QueueLink

#: The longest restart of a worker, seconds.
RESTART_S: Final = 0.25
#: Callbacks of a worker that is killed between any two of them: it dies by this one.
DOOMED_STEPS: Final = 500
#: Seconds by which a wrong wall clock may be off.
CLOCK_WRONG_S: Final = 30.0

#: The links of a new process to the ledger, and to the gateway of each account.
Connect = Callable[[Process], tuple[LedgerLink, Mapping[str, GatewayLink]]]


class Supervisor:
    """Keeps a crew of workers alive until the world ends."""

    def __init__(
        self, world: Surroundings, scheduler: Scheduler, connect: Connect, epoch: str, calm_at: float, poisoned: str
    ) -> None:
        self._world = world
        self._buggify = world.buggify
        self._scheduler = scheduler
        self._random = scheduler.random
        self._connect = connect
        self._pin = Pin(epoch, 0)
        self._calm_at = calm_at
        self._poisoned = poisoned
        self._always_busy = self._random.random() < 0.75
        self._lease_s = self._random.choice(times.LEADER_LEASES_S)
        self._born = 0
        self.workers: list[Worker] = []

    def begin(self, queue: QueueDouble) -> None:
        """Hire the first crew, and plan what befalls it."""
        self._queue = queue
        for _ in range(self._random.choice((1, 1, 2, 2, 3))):
            self.hire()
        for name, strike in (("process.frozen", self._freeze_one), ("process.drained", self._drain_one)):
            if name in self._buggify.rates:
                for _ in range(self._random.choice((1, 2, 4))):
                    # Mostly early: that is when most orders are on their way.
                    self._scheduler.at(self._random.random() ** 3 * min(self._calm_at, 1.0), strike)

    def hire(self) -> None:
        """One more worker."""
        self._born += 1
        process = new_process(self._scheduler, f"worker{self._born}")
        ledger, clients = self._connect(process)
        worker = Worker(
            process,
            self._world,
            ledger,
            cast("Mapping[str, CardinityClient]", clients),
            QueueLink(process, self._queue),
            self._pin,
            lead_apart="process.two_leaders" in self._buggify.rates,
            always_busy=self._always_busy,
            lease_s=self._lease_s,
        )
        process.on_doom = lambda: self.kill(worker, "process.killed")
        if "process.killed" in self._buggify.rates and self._scheduler.now < self._calm_at:
            process.dies_at_step = 1 + int(self._random.random() ** 2 * DOOMED_STEPS)
        if self._buggify("process.clock_wrong"):
            process.skew_s = (self._random.random() * 2 - 1) * CLOCK_WRONG_S
        self.workers.append(worker)
        process.start(worker.open())

    def deliver(self, order_id: str, acknowledge: Callable[[], None]) -> Process | None:
        """Hand a wake-up call to one that takes it."""
        able = [worker for worker in self.workers if worker.accepting and not worker.process.frozen]
        if not able:
            return None
        worker = self._random.choice(able)
        worker.process.call_soon(worker.handle, order_id, acknowledge)
        return worker.process

    def strikes_at(self, name: str, order_id: str) -> bool:
        """Whether a worker dies at this step of this order."""
        if name == "claimed" and order_id == self._poisoned and self._scheduler.now < self._calm_at:
            self._buggify.note("order.poison")
            return True
        return self._buggify("process.killed_at_step")

    def kill(self, worker: Worker, how: str) -> None:
        """End it; another takes its place."""
        if not worker.process.alive:
            return
        for task in worker.handlers:
            if place := where_it_stands(task):
                self._buggify.note(f"{how} in {place}")
        self._buggify.note(how)
        self._world.tell(worker.process.name, how)
        worker.accepting = False
        worker.process.kill()
        self.workers.remove(worker)
        self._queue.worker_died(worker.process)
        self._scheduler.at(self._scheduler.now + self._random.random() * RESTART_S, self.hire)

    @property
    def idle(self) -> bool:
        """Whether nobody has an order in hand."""
        return not any(worker.handlers for worker in self.workers)

    def _freeze_one(self) -> None:
        """SIGSTOP; the kernel's timer ends it unless it thaws in time."""
        worker = self._random.choice(self.workers) if self.workers else None
        if worker is None or worker.process.frozen or not self._buggify("process.frozen"):
            return
        worker.process.freeze()
        for_s = self._random.random() * 2 * times.HORIZON_S
        self._world.tell(worker.process.name, f"frozen for {for_s * 1000:.0f} ms")
        dies_after_s = times.WATCHDOG_S * (0.8 + self._random.random() * 0.2)
        if self._world.variant.watchdog and for_s > dies_after_s:
            self._scheduler.at(self._scheduler.now + dies_after_s, self.kill, worker, "killed by the watchdog")
        else:
            self._scheduler.at(self._scheduler.now + for_s, worker.process.thaw)

    def _drain_one(self) -> None:
        """SIGTERM."""
        able = [worker for worker in self.workers if worker.accepting and not worker.process.frozen]
        if able and self._buggify("process.drained"):
            worker = self._random.choice(able)
            self._world.tell(worker.process.name, "drains")
            worker.process.on_doom = lambda: self.kill(worker, "ended after draining")
            worker.process.call_soon(lambda: worker.process.start(worker.drain()))
