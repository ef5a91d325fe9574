"""Records what a real system's numbers say while one fault lasts: Valkey, the gateway's sandbox, `cardinity worker`.

Orders come at a steady pace, no bank declines one by itself, and no customer pays one twice: a few of these seconds,
seen again and again, would be a trend. The system is well for a while, then the fault begins and lasts until the
recording ends. Horizons are shortened as in every campaign; the breaker's are not, for when it opens is what is to be
seen.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.alerts.hosts import PROCESSES, Hosts
from tests.alerts.lasting import LastingFire, LastingPlan, few_of, fire_of, lasts_of, strike
from tests.alerts.recording import Recording, host_of
from tests.alerts.scraper import EVERY_S, SCRAPES, TIMEOUT_S, Scraper, works
from tests.campaign.customers import answering
from tests.campaign.fault import Fault
from tests.campaign.feed import Feed
from tests.campaign.forms import PAYS_TWICE, paying_of
from tests.campaign.run import system
from tests.campaign.wishes import is_declined, order_ids
from tests.eventually import eventually

#: Orders per second, and for how many seconds they come.
PACE, FED_S = 6.0, 60.0
#: Seconds in which the system is well, and for how long at the most the fault lasts: until it was scraped often enough.
WELL_S, LASTS_MAX_S = 7.0, 45.0
#: Seconds in which the first host works.
BEGINS_S: Final = 60.0
#: Of the product, not of the campaigns, which are not to be about breakers.
BREAKER: Final[Mapping[str, str]] = {"BREAKER_FAILURES": "5", "BREAKER_RESET_S": "30", "LOG_LEVEL": "warning"}


def record(
    fault: Fault, directory: Path, *, seed: int = 1, well_s: float = WELL_S, lasts_s: float | None = None
) -> Recording:
    """What comes of it, when the system was well for so long and the fault lasted so long, both at least; where nothing
    is said, as long as that fault needs. The directory is empty; nothing runs when this returns.

    Raises:
        AssertionError: the system did not begin to charge, though nothing was wrong yet.
        Exception: the strike failed, whatever that was.
    """
    rng = random.Random(f"{seed} {fault.name}")
    orders = tuple(order_id for order_id in order_ids(seed, int(PACE * FED_S * 2)) if _is_usual(order_id))
    plan = LastingPlan(seed, orders, directory, first=int(PACE * well_s), few=few_of(fault))
    plan.settings.update(BREAKER)
    fault.prepare(plan, rng)
    plan.of_all(fault)
    with plan.closing, system(plan, Hosts, fire_of(fault)) as fire, answering(fire):
        assert isinstance(fire, LastingFire)
        assert isinstance(fire.crew, Hosts)
        scraper = Scraper(fire.crew)
        failures: list[Exception] = []
        befallen = threading.Thread(target=_befall, args=(fault, fire, rng, failures), daemon=True)
        befallen.start()
        fire.stack.admin("faults", [])
        feed = Feed(fire, FED_S)
        fire.renew_producers = feed.renew
        first = fire.crew.urls()["a"]
        eventually(lambda: failures or fire.ready.is_set(), "what is to be struck runs", within_s=BEGINS_S)
        eventually(lambda: works(first, PROCESSES), "the first host works", within_s=BEGINS_S)
        feed.start()
        scraper.start()
        begins_s = _watch(fire, feed, scraper, lasts_of(fault) if lasts_s is None else lasts_s)
        scraper.left.set()
        scraper.join()  # before what it must not see: the fault's end
        for failure in failures:  # what was recorded is a system that nothing befell
            raise failure
        fire.over.set()
        feed.given_up.set()
        befallen.join(TIMEOUT_S)
        feed.join()
    horizon_s = float(fire.stack.env["ABSENCE_HORIZON_S"])
    hosts = {name: host_of(scrapes) for name, scrapes in scraper.scrapes.items()}
    return Recording(fault.name, PACE, round(begins_s, 1), horizon_s, hosts)


def _is_usual(order_id: str) -> bool:
    return not is_declined(order_id) and paying_of(order_id) != PAYS_TWICE  # a fault may make a link of any order


def _befall(fault: Fault, fire: LastingFire, rng: random.Random, failures: list[Exception]) -> None:
    try:
        strike(fault, fire, rng)
    except Exception as failure:  # told by whoever records
        failures.append(failure)


def _watch(fire: LastingFire, feed: Feed, scraper: Scraper, lasts_s: float) -> float:
    """Let it be well, then let the fault begin and last; when it began."""
    eventually(lambda: len(feed.accepted) >= fire.first, "the orders came before which all is well", within_s=FED_S)
    eventually(lambda: scraper.since(0) >= SCRAPES, "it was scraped while all was well", within_s=FED_S)
    begins_s = scraper.asked_s  # whoever is under way may tell of it already
    fire.begin()
    fire.over.wait(lasts_s)
    while not scraper.has_seen(begins_s) and scraper.now_s < begins_s + LASTS_MAX_S:
        fire.over.wait(EVERY_S)
    return begins_s
