"""redis-py connections that ask the Sentinels where to go, each time they connect, and stay with a primary only.

redis-py's own Sentinel client believes the first Sentinel that answers, and does not ask the server what it is. Pools,
TLS and login are redis-py's as everywhere: only the address is found, and the server asked.
"""

from __future__ import annotations

import asyncio
from typing import Any

import redis
import redis.asyncio
from redis.exceptions import ReadOnlyError

from producers.runtime.sentinel import Sentinels, Service, refuse_replica


def find_by_sentinels(client: redis.Redis | redis.asyncio.Redis, service: Service) -> None:
    """Lead the connections that this client will make to the primary of the service."""
    pool = client.connection_pool
    found = _Found if isinstance(client, redis.Redis) else AsyncFound
    pool.connection_class = type("Connection", (found, pool.connection_class), {})
    pool.connection_kwargs["sentinels"] = Sentinels(service)


class _Found(redis.connection.AbstractConnection):
    """For blocking clients."""

    host: str
    port: int

    def __init__(self, *, sentinels: Sentinels, **options: Any) -> None:
        super().__init__(**options)
        self._sentinels = sentinels

    def _connect(self) -> Any:
        self.host, self.port = self._sentinels.primary()
        return super()._connect()  # type: ignore[no-untyped-call, safe-super]  # of the class this is mixed into

    def on_connect_check_health(self, check_health: bool = True) -> None:
        super().on_connect_check_health(check_health)
        self.send_command("HELLO", 2, check_health=False)  # type: ignore[no-untyped-call]
        refuse_replica(super().read_response())

    def read_response(self, *args: Any, **options: Any) -> Any:
        try:
            return super().read_response(*args, **options)
        except ReadOnlyError:  # it was a primary
            self.mark_for_reconnect()  # type: ignore[no-untyped-call]
            raise


class AsyncFound(redis.asyncio.connection.AbstractConnection):
    """For asyncio's clients, and for links."""

    host: str
    port: int

    def __init__(self, *, sentinels: Sentinels, **options: Any) -> None:
        super().__init__(**options)
        self._sentinels = sentinels

    async def find(self) -> None:
        """Set host and port to the primary's. Raises as `Sentinels.primary`."""
        self.host, self.port = await asyncio.to_thread(self._sentinels.primary)

    async def _connect(self) -> None:
        await self.find()
        await super()._connect()  # type: ignore[no-untyped-call, safe-super]  # of the class this is mixed into

    async def on_connect_check_health(self, check_health: bool = True) -> None:
        await super().on_connect_check_health(check_health)
        await self.send_command("HELLO", 2, check_health=False)
        refuse_replica(await super().read_response())

    async def read_response(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().read_response(*args, **options)
        except ReadOnlyError:  # it was a primary
            self.mark_for_reconnect()  # type: ignore[no-untyped-call]
            raise
