"""Kills this process before it can act late (rule R6).

A process that was frozen, swapped out or stuck may wake long after its attempt was given up, and its next
instruction may be the one that sends. A check in our own code cannot help: it may be frozen between check and
send. So the kernel holds the timer, and SIGALRM's default action ends the process before it runs another
instruction. The event loop pushes the timer back for as long as it turns.
"""

from __future__ import annotations

import asyncio
import signal

from dramatiq import Broker, Middleware

#: The timer is pushed back this often within its time: a loop busy for most of it is still alive.
PUSHES = 5


class WatchdogError(Exception):
    """Somebody changed what SIGALRM does; the watchdog would not kill."""


class Watchdog(Middleware):
    """Ends the process at most `stall_s` seconds after the armed loop stopped turning. One per process."""

    def __init__(self, stall_s: float) -> None:
        if stall_s <= 0:
            raise ValueError("stall_s must be positive: a watchdog of 0 s is none")
        self._stall_s = stall_s
        self._next: asyncio.TimerHandle | None = None

    def after_process_boot(self, broker: Broker) -> None:
        """Make sure that the signal arrives and kills: a parent may have left it ignored or blocked."""
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})

    def arm(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on the loop must turn. To be called on the loop.

        Raises:
            WatchdogError: SIGALRM would not end the process.
        """
        if signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL:
            raise WatchdogError("SIGALRM has a handler: it must keep its default action")
        self._push(loop)

    def disarm(self) -> None:
        """The loop has ended, or nothing it does can be late any more."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        if self._next:
            self._next.cancel()
            self._next = None

    def _push(self, loop: asyncio.AbstractEventLoop) -> None:
        signal.setitimer(signal.ITIMER_REAL, self._stall_s)
        self._next = loop.call_later(self._stall_s / PUSHES, self._push, loop)
