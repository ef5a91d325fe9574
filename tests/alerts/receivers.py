"""A merchant's receiver of webhooks that is ill, while who posts to it is well: it fails, hangs, or wants no more."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from tests.alerts.besides import done, running, with_endpoint
from tests.campaign.fault import Fault
from tests.campaign.fire import Fire
from tests.campaign.plan import Plan
from tests.receiver import Receiver

#: What a receiver answers that is broken, and one that wants no more.
BROKEN, GONE = 503, 410


def _ill(name: str, says: str, fall: Callable[[Receiver], object]) -> Fault:
    """The receiver is well, and then `fall` makes it ill for good."""
    opened: list[Receiver] = []

    def prepare(plan: Plan, rng: random.Random) -> None:
        opened[:] = [with_endpoint(plan)]

    def strike(fire: Fire, rng: random.Random) -> None:
        done(fire, "archive", "upgrade")
        if running(fire, "webhooks", "run") and fire.await_done(0.0):
            fall(opened[0])
            fire.over.wait()

    return Fault(f"receiver-{name}", "process", f"a merchant's receiver {says}", prepare, strike)


def _answers(status: int) -> Callable[[Receiver], object]:
    return lambda receiver: setattr(receiver, "status", status)


RECEIVERS: Final = (
    _ill("gone", "answers that it wants no more", _answers(GONE)),
    _ill("fails", "fails at everything", _answers(BROKEN)),
    _ill("hangs", "never answers", lambda receiver: receiver.answers.clear()),
)
