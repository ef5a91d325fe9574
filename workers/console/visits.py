"""Who came in and who was turned away: into the log, the numbers, and the audit trail.

The console is also for looking why Redis is away, so a login does not fail for want of the trail; the log has it then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog
from starlette.concurrency import run_in_threadpool

from producers.errors import ProducerError
from producers.runtime.settings import Settings
from workers.console.attempts import Counts
from workers.console.tallies import Tallies
from workers.operations.opening import at_desk

#: Refused logins that the trail takes within `attempts.WINDOW_S`: guessing from a thousand places must not fill it.
#: Those beyond are in the log.
WRITTEN_MAX: Final = 100
#: Refusals of one source that the log takes within that time.
LOGGED_MAX: Final = 20
#: Lines that wait to be written, at the most.
WAITING_MAX: Final = 20
#: Who is refused may be anybody, and nobody is to be blamed for what another did in his name.
NOBODY: Final = "nobody"

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class _Lane:
    """Lines that are written one at a time, and how many wait."""

    def __init__(self) -> None:
        self.writing = asyncio.Lock()
        self.waiting = 0


class Visits:
    """`clock` answers seconds."""

    def __init__(self, settings: Settings, tallies: Tallies, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._tallies = tallies
        self._refusals = Counts(clock)
        #: Lines are written one after the other, and whoever comes in does not wait for those that were refused.
        self._of_users, self._of_strangers = _Lane(), _Lane()

    async def entered(self, name: str, source: str) -> None:
        """A user has logged in."""
        self._tallies.login("entered")
        log.info("console_entered", user=name, source=source)
        await self._write("console.login", name, by=name, source=source)

    async def left(self, name: str) -> None:
        """A user has logged out."""
        log.info("console_left", user=name)
        await self._write("console.logout", name, by=name)

    async def refused(self, name: str, source: str, why: str) -> None:
        """Somebody has not. `name` is one of the file, or empty: what was typed may be a password in that field."""
        self._tallies.login(why)
        if not self._refusals.once_more((why, source), LOGGED_MAX):
            return
        log.warning("console_refused", user=name, source=source, reason=why)
        if why == "refused" and self._refusals.once_more(("all",), WRITTEN_MAX):
            await self._write("console.refused", name or NOBODY, by=NOBODY, source=source)

    async def _write(self, action: str, subject: str, *, by: str, **details: str) -> None:
        lane = self._of_strangers if by == NOBODY else self._of_users
        if lane.waiting >= WAITING_MAX:
            log.warning("console_visit_not_audited", action=action, user=subject)
            return
        lane.waiting += 1
        try:
            async with lane.writing:
                await run_in_threadpool(self._written, action, subject, by, details)
        except ProducerError as error:
            log.warning("console_visit_not_audited", action=action, user=subject, problem=error.code)
        finally:
            lane.waiting -= 1

    def _written(self, action: str, subject: str, by: str, details: dict[str, str]) -> None:
        with at_desk(self._settings, by=f"{by}@console") as desk:
            desk.audit(action, subject, **details)
