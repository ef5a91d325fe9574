"""The crash points of a worker once more, for orders that others go on for: one run of the whole system per way.

Every order meets a blow at a step of its own, or of the order that goes on for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from producers.contract import states
from producers.enqueue import Enqueuer
from tests.chaos.crew import Crew, How
from tests.chaos.oracle import Books, read_books, until_closed
from tests.chaos.scenes import holder
from tests.stack import CARD, Stack

BACKUP = {**CARD, "pan": "5555555555554444"}
#: The sandbox says of it that its holder failed to authenticate.
FAILING = {**CARD, "pan": "5454545454540109"}
SOFT = "3001: Insufficient funds"


@dataclass(frozen=True, slots=True)
class Scene:
    """A blow at a step of the order, or with `of` of one that goes on for it; with `fault` while the gateway does not
    answer that one. With `link` its customer is asked for, and the link taken back.
    """

    name: str
    ends: str
    of: str = ""
    at: str = ""
    fault: str = ""
    ends_when_asked: str = ""
    link: bool = False

    @property
    def order_id(self) -> str:
        return f"ORD-{self.name}"

    @property
    def struck(self) -> str:
        """The order at whose step the blow falls."""
        return f"{self.order_id}{self.of}"

    @property
    def begun_anew(self) -> bool:
        """Another worker sends its successor, which no later blow may meet at it."""
        return not self.of or self.at in ("claimed", "fetched")

    def end(self, how: How) -> str:
        """What the order ends as."""
        return self.ends_when_asked if how == "TERM" and self.ends_when_asked else self.ends


_SECOND = "-a2"
SCENES = (
    Scene("answered", states.APPROVED, at="answered"),
    Scene("recorded", states.APPROVED, at="recorded"),
    Scene("second-intended", states.DECLINED, _SECOND, "intended", ends_when_asked=states.APPROVED),
    Scene("second-unheard", states.APPROVED, _SECOND, fault="charge_then_hang"),
    Scene("second-unsent", states.DECLINED, _SECOND, fault="hang_before"),
    Scene("second-answered", states.APPROVED, _SECOND, "answered"),
    Scene("second-recorded", states.APPROVED, _SECOND, "recorded"),
    Scene("link-answered", states.DECLINED, _SECOND, "answered", link=True),
    Scene("link-recorded", states.DECLINED, _SECOND, "recorded", link=True),
    Scene("second-claimed", states.APPROVED, _SECOND, "claimed"),
    Scene("second-fetched", states.APPROVED, _SECOND, "fetched"),
)


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What one run left behind."""

    how: How
    books: Books
    exit_codes_of_the_well: list[int]


def play(directory: Path, how: How) -> Aftermath:
    """Run every scene, wait until all is over, and look."""
    plan = {scene.struck: {"at": scene.at, "how": how} for scene in SCENES if scene.at}
    faults: list[dict[str, Any]] = [
        {"fault": "declined", "order_id": scene.order_id, "error": SOFT} for scene in SCENES if not scene.link
    ]
    faults += [{"fault": scene.fault, "order_id": scene.struck} for scene in SCENES if scene.fault]
    with Stack(directory, faults=faults) as stack, stack.enqueuer() as enqueuer:
        crew = Crew(stack, 2, how, plan)
        for scene in SCENES:
            accept(enqueuer, scene)
            if not scene.at:
                crew.until(partial(_under_way, stack, scene), f"{scene.name} is under way")
                crew.strike(scene.struck, holder(stack, scene.struck))
            crew.until_struck(scene.struck)
            if scene.link:
                enqueuer.cancel_link(scene.order_id)
            if scene.begun_anew:
                crew.until(partial(_has_ended, enqueuer, scene.order_id), f"{scene.order_id} has ended")
        until_closed(stack, tend=crew.tend)
        well = crew.dismiss()
        return Aftermath(how, read_books(stack), well)


def accept(enqueuer: Enqueuer, scene: Scene) -> None:
    """Place the scene's order."""
    given: dict[str, Any] = {"amount": "10.00", "currency": "EUR", "country": "LT", "description": "Invoice 77"}
    more = {**FAILING, "needs_customer": "link"} if scene.link else {**CARD, "backup": BACKUP}
    enqueuer.charge(order_id=scene.order_id, **given, **more)


def _has_ended(enqueuer: Enqueuer, order_id: str) -> bool:
    return enqueuer.get(order_id).final


def _under_way(stack: Stack, scene: Scene) -> bool:
    return bool(stack.charges().get(scene.struck))
