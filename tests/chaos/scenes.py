"""The crash points of a worker (protocol, section 9) as one run of the whole system per way to be struck.

One order per point. They come one after the other, so that each meets its blow alone, and recover together.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from producers.acceptance import Order
from producers.contract import states
from producers.contract.commands import parse_charge
from producers.enqueue import Enqueuer
from tests.chaos.crew import Crew, How
from tests.chaos.oracle import Books, read_books, until_closed
from tests.chaos.wire import gateway_wire
from tests.proxy import CuttingProxy
from tests.stack import CARD, Stack

WAYS: tuple[How, ...] = ("KILL", "STOP", "TERM")


@dataclass(frozen=True, slots=True)
class Scene:
    """One order and the blow it meets: at a step of the spine, or when the test sees that it is time.

    `ends` is what the order ends as when the worker is gone, `ends_when_asked` when it was asked to stop and may
    finish what it has sent.
    """

    name: str
    ends: str
    at: str = ""
    fault: Mapping[str, Any] | None = None
    amount: str = "10.00"
    ends_when_asked: str = ""

    @property
    def order_id(self) -> str:
        return f"ORD-{self.name}"

    def end(self, how: How) -> str:
        """What the order ends as."""
        return self.ends_when_asked if how == "TERM" and self.ends_when_asked else self.ends


#: First those whose way on is the mirror's and the resolver's, last those that another worker begins anew: by then
#: nobody is struck any more.
SCENES = (
    Scene("recorded", states.APPROVED, at="recorded"),
    Scene("recorded-pending", states.APPROVED, at="recorded", fault={"fault": "processing", "delay_ms": 1500}),
    Scene("answered", states.APPROVED, at="answered"),
    Scene("answered-declined", states.DECLINED, at="answered", amount="160.00"),
    Scene("written-by-half", states.NOT_CHARGED),
    Scene("charged-unheard", states.APPROVED, fault={"fault": "charge_then_hang"}),
    Scene("uncharged-unheard", states.NOT_CHARGED, fault={"fault": "hang_before"}),
    Scene("intended", states.NOT_CHARGED, at="intended", ends_when_asked=states.APPROVED),
    Scene("claimed", states.APPROVED, at="claimed"),
    Scene("fetched", states.APPROVED, at="fetched"),
)
#: The blows that no order's own step triggers: keys of the plan, and of `Aftermath.exit_codes`.
MIRROR, RESOLVER = "*mirror", "*resolver"
#: The order whose unknown the resolver looks up as it is struck.
ASKED = Scene("asked", states.APPROVED, fault={"fault": "charge_then_reset"})


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What one run left behind. `exit_codes` are those of the struck workers, by what struck them."""

    how: How
    books: Books
    exit_codes: Mapping[str, int]
    exit_codes_of_the_well: list[int]


def play(directory: Path, how: How) -> Aftermath:
    """Run every scene, wait until all is over, and look."""
    faults = [{**scene.fault, "order_id": scene.order_id} for scene in (*SCENES, ASKED) if scene.fault]
    plan = {scene.order_id: {"at": scene.at, "how": how} for scene in SCENES if scene.at}
    plan[MIRROR] = {"at": "http:list_payments", "how": how}
    plan[RESOLVER] = {"at": "http:get_payment", "how": how}
    with (
        Stack(directory, faults=faults) as stack,
        gateway_wire(stack) as (proxy, over_it),
        stack.enqueuer() as enqueuer,
    ):
        proxy.halve_request(b"ORD-written-by-half")
        crew = Crew(stack, 2, how, plan, env=over_it)
        crew.until_struck(MIRROR)
        accept(enqueuer, ASKED)
        crew.until_struck(RESOLVER)
        for scene in SCENES:
            accept(enqueuer, scene)
            if not scene.at:
                crew.until(partial(_under_way, stack, proxy, scene), f"{scene.name} is under way")
                crew.strike(scene.order_id, holder(stack, scene.order_id))
            crew.until_struck(scene.order_id)
        until_closed(stack, tend=crew.tend)
        well = crew.dismiss()
        struck = {what: crew.ends[pid] for what, pid in crew.struck.items()}
        return Aftermath(how, read_books(stack), struck, well)


def accept(enqueuer: Enqueuer, scene: Scene) -> None:
    """Place the scene's order. Every second one is a batch's, so that workers are lost with messages of both queues."""
    fields = {"order_id": scene.order_id, "amount": scene.amount, "currency": "EUR", "country": "LT", **CARD}
    if scene in SCENES[1::2]:
        charge = parse_charge(fields, now_ms=int(time.time() * 1000), mode="test")
        (answer,) = enqueuer.charge_many([charge], batch="nightly")
        assert isinstance(answer, Order)
    else:
        enqueuer.charge(**fields)


def holder(stack: Stack, order_id: str) -> int:
    """The process id of the worker that holds this order; workers are called `<host>-<pid>-<random>`."""
    return int(read_books(stack).orders[order_id].text("worker").rsplit("-", 2)[1])


def _under_way(stack: Stack, proxy: CuttingProxy, scene: Scene) -> bool:
    """Half of it was written, or all of it has arrived and is not answered."""
    return bool(proxy.halved) if scene.fault is None else bool(stack.charges().get(scene.order_id))
