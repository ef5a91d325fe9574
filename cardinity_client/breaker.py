"""The circuit breaker of one account: after a run of failures no write starts until a read has succeeded.

pybreaker counts and keeps the state. Two of its habits are not used: `call()` holds a lock across the whole
call, and half-open lets everybody through (100 of 100). So results are booked after the fact, and half-open
admits nobody: the first to ask makes one read, the others are turned away, and only the read's success closes
the breaker. A charge is never the probe, because a failed probe would be one more unknown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pybreaker

from cardinity_client.answers import AnyAnswer, Approved, Declined, Done, Pending, Rejected, Unknown, Unsent
from cardinity_client.hooks import Hooks
from cardinity_client.settings import ClientSettings

#: Latest ends that are looked at together. With hundreds in flight, timeouts of one burst come in a row although the
#: gateway answers everybody else: a failure counts only while at least half of the latest ends are failures.
LATEST: Final = 50

#: The gateway answers.
_ANSWERED: Final = (Approved, Declined, Pending, Done, Rejected)

#: Unsent for a cause of our own, not the gateway's.
_OWN_REASONS: Final = frozenset({"breaker_open", "pool_timeout", "client_fault"})


class Breaker:
    """`probe` makes one read and says whether the gateway answered; it gets the loop time it must end by."""

    def __init__(self, settings: ClientSettings, probe: Callable[[float], Awaitable[bool]], hooks: Hooks) -> None:
        self._probe = probe
        self._probing = False
        self._latest: deque[bool] = deque(maxlen=LATEST)
        self._circuit = pybreaker.CircuitBreaker(
            fail_max=settings.breaker_failures,
            reset_timeout=settings.breaker_reset_s,
            listeners=[_Announcer(settings.account, hooks)],
            name=settings.account,
            throw_new_error_on_trip=False,
        )

    @property
    def state(self) -> str:
        """`closed`, `open` or `half-open`."""
        return self._circuit.current_state

    def reset(self) -> None:
        """Close it, whatever was counted: somebody knows that the gateway is back."""
        self._latest.clear()
        self._circuit.close()

    async def admit(self, deadline: float) -> bool:
        """Whether a write may start now. Makes the probe when one is due; at most one runs at a time."""
        if self.state == pybreaker.STATE_CLOSED:
            return True
        if self._probing:
            return False
        self._probing = True
        try:
            return await self._try_probe(deadline)
        finally:
            self._probing = False

    def record(self, answer: AnyAnswer) -> None:
        """Books the end of a write. Late ends do not move a breaker that is no longer closed."""
        healthy = _healthy(answer)
        if healthy is None or self.state != pybreaker.STATE_CLOSED:
            return
        self._latest.append(healthy)
        if healthy and not self._circuit.fail_counter:
            return  # the circuit would set to zero what is zero, for 10 µs of every charge
        if not healthy and 2 * self._latest.count(False) < len(self._latest):
            return
        try:
            with self._circuit.calling():
                if not healthy:
                    raise _Unhealthy
        except _Unhealthy:
            return

    async def _try_probe(self, deadline: float) -> bool:
        try:
            with self._circuit.calling():  # refuses until the reset time is over, then half-opens
                if not await self._probe(deadline):
                    raise _Unhealthy
        except (_Unhealthy, pybreaker.CircuitBreakerError):
            return False
        return True


class _Unhealthy(Exception):
    """Tells pybreaker of a failure."""


class _Announcer(pybreaker.CircuitBreakerListener):
    def __init__(self, account: str, hooks: Hooks) -> None:
        self._account = account
        self._hooks = hooks

    def state_change(self, cb: Any, old_state: Any, new_state: Any) -> None:
        self._hooks.breaker_changed(self._account, old_state.name if old_state else "closed", new_state.name)


def _healthy(answer: AnyAnswer) -> bool | None:
    """True and False count; None says nothing about the gateway's health."""
    if isinstance(answer, _ANSWERED):
        return True
    if isinstance(answer, Unknown):
        return False
    if isinstance(answer, Unsent):
        return None if answer.reason in _OWN_REASONS else False
    return None
