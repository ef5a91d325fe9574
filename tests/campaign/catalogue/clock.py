"""Faults of clocks: wall clocks that are ahead, behind, drift, or jump, of workers, of Redis, of the gateway.

Monotonic clocks stay right, as they do when somebody sets the time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from tests.campaign.catalogue.redis import EARLY, LATE, Strike
from tests.campaign.fault import Fault
from tests.campaign.fire import Fire
from tests.campaign.plan import Plan
from tests.campaign.system.faketime import Clock, need

#: Seconds off that a host without time service easily is, and seconds beyond what signatures forgive.
OFF_S, FAR_OFF_S = 61.0, 400.0
#: Seconds that Redis' clock jumps here, and how much longer H is for it: a horizon is a sum of waits, and whoever lets
#: the clock they are measured by jump must add the jump to the margin.
JUMP_S, MARGIN_S, HORIZON_S = 1.5, 1.7, 4.6
#: The ways in which one role's clock is made wrong: one at a time. Redis' jumps are beyond what CLOCK_SKEW_S tolerates,
#: and a payment that seems older than its intent is parked.
WAYS = {
    "worker": ("ahead", "behind", "drift", "jump", "far"),
    "redis": ("ahead", "behind", "drift"),
    "gateway": ("ahead", "behind"),
}
#: What a wrong clock entitles the system to. A dead worker's heartbeat from the future is believed until then.
ALLOWS = {"worker": frozenset({"messages"}), "redis": frozenset({"parked"})}
#: Seconds the gateway's clock is off, within CLOCK_SKEW_S = 1.
SKEW_S = 0.7
#: Steps of a drift, and their length in seconds.
STEPS, STEP_S = 60, 0.1


def _worker(*offsets: float, seconds: float = 5.0) -> Strike:
    """One worker more, whose host has the wrong time: what the first offset says, then the next."""

    def strike(fire: Fire, rng: random.Random) -> None:
        if not fire.await_done(rng.uniform(0, EARLY)):
            return
        clock = Clock(fire.plan.directory / f"worker-{offsets[0]:+.0f}.clock")
        worker = fire.crew.hire(clock.env)
        try:
            for offset in offsets:
                clock.set(offset)
                fire.hit("clock:worker")
                fire.wait(seconds / len(offsets))
        finally:
            fire.crew.dismiss(worker)

    return strike


def _drift(per_step_s: float) -> Sequence[float]:
    return [step * per_step_s for step in range(STEPS)]


def _under(role: str, file: str) -> Callable[[Plan, random.Random], None]:
    """The role's processes are started under a clock that the strike will set."""

    def prepare(plan: Plan, rng: random.Random) -> None:
        env = Clock(plan.directory / file).env
        if role == "worker":
            plan.env_worker |= env
        else:
            wrap = plan.wrap_valkey if role == "redis" else plan.wrap_sandbox
            wrap.append(["env", *(f"{name}={value}" for name, value in env.items())])
        if role == "redis":
            plan.settings |= {"ABSENCE_MARGIN_S": str(MARGIN_S), "ABSENCE_HORIZON_S": str(HORIZON_S)}

    return prepare


def _set(file: str, offsets: Sequence[float], each_s: float) -> Strike:
    """One offset after the other, and right again."""

    def strike(fire: Fire, rng: random.Random) -> None:
        clock = Clock(fire.plan.directory / file)
        if not fire.await_done(rng.uniform(EARLY, LATE)):
            return
        try:
            for offset in offsets:
                clock.set(offset)
                fire.hit(f"clock:{file.removesuffix('.clock')}")
                fire.wait(each_s)
        finally:
            clock.set(0.0)

    return strike


def _of_worker(name: str, says: str, strike: Strike) -> Fault:
    return Fault(name, "clock", says, strike=strike, need=need, allows=ALLOWS["worker"])


def _of(role: str, name: str, says: str, offsets: Sequence[float], each_s: float) -> Fault:
    others = frozenset(f"clock-{role}-{what}" for what in WAYS[role])
    file = f"{role}.clock"
    return Fault(
        name, "clock", says, prepare=_under(role, file), strike=_set(file, offsets, each_s), need=need,
        excludes=others - {name}, allows=ALLOWS.get(role, frozenset()),
    )  # fmt: skip


FAULTS: tuple[Fault, ...] = (
    _of_worker("clock-worker-ahead", f"a worker's host is {OFF_S:.0f} s ahead", _worker(OFF_S)),
    _of_worker("clock-worker-behind", f"a worker's host is {OFF_S:.0f} s behind", _worker(-OFF_S)),
    _of_worker("clock-worker-drift", "a worker's host gains half a second per second", _worker(*_drift(0.05))),
    _of_worker("clock-worker-jump", "a worker's host jumps ahead, back, and to and fro",
               _worker(0.0, OFF_S, -OFF_S, 0.0, -OFF_S, OFF_S)),
    _of("worker", "clock-worker-far", f"all workers are {FAR_OFF_S:.0f} s ahead for 3 s: the gateway answers 401",
        [FAR_OFF_S], 3.0),
    _of("redis", "clock-redis-ahead", f"Redis' host jumps {JUMP_S} s ahead, and back after 2 s", [JUMP_S], 2.0),
    _of("redis", "clock-redis-behind", f"Redis' host jumps {JUMP_S} s back, and ahead after 2 s", [-JUMP_S], 2.0),
    _of("redis", "clock-redis-drift", "Redis' host gains a fifth of a second per second, and jumps back",
        _drift(0.02), STEP_S),
    _of("gateway", "clock-gateway-ahead", f"the gateway's clock is {SKEW_S} s ahead for 4 s", [SKEW_S], 4.0),
    _of("gateway", "clock-gateway-behind", f"the gateway's clock is {SKEW_S} s behind for 4 s", [-SKEW_S], 4.0),
)  # fmt: skip
