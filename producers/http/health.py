"""Whether the process lives, whether it can accept, and what it has counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import redis.asyncio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from producers.runtime.durability import check_redis_async
from producers.runtime.exposition import registry_of
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import LOST
from producers.runtime.metrics import Metrics
from producers.runtime.settings import Settings
from producers.runtime.shared_numbers import SharedNumbers

#: Seconds for which an answer holds: whoever asks more often costs Redis nothing.
HOLDS_S: Final = 1.0


class Readiness:
    """Asks Redis whether an order could be accepted now. Belongs to one event loop."""

    def __init__(
        self,
        ledger: redis.asyncio.Redis,
        queue: redis.asyncio.Redis,
        epoch: str,
        settings: Settings,
        clock: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._queue = queue
        self._epoch = epoch.encode()
        self._settings = settings
        self._clock = clock
        self._asking = asyncio.Lock()
        self._until = float("-inf")
        self._found: Sequence[str] = ()

    async def obstacles(self) -> Sequence[str]:
        """Stable codes of what stands in the way; empty when nothing does."""
        async with self._asking:
            if self._clock() >= self._until:
                self._found = await self._look()
                self._until = self._clock() + HOLDS_S
            return self._found

    async def _look(self) -> Sequence[str]:
        try:
            found = await self._ledger.get(keys.EPOCH)
        except LOST:
            return ("ledger_unavailable",)
        if found != self._epoch:
            return ("ledger_lockdown",)
        problems = await check_redis_async(self._ledger, replicas_required=self._settings.ledger_replicas)
        volatile = () if self._settings.allow_volatile_ledger else tuple(dict.fromkeys(each.code for each in problems))
        try:
            await self._queue.ping()
        except LOST:
            return (*volatile, "queue_unavailable")
        return volatile


def health_routes(readiness: Readiness, metrics: Metrics, settings: Settings) -> list[Route]:
    """/livez, /readyz and /metrics."""

    async def livez(request: Request) -> Response:
        return Response("alive\n", media_type="text/plain")

    async def readyz(request: Request) -> Response:
        obstacles = await readiness.obstacles()
        lines = "".join(f"{line}\n" for line in obstacles) or "ready\n"
        return Response(lines, 503 if obstacles else 200, media_type="text/plain")

    async def numbers(request: Request) -> Response:
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        directory = settings.prometheus_multiproc_dir
        metrics.flush()
        registry = metrics.registry if directory is None else registry_of(SharedNumbers(directory))
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", numbers)]
