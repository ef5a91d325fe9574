"""The supervisor: N processes, whatever happens to one of them."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests import worker_app
from tests.eventually import eventually
from tests.loops import MESSAGES, wake
from tests.sites import Site
from workers.supervisor import ProcessEvent, Supervisor, worker_argv

WORKERS = worker_argv("--boot", "tests.worker_app:boot")


@dataclass
class Run:
    """A supervisor at work in this test."""

    supervisor: Supervisor
    events: list[ProcessEvent]
    codes: list[int] = field(default_factory=list)

    @property
    def kinds(self) -> list[str]:
        """What happened, in order."""
        return [event.kind for event in self.events]


@contextmanager
def _running(processes: int, argv: tuple[str, ...], env: Mapping[str, str], grace_s: float = 60.0) -> Iterator[Run]:
    events: list[ProcessEvent] = []
    run = Run(Supervisor(processes, argv, env, events.append, grace_s=grace_s), events)
    thread = threading.Thread(target=lambda: run.codes.append(run.supervisor.run()))
    thread.start()
    try:
        yield run
    finally:
        run.supervisor.stop()
        thread.join()


def test_a_killed_worker_is_replaced_and_the_others_go_on(site: Site) -> None:
    """One dies by `kill -9`: a new one takes its place, its messages come back, nobody else stops."""
    order_ids = [f"ORD-{n}" for n in range(20)]
    wake(site.environment[worker_app.QUEUE_URL], order_ids)
    env = {**site.environment, worker_app.HEARTBEAT_TIMEOUT_MS: "1000"}
    with _running(2, WORKERS, env) as run:
        victim = int(site.await_lines("started", 20)[0].split()[1])
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: run.kinds.count("started") == 3, "a replacement")
        site.open_gate()
        eventually(lambda: set(site.lines("ended")) == set(order_ids), "every order")
        eventually(lambda: not site.queue.exists(MESSAGES), "an empty queue")
    assert [(e.pid, e.exit_code) for e in run.events if e.kind == "died"] == [(victim, -signal.SIGKILL)]
    assert run.kinds.count("stopped") == 2
    assert run.codes == [0]


def test_stopping_asks_each_process_once(site: Site) -> None:
    """Stop called again and again is one SIGTERM; a process that holds nothing ends with 0."""
    with _running(2, WORKERS, site.environment) as run:
        site.await_lines("told", 2)
        run.supervisor.stop()
        run.supervisor.stop()
        site.await_lines("told", 6)
    assert sorted(run.kinds) == ["started", "started", "stopped", "stopped"]
    assert run.codes == [0]


def test_a_process_that_does_not_stop_is_killed_after_the_grace(site: Site) -> None:
    """SIGTERM ignored: SIGKILL, and the exit code says so."""
    stubborn = (
        "import os, signal, redis\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"redis.Redis.from_url(os.environ['{worker_app.REPORT_URL}']).rpush('told', 'deaf 0')\n"
        "signal.pause()\n"
    )
    with _running(1, (sys.executable, "-c", stubborn), site.environment, grace_s=0.2) as run:
        site.await_lines("told", 1)
    assert run.kinds == ["started", "killed"]
    assert run.codes == [128 + signal.SIGKILL]
