"""Leaves what came to the doors of notifications on a stream, for the archive: which kind, of which payment, and what
was done. Nothing else of a body goes there, and of forged ones nothing at all: these are only counted.
"""

from __future__ import annotations

import secrets
from typing import Any

import redis.asyncio
import structlog

from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import LOST

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class NotificationLog:
    """The stream in the ledger's database. It holds a bounded number, archived or not."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client

    async def keep(self, door: str, kind: str, payment_id: str, result: str) -> None:
        """Keep it if that is possible: a hint that is on the queue is not refused because this was not."""
        told: dict[Any, Any] = {
            "id": secrets.token_hex(16), "door": door, "type": kind, "payment_id": payment_id, "result": result,
        }  # fmt: skip
        try:
            await self._client.xadd(keys.NOTIFICATIONS, told, maxlen=keys.NOTIFICATIONS_MAX, approximate=True)
        except LOST as error:
            log.warning("notification_not_kept", where=door, problem=type(error).__name__)
