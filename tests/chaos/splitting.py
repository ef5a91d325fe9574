"""The crash points of a worker once more, for payments in parts: one run of the whole system per way.

Every payment asks for all or nothing, and meets a blow at a step of one of its orders: of a part, or of what gives it
back. There is one worker at a time, so whoever is struck leads every duty as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from producers.enqueue import Enqueuer
from producers.splits import progress
from producers.splits.accepting import SplitPayment
from tests.chaos.crew import Crew, How
from tests.chaos.oracle import Books, read_books, until_closed
from tests.stack import CARD, Stack

TOTAL_MINOR = 3000
_PARTS = [{"recipient": "shop-a", "amount": "10.00"}, {"recipient": "shop-b", "amount": "20.00"}]


@dataclass(frozen=True, slots=True)
class Scene:
    """A blow at a step of the order that is called so behind the payment's name. Where `declined`, the bank says no to
    the second part. A worker that dies with a promise leaves an order that was never sent.
    """

    name: str
    of: str
    at: str
    ends: frozenset[str]
    declined: bool = True
    ends_when_asked: frozenset[str] = frozenset()

    @property
    def split_id(self) -> str:
        return f"SPL-{self.name}"

    @property
    def struck(self) -> str:
        """The order at whose step the blow falls."""
        return f"{self.split_id}.{self.of}"

    def may_end(self, how: How) -> frozenset[str]:
        """What the payment may end as."""
        return self.ends_when_asked if how == "TERM" and self.ends_when_asked else self.ends


_DONE, _BACK = frozenset({progress.COMPLETED}), frozenset({progress.COMPENSATED})
#: Where the first part was still in its worker's hands it is called back, and there is nothing to give back.
_NOTHING = _BACK | {progress.FAILED}
SCENES = (
    Scene("first-taken", "1", "recorded", _DONE, declined=False),
    Scene("second-answered", "2", "answered", _DONE, declined=False),
    Scene("second-unsent", "2", "intended", _NOTHING, declined=False, ends_when_asked=_DONE),
    Scene("declined", "2", "recorded", _NOTHING),
    Scene("refund-claimed", "1-r", "claimed", _BACK),
    Scene("refund-unsent", "1-r", "intended", _BACK),
    Scene("refund-answered", "1-r", "answered", _BACK),
    Scene("refund-recorded", "1-r", "recorded", _BACK),
)


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What one run left behind; the ids of the events that told how payments have ended."""

    how: How
    books: Books
    splits: dict[str, SplitPayment]
    told: list[str]
    exit_codes_of_the_well: list[int]


def play(directory: Path, how: How) -> Aftermath:
    """Run every scene, wait until all is over, and look."""
    plan = {scene.struck: {"at": scene.at, "how": how} for scene in SCENES}
    faults: list[dict[str, Any]] = [
        {"fault": "declined", "order_id": f"{scene.split_id}.2"} for scene in SCENES if scene.declined
    ]
    with Stack(directory, faults=faults) as stack, stack.enqueuer() as enqueuer:
        crew = Crew(stack, 1, how, plan)
        for scene in SCENES:
            accept(enqueuer, scene.split_id)
            crew.until_struck(scene.struck)
        told = crew.until(lambda: _told(enqueuer), "every end is told")
        until_closed(stack, tend=crew.tend)
        well = crew.dismiss()
        splits = {scene.name: enqueuer.get_split(scene.split_id) for scene in SCENES}
        return Aftermath(how, read_books(stack), splits, told, well)


def accept(enqueuer: Enqueuer, split_id: str) -> SplitPayment:
    """Place the scene's payment; said again it is the same one."""
    wish = {"split_id": split_id, "total": "30.00", "currency": "EUR", "country": "LT", "parts": _PARTS, **CARD}
    return enqueuer.split(**wish, all_or_nothing=True)


def _told(enqueuer: Enqueuer) -> list[str]:
    """All of the ends, or nothing while one is missing."""
    told = [event.id for _, event in enqueuer.events("0", idle_s=0.05) if event.id.startswith("split/")]
    return told if len(told) >= len(SCENES) else []
