"""Whole worker processes, under Dramatiq's own command line and under ours, stopped and killed every way."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests import worker_app
from tests.eventually import eventually
from tests.loops import LIST, MESSAGES, wake
from tests.sites import OWN_PROCESS, STOCK_CLI, Site
from workers.event_loop.service import LETTING_GO_S

#: Seconds a watchdog of these tests waits.
STALL_S = 2.0


def _wake(site: Site, *order_ids: str) -> None:
    wake(site.environment[worker_app.QUEUE_URL], order_ids)


@pytest.mark.parametrize("arguments", [STOCK_CLI, OWN_PROCESS], ids=["dramatiq", "workers.process"])
def test_sigterm_lets_handlers_end_and_exits_0(site: Site, arguments: tuple[str, ...]) -> None:
    """What runs is finished and acknowledged, what waits stays on the queue for others."""
    _wake(site, "ORD-1")
    process = site.start(arguments)
    site.await_lines("started", 1)
    process.terminate()
    site.await_lines("told", 2)
    _wake(site, "ORD-2")
    site.open_gate()
    assert process.wait(60) == 0
    assert site.lines("ended") == ["ORD-1"]
    assert site.queue.lrange(LIST, 0, -1) == [b"ORD-2"]
    assert site.queue.hkeys(MESSAGES) == [b"ORD-2"]


@pytest.mark.parametrize("arguments", [STOCK_CLI, OWN_PROCESS], ids=["dramatiq", "workers.process"])
def test_a_worker_that_still_holds_something_exits_75(site: Site, arguments: tuple[str, ...]) -> None:
    """A handler that does not end in time leaves its message unacknowledged, and the exit code says so."""
    _wake(site, "ORD-1")
    process = site.start(arguments, {worker_app.SHUTDOWN_TIMEOUT_S: str(LETTING_GO_S)})
    site.await_lines("started", 1)
    process.terminate()
    assert process.wait(60) == 75
    assert site.lines("ended") == []
    assert site.queue.hkeys(MESSAGES) == [b"ORD-1"]


def test_any_number_of_stop_signals_is_one(site: Site) -> None:
    """A runner signals the group twice and each process by itself; the handler in flight still ends."""
    _wake(site, "ORD-1")
    master = site.start(STOCK_CLI)
    worker = int(site.await_lines("started", 1)[0].split()[1])
    assert os.getpgid(worker) == worker
    os.killpg(master.pid, signal.SIGTERM)
    site.await_lines("told", 2)
    for _ in range(2):
        os.killpg(master.pid, signal.SIGTERM)
        os.kill(worker, signal.SIGTERM)
    site.open_gate()
    assert master.wait(60) == 0
    assert site.lines("ended") == ["ORD-1"]


def test_dramatiqs_maintenance_returns_what_a_killed_worker_held(site: Site) -> None:
    """After `kill -9` another worker gets every message once the heartbeat timeout is over."""
    order_ids = [f"ORD-{n}" for n in range(20)]
    _wake(site, *order_ids)
    impatient = {worker_app.HEARTBEAT_TIMEOUT_MS: "1000"}
    site.start(STOCK_CLI, impatient)
    worker = int(site.await_lines("started", 20)[0].split()[1])
    os.kill(worker, signal.SIGKILL)
    site.start(STOCK_CLI, impatient)
    site.await_lines("started", 40)
    site.open_gate()
    assert sorted(site.await_lines("ended", 20)) == sorted(order_ids)
    eventually(lambda: not site.queue.exists(LIST, MESSAGES), "an empty queue")


def _ignore_alarm() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_IGN)


def _block_alarm() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})


def test_a_frozen_worker_dies_before_it_acts_again(site: Site) -> None:
    """Stopped past the watchdog's time and continued, the kernel kills it: its handler does not go on.

    Whatever the parent did to SIGALRM.
    """
    _wake(site, "ORD-1", "ORD-2", "ORD-3")
    environment = {worker_app.STALL_S: str(STALL_S), worker_app.IN_FLIGHT_MAX: "1"}
    processes = [site.start(OWN_PROCESS, environment, preexec) for preexec in (None, _ignore_alarm, _block_alarm)]
    site.await_lines("started", 3)
    for process in processes:
        os.kill(process.pid, signal.SIGSTOP)
    site.open_gate()
    thaw_at = time.monotonic() + 1.5 * STALL_S
    eventually(lambda: time.monotonic() > thaw_at, "the watchdog's time")
    for process in processes:
        os.kill(process.pid, signal.SIGCONT)
    assert [process.wait(60) for process in processes] == [-signal.SIGALRM] * 3
    assert site.lines("ended") == []


def test_a_loop_that_stands_still_is_killed(site: Site) -> None:
    """A handler that blocks the loop cannot keep the process, and what it might send late, alive."""
    site.report.set("block", 1)
    _wake(site, "ORD-1")
    process = site.start(OWN_PROCESS, {worker_app.STALL_S: str(STALL_S)})
    assert process.wait(60) == -signal.SIGALRM
    assert len(site.lines("started")) == 1


def test_a_worker_stops_with_its_parent(site: Site) -> None:
    """A supervisor killed by `kill -9` leaves no worker behind: it drains and closes as on SIGTERM."""
    code = (
        "import os\n"
        "from workers.supervisor import Supervisor, worker_argv\n"
        "argv = worker_argv('--boot', 'tests.worker_app:boot')\n"
        "Supervisor(1, argv, os.environ, lambda event: None).run()\n"
    )
    supervisor = site.start(("-c", code))
    site.await_lines("told", 1)
    supervisor.kill()
    worker = site.lines("told")[0].split()[1]
    assert site.await_lines("told", 3) == [f"{word} {worker}" for word in ("open", "drain", "close")]
