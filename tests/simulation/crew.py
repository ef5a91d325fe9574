"""One worker process of a simulated world: the product's parts, put together as `workers.runtime` does it.

What dies is the process; what is struck, where and when is the world's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol, cast

from cardinity_client import CardinityClient
from producers.errors import ProducerError
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.epoch import Pin
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.results import Moved, NotYours
from tests.simulation import times
from tests.simulation.desk import Desk
from tests.simulation.faults import Buggify
from tests.simulation.orders import CHECKS
from tests.simulation.processes import Process
from tests.simulation.variant import Variant
from workers.accounts.pending import PendingByAccount
from workers.duties.leader import Duty
from workers.duties.presence import Presence
from workers.duties.sweeper import Sweeper, Wakeups
from workers.event_loop.cancelling import cancel_and_wait
from workers.payments.finalize import Finalizer
from workers.payments.recording import Recording
from workers.payments.spool import Spool
from workers.payments.two_phase import TwoPhase

#: Codes of troubles that faults explain. Any other is a fault of ours.
EXPECTED: Final = frozenset({"ledger_unavailable"})


class Killed(BaseException):
    """Stands for `kill -9` at a step of the spine: nothing of the product catches it."""


class Surroundings(Protocol):
    """What a worker finds: the world, as far as workers know of it."""

    buggify: Buggify
    variant: Variant
    directory: Path
    #: Whether any spool holds anything.
    spooled: bool

    def step(self, worker: Worker, name: str, order_id: str) -> None: ...
    def trouble(self, worker: Worker, where: str, code: str, order_id: str) -> None: ...
    def unthought(self, where: str, error: BaseException) -> None: ...
    def tell(self, who: str, what: str) -> None: ...


class Worker:
    """One process with its spine and its duties."""

    def __init__(
        self,
        process: Process,
        world: Surroundings,
        ledger: Executor,
        clients: Mapping[str, CardinityClient],
        wakeups: Wakeups,
        pin: Pin,
        *,
        lead_apart: bool,
        always_busy: bool,
        lease_s: float,
    ) -> None:
        self.process = process
        self.accepting = False
        self.handlers: set[asyncio.Task[None]] = set()
        self._world = world
        self._ledger = ledger
        self._duties: list[asyncio.Task[None]] = []
        variant, witness = world.variant, _Witness(self, world)
        self._desks = [
            Desk(name, client, ledger, variant.verdict, witness, always_busy=always_busy)
            for name, client in clients.items()
        ]
        lanes = {desk.name: desk.lane for desk in self._desks}
        spool = _LeakySpool(world, process)
        self._book = Recording(ledger, spool, witness, patience_s=times.CHARGE.patience_s)
        self._charger = variant.charger(
            process.name,
            ledger,
            lanes,
            CHECKS,
            spool,
            times.CHARGE,
            witness,
            lambda: self._presence.intents_seen,
            lambda order_id: self._finalizer(order_id),
        )
        self._presence = Presence(
            process.name,
            ledger,
            pin,
            world.directory,
            presence_s=times.PRESENCE_S,
            on_trouble=self._trouble,
        )
        others = PendingByAccount((desk.name, desk.judge) for desk in self._desks)
        second = TwoPhase(process.name, ledger, lanes, others, times.TWO_PHASE, witness)
        self._finalizer = Finalizer(process.name, ledger, lanes, second, times.FINALIZE, witness)
        duties: list[tuple[str, Duty]] = [(f"resolver-{desk.name}", desk.resolve) for desk in self._desks]
        if variant.sweeper:
            duties.append(("sweeper", Sweeper(ledger, wakeups, self._finalizer, times.SWEEP, lambda *_: None).run))
        suffix = f"-{process.name}" if lead_apart else ""
        self._leaders = [
            variant.leader(name + suffix, duty, ledger, lease_s=lease_s, on_trouble=self._trouble)
            for name, duty in duties
        ]

    async def open(self) -> None:
        """Say that it lives, then take up the duties. A boot that fails is repeated, as a supervisor would."""
        while True:
            try:
                await self._presence.beat()
                break
            except ProducerError as error:
                self._trouble("boot", error.code)
                await asyncio.sleep(times.HEARTBEAT_S)
        self._start(self._presence.run())
        self._start(self._replay())
        for leader in self._leaders:
            self._start(leader.run())
        self.accepting = True

    def handle(self, order_id: str, acknowledge: Callable[[], None]) -> None:
        """A wake-up call came in."""
        task = self.process.create_task(self._handle(order_id, acknowledge))
        self.handlers.add(task)
        task.add_done_callback(self.handlers.discard)

    async def drain(self) -> None:
        """SIGTERM: nothing new is promised, what runs ends, the duties stop, and then the process ends."""
        self.accepting = False
        for desk in self._desks:
            desk.lane.gate.drain()
        while self.handlers:
            await asyncio.wait(set(self.handlers))
        await cancel_and_wait(self._duties)
        self.process.on_doom()

    async def _handle(self, order_id: str, acknowledge: Callable[[], None]) -> None:
        if self._world.variant.early_ack:
            acknowledge()
        try:
            await self._charger(order_id)
        except OSError as error:
            self._world.tell(self.process.name, f"handler failed: {error}")
        except Exception as error:
            self._world.unthought("handler", error)
        # As the consumer does, failed or not: the sweeper is what brings an order back.
        if self.process.alive:
            acknowledge()

    async def _replay(self) -> None:
        while True:
            if self._world.spooled:
                try:
                    await self._book.replay()
                    self._world.spooled = any((self._world.directory / "spool").iterdir())
                except ProducerError as error:
                    self._trouble("spool", error.code)
            await asyncio.sleep(times.SPOOL_EVERY_S)

    def _start(self, work: Any) -> None:
        task = self.process.create_task(work)
        task.add_done_callback(self._ended)
        self._duties.append(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            self._world.unthought("duty", error)

    def _trouble(self, where: str, code: str) -> None:
        self._world.trouble(self, where, code, "")


class _LeakySpool(Spool):
    """The real spool, on a disk that may be full."""

    def __init__(self, world: Surroundings, process: Process) -> None:
        super().__init__(world.directory, process.name)
        self._world = world
        self._process = process

    def append(self, call: Call[Moved | NotYours]) -> None:
        if not self._process.alive:
            return  # a dead process' door
        if self._world.buggify("spool.refuses"):
            raise OSError("the double's disk is full")
        self._world.buggify.note("spooled")
        super().append(call)
        self._world.spooled = True


class _Witness:
    """Every port through which the product tells of itself."""

    def __init__(self, worker: Worker, world: Surroundings) -> None:
        self._worker = worker
        self._world = world

    def step(self, name: str, order_id: str) -> None:
        self._world.step(self._worker, name, order_id)

    def trouble(self, where: str, code: str, order_id: str) -> None:
        self._world.trouble(self._worker, where, code, order_id)

    def claim(self, result: str) -> None:
        self._world.buggify.note(f"claim: {result}")

    def scanned(self, result: str) -> None:
        self._world.buggify.note(f"scan: {result}")

    def hole(self, account: str) -> None:
        self._world.buggify.note("hole in coverage")

    def refused(self, code: str) -> None: ...

    def duplicates(self, order_id: str, count: int) -> None:
        self._world.buggify.note("duplicates seen")

    def contradicted(self, order_id: str) -> None:
        self._world.buggify.note("outcome contradicted")

    def stray(self, order_id: str, what: str) -> None:
        self._world.buggify.note(f"stray: {what}")

    def in_flight(self, count: int) -> None: ...

    def moved(self, before: str, state: str) -> None: ...


def where_it_stands(task: asyncio.Task[Any]) -> str:
    """The innermost function of the product that this task is in."""
    coroutine: Any = task.get_coro()
    name = ""
    while coroutine is not None and hasattr(coroutine, "cr_code"):
        if "/workers/" in coroutine.cr_code.co_filename:
            name = coroutine.cr_code.co_qualname
        coroutine = cast("Any", coroutine).cr_await
    return name
