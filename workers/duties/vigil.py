"""Asks the ledger's server again and again whether it still keeps what it confirms; while it does not, nothing is sent.

The boot's check holds for the boot. Later somebody sets an evicting policy to save a full server, or a disk fails, or
a failover leaves too few replicas, and from then on every intent could be forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from producers.runtime.problems import Problem

#: A server that cannot be asked. It cannot be written to either, so there is nothing to stop.
_AWAY = "redis_unreadable"
#: Looks for which sending stays stopped. Above one, or it would begin again just before each.
_LOOKS = 2.5


class Vigil:
    """`stop` is told the code of what is wrong, and for how many seconds nothing may be sent."""

    def __init__(
        self,
        check: Callable[[], Awaitable[Sequence[Problem]]],
        stop: Callable[[str, float], None],
        on_trouble: Callable[[str, str], None],
        *,
        every_s: float,
    ) -> None:
        self._check = check
        self._stop = stop
        self._on_trouble = on_trouble
        self._every_s = every_s

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            codes = [found.code for found in await self._check() if found.code != _AWAY]
            for code in codes[:1]:
                self._stop(code, self._every_s * _LOOKS)
                self._on_trouble("vigil", code)
            await asyncio.sleep(self._every_s)
