"""Faults of one merchant account where there are two: what has not left it goes to the other."""

from __future__ import annotations

import random

from cardinity_client.sandbox.settings import TEST_CONSUMER_KEY, TEST_CONSUMER_SECRET
from tests.campaign.catalogue.gateway import OUTAGES_S, REPLANS, install
from tests.campaign.fault import Fault
from tests.campaign.fire import Fire
from tests.campaign.plan import Plan
from tests.campaign.second import add_to

#: Workers of these have settings of their own for the one account that there is else.
_SINGLE = frozenset({"deploy"})


def _with_second(plan: Plan, rng: random.Random) -> None:
    add_to(plan)


def _broken(fire: Fire, rng: random.Random) -> None:
    """Until its breakers open, and a while longer."""
    if fire.await_done(rng.uniform(0.05, 0.3)):
        install(fire, rng.choice(("http_503_before", "reset_before")))
        fire.wait(rng.uniform(*OUTAGES_S))
    install(fire)


def _refused(fire: Fire, rng: random.Random) -> None:
    """The merchant's secret is not taken for a while, as in a rotation that came too early."""
    if fire.await_done(rng.uniform(0.05, 0.3)):
        _rotate(fire, f"{TEST_CONSUMER_SECRET}-of-tomorrow")
        fire.wait(rng.uniform(*OUTAGES_S))
        _rotate(fire, TEST_CONSUMER_SECRET)


def _rotate(fire: Fire, secret: str) -> None:
    fire.stack.admin("credentials", {"consumer_key": TEST_CONSUMER_KEY, "consumer_secret": secret})


FAULTS: tuple[Fault, ...] = (
    Fault(
        "account-broken",
        "gateway",
        "the first of two accounts fails at everything, and orders go to the second",
        _with_second,
        _broken,
        excludes=REPLANS | _SINGLE,
    ),
    Fault(
        "account-refused",
        "gateway",
        "the key of the first of two accounts is refused, and orders go to the second",
        _with_second,
        _refused,
        excludes=_SINGLE,
    ),
)
