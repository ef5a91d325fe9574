"""The addresses of one host, looked up once for all who wait, and kept for a moment."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Final

from aiohappyeyeballs import AddrInfoType

#: Seconds addresses are believed. A gateway that moves is followed soon, a burst of connections asks once.
KEPT_S: Final = 10.0


class Addresses:
    """Belongs to the event loop that asks first."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._found: Sequence[AddrInfoType] = ()
        self._stale_at = 0.0
        self._lookup: asyncio.Task[Sequence[AddrInfoType]] | None = None

    async def known(self) -> Sequence[AddrInfoType]:
        """At least one. Raises socket.gaierror; a failure is not remembered."""
        loop = asyncio.get_running_loop()
        if self._found and loop.time() < self._stale_at:
            return self._found
        if self._lookup is None or self._lookup.done():
            self._lookup = loop.create_task(self._look_up(loop))
        return await asyncio.shield(self._lookup)  # one who gives up does not take it away from the others

    async def found(self, host: str, port: int) -> Sequence[AddrInfoType]:
        """What the system says. Raises socket.gaierror."""
        return await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)

    async def _look_up(self, loop: asyncio.AbstractEventLoop) -> Sequence[AddrInfoType]:
        found = await self.found(self._host, self._port)
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        self._found, self._stale_at = found, loop.time() + KEPT_S
        return found
