"""Faults of processes: what the machine, its operator and its kernel do to workers at any moment."""

from __future__ import annotations

import random
import resource
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.campaign.catalogue import points
from tests.campaign.fault import Fault
from tests.campaign.fire import Fire
from tests.campaign.plan import Plan
from tests.campaign.points import STEPS
from tests.campaign.system import cgroup

#: Bytes a worker's group may take before the kernel kills; a worker needs about 60 MB.
MEMORY_MAX = 250 << 20
#: Milliseconds in which a worker that may not have more than this share of them runs; the watchdog bears 500.
STUTTER_S = (0.05, 0.25)
#: Seconds of a freeze, and of a stall: what the watchdog bears, and several times D.
FREEZES_S, STALLS_S = (0.3, 1.6, 4.5), (0.2, 4.5)
#: Shares of the orders that are done when a blow falls that waits for its moment.
MOMENTS = (0.1, 0.7)


def _moment(fire: Fire, rng: random.Random) -> bool:
    """Wait until the run is under way; False when it ended before."""
    return fire.await_done(rng.uniform(*MOMENTS))


def _repeated(times: int, blow: Callable[[Fire, random.Random], None]) -> Callable[[Fire, random.Random], None]:
    """Several blows over the run, each at its moment."""

    def strike(fire: Fire, rng: random.Random) -> None:
        for moment in sorted(rng.uniform(*MOMENTS) for _ in range(times)):
            if not fire.await_done(moment):
                return
            blow(fire, rng)

    return strike


def _kill_all(fire: Fire, rng: random.Random) -> None:
    for worker in fire.workers():
        fire.crew.strike(worker.pid, "KILL")
    fire.note("every worker was killed at once")


def _term_twice_then_kill(fire: Fire, rng: random.Random) -> None:
    for worker in fire.workers()[:1]:
        for _ in range(2):
            fire.crew.strike(worker.pid, "TERM")
        fire.wait(rng.uniform(0.0, 0.5))
        fire.crew.strike(worker.pid, "KILL")


def _term_with_short_grace(fire: Fire, rng: random.Random) -> None:
    for worker in fire.workers()[:1]:
        fire.crew.strike(worker.pid, "TERM")
        fire.wait(rng.uniform(0.05, 1.0))
        if worker.poll() is None:
            fire.crew.strike(worker.pid, "KILL")


def _term_all_three_times(fire: Fire, rng: random.Random) -> None:
    workers = fire.workers()
    for _ in range(3):
        for worker in workers:
            fire.crew.strike(worker.pid, "TERM")


def _freeze_group(with_redis: bool) -> Callable[[Fire, random.Random], None]:
    """As when a virtual machine is paused: nobody in the group is told."""

    def blow(fire: Fire, rng: random.Random) -> None:
        with cgroup.group("freezer", "campaign") as frozen:
            for pid in [worker.pid for worker in fire.workers()] + ([fire.valkey.pid] if with_redis else []):
                with suppress(OSError):  # it has just ended
                    frozen.add(pid)
            frozen.freeze()
            fire.wait(rng.choice(FREEZES_S))

    return blow


def _stutter(fire: Fire, rng: random.Random) -> None:
    """Hardly any time to run, but never long enough without for the watchdog."""
    worker = rng.choice(list(fire.workers()) or [None])
    for _ in range(12):
        if worker is None or worker.poll() is not None or fire.over.is_set():
            return
        worker.send_signal(signal.SIGSTOP)
        fire.wait(rng.uniform(*STUTTER_S))
        worker.send_signal(signal.SIGCONT)
        fire.wait(0.05)


def _no_descriptors(fire: Fire, rng: random.Random) -> None:
    """No new connection can be opened; those that are there go on."""
    for worker in fire.workers():
        with suppress(OSError):  # it has just ended
            used = len(list(Path(f"/proc/{worker.pid}/fd").iterdir()))
            before = resource.prlimit(worker.pid, resource.RLIMIT_NOFILE, (max(8, used - 5), 1 << 16))
            fire.wait(rng.uniform(0.5, 2.0))
            resource.prlimit(worker.pid, resource.RLIMIT_NOFILE, before)


