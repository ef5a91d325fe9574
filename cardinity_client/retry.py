"""When something is tried again: connecting, and reading. Never a write that was handed a connection.

Both policies are tenacity's, built per call, because a tenacity object keeps the state of the call it serves.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    stop_any,
    stop_before_delay,
    wait_random_exponential,
)
from tenacity.stop import stop_base

from cardinity_client.answers import AnyAnswer, Unsent
from cardinity_client.errors import ReadUnavailable
from cardinity_client.hooks import Hooks

E = TypeVar("E", bound=AnyAnswer)

#: Reasons of `Unsent` that may be gone a moment later: the network's, not ours.
CONNECT_REASONS: Final = frozenset({"dns_failed", "tls_failed", "pool_timeout", "connect_timeout", "connect_failed"})

#: Waits are random below 0.1, 0.2, 0.4 s …: workers that lost the gateway together come back apart.
CONNECT_WAIT: Final = wait_random_exponential(multiplier=0.1, max=2.0)

READ_WAIT: Final = wait_random_exponential(multiplier=0.2, max=2.0)

#: Tries of one read.
READ_ATTEMPTS_MAX: Final = 3

#: Retries per read, on average. A gateway that is down must not be asked twice as often for it.
BUDGET_RATIO: Final = 0.1

#: Retries that may be saved up, and that a fresh client starts with.
BUDGET_MAX: Final = 10.0
BUDGET_START: Final = 1.0


class RetryBudget(stop_base):
    """Every read earns a tenth of a retry. As a tenacity stop: stop when none is left, else spend one."""

    def __init__(self) -> None:
        self._tokens = BUDGET_START

    def earn(self) -> None:
        self._tokens = min(self._tokens + BUDGET_RATIO, BUDGET_MAX)

    def __call__(self, retry_state: RetryCallState) -> bool:
        if self._tokens < 1.0:
            return True
        self._tokens -= 1.0
        return False


def may_reconnect(answer: AnyAnswer) -> bool:
    """Whether to try again: the request was never handed a connection, and the network was to blame."""
    return isinstance(answer, Unsent) and answer.reason in CONNECT_REASONS


async def reconnect(
    operation: str,
    first: E,
    attempt: Callable[[], Awaitable[E]],
    *,
    attempts_max: int,
    remaining_s: float,
    hooks: Hooks,
) -> E:
    """Repeats an attempt whose `first` answer is there while it stays unsent; the last answer stands.

    The first one is made outside because tenacity costs 22 µs, on every charge, for what nearly none needs.
    `attempts_max` counts it. No wait ends after `remaining_s`.
    """
    answers = iter((first,))

    async def next_answer() -> E:
        known = next(answers, None)
        return await attempt() if known is None else known

    return await AsyncRetrying(
        retry=retry_if_result(may_reconnect),
        stop=stop_any(stop_after_attempt(attempts_max), stop_before_delay(remaining_s)),
        wait=CONNECT_WAIT,
        before_sleep=_announce(operation, hooks),
        retry_error_callback=_last_answer,
    )(next_answer)


def reads(operation: str, *, budget: RetryBudget, deadline_s: float, hooks: Hooks) -> AsyncRetrying:
    """The policy of one read: repeats what was unavailable, within the deadline and the shared budget."""
    budget.earn()
    return AsyncRetrying(
        retry=retry_if_exception_type(ReadUnavailable),
        stop=stop_any(stop_after_attempt(READ_ATTEMPTS_MAX), stop_before_delay(deadline_s), budget),
        wait=READ_WAIT,
        before_sleep=_announce(operation, hooks),
        reraise=True,
    )


def _announce(operation: str, hooks: Hooks) -> Callable[[RetryCallState], None]:
    def announce(state: RetryCallState) -> None:
        hooks.retry_scheduled(operation, state.upcoming_sleep)

    return announce


def _last_answer(state: RetryCallState) -> Any:
    assert state.outcome is not None
    return state.outcome.result()
