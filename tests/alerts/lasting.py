"""What it is for a fault of the campaigns to last: it begins at a moment, befalls everything from then on, and stays.

A campaign's fault befalls a few orders and ends after seconds. Here the same `prepare` and the same `strike` are given
a plan and a fire of another mind: whoever picks orders gets all that are yet to come, whoever waits for a moment is
called when the fault is to begin, and whoever lets it be for a while lets it be for good. A fault that consists of
blows is struck again and again instead.
"""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any, Final, TypeVar

import redis

from tests.alerts.hosts import Hosts
from tests.campaign.catalogue.clock import OFF_S
from tests.campaign.fault import Fault
from tests.campaign.fire import Fire
from tests.campaign.plan import Plan
from tests.campaign.points import ANYBODY
from tests.campaign.system import dns
from tests.campaign.system.faketime import Clock

T = TypeVar("T")

#: Faults made of blows: each is over by itself, and lasts by coming again.
AGAIN: Final = re.compile(
    r"worker-(kill-all|term-.*|stutter)|redis-(kill-often|sleep|busy|loading|queue-lost)"
    r"|redis-(script-flush|clients-killed|rewrite|(reply|request)-lost-.*)|net-.*-stutter|net-(break-all|swizzle-clog)"
    r"|gateway-(foreign-burst|flapping)|clock-redis-drift"
    r"|deploy-(two-leaders|other-messages)|input-.*"
)
#: Faults of processes that the system has only for them: these must run before all can be well.
STARTS: Final = re.compile("(archive|webhooks|scheduler)-lost|receiver-.*|.*-certificate-.*|calm-(night|deploy)")
#: Seconds that a fault lasts, and those that need more: endpoints are told of every 15 s, and hosts come and go.
LASTS_S: Final = 16.0
_LONGER_S: Final[Mapping[str, float]] = {"receiver-.*|.*-certificate-.*": 30.0, "calm-night": 30.0, "calm-deploy": 45.0}
#: Seconds between two blows of these; where it is not none, they are as many as a system can be expected to bear.
PAUSES_S: Final[Mapping[str, float]] = {
    "worker-.*": 1.0,
    "deploy-.*": 1.0,
    "input-.*": 1.0,
    "gateway-foreign-burst": 3.0,
    "redis-rewrite": 3.0,
}
#: Orders that are meant, evenly among the others, by faults that keep a thread or a process busy for each; all others
#: mean every order.
FEW: Final[Mapping[str, int]] = {"worker-.*-W11": 16, "producer-.*": 80}
ALL: Final = 1_000_000
#: Seconds after which a blow at a duty may fall again.
AGAIN_S: Final = 0.5
#: Seconds between two steps of a clock that wanders.
STEP_S: Final = 1.0
#: Faults that end by themselves after the time that their command names, and the same command for longer.
_FOR_GOOD: Final[Mapping[str, str]] = {
    "redis-client-pause": "CLIENT PAUSE 600000 ALL",
    "redis-write-pause": "CLIENT PAUSE 600000 WRITE",
}
_MOODS: Final[Mapping[str, dns.Mood]] = {
    "net-dns-nxdomain": "nxdomain",
    "net-dns-servfail": "servfail",
    "net-dns-silence": "silence",
}
#: What the clock of one more host shows, in seconds off, a second after the other, where it wanders.
_WANDERING: Final[Mapping[str, Sequence[float]]] = {
    "clock-worker-drift": [0.5 * second for second in range(120)],
    "clock-worker-jump": [OFF_S, -OFF_S, 0.0],
}


