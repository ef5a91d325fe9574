"""Redis clients with every option that matters said out loud: timeouts, no retries of their own, raw replies."""

from __future__ import annotations

from typing import Any, Protocol

import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError
from redis.retry import Retry

from cardinity_client.secret import Secret
from producers.runtime.sentinel import read_service
from producers.runtime.sentinel_connections import find_by_sentinels

#: Seconds until an attempt to connect, and until an answer, counts as lost.
CONNECT_TIMEOUT_S, SOCKET_TIMEOUT_S = 2.0, 5.0


class ConnectionLimit(Protocol):
    """The part of the settings that clients need."""

    @property
    def redis_connections_max(self) -> int: ...


def sync_client(url: Secret[str], limit: ConnectionLimit) -> redis.Redis:
    """A blocking client."""
    service = read_service(url.reveal())
    place = service.url if service else url.reveal()
    client = redis.Redis.from_url(place, **_options(place, limit), retry=Retry(NoBackoff(), 0))
    if service:
        find_by_sentinels(client, service)
    return client


def async_client(url: Secret[str], limit: ConnectionLimit) -> redis.asyncio.Redis:
    """A client for the running event loop."""
    from redis.asyncio.retry import Retry as AsyncRetry

    service = read_service(url.reveal())
    place = service.url if service else url.reveal()
    client = redis.asyncio.Redis.from_url(place, **_options(place, limit), retry=AsyncRetry(NoBackoff(), 0))
    if service:
        find_by_sentinels(client, service)
    pool = client.connection_pool
    pool.connection_class = type("Connection", (_Honest, pool.connection_class), {})
    return client


def _options(place: str, limit: ConnectionLimit) -> dict[str, Any]:
    """What both clients are told. A socket on this machine has no keepalive, and redis-py no patience with the word."""
    return {
        "max_connections": limit.redis_connections_max,
        "socket_timeout": SOCKET_TIMEOUT_S,
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
        "protocol": 2,
        # It would tell the server its name at every connection, which no user but the worker's may: the server's log of
        # refusals, in which somebody may look for an intruder, would be full of us.
        "driver_info": None,
        **({} if place.startswith("unix://") else {"socket_keepalive": True}),
    }


class _Honest(redis.asyncio.connection.AbstractConnection):
    """Says of a connection that was closed a moment ago what redis-py says of every other that is gone. uvloop raises a
    RuntimeError there, which nobody who waits for a lost connection expects.
    """

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        try:
            await super().send_packed_command(command, check_health)
        except RuntimeError as error:
            raise ConnectionError("the connection to Redis broke") from error
