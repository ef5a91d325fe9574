"""Orders leave the ledger as soon as they may, at moments that chance picks, and somebody asks for each of them again.

In the product an order stays for weeks after its end; here it goes while messages for it travel and producers repeat
their calls. Holds and links are left alone: what is late at those is late by more than a world lasts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from random import Random
from typing import Final

from producers.contract.states import TERMINAL
from producers.errors import LedgerUnavailable
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import record_from
from producers.runtime.ledger.retire_calls import retire
from producers.runtime.ledger.tombstones import question

#: No seed turns it on among its faults: it does not pass with them.
LEAVES: Final = "order.leaves"
#: The share of worlds in which orders leave.
SHARE: Final = 0.15
#: Seconds between two looks at the most.
LOOK_S: Final = 0.1


def leaves_in(seed: int) -> bool:
    """Whether orders leave in the world of that seed. Drawn apart, so that all other worlds stay what they are."""
    return Random(f"leaving {seed}").random() < SHARE


class Clerk:
    """A process that lets orders leave. `left` is told of each that has."""

    def __init__(
        self, ledger: Executor, orders: Collection[str], left: Callable[[str], object], random: Random
    ) -> None:
        self._ledger = ledger
        self._orders = orders
        self._left = left
        self._chance = random.random

    async def live(self) -> None:
        """Until all have left."""
        here = set(self._orders)
        while here:
            await asyncio.sleep(self._chance() * LOOK_S)
            for order_id in sorted(here):
                if await self._has_left(order_id):
                    here.discard(order_id)
                    self._left(order_id)

    async def _has_left(self, order_id: str) -> bool:
        try:
            record = record_from(order_id, await self._ledger.read("HGETALL", keys.order(order_id)))
            if record.state not in TERMINAL:
                return await self._ledger.read(*question(order_id)) is not None
            return await self._ledger.run(retire(record, kept_ms=0)) in ("retired", "again")
        except LedgerUnavailable:
            return False
