"""Faults at the crash points: a process is killed, frozen or asked to stop exactly there, for a few orders of a run."""

from __future__ import annotations

import random

from tests.campaign.fault import Fault
from tests.campaign.fire import Fire
from tests.campaign.plan import Plan
from tests.campaign.points import PLACES, POINTS, PRODUCER_POINTS, STEPS, WORKER_POINTS

#: One order in so many is struck; the mirror and the resolver, which no order triggers, are struck a few times.
ONE_IN, DUTY_BLOWS = 60, 3
#: Of how many reads of one process the struck one is the last.
READS_MAX = 15
#: Seconds a frozen process stays so: shorter than the watchdog bears, around D, beyond D and beyond H.
THAWS_S = (0.2, 1.3, 1.7, 3.4)
#: What the gateway does to a request so that its worker waits long enough to be struck from outside.
WAITING = {"W5": "hang_before", "W6": "charge_then_hang"}
SAYS = {"KILL": "killed", "STOP": "frozen, and thawed before or after D or H", "TERM": "asked to stop"}


def _count(plan: Plan) -> int:
    return max(2, len(plan.orders) // ONE_IN)


def _entry(point: str, how: str, rng: random.Random) -> dict[str, object]:
    return {"at": STEPS[point], "how": how, "point": point, "thaw_s": rng.choice(THAWS_S)}


def _fault(point: str, how: str) -> tuple[str, str]:
    who = "producer" if point in PRODUCER_POINTS else "worker"
    return f"{who}-{how.lower()}-{point}", f"a {who} is {SAYS[how]} at {point}: {POINTS[point]}"


def _at_step(point: str, how: str) -> Fault:
    """The worker strikes itself at a step of an order."""

    def prepare(plan: Plan, rng: random.Random) -> None:
        for order_id in plan.pick(rng, _count(plan)):
            plan.worker_plan[order_id] = _entry(point, how, rng)

    name, says = _fault(point, how)
    return Fault(name, "process", says, prepare)


def _on_duty(point: str, how: str) -> Fault:
    """The worker that leads mirror and resolver strikes itself in one of their reads."""

    def prepare(plan: Plan, rng: random.Random) -> None:
        for number in range(DUTY_BLOWS):
            nth = rng.randint(1, READS_MAX) if point == "W9" else 1
            plan.worker_plan[f"*{point}-{how}-{number}"] = {**_entry(point, how, rng), "nth": nth}
        if point == "W10":
            lost = plan.pick(rng, _count(plan))
            plan.sandbox_faults += [{"fault": "charge_then_reset", "order_id": order_id} for order_id in lost]

    name, says = _fault(point, how)
    return Fault(name, "process", says, prepare)


def _in_flight(point: str, how: str) -> Fault:
    """The worker is struck from outside while its request hangs, or is stuck by half in the gateway's link."""
    name, says = _fault(point, how)

    def prepare(plan: Plan, rng: random.Random) -> None:
        plan.use_proxies.add("gateway")
        plan.targets[name] = plan.pick(rng, _count(plan))
        if point in WAITING:
            plan.sandbox_faults += [{"fault": WAITING[point], "order_id": order_id} for order_id in plan.targets[name]]

    def strike(fire: Fire, rng: random.Random) -> None:
        waiting = {f'"{order_id}"'.encode(): order_id for order_id in fire.plan.targets[name]}
        link = fire.proxy("gateway")
        for matcher in waiting if point == "W4" else ():
            link.halve_request(matcher)

        def all_struck() -> bool:
            charges = fire.stack.charges() if point in WAITING else {}
            for matcher, order_id in list(waiting.items()):
                if matcher in link.halved or order_id in charges:
                    del waiting[matcher]
                    if pid := fire.holder(order_id):
                        fire.crew.strike(pid, how, rng.choice(THAWS_S))
                        fire.hit(point)
            return not waiting or fire.done == 1.0

        fire.until(all_struck)

    return Fault(name, "process", says, prepare, strike)


def _of_producer(point: str, how: str) -> Fault:
    """The process that accepts an order is lost; its caller repeats the call elsewhere."""

    def prepare(plan: Plan, rng: random.Random) -> None:
        for order_id in plan.pick(rng, _count(plan)):
            plan.lost_producers[order_id] = (PLACES[point], how)

    name, says = _fault(point, how)
    return Fault(name, "process", says, prepare)


def _made(point: str, how: str) -> Fault:
    if point in PRODUCER_POINTS:
        return _of_producer(point, how)
    if point in ("W9", "W10"):
        return _on_duty(point, how)
    return _at_step(point, how) if point in STEPS else _in_flight(point, how)


FAULTS: tuple[Fault, ...] = (
    *(_made(point, "KILL") for point in POINTS),
    *(_made(point, "STOP") for point in POINTS),
    *(_made(point, "TERM") for point in WORKER_POINTS),
)
