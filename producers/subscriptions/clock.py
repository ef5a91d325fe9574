"""What time it is for subscriptions. Nothing else here reads a clock: `now` is handed down from the border.

In play (`CLOCK_URL`) it is the sandbox's clock, which is moved by hand, for stories over months. Orders, leases and the
ledger go by the real time all the same; what the ledger tells is read as what the clock showed then.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from cardinity_client.timeline import Timeline, began
from producers.runtime.clock_door import ClockDoor
from producers.runtime.settings import Settings
from producers.subscriptions.values import moment

#: Answers what time it is (UTC).
Clock: TypeAlias = Callable[[], datetime]


def system_clock() -> datetime:
    """The host's clock."""
    return moment(real_ms())


def clock_of(settings: Settings) -> Clock:
    """The clock that the settings name. In play it raises ClockUnavailable when it is asked and nobody answers."""
    if settings.clock_url is None:
        return system_clock
    door = ClockDoor(settings.clock_url)
    return lambda: moment(door.timeline().at(real_ms()))


def timeline_of(settings: Settings) -> Callable[[], Timeline]:
    """What that clock showed at moments of real time, as it is known now. Raises as `clock_of`."""
    return (lambda: _REAL) if settings.clock_url is None else ClockDoor(settings.clock_url).timeline


def real_ms() -> int:
    """The host's clock, whatever renewals go by."""
    return time.time_ns() // 1_000_000


_REAL = began(0, 0)
