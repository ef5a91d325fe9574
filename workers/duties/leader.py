"""Background duties that one process at a time should do. Any worker can host them; two at once do no harm.

So a leader goes on until the ledger says that another leads, or cannot be asked and the lease is over. A clock of our
own would end every term of a slow Redis before its duty has done anything, and credits, for one, would never come.
"""

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
        self._leads = False
        self._lease_until = 0.0
        self._terms_ended = 0

    async def run(self) -> None:
        """Stand for election until cancelled; on the way out the lease is given up."""
        duty: asyncio.Task[None] | None = None
        try:
            while True:
                await self._renew()
                if duty is not None and duty.done():
                    self._report(duty)
                    duty = None
                if duty is None and self._leads:
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
        number = self._terms_ended
        return lambda: number == self._terms_ended

    async def _renew(self) -> None:
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        lease_ms = int(self._lease_s * 1000)
        try:
            leads = await self._ledger.run(calls.lead(self._name, self._token, lease_ms), patience_s=0)
        except ProducerError as error:
            self._on_trouble(self._name, error.code)
            leads = self._leads and loop.time() < self._lease_until
        else:
            # Counted from before the question, so that this ends before the lease in Redis does.
            self._lease_until = asked_at + self._lease_s
        self._terms_ended += self._leads and not leads
        self._leads = leads

    async def _give_up(self) -> None:
        self._leads = False
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
