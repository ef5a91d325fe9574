"""R6: what was held up for too long must not send any more; by then others have decided that nothing came."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from producers.contract import states
from tests.proxy import CuttingProxy
from tests.rules.changing import Change, in_force
from tests.rules.crew import RULES, Duties, hire
from tests.rules.mutants import Ground, Harm, mutant
from tests.rules.worker import boot_environment
from tests.rules.world import LEDGER_DB, ORDER, World, a_world
from tests.stack import ROOT

#: Stops the process between the last check and the first byte of a charge: reads have no body.
_FREEZING = Change(
    "cardinity_client/transport/connection.py",
    "            self._transport.write(head + body)\n",
    f"            body and __import__('signal').raise_signal({int(signal.SIGSTOP)});"
    " self._transport.write(head + body)\n",
)
#: Seconds the watchdog of the frozen process waits, and the lease that goes with it.
_PATIENT = {"WATCHDOG_S": "1", "LEASE_S": "3"}


async def a_process_is_frozen_before_it_sends(ground: Ground) -> frozenset[Harm]:
    """It thaws after absence was proven, in the middle of writing its request."""
    async with a_world(ground) as world:
        world.accept()
        with _worker_process(world) as process:
            await Duties(world).sweep()
            await world.until(lambda: _is_stopped(process), "the process is frozen")
            too_late = time.monotonic() + 1.5 * float(_PATIENT["WATCHDOG_S"])
            await Duties(world).recover()
            assert world.record().state == states.NOT_CHARGED
            await world.until(lambda: time.monotonic() > too_late, "the watchdog's time is over")
            process.send_signal(signal.SIGCONT)
            book = world.gateway.account.book
            await world.until(lambda: book.posts(ORDER) or process.poll() is not None, "it sends, or is dead")
            return world.harm()


async def a_promise_takes_too_long(ground: Ground) -> frozenset[Harm]:
    """The intent is in the ledger, its reply comes when absence has been proven."""
    async with a_world(ground) as world:
        with CuttingProxy(ground.valkey.port) as proxy:
            world.accept()
            proxy.hold_reply(b"\r\ndefault\r\n")
            first = hire(world, "first", ledger=world.executor(url=proxy.url(LEDGER_DB)))
            too_late = time.monotonic() + RULES.window_s
            first.begin()
            await world.until_state(states.SENDING)
            await Duties(world).recover()
            assert world.record().state == states.NOT_CHARGED
            await world.until(lambda: time.monotonic() > too_late, "D is over")
            proxy.release()
            await first.finished()
            return world.harm()


@contextmanager
def _worker_process(world: World) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**world.env, **_PATIENT, **boot_environment((*in_force(), _FREEZING))}
    command = (sys.executable, "-m", "workers.process", "--boot", "tests.rules.worker:boot")
    log = (world.settings.state_dir.parent / "worker.log").open("wb")
    with log, subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log) as process:
        try:
            yield process
        finally:
            process.kill()


def _is_stopped(process: subprocess.Popen[bytes]) -> bool:
    pid, status = os.waitpid(process.pid, os.WUNTRACED | os.WNOHANG)
    assert not pid or os.WIFSTOPPED(status), f"the process ended before it was frozen: {status}"
    return bool(pid)


MUTANTS = (
    mutant(
        "R6",
        "no_timer_is_set",
        "The watchdog is there and never bites.",
        a_process_is_frozen_before_it_sends,
        Harm.GHOST,
        (
            "workers/middleware/watchdog.py",
            "signal.setitimer(signal.ITIMER_REAL, self._stall_s)",
            "signal.setitimer(signal.ITIMER_REAL, 0)",
        ),
    ),
    mutant(
        "R6",
        "the_attempt_starts_its_own_clock",
        "The attempt's deadline counts from when the promise was answered, not from when it was made.",
        a_promise_takes_too_long,
        Harm.GHOST,
        (
            "workers/payments/charge.py",
            "left_s = promised_at + self._rules.attempt_deadline_s - asyncio.get_running_loop().time()",
            "left_s = self._rules.attempt_deadline_s",
        ),
    ),
)
