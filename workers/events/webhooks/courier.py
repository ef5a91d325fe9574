"""Posts what is due, endpoint beside endpoint, and writes down what came of it. A duty of one process at a time.

A turn writes down what was tried since the last one, and fetches what is due. Sending goes on meanwhile. Killed between
an answer and its line in the database, a delivery is sent again under the same id; nothing else is ever sent twice.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, Protocol, TypeVar

import structlog

from producers.errors import ArchiveUnavailable, LedgerUnavailable, QueueFull
from workers.events.webhooks.deliveries import Deliveries, Delivery, Tried
from workers.events.webhooks.endpoints import Endpoint, Endpoints
from workers.events.webhooks.lane import Lane
from workers.events.webhooks.pruning import PRUNED_MAX
from workers.events.webhooks.sending import Answer

log: Final[structlog.stdlib.BoundLogger] = structlog.get_logger(__name__)

#: Seconds between two turns in which nothing happened, and after one that failed.
POLL_S, FAILED_S = 0.25, 2.0
#: Seconds between two looks at what can be pruned, and between two tellings of how the endpoints stand.
PRUNE_EVERY_S, TELL_EVERY_S = 60.0, 15.0

T = TypeVar("T")


class Posts(Protocol):
    """Posts to one endpoint: `sending.Sender`."""

    async def post(self, event_id: str, body: bytes, at_s: int) -> Answer: ...
    async def aclose(self) -> None: ...


#: Hears how it goes: tries by endpoint and by whether they succeeded, since the last time. It blocks.
Tell = Callable[[Mapping[tuple[str, bool], int]], None]
#: Takes off some of the rows that are over; how many. It blocks.
Prune = Callable[[], int]


class Courier:
    """`sender` makes what posts to an endpoint; `tell` hears how it goes."""

    def __init__(
        self,
        endpoints: Endpoints,
        deliveries: Deliveries,
        sender: Callable[[Endpoint], Posts],
        tell: Tell,
        prune: Prune,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._endpoints = endpoints
        self._deliveries = deliveries
        self._sender = sender
        self._tell = tell
        self._prune = prune
        self._clock = clock
        self._stopping = False
        #: Set while nothing is under way and everything is written down.
        self.idle = asyncio.Event()
        self.idle.set()

    def stop(self) -> None:
        """Begin nothing more; `idle` says when what was under way has ended."""
        self._stopping = True

    async def deliver(self, leads: Callable[[], bool]) -> None:
        """Deliver as long as this process leads."""
        if self._stopping:
            return
        self.idle.clear()
        term = _Term(self._endpoints, self._sender, self._clock)
        with ThreadPoolExecutor(1, "webhooks") as thread:
            try:
                while leads() and not self._stopping:
                    await self._turn(term, thread)
                await self._finish(term, thread)
            finally:
                await term.aclose()
                self.idle.set()

    async def _turn(self, term: _Term, thread: ThreadPoolExecutor) -> None:
        pause_s = POLL_S
        try:
            await _within(thread, lambda: self._work(term))
        except (ArchiveUnavailable, LedgerUnavailable, QueueFull) as error:
            log.error("webhooks_interrupted", code=error.code, problem=error.message)
            pause_s = FAILED_S
        term.begin()
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await term.news.wait()
        term.news.clear()

    async def _finish(self, term: _Term, thread: ThreadPoolExecutor) -> None:
        """Wait for what is under way: no longer than one try takes."""
        term.drop()
        await term.ended()
        try:
            await _within(thread, lambda: self._write(term))
        except (ArchiveUnavailable, LedgerUnavailable, QueueFull) as error:
            log.warning("webhooks_not_written", code=error.code, attempts=len(term.tried))  # and sent again

    def _work(self, term: _Term) -> None:
        """The part of a turn that blocks."""
        self._write(term)
        now_ms = int(self._clock() * 1000)
        lanes = term.lanes
        room = {name: lane.room for name, lane in lanes.items()}
        busy = {name: frozenset(lane.busy) for name, lane in lanes.items()}
        found, healths = self._deliveries.due(room, busy, now_ms)
        for name, lane in lanes.items():
            term.fetched.append(
                (lane, found.get(name, []), healths[name].failures, name not in found and room[name] > 0)
            )
        if term.due_to_prune():
            term.pruned(more=self._prune() == PRUNED_MAX)
        if term.due_to_tell():
            self._tell(term.counted)
            term.counted.clear()

    def _write(self, term: _Term) -> None:
        tried = list(term.tried)
        if tried:
            self._deliveries.record(tried)
            term.written.extend(tried)
            term.counted.update((each.delivery.endpoint, each.success) for each in tried)
            del term.tried[: len(tried)]


class _Term:
    """What one leader has under way. Everything but `_work` and `_write` runs on the loop."""

    def __init__(self, endpoints: Endpoints, sender: Callable[[Endpoint], Posts], clock: Callable[[], float]) -> None:
        self.lanes = {name: Lane(endpoint) for name, endpoint in endpoints.items() if endpoint.enabled}
        #: Written by the loop at its end, and by the thread at its beginning.
        self.tried: list[Tried] = []
        #: What the thread has done, for the loop to take over.
        self.written: list[Tried] = []
        self.fetched: list[tuple[Lane, list[Delivery], int, bool]] = []
        self.counted: Counter[tuple[str, bool]] = Counter()
        self.news = asyncio.Event()
        self._senders = {name: sender(lane.endpoint) for name, lane in self.lanes.items()}
        self._tasks: set[asyncio.Task[None]] = set()
        self._clock = clock
        self._begun = False
        self._error: BaseException | None = None
        self._prune_at = self._told_at = 0.0

    def begin(self) -> None:
        """Take over what the thread did, and send what may be sent. Raises what a task has raised, a bug of ours."""
        if self._error is not None:
            raise self._error
        for tried in self.written:
            self.lanes[tried.delivery.endpoint].written(tried.delivery.event_id)
        for lane, deliveries, failures, disabled in self.fetched:
            if not self._begun:
                lane.stands(failures)
            if disabled:
                lane.drop()
            lane.fetched(deliveries)
        self._begun = self._begun or bool(self.fetched)
        self.written.clear()
        self.fetched.clear()
        for lane in self.lanes.values():
            self._start(lane)

    def due_to_tell(self) -> bool:
        """Whether it is time to tell how it goes."""
        now = time.monotonic()
        if now < self._told_at + TELL_EVERY_S:
            return False
        self._told_at = now
        return True

    def due_to_prune(self) -> bool:
        """Whether it is time to look for rows that are over."""
        return time.monotonic() >= self._prune_at

    def pruned(self, *, more: bool) -> None:
        """Some were taken off, and perhaps there are more."""
        self._prune_at = time.monotonic() + (0.0 if more else PRUNE_EVERY_S)

    def drop(self) -> None:
        """Begin nothing more."""
        for lane in self.lanes.values():
            lane.drop()

    async def ended(self) -> None:
        """What is under way has ended."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def aclose(self) -> None:
        """Drop everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for sender in self._senders.values():
            await sender.aclose()

    def _start(self, lane: Lane) -> None:
        while delivery := lane.next(time.monotonic()):
            task = asyncio.create_task(self._post(lane, delivery))
            self._tasks.add(task)
            task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._error = error
            self.news.set()

    async def _post(self, lane: Lane, delivery: Delivery) -> None:
        answer = await self._senders[delivery.endpoint].post(delivery.event_id, delivery.body, int(self._clock()))
        self.tried.append(Tried(delivery, *answer, int(self._clock() * 1000)))
        lane.ended(answer.success, time.monotonic())
        self.news.set()
        self._start(lane)


async def _within(thread: ThreadPoolExecutor, do: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(thread, do)
