"""The ledger's executors with a tracer that listens."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, TypeVar

from producers.runtime.ledger import keys
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import PATIENCE_S, AsyncLedger, SyncLedger
from producers.runtime.ledger.record import record_from
from producers.runtime.tracing.journeys import attend
from producers.runtime.tracing.tracer import Tracer

T = TypeVar("T")

#: How the keys of orders' rows begin.
_ROWS = keys.order("")


class TracedAsyncLedger(AsyncLedger):
    """Tells `tracer` of every step of an order; a task that reads an order's row works on that order."""

    def __init__(self, *given: Any, tracer: Tracer, **named: Any) -> None:
        super().__init__(*given, **named)
        self._tracer = tracer

    async def run(self, call: Call[T], *, patience_s: float = PATIENCE_S) -> T:
        if not self._tracer.concerns(call):
            return await super().run(call, patience_s=patience_s)
        began_ns = time.time_ns()
        result = await super().run(call, patience_s=patience_s)
        self._tracer.answered(call, result, began_ns)
        return result

    async def read(self, *command: Any) -> Any:
        reply = await super().read(*command)
        if command[0] == "HGETALL" and command[1].startswith(_ROWS):
            attend(record_from(command[1].removeprefix(_ROWS), reply))
        return reply


class TracedSyncLedger(SyncLedger):
    """Tells `tracer` of every step of an order."""

    def __init__(self, *given: Any, tracer: Tracer, **named: Any) -> None:
        super().__init__(*given, **named)
        self._tracer = tracer

    def run_many(self, calls: Sequence[Call[T]], *, patience_s: float = PATIENCE_S) -> list[T]:
        began_ns = time.time_ns()
        results = super().run_many(calls, patience_s=patience_s)
        for call, result in zip(calls, results, strict=True):
            if self._tracer.concerns(call):
                self._tracer.answered(call, result, began_ns)
        return results
