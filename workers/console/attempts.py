"""How often somebody may try a password: by source and name, by source, and by name. Bounded in number and time.

A name that is tried from everywhere is closed to those who never got in with it: whoever did lately, from where he did,
is not kept out by others.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from workers.console.users import NAME

#: Attempts within `WINDOW_S`: of one source at one name, of one source in all, at one name from anywhere.
OF_NAME_MAX, OF_SOURCE_MAX, ANYWHERE_MAX = 5, 20, 50
WINDOW_S: Final = 300.0
#: Seconds for which a source is known that got in with a name: a day's work, and the night before the next.
KNOWN_S: Final = 86_400.0
#: Sources and names that are remembered; the longest unheard of is forgotten first.
REMEMBERED_MAX: Final = 10_000


class Counts:
    """Counts by key within a window, before anything is judged, so that many at once are no way around. `clock` answers
    seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._made: OrderedDict[tuple[str, ...], list[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._made)

    def once_more(self, key: tuple[str, ...], most: int) -> bool:
        """Whether there may be one more of this key; it is counted if so."""
        now_s = self._clock()
        recent = [at_s for at_s in self._made.pop(key, []) if now_s - at_s < WINDOW_S]
        allowed = len(recent) < most
        self._made[key] = [*recent, now_s] if allowed else recent
        while len(self._made) > REMEMBERED_MAX:
            self._made.popitem(last=False)
        return allowed

    def forget(self, key: tuple[str, ...]) -> None:
        """Begin anew with it."""
        self._made.pop(key, None)


class Attempts:
    """What may be tried. `clock` answers seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._counts = Counts(clock)
        self._known: OrderedDict[tuple[str, str], float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts) + len(self._known)

    def may(self, source: str, name: str) -> bool:
        """Whether one more may be made; it is counted."""
        # What can be nobody's name has one place: else whoever makes up names fills the memory with them.
        name = name if NAME.fullmatch(name) else ""
        # A source that has used up its own makes no entries any more, so it pushes nobody's out.
        return (
            self._counts.once_more(("source", source), OF_SOURCE_MAX)
            and self._counts.once_more(("both", source, name), OF_NAME_MAX)
            and (self._is_known(source, name) or self._counts.once_more(("name", name), ANYWHERE_MAX))
        )

    def entered(self, source: str, name: str) -> None:
        """The name was logged in from there."""
        self._counts.forget(("both", source, name))
        self._known.pop((source, name), None)
        self._known[source, name] = self._clock()
        while len(self._known) > REMEMBERED_MAX:
            self._known.popitem(last=False)

    def _is_known(self, source: str, name: str) -> bool:
        at_s = self._known.get((source, name))
        return at_s is not None and self._clock() - at_s < KNOWN_S
