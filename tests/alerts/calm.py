"""Calm: a system with which nothing is the matter, and that somebody might be woken for. Nothing at all may fire.

The seconds before every fault are calm too: payments flow. Here none come, or no more come, or hosts come and go.
"""

from __future__ import annotations

import random
from functools import partial
from typing import Final

from tests.alerts.besides import done, running, with_endpoint
from tests.alerts.hosts import MORE, PROCESSES, Hosts
from tests.alerts.lasting import LastingPlan
from tests.alerts.scraper import works
from tests.campaign.fault import Fault
from tests.campaign.fire import Fire
from tests.campaign.plan import Plan

#: Seconds between two runs of the renewals: seldom enough that the machine is not busy with them.
RENEWED_S: Final = 5.0


def _nobody(plan: Plan, rng: random.Random) -> None:
    plan.orders = ()


def _until_dark(plan: Plan, rng: random.Random) -> None:
    """Payments come while all is well, and no more after that."""
    assert isinstance(plan, LastingPlan)
    plan.orders = plan.orders[: plan.first]
    with_endpoint(plan)


def _night(fire: Fire, rng: random.Random) -> None:
    """All that a deployment may have runs: the archive, what posts events, and the renewals by their timer."""
    done(fire, "archive", "upgrade")
    done(fire, "renew", "run")
    if running(fire, "archive", "run") and running(fire, "webhooks", "run") and fire.await_done(0.0):
        while not fire.over.wait(RENEWED_S):
            done(fire, "renew", "run")


def _deploy(fire: Fire, rng: random.Random) -> None:
    """Host after host is stopped, and started as a new release would be; the other one works meanwhile."""
    assert isinstance(fire.crew, Hosts)
    hosts = fire.crew
    hosts.hire()
    urls = hosts.urls()
    if fire.until(lambda: works(urls["b"], MORE)) and fire.await_done(0.0):
        for name, processes in (("a", PROCESSES), ("b", MORE)):
            hosts.renew(name)
            fire.until(partial(works, urls[name], processes))
        fire.over.wait()


CALM: Final = (
    Fault("calm-new", "deploy", "a system is new, and nobody has called it yet", _nobody),
    Fault("calm-night", "deploy", "a night in which nobody pays", _until_dark, _night),
    Fault("calm-deploy", "deploy", "a release is rolled out, host after host, while payments come", strike=_deploy),
)
