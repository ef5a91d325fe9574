"""Heeds what operators say to all workers: queues and accounts that are paused, breakers that are to be closed.

The words are kept in the ledger, so they outlast every worker. Each process reads them twice a second, and never for
an order: a pause costs payments nothing, and is heeded by everybody within a second. While the ledger does not answer,
what was last read holds. While a breaker of this process is not closed it is told there, so that an operator sees it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import structlog

from producers.errors import ProducerError
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.operation_calls import ACCOUNT, BREAKER, QUEUE, tell_breakers

#: Seconds between two looks at the words.
LOOK_EVERY_S = 0.5
#: Milliseconds that the states of breakers outlive the worker that told them.
KEPT_MS = 5000

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Account(Protocol):
    """What of an account an operator can pause and reset."""

    @property
    def name(self) -> str: ...

    @property
    def breaker_state(self) -> str:
        """`closed`, `open` or `half-open`."""
        ...

    def halt(self, halted: bool) -> None:
        """Send nothing new, or go on."""
        ...

    def reset_breaker(self) -> None:
        """Close the breaker."""
        ...


class Heeding:
    """One process' ear for its operators."""

    def __init__(
        self, worker: str, ledger: Executor, accounts: Sequence[Account], on_trouble: Callable[[str, str], None]
    ) -> None:
        self._worker = worker
        self._ledger = ledger
        self._accounts = accounts
        self._on_trouble = on_trouble
        self._queues: frozenset[str] = frozenset()
        self._halted: frozenset[str] = frozenset()
        #: Resets as they were when first looked at: those of before this process began are not its own.
        self._resets: Mapping[str, bytes] | None = None
        self._told = False

    def serves(self, queue: str) -> bool:
        """Whether messages of that queue are to be taken now."""
        return queue not in self._queues

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Read the words, do by them, and tell how the breakers are."""
        try:
            words: Mapping[bytes, bytes] = await self._ledger.read("HGETALL", keys.OPERATIONS)
            self._heed(words)
            await self._tell_breakers()
        except ProducerError as error:
            self._on_trouble("heeding", error.code)

    def _heed(self, words: Mapping[bytes, bytes]) -> None:
        # By their names alone: a pause that a later release has said is a pause.
        queues, halted = frozenset(_about(QUEUE, words)), frozenset(_about(ACCOUNT, words))
        if (queues, halted) != (self._queues, self._halted):
            log.warning("pauses_heeded", names=sorted([*queues, *halted]))
        self._queues, self._halted = queues, halted
        resets = _about(BREAKER, words)
        for account in self._accounts:
            account.halt(account.name in halted)
            if self._resets is not None and resets.get(account.name) != self._resets.get(account.name):
                log.warning("breaker_reset", account=account.name, state=account.breaker_state)
                account.reset_breaker()
        self._resets = resets

    async def _tell_breakers(self) -> None:
        states = {account.name: account.breaker_state for account in self._accounts}
        tripped = {name: state for name, state in states.items() if state != "closed"}
        if tripped or self._told:
            await self._ledger.run(tell_breakers(self._worker, tripped, kept_ms=KEPT_MS))
        self._told = bool(tripped)


def _about(kind: str, words: Mapping[bytes, bytes]) -> dict[str, bytes]:
    """The words of that kind, by the name that they are about."""
    named = {name.decode(errors="replace"): word for name, word in words.items()}
    return {name.removeprefix(kind): word for name, word in named.items() if name.startswith(kind)}
