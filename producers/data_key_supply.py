"""Which data key the next card is sealed with: a present one, as long as its time and its number of cards allow.

A process that reads its own memory can open what it sealed under a data key it still holds. It had those cards in
clear anyway; the two bounds keep it to these few. See decision 12.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Final

from producers.contract.data_keys import DataKey
from producers.contract.keys import SealingKey

#: Cards under one data key at the most. Its HPKE operation is then 0.1 µs of a card's sealing: more cards would spare
#: nothing, and be more cards for who gets hold of one key.
CARDS_MAX: Final = 1000
#: Seconds after which no card is sealed with a data key any more. A producer of one card a second still spares 59 of
#: 60 operations, and what it sealed an hour ago it can no longer open.
AGE_MAX_S: Final = 60.0


class DataKeySupply:
    """Data keys of one producer, for the sealing key that is the present one. Threads share them; a forked child makes
    its own."""

    __slots__ = ("_clock", "_lease", "_present_key", "_producer")

    def __init__(
        self, present_key: Callable[[], SealingKey], producer: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._present_key = present_key
        self._producer = producer
        self._clock = clock
        self._lease: _Lease | None = None

    def take(self) -> DataKey:
        """The key for one card. Threads that find the last one used up at once make one each: rare, and harmless."""
        now_s, lease, key = self._clock(), self._lease, self._present_key()
        if lease is None or lease.key.kid != key.kid or not lease.take(now_s):
            lease = self._lease = _Lease(DataKey(key, self._producer), now_s + AGE_MAX_S)
        return lease.key


class _Lease:
    """A data key with what is left of it, its first card taken.

    The lock belongs to one key, and a child looks at whose key it is first: a fork in the moment in which another
    thread holds the lock leaves the child with nothing locked. Nonces are random, so a child could go on with its
    parent's key; but then each bound would hold per process, and a key would outlive the process that made it.
    """

    __slots__ = ("_cards_left", "_ends_at_s", "_lock", "_pid", "key")

    def __init__(self, key: DataKey, ends_at_s: float) -> None:
        self.key = key
        self._ends_at_s = ends_at_s
        self._cards_left = CARDS_MAX - 1
        self._pid = os.getpid()
        self._lock = threading.Lock()

    def take(self, now_s: float) -> bool:
        """Whether one more card may be sealed with it; if so, it is counted."""
        if self._pid != os.getpid() or now_s >= self._ends_at_s:
            return False
        with self._lock:
            if not self._cards_left:
                return False
            self._cards_left -= 1
            return True
