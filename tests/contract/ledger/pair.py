"""The real ledger and its double, side by side: each call runs on both, and both must say the same.

Everything of the real one is real (server, scripts, executor, decoding) but its clock: `TIME` is replaced in the
scripts by a number that the test sets, so that answers can be compared to the millisecond and leases run out at will.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import redis
import redis.asyncio

from producers.errors import LedgerLockdown, LedgerUnavailable
from producers.runtime.ledger import keys
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import AsyncLedger
from producers.runtime.ledger.results import Due
from producers.runtime.ledger.scripts import NAMESPACE
from tests.rules.changing import Change, changed
from tests.simulation.ledger import LedgerDouble
from tests.simulation.ledger_reads import read

EPOCH = "e" * 32
BEGIN_MS = 1_768_471_200_000
#: Where the test's clock stands in the real ledger.
CLOCK = f"{NAMESPACE}:clock-of-the-test"
#: The last id that a stream can have.
LAST_ID = f"{2**64 - 1}-{2**64 - 1}"
_PRELUDE = "producers/runtime/ledger/lua/prelude.lua"


@contextmanager
def settable_clock() -> Iterator[None]:
    """The scripts read the time from a key, until the block ends."""
    with changed(
        [
            Change(_PRELUDE, "local t = redis.call('TIME')", f"local t = redis.call('GET', '{CLOCK}')"),
            Change(_PRELUDE, "return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)", "return tonumber(t)"),
        ]
    ):
        yield


class Pair:
    """Both ledgers, emptied. `run` and `read` answer for both as (real, double)."""

    def __init__(self, url: str, *, kind: type[LedgerDouble] = LedgerDouble) -> None:
        self._sync = redis.Redis.from_url(url, protocol=2)
        self._client = redis.asyncio.Redis.from_url(url, protocol=2)
        self._now_ms = BEGIN_MS
        self.real = AsyncLedger(self._client, EPOCH)
        self.double = kind(lambda: self._now_ms, EPOCH)
        self._sync.flushdb()
        self._sync.set(f"{NAMESPACE}:epoch", EPOCH)
        self.advance(0)

    async def close(self) -> None:
        await self.real.aclose()
        await self._client.aclose()
        self._sync.close()

    def advance(self, ms: int) -> None:
        """Time passes for both."""
        self._now_ms += ms
        self._sync.set(CLOCK, self._now_ms)

    def replicate(self) -> None:
        """From now on events wait for replicas."""
        self._sync.set(keys.REPLICATED, 1)
        self.double.replicated = True

    def exhaust(self) -> None:
        """Somebody with the right to append uses up the ids of the stream of events."""
        self._sync.xdel(keys.EVENTS, self._sync.xadd(keys.EVENTS, {"by": "hand"}, id=LAST_ID))
        self.double.exhausted = True

    def mend(self) -> None:
        """An operator gives the stream ids again, with what is in it."""
        entries: Any = self._sync.xrange(keys.EVENTS)
        self._sync.delete(keys.EVENTS)
        for entry, fields in entries:
            self._sync.xadd(keys.EVENTS, fields, id=entry)
        self.double.exhausted = False

    def lose_epoch(self) -> None:
        """The marker is gone, as after FLUSHALL."""
        self._sync.delete(f"{NAMESPACE}:epoch")
        self.double.epoch = None

    async def run(self, call: Call[Any]) -> tuple[Any, Any]:
        """What each answers; what it raises is an answer too."""
        try:
            real: Any = await self.real.run(call, patience_s=0)
        except (LedgerLockdown, LedgerUnavailable) as error:
            real = _as_answer(error)
        try:
            double: Any = self.double.apply(call, EPOCH)
        except (LedgerLockdown, LedgerUnavailable) as error:
            double = _as_answer(error)
        return _in_order(real), _in_order(double)

    async def read(self, *command: Any) -> tuple[Any, Any]:
        """What each answers to a read-only command."""
        return await self.real.read(*command), read(self.double, command)

    def events(self) -> tuple[list[Any], list[Any]]:
        """The stream of events, without the server's own ids."""
        entries: Any = self._sync.xrange(keys.EVENTS)
        return [(fields[b"id"].decode(), fields[b"event"]) for _, fields in entries], self.double.events

    def untold(self) -> tuple[list[Any], list[Any]]:
        """The orders whose acceptance waits to be told."""
        ids: Any = self._sync.lrange(keys.UNTOLD, 0, -1)
        return [order_id.decode() for order_id in ids], self.double.untold

    def alarms(self) -> tuple[list[Any], list[Any]]:
        """The stream of alarms, likewise."""
        entries: Any = self._sync.xrange(keys.ALARMS)
        real = [{name.decode(): value.decode() for name, value in fields.items()} for _, fields in entries]
        return real, self.double.alarms


def _as_answer(error: LedgerLockdown | LedgerUnavailable) -> tuple[object, ...]:
    if isinstance(error, LedgerLockdown):
        return "lockdown", error.found
    return "unavailable", error.ambiguous


def _in_order(answer: Any) -> Any:
    """Who is reaped first is the server's choice among the members of a set, and so is how keys are gone through."""
    if isinstance(answer, Due):
        return replace(answer, enqueue=tuple(sorted(answer.enqueue)), overdue=tuple(sorted(answer.overdue)))
    if isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], tuple):
        return answer[0], tuple(sorted(answer[1]))
    return answer
