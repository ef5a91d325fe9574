"""Faults of operation: what people and their tools do to a running system on purpose."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import redis
from dramatiq import Message

from producers.contract.names import ACTOR_CHARGE, MESSAGE_VERSION, QUEUE_PAYMENTS
from producers.runtime.ledger.scripts import NAMESPACE
from producers.vault import generate_keys
from tests.campaign.catalogue import rotation
from tests.campaign.crew import GRACE_S
from tests.campaign.fault import Fault
from tests.campaign.fire import Fire
from tests.campaign.judge import EXPECTED_ENDS
from tests.campaign.queue import push
from tests.eventually import awaited

#: What sysexits calls these two ends of a boot, and the product with it.
EXIT_UNAVAILABLE, EXIT_CONFIG = 69, 78
#: Shares of the orders that are done when something is deployed.
MOMENTS = (0.1, 0.6)
#: Seconds a boot may take until it ends by itself.
BOOT_S = 20.0
#: Settings that another release may come with. Each is valid beside those of the others.
OTHER_SETTINGS: tuple[Mapping[str, str], ...] = (
    {"IN_FLIGHT_MAX": "1"},
    {"SEND_CREDITS": "20"},
    {"ABSENCE_HORIZON_S": "5"},
    {"SWEEP_INTERVAL_S": "1", "LEASE_S": "4"},
    {"LIST_LIMIT": "70", "SEND_CREDITS": "30"},
    {"CLAIMS_MAX": "3", "HOLD_BACK_S": "0.1"},
)


def _rolling(fire: Fire, rng: random.Random) -> None:
    """Everybody is replaced, one after the other, twice."""
    for _ in range(2):
        if fire.await_done(rng.uniform(*MOMENTS)):
            for worker in fire.workers():
                fire.restart_worker(worker)


def _scale(*sizes: int) -> Callable[[Fire, random.Random], None]:
    """To each of these sizes for a while, and back."""

    def strike(fire: Fire, rng: random.Random) -> None:
        before = fire.crew.size
        if fire.await_done(rng.uniform(*MOMENTS)):
            for size in sizes:
                fire.crew.scale(size)
                fire.wait(rng.uniform(1.0, 2.5))
        fire.crew.scale(before)

    return strike


def _two_leaders(fire: Fire, rng: random.Random) -> None:
    """Leases of the background duties vanish again and again: two sweepers, two mirrors, two resolvers at work."""
    while fire.done < 0.9 and not fire.over.is_set():
        with redis.Redis.from_url(fire.valkey.url(1), protocol=2) as client:
            for name in client.scan_iter(match=f"{NAMESPACE}:lead:*"):
                client.delete(name)
        fire.wait(rng.uniform(0.1, 0.6))


def _hired(env: Callable[[Fire, random.Random], Mapping[str, str]]) -> Callable[[Fire, random.Random], None]:
    """One more worker for a while, in another environment. It is struck like everybody, and may end of that."""

    def strike(fire: Fire, rng: random.Random) -> None:
        if fire.await_done(rng.uniform(*MOMENTS)):
            worker = fire.crew.hire(env(fire, rng))
            fire.wait(rng.uniform(2.0, 4.0))
            code = worker.poll()
            if (fire.crew.dismiss(worker) if code is None else code) not in EXPECTED_ENDS:
                fire.wrong(f"the hired worker ended with {worker.returncode}")

    return strike


def _other_settings(fire: Fire, rng: random.Random) -> Mapping[str, str]:
    return rng.choice(OTHER_SETTINGS)


def _new_host(fire: Fire, rng: random.Random) -> Mapping[str, str]:
    return {"STATE_DIR": str(fire.stack.directory / "state-of-another-host")}


def _wrong_key(fire: Fire, rng: random.Random) -> Mapping[str, str]:
    """A worker that cannot open what it claims; what it gives back is for the others."""
    keys = generate_keys(fire.stack.directory / "keys-of-others")
    return {"SEAL_PRIVATE_KEYS_FILE": str(keys.seal_private), "CLAIMS_MAX": "100"}


def _refused(env: Mapping[str, str]) -> Callable[[Fire, random.Random], None]:
    """A configuration that must not start, beside workers that go on."""

    def strike(fire: Fire, rng: random.Random) -> None:
        fire.await_done(rng.uniform(*MOMENTS))
        worker = fire.crew.hire(env)
        if awaited(lambda: worker.poll() is not None, within_s=BOOT_S) and worker.returncode == EXIT_CONFIG:
            return
        fire.wrong(f"a worker with {dict(env)} was to end with {EXIT_CONFIG} and ended with {worker.poll()}")
        fire.crew.dismiss(worker)

    return strike


def _before_redis(fire: Fire, rng: random.Random) -> None:
    """A machine comes up again, workers first. The order of start must not matter."""
    fire.await_done(rng.uniform(*MOMENTS))
    fire.valkey.kill()
    worker = fire.crew.hire()
    if not awaited(lambda: worker.poll() is not None, within_s=BOOT_S) or worker.returncode != EXIT_UNAVAILABLE:
        fire.wrong(f"a worker without Redis was to end with {EXIT_UNAVAILABLE} and ended with {worker.poll()}")
        fire.crew.dismiss(worker)
    fire.valkey.start()


def _launcher(fire: Fire, rng: random.Random) -> None:
    """The product's own supervisor with two processes, killed: no process of it may stay behind."""
    fire.await_done(rng.uniform(*MOMENTS))
    command = (sys.executable, "-m", "workers.cli", "worker", "--json", "--processes", "2")
    launcher = fire.stack.start(
        *command, env={"METRICS_PORT": "0", "PROMETHEUS_MULTIPROC_DIR": str(fire.stack.directory / "launcher")}
    )
    awaited(lambda: len(_children(launcher.pid)) == 2, within_s=BOOT_S)
    fire.wait(rng.uniform(0.5, 2.0))
    children = _children(launcher.pid)
    launcher.kill()
    launcher.wait()
    if not awaited(lambda: not any(_runs(child) for child in children), within_s=GRACE_S):
        fire.wrong("workers stayed behind when their launcher was killed")
    fire.note(f"a launcher with {len(children)} workers was killed")


