"""What time it is for subscriptions. Nothing else here reads a clock: `now` is handed down from the border.

In play (`CLOCK_FILE`) the time stands in a file, for stories over months. Orders, leases and the ledger go by the real
time all the same: only what is due moves.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from producers.errors import SettingsError
from producers.runtime.problems import problem
from producers.runtime.settings import Settings
from producers.subscriptions.values import moment

#: Answers what time it is (UTC).
Clock: TypeAlias = Callable[[], datetime]


def system_clock() -> datetime:
    """The host's clock."""
    return moment(time.time_ns() // 1_000_000)


def clock_of(settings: Settings) -> Clock:
    """The clock that the settings name."""
    path = settings.clock_file
    return system_clock if path is None else lambda: _read(path)


def _read(path: Path) -> datetime:
    """The time in the file.

    Raises:
        SettingsError: it cannot be read, or holds no time.
    """
    try:
        at = datetime.fromisoformat(path.read_text("utf-8").strip())
    except (OSError, ValueError):
        at = None
    if at is None or at.tzinfo is None:
        message = "the file must hold a time with its offset, like 2026-02-01T12:00:00Z"
        raise SettingsError([problem("clock_format", "CLOCK_FILE", message)])
    return at.astimezone(UTC)
