"""Classes of how long something is open. Pure."""

from __future__ import annotations

from typing import Final

from workers.analytics.local_time import DAY_MS, HOUR_MS

#: Where a class ends; the last one has no end.
AGES_MS: Final = (HOUR_MS, DAY_MS, 7 * DAY_MS)
#: The classes in words.
AGES: Final = ("under 1 hour", "1 hour to 1 day", "1 to 7 days", "over 7 days")
