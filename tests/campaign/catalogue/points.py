"""Faults at the crash points: a process is killed, frozen or asked to stop exactly there, for some orders of a run."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable

from producers.runtime.ledger.scripts import script
from tests.campaign.fault import Fault
from tests.campaign.fire import Fire
from tests.campaign.judge import HOLES
from tests.campaign.plan import Plan
from tests.campaign.points import (
    ANYBODY,
    FORMS,
    PLACES,
    POINTS,
    PRODUCER_POINTS,
    STEPS,
    WHILE_PENDING,
    WORKER_POINTS,
    blow,
)

#: One order in so many is struck; the mirror and the resolver, which no order triggers, are struck a few times.
ONE_IN, DUTY_BLOWS = 60, 3
#: Of how many reads of one process the struck one is the last.
READS_MAX = 15
#: Outcomes whose write fails, if nobody says how many: each costs a worker its Redis for most of D.
UNWRITTEN = 2
#: Seconds a frozen process stays so: shorter than the watchdog bears, around D, beyond D and beyond H.
THAWS_S = (0.2, 1.3, 1.7, 3.4)
#: What the gateway does to a request so that its worker waits long enough to be struck from outside, or leaves it
#: unknown or pending.
WAITING = {"W5": "hang_before", "W6": "charge_then_hang"}
#: Milliseconds until an answer whose recording then fails, and until a pending payment is decided.
ANSWER_MS, PENDING_MS = 300, 1500
#: Several leaders in a row that die before they have noted a page: more was sent meanwhile than a page shows, and what
#: nobody saw is a hole, in which absences are parked (protocol, section 9).
LEADERS_DIE = frozenset({HOLES})
SAYS = {"KILL": "killed", "STOP": "frozen, and thawed before or after D or H", "TERM": "asked to stop"}
#: A fault of the catalogue by its name, and with how many blows it was wished for.
_COUNTED = re.compile(r"(?:worker|producer)-(?P<how>[a-z]+)-(?P<point>[PW]\d+)x(?P<count>\d+)")

Prepare = Callable[[Plan, random.Random], None]
Strike = Callable[[Fire, random.Random], None]


def struck(point: str, how: str, count: int | None = None) -> Fault:
    """The fault of that point and blow; with a count, of so many blows, which its name then ends with."""
    who = "producer" if point in PRODUCER_POINTS else "worker"
    name = f"{who}-{how.lower()}-{point}" + ("" if count is None else f"x{count}")
    says = f"a {who} is {SAYS[how]} at {point}: {POINTS[point]}"
    prepare, strike = _maker(point)(name, point, how, count)
    allows = LEADERS_DIE if point in WORKER_POINTS else frozenset[str]()
    return Fault(name, "process", says, prepare, strike, allows=allows)


def counted(name: str) -> Fault | None:
    """The fault that a name with a count stands for."""
    found = _COUNTED.fullmatch(name)
    return struck(found["point"], found["how"].upper(), int(found["count"])) if found else None


def _maker(point: str) -> Callable[[str, str, str, int | None], tuple[Prepare, Strike | None]]:
    if point in PRODUCER_POINTS:
        return _of_producer
    if point in ("W9", "W10"):
        return _on_duty
    if point == "W11":
        return _unwritten
    return _at_step if point in STEPS else _in_flight


def _some(plan: Plan, rng: random.Random, count: int | None, *, any_kind: bool = False) -> list[str]:
    return plan.pick(rng, count or max(2, len(plan.orders) // ONE_IN), any_kind=any_kind)


def _entry(point: str, how: str, rng: random.Random) -> dict[str, object]:
    return {"at": STEPS[point], "how": how, "point": point, "thaw_s": rng.choice(THAWS_S)}


def _at_step(name: str, point: str, how: str, count: int | None) -> tuple[Prepare, None]:
    """The worker strikes itself at a step of an order."""

    def prepare(plan: Plan, rng: random.Random) -> None:
        for order_id in _some(plan, rng, count, any_kind=point != "W12" and point not in FORMS):
            plan.worker_plan[order_id] = _entry(point, how, rng)
            if point in WHILE_PENDING:
                plan.worker_plan[order_id]["while"] = "pending"
            if point in FORMS:
                plan.forms[order_id] = FORMS[point]
            if point == "W12":
                plan.sandbox_faults.append({"fault": "processing", "order_id": order_id, "delay_ms": PENDING_MS})

    return prepare, None


def _on_duty(name: str, point: str, how: str, count: int | None) -> tuple[Prepare, None]:
    """The worker that leads mirror and resolver strikes itself in one of their reads."""

    def prepare(plan: Plan, rng: random.Random) -> None:
        for number in range(count or DUTY_BLOWS):
            nth = rng.randint(1, READS_MAX) if point == "W9" else 1
            plan.worker_plan[f"{ANYBODY}{name}-{number}"] = {**_entry(point, how, rng), "nth": nth}
        if point == "W10":
            lost = _some(plan, rng, count)
            plan.sandbox_faults += [{"fault": "charge_then_reset", "order_id": order_id} for order_id in lost]

    return prepare, None


def _unwritten(name: str, point: str, how: str, count: int | None) -> tuple[Prepare, Strike]:
    """The worker strikes itself when it has tried in vain to record an outcome, one order after the other."""

    def prepare(plan: Plan, rng: random.Random) -> None:
        plan.use_proxies.add("redis-ledger")
        plan.targets[name] = plan.pick(rng, count or UNWRITTEN)
        for order_id in plan.targets[name]:
            plan.worker_plan[order_id] = _entry(point, how, rng)
            plan.sandbox_faults.append({"fault": "slow_answer", "order_id": order_id, "delay_ms": ANSWER_MS})

    def strike(fire: Fire, rng: random.Random) -> None:
        threads = [threading.Thread(target=_refuse, args=(fire, order_id)) for order_id in fire.plan.targets[name]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return prepare, strike


def _refuse(fire: Fire, order_id: str) -> None:
    """From the moment the order may have been sent, its outcome cannot be recorded by anybody, until that was felt."""
    settle = script("settle").sha.encode()
    if fire.until(lambda: fire.holder(order_id) or fire.done == 1.0):
        with fire.proxy("redis-ledger").refusing(settle, order_id.encode()):
            window_s = fire.stack.settings().attempt_window_s
            fire.until_for(lambda: order_id in fire.crew.struck, window_s)


def _in_flight(name: str, point: str, how: str, count: int | None) -> tuple[Prepare, Strike]:
    """The worker is struck from outside while its request hangs, or is stuck by half in the gateway's link."""

    def prepare(plan: Plan, rng: random.Random) -> None:
        plan.use_proxies.add("gateway")
        plan.targets[name] = _some(plan, rng, count)
        if point in WAITING:
            plan.sandbox_faults += [{"fault": WAITING[point], "order_id": order_id} for order_id in plan.targets[name]]

    def strike(fire: Fire, rng: random.Random) -> None:
        waiting = {f'"{order_id}"'.encode(): order_id for order_id in fire.plan.targets[name]}
        link = fire.proxy("gateway")
        for matcher in waiting if point == "W4" else ():
            link.halve_request(matcher)

        def all_struck() -> bool:
            charges = fire.charges() if point in WAITING else {}
            for matcher, order_id in list(waiting.items()):
                if matcher in link.halved or order_id in charges:
                    del waiting[matcher]
                    if (pid := fire.holder(order_id)) and fire.crew.strike(pid, how, rng.choice(THAWS_S)):
                        fire.hit(blow(point, how))
            return not waiting or fire.done == 1.0

        fire.until(all_struck)

    return prepare, strike


def _of_producer(name: str, point: str, how: str, count: int | None) -> tuple[Prepare, None]:
    """The process that accepts an order is lost; its caller repeats the call elsewhere."""

    def prepare(plan: Plan, rng: random.Random) -> None:
        for order_id in _some(plan, rng, count):
            plan.lost_producers[order_id] = (PLACES[point], how)

    return prepare, None


FAULTS: tuple[Fault, ...] = (
    *(struck(point, "KILL") for point in POINTS),
    *(struck(point, "STOP") for point in POINTS),
    *(struck(point, "TERM") for point in WORKER_POINTS),
)
