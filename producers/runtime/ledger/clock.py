"""The one clock that all times of orders are on: the ledger's server's."""

from __future__ import annotations

from producers.runtime.ledger.executors import Executor


async def ledger_now_ms(ledger: Executor) -> int:
    """Now, in ms since 1970 UTC.

    Raises:
        LedgerUnavailable: no answer.
    """
    seconds, micros = await ledger.read("TIME")
    return int(seconds) * 1000 + int(micros) // 1000
