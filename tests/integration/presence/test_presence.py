"""A worker's signs of life go on while the disk that its memory of the ledger is on refuses to write."""

from __future__ import annotations

import asyncio
from pathlib import Path

import redis.asyncio

from producers.runtime.ledger import keys
from producers.runtime.ledger.epoch import Pin, remembered
from producers.runtime.ledger.executors import AsyncLedger
from tests.eventually import eventually_async
from tests.ledgers import EPOCH, open_ledger
from workers.duties.presence import Presence
from workers.event_loop.cancelling import cancel_and_wait


async def test_a_failing_disk_is_told_and_silences_nobody(ledger_url: str, tmp_path: Path) -> None:
    """The trouble is reported, the worker is still seen, and its memory is written once the disk is well."""
    open_ledger(ledger_url)
    state_dir = tmp_path / "state"
    state_dir.write_text("no directory can be here")
    troubles: list[tuple[str, str]] = []
    async with redis.asyncio.Redis.from_url(ledger_url, protocol=2) as client:
        ledger = AsyncLedger(client, EPOCH)
        presence = Presence(
            "w1",
            ledger,
            Pin(EPOCH, -1),
            state_dir,
            presence_s=0.02,
            on_trouble=lambda where, code: troubles.append((where, code)),
        )
        task = asyncio.create_task(presence.run())

        async def told() -> bool:
            return len(troubles) > 1

        async def written() -> bool:
            return state_dir.is_dir() and remembered(state_dir) is not None

        await eventually_async(told, "the trouble is told, and told again")
        assert set(troubles) == {("presence", "state_dir_failing")}
        assert await client.zscore(keys.WORKERS, "w1")
        state_dir.unlink()
        await eventually_async(written, "it is remembered")
        await cancel_and_wait({task})
        await ledger.aclose()
    assert remembered(state_dir) == Pin(EPOCH, 0)