def _need_prlimit() -> str | None:
    return None if hasattr(resource, "prlimit") else "prlimit: not a Linux kernel"


def _struck_inside(how: str, count: int, **more: object) -> Callable[[Plan, random.Random], None]:
    """Some workers do it to themselves while they hold orders, at a step drawn for each."""

    def prepare(plan: Plan, rng: random.Random) -> None:
        for order_id in plan.pick(rng, count, any_kind=True):
            point = rng.choice(("W1", "W2", "W3", "W7", "W8"))
            plan.worker_plan[order_id] = {"at": STEPS[point], "how": how, "point": point, **more}
            if how == "STALL":
                plan.worker_plan[order_id]["stall_s"] = rng.choice(STALLS_S)

    return prepare


def _poor(plan: Plan, rng: random.Random) -> None:
    """Every worker, from its first instruction, in one group with little memory."""
    poor = plan.closing.enter_context(cgroup.group("memory", f"campaign-{plan.seed}"))
    poor.limit_memory(MEMORY_MAX * plan.workers)
    join = f'echo $$ > "{poor.path}/cgroup.procs"; exec "$@"'
    plan.wrap_worker.insert(0, ["/bin/sh", "-c", join, "sh"])
    _struck_inside("OOM", 2)(plan, rng)


def _prepare_cores(plan: Plan, rng: random.Random) -> None:
    """Dumps are wished for: what must not be in one is the product's affair."""
    plan.wrap_worker.insert(0, ["/bin/sh", "-c", 'ulimit -c unlimited; exec "$@"', "sh"])
    _struck_inside("ABRT", 3)(plan, rng)


FAULTS: tuple[Fault, ...] = (
    *points.FAULTS,
    Fault("worker-kill-all", "process", "every worker is killed at once, twice", strike=_repeated(2, _kill_all)),
    Fault(
        "worker-term-twice-kill",
        "process",
        "two SIGTERM and, before the drain can end, SIGKILL",
        strike=_repeated(3, _term_twice_then_kill),
    ),
    Fault(
        "worker-term-short-grace",
        "process",
        "SIGTERM, and SIGKILL after a grace shorter than D",
        strike=_repeated(3, _term_with_short_grace),
    ),
    Fault(
        "worker-term-all",
        "process",
        "three SIGTERM to every worker at once, twice",
        strike=_repeated(2, _term_all_three_times),
    ),
    Fault(
        "worker-freeze-all",
        "process",
        "all workers are frozen at once by a control group, for less or more than D",
        strike=_repeated(2, _freeze_group(with_redis=False)),
        need=cgroup.need_freezer,
    ),
    Fault(
        "machine-freeze",
        "process",
        "all workers and Redis are frozen at once, as when a virtual machine is paused",
        strike=_repeated(2, _freeze_group(with_redis=True)),
        need=cgroup.need_freezer,
        excludes=frozenset({"redis", "disk"}),
    ),
    Fault("worker-stutter", "process", "a worker hardly gets time to run", strike=_repeated(3, _stutter)),
    Fault(
        "worker-gil-stall",
        "process",
        "the interpreter's lock is held, for less than the watchdog bears or for three times D",
        _struck_inside("STALL", 4),
    ),
    Fault(
        "worker-oom",
        "process",
        "a worker in mid-charge takes memory until the kernel kills it",
        _poor,
        need=cgroup.need_memory,
    ),
    Fault(
        "worker-abort",
        "process",
        "a worker aborts, with core dumps allowed",
        _prepare_cores,
        allows=frozenset({"exit:-6"}),
    ),
    Fault(
        "worker-no-descriptors",
        "process",
        "workers may open no more files or connections for a while",
        strike=_repeated(2, _no_descriptors),
        need=_need_prlimit,
    ),
)
