"""Worlds in which a rule about orders that leave the ledger is missing."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from producers.runtime.ledger.call import Call
from producers.runtime.ledger.tombstones import place
from tests.rules.changing import Change
from tests.simulation.leaving import LEAVES
from tests.simulation.ledger import LedgerDouble
from tests.simulation.mutant import Mutant, rate, without

T = TypeVar("T")

#: Milliseconds that a forgetful ledger keeps a tombstone for, and calls that it writes one behind.
KEPT_MS: Final = 20
BEHIND: Final = 8


class _LeavesNothing(LedgerDouble):
    def set_stone(self, order_id: str, stone: bytes) -> None:
        """No tombstone."""


class _ForgetsTombstones(LedgerDouble):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._set_at: dict[str, int] = {}

    def set_stone(self, order_id: str, stone: bytes) -> None:
        super().set_stone(order_id, stone)
        self._set_at[order_id] = self.now_ms()

    def stone(self, order_id: str) -> bytes | None:
        if self.now_ms() > self._set_at.get(order_id, self.now_ms()) + KEPT_MS:
            self.gone.pop(place(order_id), None)
        return super().stone(order_id)


class _RemovesTheRowFirst(LedgerDouble):
    """Its tombstone comes a few calls later, and never when the ledger goes down in between."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._to_come: list[tuple[int, str, bytes]] = []
        self._calls = 0

    def set_stone(self, order_id: str, stone: bytes) -> None:
        self._to_come.append((self._calls + BEHIND, order_id, stone))

    def apply(self, call: Call[T], epoch: str) -> T:
        self._calls += 1
        for at, order_id, stone in self._to_come:
            if at <= self._calls:
                super().set_stone(order_id, stone)
        self._to_come = [each for each in self._to_come if each[0] > self._calls]
        return super().apply(call, epoch)

    def crash(self, until_s: float) -> None:
        super().crash(until_s)
        self._to_come = []


_LEAVING: Final = rate(1.0, LEAVES)

LEAVING: Final = (
    Mutant("nothing_is_left", "An order leaves no tombstone.", without(ledger=_LeavesNothing, faults=_LEAVING)),
    Mutant(
        "tombstones_expire",
        "A tombstone is kept for a while only.",
        without(ledger=_ForgetsTombstones, faults=_LEAVING),
    ),
    Mutant(
        "the_row_goes_first",
        "The row is removed, and the tombstone written behind that.",
        without(ledger=_RemovesTheRowFirst, faults=_LEAVING),
    ),
    Mutant(
        "archived_content_is_not_compared",
        "Whatever is asked under the order_id of an order that has left, that one's end is told.",
        without(faults=_LEAVING),
        changes=(Change("producers/acceptance.py", "return tombstones.differing(record, self.content)", "return ()"),),
    ),
)
