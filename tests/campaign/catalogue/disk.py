"""Faults of disks: full, failing, slow, read-only; under Redis' append-only file, the spool, the state, the logs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from tests.campaign.catalogue.redis import EARLY, LATE, Strike
from tests.campaign.fault import Fault
from tests.campaign.fire import Fire
from tests.campaign.plan import Plan
from tests.campaign.system import small_disk, strace
from tests.campaign.system.small_disk import SmallDisk

#: Sizes of the small disks. A run's append-only file needs some megabytes.
AOF_SIZE, STATE_SIZE, LOG_SIZE = "64m", "256k", "8m"
#: Seconds Redis is given to die of its disk, and to be gone before it is started again.
DYING_S, GONE_S = 2.0, 0.3
#: Seconds Redis is gone in the faults of the spool: longer than the patience of those who want to write to it.
UNHEARD_S = 5.0
#: Where those disks are in the run's directory.
AOF, STATE, LOGS = "small-aof", "state", "small-logs"

#: Something wrong with a disk of the running system, until it is left.
Trouble = Callable[[Fire], AbstractContextManager[object]]


def _on_small_disk(place: str, size: str) -> Callable[[Plan, random.Random], None]:
    def prepare(plan: Plan, rng: random.Random) -> None:
        plan.closing.enter_context(small_disk.small_disk(plan.directory / place, size))
        if place == AOF:
            plan.valkey_config["dir"] = str(plan.directory / place)
        if place == LOGS:
            log = plan.directory / place / "workers.log"
            (plan.directory / "small.log").symlink_to(log)  # among the others, for those who read them afterwards
            plan.wrap_worker.append(["sh", "-c", 'exec "$@" >>"$0" 2>&1', str(log)])

    return prepare


def _full(place: str, seconds: float) -> Strike:
    """No room, then room again."""

    def strike(fire: Fire, rng: random.Random) -> None:
        if fire.await_done(rng.uniform(EARLY, LATE)):
            with SmallDisk(fire.plan.directory / place).full():
                fire.hit(f"disk:full:{place}")
                fire.wait(seconds)

    return strike


def _read_only(fire: Fire, rng: random.Random) -> None:
    if fire.await_done(rng.uniform(EARLY, LATE)):
        with SmallDisk(fire.plan.directory / STATE).read_only():
            fire.hit("disk:read-only:state")
            fire.wait(3.0)


def _dying(trouble: Trouble) -> Strike:
    """Redis meets trouble that it must die of rather than forget; then the disk is well, and Redis is started again."""

    def strike(fire: Fire, rng: random.Random) -> None:
        if not fire.await_done(rng.uniform(EARLY, LATE)):
            return
        with fire.server:
            pid = fire.valkey.pid
            with trouble(fire):
                for _ in range(int(DYING_S / 0.05)):
                    if _is_gone(pid):
                        fire.hit("redis:died-of-its-disk")
                        break
                    fire.wait(0.05)
            fire.valkey.kill()
            fire.wait(GONE_S)
            fire.valkey.start()

    return strike


def _syncs_slowly(fire: Fire, rng: random.Random) -> None:
    if fire.await_done(rng.uniform(EARLY, LATE)):
        with fire.server, strace.injected(fire.valkey.pid, "fdatasync", "delay_exit=250000") as injection:
            fire.wait(3.0)
            fire.hit("disk:slow-sync", injection.struck())


def _unheard(spoil: Trouble) -> Strike:
    """Redis is gone for so long that outcomes go to the spool, and the spool's disk is spoilt."""

    def strike(fire: Fire, rng: random.Random) -> None:
        if not fire.await_done(rng.uniform(EARLY, LATE)):
            return
        with fire.server, spoil(fire):
            fire.valkey.kill()
            fire.hit("disk:spool-spoilt")
            fire.wait(UNHEARD_S)
            fire.valkey.start()

    return strike


def _failing(call: str, error: str) -> Trouble:
    return lambda fire: strace.injected(fire.valkey.pid, call, f"error={error}", paths=_aof(fire))


def _aof(fire: Fire) -> list[Path]:
    """The file that is being written now."""
    return sorted((fire.plan.directory / "valkey").rglob("*.incr.aof"))[-1:]


def _is_gone(pid: int) -> bool:
    """Whether it has ended; nobody has asked for its exit code yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@contextmanager
def _spool_failing(fire: Fire) -> Iterator[None]:
    """No worker of now can sync anything, and only spools are synced."""
    with ExitStack() as attached:
        for worker in fire.workers():
            attached.enter_context(strace.injected(worker.pid, "fsync", "error=EIO"))
        yield


def _of_aof(name: str, says: str, call: str, error: str) -> Fault:
    return Fault(name, "disk", says, strike=_dying(_failing(call, error)), need=strace.need, excludes=_AOF_IS_SMALL)


def _of_small(name: str, says: str, place: str, size: str, strike: Strike) -> Fault:
    return Fault(name, "disk", says, prepare=_on_small_disk(place, size), strike=strike, need=small_disk.need)


_AOF_IS_SMALL = frozenset({"disk-full-aof"})
_STATES = ("disk-full-state", "disk-read-only-state", "disk-full-spool")

FAULTS: tuple[Fault, ...] = (
    _of_small("disk-full-aof", "the disk of Redis' file is full, until Redis has died of it", AOF, AOF_SIZE,
              _dying(lambda fire: SmallDisk(fire.plan.directory / AOF).full())),
    _of_aof("disk-aof-sync-fails", "EIO when Redis syncs its file", "fdatasync", "EIO"),
    _of_aof("disk-aof-write-fails", "EIO when Redis writes its file", "write", "EIO"),
    _of_aof("disk-aof-no-space", "ENOSPC when Redis writes its file", "write", "ENOSPC"),
    Fault("disk-slow-sync", "disk", "every sync of Redis takes 250 ms for 3 s", strike=_syncs_slowly,
          need=strace.need),
    *(
        replace(fault, excludes=frozenset(_STATES) - {fault.name})
        for fault in (
            _of_small("disk-full-state", "the state directory's disk is full for 4 s", STATE, STATE_SIZE,
                      _full(STATE, 4.0)),
            _of_small("disk-read-only-state", "the state directory's disk is read-only for 3 s", STATE, STATE_SIZE,
                      _read_only),
            _of_small("disk-full-spool", "the spool's disk is full, and Redis gone for 5 s", STATE, STATE_SIZE,
                      _unheard(lambda fire: SmallDisk(fire.plan.directory / STATE).full())),
        )
    ),
    Fault("disk-spool-sync-fails", "disk", "EIO when the spool is synced, and Redis gone for 5 s",
          strike=_unheard(_spool_failing), need=strace.need),
    _of_small("disk-full-logs", "the disk of the workers' logs is full for 4 s", LOGS, LOG_SIZE, _full(LOGS, 4.0)),
)  # fmt: skip
