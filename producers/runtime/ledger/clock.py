"""The one clock that all times of orders are on: the ledger's server's."""

from __future__ import annotations

from typing import Any

from producers.runtime.ledger.executors import Executor, SyncLedger


async def ledger_now_ms(ledger: Executor) -> int:
    """Now, in ms since 1970 UTC.

    Raises:
        LedgerUnavailable: no answer.
    """
    return _milliseconds(await ledger.read("TIME"))


def read_now_ms(ledger: SyncLedger) -> int:
    """The same for whoever waits for the answer in a thread. Raises as `ledger_now_ms`."""
    return _milliseconds(ledger.read("TIME"))


def _milliseconds(reply: Any) -> int:
    seconds, micros = reply
    return int(seconds) * 1000 + int(micros) // 1000
