"""Troubles that are none of the campaigns': a bank's, an account's other users', a merchant's, a gateway's beyond H.

A campaign is judged by promises that these break from outside, or has nobody who could be late with it. They last in
the same way and are recorded in the same way, so that their alerts too are shown what a real system says.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Final

import redis

from cardinity_client import CardinityClient, CreateSettlement
from producers.runtime.ledger import keys
from tests.alerts.besides import BESIDES
from tests.alerts.calm import CALM
from tests.alerts.certified import CERTIFIED
from tests.alerts.receivers import RECEIVERS
from tests.campaign.catalogue.table import BY_NAME
from tests.campaign.fault import Fault
from tests.campaign.fire import LOOK_S, Fire
from tests.campaign.forms import TWO_PHASE
from tests.campaign.plan import Plan
from tests.campaign.wishes import wish
from tests.stack import CARD

#: One order in so many is meant where the others are to go on, so that no breaker opens.
ONE_IN = 5
#: Milliseconds after which a request lands that was proven not to have: beyond H, and the scans that prove it.
BEYOND_H_MS = 6000
#: Holds that a merchant forgets, for how many seconds the gateway keeps them, and how long before that it is told of.
FORGOTTEN, HOLD_S, WARNING_S = 3, 120, 118
#: A payment in two parts.
SPLIT: Final = "SPL-STUCK"

Prepare = Callable[[Plan, random.Random], None]


def _some(fault: str, **more: int) -> Prepare:
    """The request of one order in a few meets that."""

    def prepare(plan: Plan, rng: random.Random) -> None:
        for order_id in plan.pick(rng, len(plan.orders))[::ONE_IN]:
            plan.sandbox_faults.append({"fault": fault, "order_id": order_id, **more})

    return prepare


def _declined(plan: Plan, rng: random.Random) -> None:
    plan.sandbox_faults.append({"fault": "declined", "rate": 1.0})


def _doubled(plan: Plan, rng: random.Random) -> None:
    for order_id in plan.pick(rng, len(plan.orders), form=TWO_PHASE):
        plan.sandbox_faults.append({"fault": "delivered_twice", "order_id": order_id})


def _settled_by_others(fire: Fire, rng: random.Random) -> None:
    """Whatever hold is about to be let go, somebody who has the account's key takes it before that."""
    taken: set[str] = set()
    with redis.Redis.from_url(fire.valkey.url(1), protocol=2) as client:
        while not fire.over.wait(LOOK_S):
            for payment_id in {name.decode() for name in client.hkeys(keys.STRAYS)} - taken:
                taken.add(payment_id)
                asyncio.run(_settle(fire, payment_id))


async def _settle(fire: Fire, payment_id: str) -> None:
    async with CardinityClient(fire.stack.settings().client_settings()) as client:
        payment = await client.get_payment(payment_id)
        await client.create_settlement(CreateSettlement(payment_id, payment.amount))


def _short_holds(plan: Plan, rng: random.Random) -> None:
    plan.settings |= {"AUTHORISATION_HOLD_S": str(HOLD_S), "HOLD_WARNING_S": str(WARNING_S)}


def _forgotten(fire: Fire, rng: random.Random) -> None:
    """Charges that only hold, and a merchant who neither settles nor voids them."""
    if fire.await_done(0.0):
        with fire.stack.enqueuer() as enqueuer:
            for number in range(FORGOTTEN):
                enqueuer.charge(**wish(f"FORGOTTEN-{number}"), settle=False)


def _declined_part(plan: Plan, rng: random.Random) -> None:
    """The bank declines the second part, and takes back nothing of what was paid for the first."""
    first, second = (f"{SPLIT}.{part}" for part in (1, 2))
    plan.sandbox_faults += [
        {"fault": "declined", "order_id": second},
        {"fault": "declined", "order_id": first, "operation": "refund"},
    ]


def _split(fire: Fire, rng: random.Random) -> None:
    """A payment that is to be paid as a whole or not at all, and can be neither."""
    if fire.await_done(0.0):
        parts = [{"recipient": f"shop-{each}", "amount": f"{each}0.00"} for each in (1, 2)]
        with fire.stack.enqueuer() as enqueuer:
            enqueuer.split(
                split_id=SPLIT, total="30.00", currency="EUR", country="LT", parts=parts, all_or_nothing=True, **CARD
            )


#: Each by its alert.
BEYOND: Final[Mapping[str, Fault]] = {
    "CardinityApprovalRateLow": Fault("bank-declines-all", "gateway", "the bank declines every charge", _declined),
    "CardinityUnknownMoney": Fault(
        "gateway-hangs-at-times", "gateway", "one request in a few is never answered", _some("hang_before")
    ),
    "CardinityLateCharge": Fault(
        "gateway-lands-beyond-h",
        "gateway",
        "one request in a few is taken after it was proven not to be",
        _some("late_landing", delay_ms=BEYOND_H_MS),
    ),
    "CardinityStrayHoldCharged": Fault(
        "account-settles-strays", "gateway", "somebody settles holds that are no order's", _doubled, _settled_by_others
    ),
    "CardinityHoldsExpiring": Fault(
        "merchant-forgets-holds", "gateway", "a merchant settles nothing of what is held", _short_holds, _forgotten
    ),
    "CardinitySplitStuck": Fault(
        "bank-refuses-refund", "gateway", "a part of a payment cannot be given back", _declined_part, _split
    ),
}

#: All that can be recorded, by name: the campaigns' faults, and these.
EVERY: Final[Mapping[str, Fault]] = {
    **BY_NAME,
    **{fault.name: fault for fault in (*BEYOND.values(), *BESIDES.values(), *RECEIVERS, *CERTIFIED, *CALM)},
}
