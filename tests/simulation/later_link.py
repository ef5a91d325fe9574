"""How a process asks for something later than its one charge: an answer told, a hold settled or let go, a link deleted.

What such a request comes to is decided when it arrives, because it depends on what has become of its object by then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from cardinity_client import AccountProblem, RateLimited, Unknown, Unsent
from tests.simulation import times
from tests.simulation.following_link import FollowingLink
from tests.simulation.gateway_link import ANSWER_S, CONNECT_S, resolve

#: What may befall such a request.
LATER_FAULTS: Final = (
    "later.unsent",
    "later.unauthorized",
    "later.rate_limited",
    "later.lost",
    "later.server_error_before",
    "later.server_error_after",
    "later.taken_then_lost",
    "later.late_landing",
)
_NOT_TAKEN: Final[Mapping[str, Any]] = {
    "later.unauthorized": AccountProblem(401),
    "later.rate_limited": RateLimited(0.02),
    "later.lost": Unknown("connection_lost", None, False),
    "later.server_error_before": Unknown("http_5xx", 500, False),
}
_NOT_THE_ANSWER: Final[Mapping[str, Any]] = {
    "later.server_error_after": Unknown("http_5xx", 500, False),
    "later.taken_then_lost": Unknown("connection_lost", None, False),
}


class LaterLink(FollowingLink):
    """The connection over which that goes."""

    async def _later(
        self, deadline_s: float | None, decide: Callable[[], Any], *, late_s: float = times.GATEWAY_LATE_S
    ) -> Any:
        """A request leaves; `decide()` does at its arrival what it asks for, and says what is answered."""
        deadline = self._scheduler.now + (times.DEADLINE_S if deadline_s is None else deadline_s)
        fault = self._buggify.first(self._later_faults)
        await self._wait(self._chance() * CONNECT_S)
        if fault == "later.unsent" or self._is_down:
            return Unsent("connect_failed")
        self._check_alive()
        future = self._process.create_future()
        arrives_at = self._scheduler.now + self._chance() * ANSWER_S
        if fault == "later.late_landing":
            arrives_at += self._chance() * late_s

        def land() -> None:
            answer = _NOT_TAKEN[fault] if fault in _NOT_TAKEN else decide()
            back_at = self._scheduler.now + self._chance() * ANSWER_S
            told = _NOT_THE_ANSWER.get(fault, answer) if back_at <= deadline else Unknown("timeout", None, False)
            self._scheduler.at(min(back_at, deadline), resolve, future, told)

        self._scheduler.at(arrives_at, land)
        if arrives_at > deadline:
            self._scheduler.at(deadline, resolve, future, Unknown("timeout", None, False))
        return await future

    @property
    def _later_faults(self) -> tuple[str, ...]:
        return tuple(name for name in LATER_FAULTS if name in self._buggify.rates)
