"""The crash points of a worker once more, for orders of payment links: one run of the whole system per way.

Every link meets a blow at a step of its own. Whoever was told an address pays there, and the resolver that asks for a
payment is struck too. Links that nobody was told of end proven.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from producers.contract import states
from producers.contract.follow_ups import description_with, token_of
from producers.enqueue import Enqueuer
from tests.chaos.crew import Crew, How
from tests.chaos.oracle import Books, links, read_books, until_closed
from tests.chaos.scenes import holder
from tests.e2e.shoppers import FormShopper, pay_link
from tests.stack import Stack

DESCRIPTION = "Invoice 77"
#: The plan's key for the resolver that asks for a sighted payment.
RESOLVER = "*resolver"


@dataclass(frozen=True, slots=True)
class Scene:
    """A blow: at a step of the spine, or while the gateway does not answer. `told`: the link gets its address."""

    name: str
    told: bool
    at: str = ""
    fault: str = ""
    told_when_asked: bool = False

    @property
    def order_id(self) -> str:
        return f"LINK-{self.name}"

    def end(self, how: How) -> str:
        """What the order ends as: whoever is told pays."""
        told = self.told or (how == "TERM" and self.told_when_asked)
        return states.APPROVED if told else states.NOT_CHARGED


SCENES = (
    Scene("fetched", told=True, at="fetched"),
    Scene("claimed", told=True, at="claimed"),
    Scene("intended", told=False, at="intended", told_when_asked=True),
    Scene("made-unheard", told=False, fault="charge_then_hang"),
    Scene("unmade-unheard", told=False, fault="hang_before"),
    Scene("answered", told=False, at="answered", told_when_asked=True),
    Scene("recorded", told=True, at="recorded"),
)


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What one run left behind. `resolver_struck`: so was who asked the gateway for a payment."""

    how: How
    books: Books
    resolver_struck: bool
    exit_codes_of_the_well: list[int]


def play(directory: Path, how: How) -> Aftermath:
    """Run every scene, wait until all is over, and look."""
    plan = {scene.order_id: {"at": scene.at, "how": how} for scene in SCENES if scene.at}
    plan[RESOLVER] = {"at": "http:get_payment", "how": how}
    faults = [_fault(scene) for scene in SCENES if scene.fault]
    with Stack(directory, faults=faults) as stack, stack.enqueuer() as enqueuer:
        crew = Crew(stack, 2, how, plan)
        for scene in SCENES:
            accept(enqueuer, scene)
            if not scene.at:
                token = token_of(scene.order_id)
                crew.until(lambda token=token: token in links(stack), f"{scene.order_id} is under way")  # type: ignore[misc]
                crew.strike(scene.order_id, holder(stack, scene.order_id))
            crew.until_struck(scene.order_id)
            if scene.end(how) == states.APPROVED:
                order = crew.until(lambda scene=scene: _told(enqueuer, scene), f"{scene.order_id} has an address")  # type: ignore[misc]
                asyncio.run(_pay(str(order)))
                crew.until(lambda scene=scene: enqueuer.get(scene.order_id).final, f"{scene.order_id} has ended")  # type: ignore[misc]
        until_closed(stack, tend=crew.tend)
        well = crew.dismiss()
        return Aftermath(how, read_books(stack), RESOLVER in crew.struck, well)


def accept(enqueuer: Enqueuer, scene: Scene) -> None:
    """Place the scene's order."""
    enqueuer.link(order_id=scene.order_id, amount="40.00", currency="EUR", country="LT", description=DESCRIPTION)


def _told(enqueuer: Enqueuer, scene: Scene) -> str | None:
    return enqueuer.get(scene.order_id).link_url


async def _pay(url: str) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        shopper = FormShopper(session)
        await pay_link(shopper, url, "40.00 EUR")
        await shopper.sees("Thank you")


def _fault(scene: Scene) -> dict[str, str]:
    description = description_with(token_of(scene.order_id), DESCRIPTION)
    return {"fault": scene.fault, "operation": "link", "description": description}
