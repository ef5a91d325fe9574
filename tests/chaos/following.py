"""The crash points of a worker once more, for orders that follow a payment: one run of the whole system per way.

Every kind meets a blow at every step, each on a payment of its own; then they recover together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardinity_client import Approved, Card, CardinityClient, CreatePayment
from cardinity_client.money import Money
from cardinity_client.secret import Secret
from producers.contract import names, states
from producers.enqueue import Enqueuer
from tests.chaos.crew import Crew, How
from tests.chaos.oracle import FOREIGN, Books, follow_ups, read_books, until_closed
from tests.chaos.scenes import holder
from tests.stack import CARD, Stack


@dataclass(frozen=True, slots=True)
class Scene:
    """What follows a payment, and the blow it meets: at a step of the spine, or while the gateway does not answer."""

    kind: str
    name: str
    ends: str
    at: str = ""
    fault: str = ""
    ends_when_asked: str = ""

    @property
    def order_id(self) -> str:
        return f"{self.kind}-{self.name}"

    def end(self, how: How) -> str:
        """What the order ends as."""
        return self.ends_when_asked if how == "TERM" and self.ends_when_asked else self.ends


def _scenes(kind: str) -> tuple[Scene, ...]:
    return (
        Scene(kind, "recorded", states.APPROVED, at="recorded"),
        Scene(kind, "answered", states.APPROVED, at="answered"),
        Scene(kind, "made-unheard", states.APPROVED, fault="charge_then_hang"),
        Scene(kind, "unmade-unheard", states.NOT_CHARGED, fault="hang_before"),
        Scene(
            kind,
            "refused",
            states.NOT_CHARGED,
            at="answered",
            fault="rate_limited_429",
            ends_when_asked=states.APPROVED,
        ),
        Scene(kind, "intended", states.NOT_CHARGED, at="intended", ends_when_asked=states.APPROVED),
        Scene(kind, "claimed", states.APPROVED, at="claimed"),
        Scene(kind, "fetched", states.APPROVED, at="fetched"),
    )


SCENES = tuple(scene for kind in names.FOLLOW_UPS for scene in _scenes(kind))


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What one run left behind."""

    how: How
    books: Books
    exit_codes_of_the_well: list[int]


def play(directory: Path, how: How) -> Aftermath:
    """Run every scene, wait until all is over, and look."""
    plan = {scene.order_id: {"at": scene.at, "how": how} for scene in SCENES if scene.at}
    with Stack(directory) as stack, stack.enqueuer() as enqueuer:
        payments = asyncio.run(made(stack, {scene.order_id: scene.kind for scene in SCENES}))
        faults = [_fault(scene, payments) for scene in SCENES if scene.fault]
        stack.admin("faults", faults)
        crew = Crew(stack, 2, how, plan)
        for scene in SCENES:
            accept(enqueuer, scene.kind, scene.order_id, payments[scene.order_id])
            if not scene.at:
                token = read_books(stack).orders[scene.order_id].ref
                crew.until(lambda token=token: token in follow_ups(stack), f"{scene.order_id} is under way")  # type: ignore[misc]
                crew.strike(scene.order_id, holder(stack, scene.order_id))
            crew.until_struck(scene.order_id)
            if scene.at in ("claimed", "fetched"):  # begun anew by another worker, which no later blow may meet at it
                crew.until(lambda scene=scene: enqueuer.get(scene.order_id).final, f"{scene.order_id} has ended")  # type: ignore[misc]
        until_closed(stack, tend=crew.tend)
        well = crew.dismiss()
        return Aftermath(how, read_books(stack), well)


def accept(enqueuer: Enqueuer, kind: str, order_id: str, payment_id: str, amount: str = "4.00") -> None:
    """Place the order."""
    fields = {"order_id": order_id, "payment_id": payment_id}
    match kind:
        case names.REFUND:
            enqueuer.refund(**fields, amount=amount, currency="EUR")
        case names.SETTLEMENT:
            enqueuer.settle(**fields, amount=amount, currency="EUR")
        case _:
            enqueuer.void(**fields)


async def made(stack: Stack, wanted: Mapping[str, str]) -> dict[str, str]:
    """The id of a payment of 10.00 EUR for each name, which is ripe for what of that kind follows it."""
    card = Card(Secret(str(CARD["pan"])), 4, 2031, Secret("123"), "Ona Petraityte")
    async with CardinityClient(stack.settings().client_settings("default")) as client:
        ids: dict[str, str] = {}
        for number, (name, kind) in enumerate(wanted.items()):
            payment = CreatePayment(
                order_id=f"{FOREIGN}{number}",
                amount=Money(1000, "EUR"),
                country="LT",
                description=None,
                instrument=card,
                settle=kind == names.REFUND,
            )
            answer = await client.create_payment(payment)
            assert isinstance(answer, Approved), answer
            ids[name] = answer.resource.id
        return ids


def _fault(scene: Scene, payments: Mapping[str, str]) -> dict[str, Any]:
    number = [*payments].index(scene.order_id)
    return {"fault": scene.fault, "operation": scene.kind, "order_id": f"{FOREIGN}{number}", "times": 1}
