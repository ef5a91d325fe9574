"""How often somebody may try a password: by source and name, and by source alone. Bounded in number and time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

#: Attempts within `WINDOW_S`: of one source at one name, and of one source in all.
OF_NAME_MAX, OF_SOURCE_MAX = 5, 20
WINDOW_S: Final = 300.0
#: Sources and names that are remembered; the longest unheard of is forgotten first.
REMEMBERED_MAX: Final = 10_000


class Attempts:
    """Counts attempts before they are judged, so many at once are no way around. `clock` answers seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._made: OrderedDict[tuple[str, ...], list[float]] = OrderedDict()

    def may(self, source: str, name: str) -> bool:
        """Whether one more may be made; it is counted."""
        # Both are counted, whatever the first says.
        answers = (self._counted((source,), OF_SOURCE_MAX), self._counted((source, name), OF_NAME_MAX))
        return all(answers)

    def forget(self, source: str, name: str) -> None:
        """The name was logged in from there."""
        self._made.pop((source, name), None)

    def _counted(self, key: tuple[str, ...], most: int) -> bool:
        now_s = self._clock()
        recent = [at_s for at_s in self._made.pop(key, []) if now_s - at_s < WINDOW_S]
        allowed = len(recent) < most
        self._made[key] = [*recent, now_s] if allowed else recent
        while len(self._made) > REMEMBERED_MAX:
            self._made.popitem(last=False)
        return allowed
