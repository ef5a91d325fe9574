"""What became of an order, recorded: in the ledger, or on this host's disk while the ledger is away."""

from __future__ import annotations

import asyncio

from producers.errors import LedgerLockdown, LedgerUnavailable
from producers.runtime.ledger import calls
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import PATIENCE_S, Executor
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Moved, NotYours
from workers.payments.endings import end
from workers.payments.observer import Observer
from workers.payments.spool import Spool


class Recording:
    """Records for one worker. `patience_s` is how long a Redis that is away is waited for where nothing was sent."""

    def __init__(self, ledger: Executor, spool: Spool, observer: Observer, *, patience_s: float) -> None:
        self._ledger = ledger
        self._spool = spool
        self._observer = observer
        self._patience_s = patience_s

    async def conclude(self, record: Record, ending: Call[Moved | NotYours], ends_at: float) -> None:
        """Record what the gateway said; when Redis is away until the deadline, keep it on disk."""
        patience_s = max(0.1, ends_at - asyncio.get_running_loop().time())
        try:
            await self._move(record.order_id, ending, patience_s)
        except (LedgerUnavailable, LedgerLockdown) as error:
            self._observer.trouble("outcome_spooled", error.code, record.order_id)
            self._keep_on_disk(record, ending)

    async def replay(self) -> None:
        """Record what this host kept on disk, by this worker and by those before it.

        Raises:
            ProducerError: the ledger does not answer; what is kept stays.
            OSError: the disk does not.
        """
        with self._spool.taken() as calls:
            for call in calls:
                await self._move(str(call.args[0]), call, PATIENCE_S)

    def _keep_on_disk(self, record: Record, ending: Call[Moved | NotYours]) -> None:
        try:
            self._spool.append(ending)
        except OSError:
            # Redis away and the disk full: nothing here can keep it. The gateway does, and the resolver reads its list.
            self._observer.trouble("spool", "state_dir_failing", record.order_id)

    async def close(self, record: Record, to: str, code: str, detail: str = "") -> None:
        """End an order that was never sent."""
        self._observer.refused(code)
        await self._move(record.order_id, end(record, to, code, detail=detail), self._patience_s)

    async def give_back(self, record: Record, why: str, wait_s: float, *, burn: bool = False, leaves: str = "") -> None:
        """Provably unsent, or a link that nobody heard of: only the holder of the token may say so (rule R2). `leaves`
        is the account that it need not come back to."""
        delay_ms = int(wait_s * 1000)
        call = calls.release(record.order_id, record.token, delay_ms=delay_ms, detail=why, burn=burn, leaves=leaves)
        await self._move(record.order_id, call, self._patience_s)

    async def _move(self, order_id: str, call: Call[Moved | NotYours], patience_s: float) -> None:
        match await self._ledger.run(call, patience_s=patience_s):
            case Moved(state, duplicates, before):
                self._observer.moved(before, state)
                if duplicates:
                    self._observer.duplicates(order_id, duplicates)
            case NotYours("late"):
                self._observer.contradicted(order_id)
            case NotYours(why):
                self._observer.trouble("move", why, order_id)
