"""The crash points of a worker once more, for two-phase charges: one run of the whole system per way to be struck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from producers.contract import states
from producers.enqueue import Enqueuer
from tests.chaos.crew import Crew, How
from tests.chaos.holds import Held, read_holds
from tests.chaos.oracle import Books, read_books, until_closed
from tests.chaos.scenes import holder
from tests.eventually import eventually
from tests.stack import CARD, Stack

WAYS: tuple[How, ...] = ("KILL", "STOP", "TERM")


@dataclass(frozen=True, slots=True)
class Scene:
    """One order and the blow it meets: at a step of either phase, or while the gateway does not answer."""

    name: str
    ends: str
    at: str = ""
    fault: str = ""
    operation: str = "payment"
    ends_when_asked: str = ""

    @property
    def order_id(self) -> str:
        return f"ORD-{self.name}"

    def end(self, how: How) -> str:
        """What the order ends as."""
        return self.ends_when_asked if how == "TERM" and self.ends_when_asked else self.ends


SCENES = (
    Scene("settlement-recorded", states.APPROVED, at="settlement_recorded"),
    Scene("settled", states.APPROVED, at="settled"),
    Scene("settled-unheard", states.APPROVED, fault="charge_then_hang", operation="settlement"),
    Scene("unsettled-unheard", states.APPROVED, fault="hang_before", operation="settlement"),
    Scene("settling", states.APPROVED, at="settling"),
    Scene("recorded", states.APPROVED, at="recorded"),
    Scene("answered", states.APPROVED, at="answered"),
    Scene("held-unheard", states.APPROVED, fault="charge_then_hang"),
    Scene("unheld-unheard", states.NOT_CHARGED, fault="hang_before"),
    Scene("intended", states.NOT_CHARGED, at="intended", ends_when_asked=states.APPROVED),
    Scene("claimed", states.APPROVED, at="claimed"),
    Scene("fetched", states.APPROVED, at="fetched"),
)


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What one run left behind."""

    how: How
    books: Books
    holds: Sequence[Held]
    exit_codes_of_the_well: list[int]


def play(directory: Path, how: How, *, asked: bool = True) -> Aftermath:
    """Run every scene, wait until all is over, and look. The mode is asked for, or that of the account."""
    plan = {scene.order_id: {"at": scene.at, "how": how} for scene in SCENES if scene.at}
    faults = [
        {"fault": scene.fault, "operation": scene.operation, "order_id": scene.order_id, "times": 1}
        for scene in SCENES
        if scene.fault
    ]
    settings = {} if asked else {"ACCOUNT_CHARGE_MODE": "two_phase"}
    with Stack(directory, faults=faults, settings=settings) as stack, stack.enqueuer() as enqueuer:
        crew = Crew(stack, 2, how, plan)
        for scene in SCENES:
            accept(enqueuer, scene.order_id, "two_phase" if asked else None)
            if not scene.at:
                crew.until(partial(_under_way, stack, scene), f"{scene.name} is under way")
                crew.strike(scene.order_id, _worker_of(stack, scene))
            crew.until_struck(scene.order_id)
            if scene.at in ("claimed", "fetched"):  # begun anew by another worker, which no later blow may meet at it
                crew.until(partial(_has_ended, enqueuer, scene.order_id), f"{scene.order_id} has ended")
        until_closed(stack, tend=crew.tend)
        until_let_go(stack, [scene.order_id for scene in SCENES])
        well = crew.dismiss()
        return Aftermath(how, read_books(stack), read_holds(stack, [scene.order_id for scene in SCENES]), well)


def accept(enqueuer: Enqueuer, order_id: str, mode: str | None = "two_phase", **more: Any) -> None:
    """Place a charge of 10.00 EUR; without a mode it takes that of the account."""
    given: Mapping[str, Any] = {"amount": "10.00", "currency": "EUR", "country": "LT", **CARD, **more}
    enqueuer.charge(order_id=order_id, mode=mode, **given)


def until_let_go(stack: Stack, order_ids: Sequence[str]) -> None:
    """Wait until no hold of these orders binds anybody's money."""
    eventually(lambda: not any(hold.still_holds for hold in read_holds(stack, order_ids)), "no hold is left")


def _has_ended(enqueuer: Enqueuer, order_id: str) -> bool:
    return enqueuer.get(order_id).final


def _under_way(stack: Stack, scene: Scene) -> bool:
    """The request that meets the fault has arrived and is not answered."""
    if scene.operation == "payment":
        return bool(stack.charges().get(scene.order_id))
    payments = {payment["id"] for payment in stack.admin(f"payments?order_id={scene.order_id}")}
    return any(row["parent_id"] in payments for row in stack.admin("operations")["operations"])


def _worker_of(stack: Stack, scene: Scene) -> int:
    """The process id of the worker that waits for the answer."""
    if scene.operation == "payment":
        return holder(stack, scene.order_id)
    return int(read_books(stack).orders[scene.order_id].text("turn_by").rsplit("-", 2)[1])
