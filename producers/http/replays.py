"""Remembers which notifications were heeded lately, so that the same one again is not worked on again."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

#: Seconds for which a notification is remembered. One that comes again later is heeded again: what it hinted at may
#: have been too early the first time.
REMEMBERED_S: Final = 300.0
#: Notifications remembered at once, 200 bytes each.
REMEMBERED_MAX: Final = 20_000


class Replays:
    """Fingerprints of bodies. Belongs to one event loop. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float], *, remembered_max: int = REMEMBERED_MAX) -> None:
        self._clock = clock
        self._remembered_max = remembered_max
        self._seen: OrderedDict[bytes, float] = OrderedDict()

    def known(self, body: bytes) -> bool:
        """Whether it was remembered a short while ago."""
        at = self._seen.get(_fingerprint(body))
        return at is not None and self._clock() - at < REMEMBERED_S

    def remember(self, body: bytes) -> None:
        """It was heeded now; the oldest gives way."""
        key = _fingerprint(body)
        self._seen.pop(key, None)
        self._seen[key] = self._clock()
        if len(self._seen) > self._remembered_max:
            self._seen.popitem(last=False)


def _fingerprint(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()
