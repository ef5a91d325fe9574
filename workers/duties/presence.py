"""Says every moment that this worker lives, and notices when the ledger has gone back in time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from producers.errors import LedgerLockdown, ProducerError
from producers.runtime.ledger import calls
from producers.runtime.ledger.epoch import Pin, remember
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.results import Present

#: Signs of life per presence time.
BEATS = 4
#: The pin is written again after this many beats, if intents were counted since.
REMEMBER_EVERY = 8


class Presence:
    """Keeps this worker in the ledger's list of the living."""

    def __init__(
        self,
        worker: str,
        ledger: Executor,
        pin: Pin,
        state_dir: Path,
        *,
        presence_s: float,
        on_trouble: Callable[[str, str], None],
    ) -> None:
        self._worker = worker
        self._ledger = ledger
        self._pin = pin
        self._state_dir = state_dir
        self._pause_s = presence_s / BEATS
        self._on_trouble = on_trouble

    @property
    def intents_seen(self) -> int:
        """How many intents the ledger had counted when last asked; it never has fewer."""
        return self._pin.sequence

    async def beat(self) -> Present:
        """Say it once.

        Raises:
            LedgerLockdown: fewer intents are counted than this worker has already seen.
        """
        present = await self._ledger.run(calls.present(self._worker), patience_s=0)
        if present.sequence < self._pin.sequence:
            raise LedgerLockdown(self._pin.epoch)
        self._pin = Pin(self._pin.epoch, present.sequence)
        return present

    async def run(self) -> None:
        """Say it until cancelled."""
        written, beats = self._pin.sequence, 0
        while True:
            try:
                await self.beat()
                beats += 1
                if beats % REMEMBER_EVERY == 0 and self._pin.sequence != written:
                    remember(self._state_dir, self._pin)
                    written = self._pin.sequence
            except ProducerError as error:
                self._on_trouble("presence", error.code)
            except OSError:
                # A full disk must not silence a worker that can work: what was written before is still true.
                self._on_trouble("presence", "state_dir_failing")
            await asyncio.sleep(self._pause_s)
