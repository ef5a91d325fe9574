"""What the payment spine tells about itself: metrics, logs and tests listen, the spine does not know them."""

from __future__ import annotations

from typing import Final, Protocol

#: Steps of one order's way, in order. Each is a place where a process may die (protocol, crash points).
FETCHED: Final = "fetched"
CLAIMED: Final = "claimed"
#: Of an order that risk rules judge: what was found is not kept yet, and is.
JUDGED: Final = "judged"
KEPT: Final = "kept"
INTENDED: Final = "intended"
ANSWERED: Final = "answered"
RECORDED: Final = "recorded"
#: Steps of an order whose customer has answered: the answer is about to be told, was told, and what came is recorded.
ANSWERING: Final = "answering"
FINALIZED: Final = "finalized"
FINALIZE_RECORDED: Final = "finalize_recorded"
#: Steps of a two-phase order whose hold was chosen: it is about to be settled, was, and what came is recorded.
SETTLING: Final = "settling"
SETTLED: Final = "settled"
SETTLEMENT_RECORDED: Final = "settlement_recorded"


class Observer(Protocol):
    """Listens to the spine. Called on the event loop; must return at once."""

    def step(self, name: str, order_id: str) -> None:
        """The order has reached this step."""

    def claim(self, result: str) -> None:
        """A claim was tried: `claimed`, `poison`, `cancelled`, `busy`, `held_back`, `paused`, `missing`."""

    def in_flight(self, count: int) -> None:
        """This process works on so many orders."""

    def moved(self, before: str, state: str) -> None:
        """An order entered this state; `before` is empty when it had done so earlier."""

    def refused(self, code: str) -> None:
        """An order ended here that was never sent."""

    def duplicates(self, order_id: str, count: int) -> None:
        """Other approved charges were seen for this order."""

    def contradicted(self, order_id: str) -> None:
        """The order was charged after all, and another verdict stands or another order goes on for it."""

    def trouble(self, where: str, code: str, order_id: str) -> None:
        """Something needs an operator's eye; nothing is lost by it."""
