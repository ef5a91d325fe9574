"""What has happened to the ledger, in words that say what to do next. Reads, and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from producers.runtime.ledger import keys
from producers.runtime.ledger.epoch import Pin
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.recovery_calls import REBUILDING

#: What may have happened.
What = Literal["sound", "heir", "forgotten", "marker_lost", "other", "older", "rebuilding", "unknown_here"]

_WORDS: Final[dict[What, str]] = {
    "sound": "the ledger is the one that this host remembers",
    "heir": "it was rebuilt from the one that this host remembers: workers and producers take it when they start",
    "forgotten": "the ledger is empty: flushed, a new server, or an empty replica that was promoted",
    "marker_lost": "the ledger has orders and no marker: a part of it was deleted",
    "other": "the ledger is another one: a wrong REDIS_LEDGER_URL, or one that was founded after a loss",
    "older": "the ledger is an older copy of itself: a restored backup, or a failover that lost writes",
    "rebuilding": "a rebuilding has begun and not ended",
    "unknown_here": "this host remembers no ledger: run this on a host that has worked with the lost one",
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`epoch` is the marker that is there (empty: none); `intents` what it counts, and what this host remembers."""

    what: What
    epoch: str
    intents: int
    intents_remembered: int

    @property
    def words(self) -> str:
        """What has happened, in a sentence."""
        return _WORDS[self.what]

    @property
    def missing(self) -> int:
        """Intents that this host knows of and the ledger does not; more may be."""
        return max(0, self.intents_remembered - self.intents)

    @property
    def lost(self) -> bool:
        """Whether there is anything to rebuild."""
        return self.what in ("forgotten", "marker_lost", "older", "rebuilding")


def diagnose(ledger: SyncLedger, memory: Pin | None) -> Diagnosis:
    """Look at the ledger that is there, with what this host remembers.

    Raises:
        LedgerUnavailable: it does not answer.
    """
    marker, counted, orders = ledger.read_many([("GET", keys.EPOCH), ("GET", keys.INTENTS), ("EXISTS", keys.STATS)])
    epoch, intents = (marker or b"").decode(), int(counted or b"0")
    remembered = memory.sequence if memory else 0
    heir = bool(memory and ledger.read("SISMEMBER", keys.ANCESTORS, memory.epoch))
    return Diagnosis(_what(epoch, intents, bool(orders), memory, heir=heir), epoch, intents, remembered)


def _what(epoch: str, intents: int, orders: bool, memory: Pin | None, *, heir: bool) -> What:
    if epoch.startswith(REBUILDING):
        return "rebuilding"
    if memory is None:
        return "unknown_here"
    if not epoch:
        return "marker_lost" if orders else "forgotten"
    if epoch != memory.epoch:
        return "heir" if heir else "other"
    return "older" if intents < memory.sequence else "sound"
