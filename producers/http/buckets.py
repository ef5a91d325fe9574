"""Token buckets by name: who may ask now, and who must wait, and for how long."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

#: Names remembered at once, 200 bytes each. The one that asked longest ago is forgotten first; its bucket was the
#: fullest, unless more names than these ask within the time that filling one takes.
NAMES_MAX: Final = 20_000


class Buckets:
    """Buckets that fill at a rate and hold a burst. Belongs to one event loop. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float], *, names_max: int = NAMES_MAX) -> None:
        self._clock = clock
        self._names_max = names_max
        #: What was left, and when.
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, name: str, *, per_s: float, burst: int) -> float:
        """0 if the bucket held a token, which is then gone; else the seconds until it holds one."""
        now = self._clock()
        left, at = self._levels.pop(name, (float(burst), now))
        left = min(float(burst), left + (now - at) * per_s)
        granted = left >= 1
        self._levels[name] = (left - 1 if granted else left, now)
        if len(self._levels) > self._names_max:
            self._levels.popitem(last=False)
        return 0.0 if granted else (1 - left) / per_s
