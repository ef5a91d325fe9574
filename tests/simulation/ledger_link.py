"""One process' connection to the ledger: the `Executor` that the product is given, over a network that loses things.

A call travels, runs, and its reply travels back; chance says how long each takes, and faults what is lost on the way.
Repeats follow the rule of the real executor: what is idempotent is repeated until patience is over.
"""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar, cast

from producers.errors import LedgerUnavailable, ProducerError
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import PATIENCE_S, PAUSE_FIRST_S, PAUSE_MAX_S
from tests.simulation.faults import Buggify
from tests.simulation.ledger import LedgerDouble
from tests.simulation.ledger_reads import read
from tests.simulation.processes import Process, Scheduler

T = TypeVar("T")

#: Seconds a call or a reply usually travels at the most.
TRAVEL_S = 0.002
#: Seconds between two commands of one pipeline.
INSTANT_S = 1e-7
#: Seconds of a slow reply, and after which a lost one is noticed, at the most.
SLOW_S, NOTICED_S = 0.3, 0.03
#: Seconds that a call may run after its caller was told of its failure, and that the ledger is away, at the most.
LATE_S, AWAY_S = 0.4, 1.4

_LOST = ("ledger.request_lost", "ledger.reply_lost", "ledger.late_execution", "ledger.refused")


class LedgerLink:
    """How one process reaches the ledger."""

    def __init__(
        self, process: Process, scheduler: Scheduler, ledger: LedgerDouble, epoch: str, buggify: Buggify
    ) -> None:
        self._process = process
        self._scheduler = scheduler
        self._chance = scheduler.random.random
        self._ledger = ledger
        self._epoch = epoch
        self._buggify = buggify
        self._moment, self._latest = -1.0, 0.0
        self._faults = buggify.active("ledger.")
        self._losses = tuple(name for name in _LOST if name in self._faults)

    async def run(self, call: Call[T], *, patience_s: float = PATIENCE_S) -> T:
        """As `Executor.run`."""
        give_up_at = self._scheduler.now + patience_s
        pause_s = PAUSE_FIRST_S
        while True:
            try:
                return cast("T", await self._send(call))
            except LedgerUnavailable as error:
                over = self._scheduler.now + pause_s > give_up_at
                if (error.ambiguous and not call.idempotent) or over:
                    raise
            await asyncio.sleep(pause_s * (0.5 + self._chance() / 2))
            pause_s = min(pause_s * 2, PAUSE_MAX_S)

    async def read(self, *command: Any) -> Any:
        """As `Executor.read`."""
        return await self._send(command)

    def _send(self, what: Call[Any] | tuple[Any, ...]) -> asyncio.Future[Any]:
        if not self._process.alive:
            raise asyncio.CancelledError  # a dead process' door
        answer = self._process.create_future()
        if self._faults and self._spoiled(what, answer):
            return answer
        now, chance = self._scheduler.now, self._chance
        at = self._in_turn(now if chance() < 0.5 else now + chance() * TRAVEL_S)
        if at == now:
            self._execute(what, answer, now + chance() * TRAVEL_S)
        else:
            self._scheduler.at(at, self._execute, what, answer, at + chance() * TRAVEL_S)
        return answer

    def _in_turn(self, at: float) -> float:
        """When it runs. Commands given at one moment share a pipeline, so they run in the order they were given in."""
        if self._scheduler.now != self._moment:
            self._moment = self._scheduler.now
        elif at <= self._latest:
            at = self._latest + INSTANT_S
        self._latest = at
        return at

    def _spoiled(self, what: Call[Any] | tuple[Any, ...], answer: asyncio.Future[Any]) -> bool:
        """Whether a fault befell the call; then its answer, if it has one, comes by itself."""
        now, chance, ledger = self._scheduler.now, self._chance, self._ledger
        if now < ledger.away_until or ("ledger.away" in self._faults and self._goes_away()):
            self._fail(answer, now + chance() * NOTICED_S, ambiguous=True)
            return True
        if fault := self._buggify.first(self._losses):
            name = what.script if isinstance(what, Call) else "read"
            self._buggify.note(f"{fault}: {name}")
            if fault == "ledger.reply_lost":
                self._scheduler.at(self._in_turn(now), self._execute, what, None, now)
            elif fault == "ledger.late_execution":
                self._scheduler.at(now + NOTICED_S + chance() * LATE_S, self._execute, what, None, now)
            self._fail(answer, now + chance() * NOTICED_S, ambiguous=fault != "ledger.refused")
            return True
        if "ledger.slow" in self._faults and self._buggify("ledger.slow"):
            wait_s = chance() * SLOW_S
            at = self._in_turn(now + wait_s * chance())
            self._scheduler.at(at, self._execute, what, answer, max(at, now + wait_s))
            return True
        return False

    def _goes_away(self) -> bool:
        if self._buggify.seldom("ledger.away"):
            self._ledger.crash(self._scheduler.now + self._chance() ** 2 * AWAY_S)
            return True
        return False

    def _execute(self, what: Call[Any] | tuple[Any, ...], answer: asyncio.Future[Any] | None, told_at: float) -> None:
        """The ledger runs it, now; its answer arrives at `told_at`, or never."""
        if self._scheduler.now < self._ledger.away_until:
            if answer is not None:
                self._fail(answer, told_at, ambiguous=True)
            return
        result: Any
        try:
            result = self._ledger.apply(what, self._epoch) if isinstance(what, Call) else read(self._ledger, what)
        except ProducerError as error:
            result = error
        if answer is not None:
            self._scheduler.at(told_at, _tell, answer, result)

    def _fail(self, answer: asyncio.Future[Any], at: float, *, ambiguous: bool) -> None:
        self._scheduler.at(at, _tell, answer, LedgerUnavailable("no answer from the double", ambiguous=ambiguous))


def _tell(answer: asyncio.Future[Any], result: Any) -> None:
    if answer.done():
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)
