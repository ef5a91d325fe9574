"""Background duties that one process at a time should do. Any worker can host them; two at once do no harm."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Coroutine
from typing import Any

from producers.errors import ProducerError
from producers.runtime.ledger import calls
from producers.runtime.ledger.executors import Executor
from workers.event_loop.cancelling import cancel_and_wait

#: A leader asks for its lease again this many times before it would run out.
RENEWALS_PER_LEASE = 4

#: A duty runs until it is told that it no longer leads; it is started afresh after every failure.
Duty = Callable[[Callable[[], bool]], Coroutine[Any, Any, None]]


class Leader:
    """Runs one duty while this process holds its lease."""

    def __init__(
        self, name: str, duty: Duty, ledger: Executor, *, lease_s: float, on_trouble: Callable[[str, str], None]
    ) -> None:
        self._name = name
        self._duty = duty
        self._ledger = ledger
        self._lease_s = lease_s
        self._on_trouble = on_trouble
        self._token = secrets.token_hex(16)
        self._leads_until = 0.0

    def leads(self) -> bool:
        """Whether the lease still runs, by this process' own clock."""
        return asyncio.get_running_loop().time() < self._leads_until

    async def run(self) -> None:
        """Stand for election until cancelled; on the way out the lease is given up."""
        duty: asyncio.Task[None] | None = None
        try:
            while True:
                await self._renew()
                if duty is not None and duty.done():
                    self._report(duty)
                    duty = None
                if duty is None and self.leads():
                    duty = asyncio.create_task(self._duty(self._term()))
                await asyncio.sleep(self._lease_s / RENEWALS_PER_LEASE * random.uniform(0.8, 1.0))  # noqa: S311 - jitter
        finally:
            if duty is not None:
                await cancel_and_wait([duty])
                self._report(duty)
            await self._give_up()

    def _term(self) -> Callable[[], bool]:
        """Leadership as one run of the duty sees it: once lost it stays lost, or a part of the duty that looked at the
        wrong moment would end while the others go on, and nobody would start it again.
        """
        over = False

        def lasts() -> bool:
            nonlocal over
            over = over or not self.leads()
            return not over

        return lasts

    async def _renew(self) -> None:
        asked_at = asyncio.get_running_loop().time()
        lease_ms = int(self._lease_s * 1000)
        try:
            if await self._ledger.run(calls.lead(self._name, self._token, lease_ms), patience_s=0):
                # Counted from before the question, so that this ends before the lease in Redis does.
                self._leads_until = asked_at + self._lease_s
        except ProducerError as error:
            self._on_trouble(self._name, error.code)

    async def _give_up(self) -> None:
        self._leads_until = 0.0
        try:
            await self._ledger.run(calls.lead(self._name, self._token, 0), patience_s=0)
        except ProducerError as error:
            self._on_trouble(self._name, error.code)

    def _report(self, duty: asyncio.Task[None]) -> None:
        error = None if duty.cancelled() else duty.exception()
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if error is not None:
            self._on_trouble(self._name, getattr(error, "code", type(error).__name__))