def _older_messages(fire: Fire, rng: random.Random) -> None:
    """Wake-ups as a release with Dramatiq's own enqueue would write them, and as a later one with more in them."""
    order_ids = rng.sample(fire.plan.orders, min(20, len(fire.plan.orders)))
    fire.await_done(0.1)
    for order_id in order_ids:
        stock: Message[None] = Message(
            queue_name=QUEUE_PAYMENTS, actor_name=ACTOR_CHARGE, args=(order_id, MESSAGE_VERSION), kwargs={}, options={}
        )
        redis_id = stock.message_id
        push(fire, redis_id, stock.copy(options={"redis_message_id": redis_id}).encode())
        newer = stock.copy(args=(order_id, MESSAGE_VERSION + 1), options={"redis_message_id": f"{redis_id}-n"})
        push(fire, f"{redis_id}-n", newer.encode())


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _need_children() -> str | None:
    return None if Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").exists() else "/proc/PID/task/PID/children"


#: A process that cannot write its last words ends with Python's own code for that.
_NO_LOG = frozenset({"disk-full-logs"})

FAULTS: tuple[Fault, ...] = (
    Fault("deploy-rolling-restart", "deploy", "every worker is replaced, one after the other, twice", strike=_rolling),
    Fault("deploy-scale-up", "deploy", "two more workers for a while", strike=_scale(4)),
    Fault("deploy-scale-down", "deploy", "one worker has to do for a while", strike=_scale(1)),
    Fault("deploy-scale-to-zero", "deploy", "no worker at all for a while, and then four", strike=_scale(0, 4)),
    Fault(
        "deploy-two-leaders",
        "deploy",
        "two sweepers, mirrors and resolvers at once",
        strike=_two_leaders,
        excludes=frozenset({"redis", "disk", "deploy-worker-before-redis"}),
    ),
    Fault(
        "deploy-other-settings",
        "deploy",
        "a worker with other, valid settings beside the others",
        strike=_hired(_other_settings),
        excludes=frozenset({"redis", "disk", "clock", "deploy-worker-before-redis"}),
    ),
    Fault(
        "deploy-new-host",
        "deploy",
        "a worker that has never seen this ledger joins",
        strike=_hired(_new_host),
        excludes=frozenset({"redis", "disk", "clock", "deploy-worker-before-redis"}),
    ),
    Fault(
        "deploy-wrong-key",
        "deploy",
        "a worker without the key that opens the cards",
        strike=_hired(_wrong_key),
        excludes=frozenset({"redis", "disk", "clock", "deploy-worker-before-redis"}),
    ),
    Fault(
        "deploy-short-horizon",
        "deploy",
        "a worker whose H is shorter than its parts is refused",
        strike=_refused({"ABSENCE_HORIZON_S": "1"}),
        allows=frozenset({"exit:78"}),
        excludes=_NO_LOG,
    ),
    Fault(
        "deploy-unknown-account",
        "deploy",
        "a worker without the gateway's secret is refused",
        strike=_refused({"CARDINITY_CONSUMER_SECRET": ""}),
        allows=frozenset({"exit:78"}),
        excludes=_NO_LOG,
    ),
    Fault(
        "deploy-worker-before-redis",
        "deploy",
        "Redis is down and a worker starts first",
        strike=_before_redis,
        excludes=frozenset({"redis", "disk"}),
    ),
    Fault(
        "deploy-launcher-kill",
        "deploy",
        "the launcher of two more workers is killed",
        strike=_launcher,
        need=_need_children,
    ),
    Fault(
        "deploy-other-messages",
        "deploy",
        "wake-ups of an older and of a newer release",
        strike=_older_messages,
        excludes=frozenset({"redis", "disk"}),
    ),
    *rotation.FAULTS,
)
