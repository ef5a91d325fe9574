"""Makes a stock Dramatiq worker run its async actors natively, hundreds at once, instead of one per thread.

A stock async actor blocks a worker thread until it returns, so threads are what bounds payments in flight.
This middleware takes the queues whose actors are coroutine functions away from the stock consumers, before
they exist, and serves them from one event loop: by the `priority` of their actors, which for Dramatiq is that of
messages within a worker. Queues of ordinary actors stay with the stock threads.
"""

from __future__ import annotations

import inspect
import os
import signal
from collections.abc import Callable, Mapping
from typing import Any

from dramatiq import Actor, Broker, Middleware, Worker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import MiddlewareError
from redis.asyncio import Redis

from producers.runtime.link import Link
from workers.event_loop.consumer import Consumer
from workers.event_loop.ports import NO_HOOKS, Admits, Handler, LoopHooks, LoopWatch, Quarantine, Runtime, every
from workers.event_loop.service import Service
from workers.event_loop.settings import LoopSettings
from workers.event_loop.slots import Slots
from workers.event_loop.stock_queue import StockQueue
from workers.event_loop.thread import EXIT_CLEAN, LoopThread

#: A whitelist of no queue at all: an empty one means every queue, and no queue can have this name.
NO_QUEUE = ""

Handlers = Mapping[str, Mapping[str, Handler]]


class EventLoopError(MiddlewareError):
    """The actors do not fit the event loop; the boot stops."""


class Unwatched:
    """A watch that never bites."""

    def arm(self, loop: object) -> None: ...

    def disarm(self) -> None: ...


class EventLoop(Middleware):
    """Serves the async queues of this process. `connect` says where the queue is.

    Raises:
        EventLoopError: at boot; a queue mixes async and ordinary actors, or the broker is not a Redis broker.
    """

    def __init__(
        self,
        connect: Callable[[], Redis],
        runtime: Runtime,
        quarantine: Quarantine,
        *,
        settings: LoopSettings | None = None,
        hooks: LoopHooks = NO_HOOKS,
        admits: Admits = every,
        watch: LoopWatch | None = None,
        on_failure: Callable[[], None] | None = None,
    ) -> None:
        self._connect = connect
        self._runtime = runtime
        self._quarantine = quarantine
        self._settings = settings or LoopSettings()
        self._hooks = hooks
        self._admits = admits
        self._watch = watch or Unwatched()
        self._on_failure = on_failure or _end_process
        self._thread: LoopThread | None = None

    @property
    def exit_code(self) -> int:
        """What the process should exit with."""
        return self._thread.exit_code if self._thread else EXIT_CLEAN

    @property
    def held(self) -> int:
        """Messages in flight: handlers running, and acknowledgements the server has not confirmed."""
        return self._thread.held if self._thread else 0

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        if not isinstance(broker, RedisBroker):
            raise EventLoopError("the event loop speaks Dramatiq's Redis layout: give it a Redis broker")
        handlers = async_queues(broker.actors)
        wanted = worker.consumer_whitelist or broker.get_declared_queues()
        stock = wanted - handlers.keys()
        worker.consumer_whitelist = stock or {NO_QUEUE}
        if not stock:
            worker.worker_threads = 0
        if ours := {queue: handlers[queue] for queue in handlers if queue in wanted}:
            self._thread = LoopThread(broker, lambda: self._build(broker, ours), self._watch, self._on_failure)

    def after_worker_boot(self, broker: Broker, worker: Worker) -> None:
        if self._thread:
            worker.workers.append(self._thread)  # type: ignore[arg-type]  # speaks the same protocol
            self._thread.start()

    def _build(self, broker: RedisBroker, queues: Handlers) -> Service:
        link = Link(self._connect())
        slots = Slots(self._settings.in_flight_max)
        consumers = [
            Consumer(
                StockQueue(link, broker, queue),
                handlers,
                broker,
                slots,
                self._quarantine,
                self._settings,
                self._hooks,
                self._admits,
            )
            for queue, handlers in queues.items()
        ]
        return Service(link, self._runtime, consumers, slots, self._settings)


def async_queues(actors: Mapping[str, Actor[Any, Any]]) -> dict[str, dict[str, Handler]]:
    """The coroutine functions of async actors, by queue and actor name. A queue comes before another by the lowest
    number that an actor of it has as its priority."""
    queues: dict[str, dict[str, Handler]] = {}
    ordinary: dict[str, str] = {}
    for name, actor in sorted(actors.items(), key=lambda item: item[1].priority):
        function = inspect.unwrap(actor.fn)
        if inspect.iscoroutinefunction(function):
            queues.setdefault(actor.queue_name, {})[name] = function
        else:
            ordinary[actor.queue_name] = name
    for queue in queues.keys() & ordinary.keys():
        raise EventLoopError(
            f"queue {queue!r} has async actors and the ordinary actor {ordinary[queue]!r}: give it its own"
        )
    return queues


def _end_process() -> None:
    """The loop is gone: stop the process as its supervisor would, so that it exits and is restarted."""
    os.kill(os.getpid(), signal.SIGTERM)