@dataclass(slots=True)
class LastingPlan(Plan):
    """A plan that means every order from `first` on, by its place; or about `few` of them."""

    first: int = 0
    few: int = ALL

    def pick(self, rng: random.Random, count: int, *, any_kind: bool = False, form: str = "") -> list[str]:
        """All that are yet to come and that no other fault means, whatever the count."""
        to_come = set(self.orders[self.first :])
        free = Plan.pick(self, rng, len(self.orders), any_kind=any_kind, form=form)
        found = sorted(order_id for order_id in free if order_id in to_come)
        return found[:: max(1, len(found) // self.few)]

    def of_all(self, fault: Fault) -> None:
        """What would befall a share of the requests befalls each; what would befall an order once stays with it."""
        for rule in self.sandbox_faults:
            if "rate" in rule:
                rule["rate"] = 1.0
            if fault.family == "gateway":
                rule.pop("times", None)


class LastingFire(Fire):
    """A fire in which strikes begin together, when `begun` is set. Once `ready` is, all runs that is to be struck."""

    def __init__(self, *made: Any, held: bool) -> None:
        super().__init__(*made)
        self.begun, self.ready = threading.Event(), threading.Event()
        self._held = held

    @property
    def first(self) -> int:
        """How many orders come before the fault."""
        assert isinstance(self.plan, LastingPlan)
        return min(self.plan.first, len(self.plan.orders))

    def begin(self) -> None:
        """Let it begin."""
        self.stack.admin("faults", self.plan.sandbox_faults)
        self.begun.set()

    def await_done(self, fraction: float) -> bool:
        """Wait until the fault is to begin."""
        self.ready.set()
        return self.until(self.begun.is_set)

    def wait(self, seconds: float) -> None:
        """Let it last: to the end, if it is one that can."""
        self.over.wait(None if self._held and self.begun.is_set() else seconds)


def fire_of(fault: Fault) -> Callable[..., LastingFire]:
    """Makes the fire in which this fault lasts."""
    return partial(LastingFire, held=not AGAIN.fullmatch(fault.name))


def lasts_of(fault: Fault) -> float:
    """For how many seconds at the least it is to last."""
    return _first_fit(_LONGER_S, fault.name) or LASTS_S


def few_of(fault: Fault) -> int:
    """How many orders the fault may mean."""
    return _first_fit(FEW, fault.name) or ALL


def strike(fault: Fault, fire: LastingFire, rng: random.Random) -> None:
    """Begin when it is time, and go on to the end."""
    assert isinstance(fire.crew, Hosts)
    if STARTS.fullmatch(fault.name):
        assert fault.strike
        fault.strike(fire, rng)
        return
    fire.ready.set()
    anybody = [fire.stack.markers / key for key in fire.plan.worker_plan if key.startswith(ANYBODY)]
    if anybody:
        _whoever_gets_there(fire, anybody)
    elif mood := _MOODS.get(fault.name):
        _unresolved(fire, fire.crew, mood)
    elif offsets := _WANDERING.get(fault.name):
        _wandering(fire, fire.crew, offsets)
    elif not fire.until(fire.begun.is_set):
        return
    elif fault.name == "deploy-launcher-kill":  # its own strike kills a launcher that nobody scrapes
        fire.crew.lose()
    elif command := _FOR_GOOD.get(fault.name):
        with redis.Redis.from_url(fire.valkey.url(0), protocol=2) as client:
            client.execute_command(*command.split())
        fire.over.wait()
        fire.valkey.kill()  # nobody can tell it to go on, and many wait
        fire.valkey.start()
    elif fault.strike:
        fault.strike(fire, rng)
        while AGAIN.fullmatch(fault.name) and not fire.over.is_set():
            fire.over.wait(_first_fit(PAUSES_S, fault.name) or 0.0)
            fault.strike(fire, rng)


def _whoever_gets_there(fire: LastingFire, markers: Sequence[Path]) -> None:
    """Nobody is struck at a duty before it begins. From then on everybody: a blow that has fallen may fall again."""
    for marker in markers:
        marker.touch()
    while not fire.over.wait(AGAIN_S):
        if fire.begun.is_set():
            for marker in markers:
                marker.unlink(missing_ok=True)
                fire.crew.struck.pop(marker.name, None)  # or who is frozen there is not noticed, and never thawed


def _unresolved(fire: LastingFire, hosts: Hosts, mood: dns.Mood) -> None:
    """Names are found until the fault begins; then nobody is left who knows them from before."""
    with dns.NameServer() as names:
        if fire.until(fire.begun.is_set):
            with names.moody(mood):
                hosts.renew()
                fire.over.wait()


def _wandering(fire: LastingFire, hosts: Hosts, offsets: Sequence[float]) -> None:
    """One more host comes when the fault begins, and stays; a new one for each step would be gone before it works."""
    if fire.until(fire.begun.is_set):
        clock = Clock(fire.plan.directory / "wandering.clock")
        hosts.hire(clock.env)
        for offset in cycle(offsets):
            clock.set(offset)
            if fire.over.wait(STEP_S):
                return


def _first_fit(table: Mapping[str, T], name: str) -> T | None:
    return next((value for pattern, value in table.items() if re.fullmatch(pattern, name)), None)
