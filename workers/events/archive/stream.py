"""A stream of the ledger, as an archive reads it: what comes after a position, where it stands, and what may go.

The position is the database's. A consumer group of Redis only tells it to whoever looks there: how far the archive is
behind, and that nothing beyond may be trimmed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from producers.errors import LedgerLockdown, LedgerUnavailable
from producers.runtime.archive.readers import BEGINNING
from producers.runtime.ledger import keys
from producers.runtime.ledger.clock import read_now_ms
from producers.runtime.ledger.executors import SyncLedger
from workers.events.archive.entries import Entry

#: Entries that one command takes off a stream: it holds the ledger up for about a millisecond.
TRIM_MAX: Final = 10_000
#: Entries that are counted to find out where a group stands, less one.
_COUNTED_MAX: Final = 10_000


class Read(NamedTuple):
    """Entries, oldest first. Not `known`: the stream has no entry at the position, so it is another one than was read,
    or an older copy of it.
    """

    entries: list[Entry]
    known: bool


class LedgerStream:
    """One stream; `group` tells where its archive stands."""

    def __init__(self, ledger: SyncLedger, key: str = keys.EVENTS, group: str = "archive") -> None:
        self._ledger = ledger
        self._key = key
        self._group = group
        #: Entries up to the position, counted from the stream's first ever; None while that is not known.
        self._entries_read: int | None = None

    def read(self, after: str, *, entries_max: int, wait_ms: int) -> Read:
        """What comes after a position; waits for the first.

        Raises:
            LedgerUnavailable: no answer.
            LedgerLockdown: another ledger answered than the pinned one.
        """
        found, at, epoch = self._ledger.read_many(
            [
                ("XREAD", "COUNT", entries_max, "BLOCK", wait_ms, "STREAMS", self._key, after),
                ("XRANGE", self._key, after, after),
                ("GET", keys.EPOCH),
            ]
        )
        if epoch is None or epoch.decode() != self._ledger.epoch:
            raise LedgerLockdown(epoch.decode() if epoch else None)
        entries = [_entry(each) for each in found[0][1]] if found else []
        return Read(entries, bool(at) or after == BEGINNING)

    def stand(self, position: str) -> None:
        """Make the group, and let it stand at the position: whoever was killed may have left it behind."""
        groups = self._groups()
        if groups is None or self._group not in groups:
            self._ledger.read("XGROUP", "CREATE", self._key, self._group, BEGINNING, "MKSTREAM")
            groups = self._groups() or {}
        self._entries_read = self._count(groups[self._group], position)
        self._set(position)

    def advance(self, position: str, entries: int, *, level: bool) -> None:
        """Let the group stand at the position, so many entries further. `level`: hardly anything comes after it."""
        if self._entries_read is not None:
            self._entries_read += entries
        elif level:
            self._entries_read = self._before_the_rest(position)
        self._set(position)

    def trim(self, before: Collection[str], *, kept_s: float) -> int:
        """Take off what is older than `kept_s`, and before all these positions and those of other groups; how much."""
        now_ms, groups = read_now_ms(self._ledger), self._groups()
        if groups is None:
            return 0
        others = [_position(group) for name, group in groups.items() if name != self._group]
        from_ms = now_ms - int(kept_s * 1000)
        oldest = min([*before, *others, f"{max(0, from_ms)}-0"], key=place)
        if oldest == BEGINNING:
            return 0
        return int(self._ledger.read("XTRIM", self._key, "MINID", "~", oldest, "LIMIT", TRIM_MAX))

    def groups(self) -> dict[str, str]:
        """The consumer groups, and where each stands: one that has not acknowledged what it took, at the beginning."""
        return {name: _position(group) for name, group in (self._groups() or {}).items()}

    def _set(self, position: str) -> None:
        known = () if self._entries_read is None else ("ENTRIESREAD", self._entries_read)
        self._ledger.read("XGROUP", "SETID", self._key, self._group, position, *known)

    def _count(self, group: Mapping[str, Any], position: str) -> int | None:
        """How many entries there are up to the position: by what comes after it, or by what the group says."""
        if position == BEGINNING:
            return self._gone()
        counted = self._before_the_rest(position)
        known = counted is None and place(_text(group["last-delivered-id"])) == place(position)
        return group["entries-read"] if known else counted

    def _before_the_rest(self, position: str) -> int | None:
        """Entries up to the position, by counting those after it; None where these are too many."""
        rest = ("XRANGE", self._key, f"({position}", "+", "COUNT", _COUNTED_MAX)
        *_, (after, raw) = self._ledger.read_many([("MULTI",), rest, ("XINFO", "STREAM", self._key), ("EXEC",)])
        return None if len(after) == _COUNTED_MAX else int(_named(raw)["entries-added"]) - len(after)

    def _gone(self) -> int:
        """Entries that there once were before the first."""
        (raw,) = self._ledger.read_many([("XINFO", "STREAM", self._key)])
        stream = _named(raw)
        return int(stream["entries-added"]) - int(stream["length"])

    def _groups(self) -> dict[str, Mapping[str, Any]] | None:
        """What Redis knows of each group; None where there is no stream yet."""
        try:
            (found,) = self._ledger.read_many([("XINFO", "GROUPS", self._key)])
        except LedgerUnavailable as error:
            if error.ambiguous:
                raise
            return None
        groups = [_named(raw) for raw in found]
        return {_text(group["name"]): group for group in groups}


def place(position: str) -> tuple[int, int]:
    """A position as numbers, so that one can be held against another."""
    high, _, low = position.partition("-")
    return int(high), int(low or 0)


def _position(group: Mapping[str, Any]) -> str:
    # What was handed out and not acknowledged may be asked for again.
    return BEGINNING if group["pending"] else _text(group["last-delivered-id"])


def _entry(raw: Sequence[Any]) -> Entry:
    position, flat = raw
    return Entry(_text(position), dict(zip(flat[::2], flat[1::2], strict=True)))


def _named(raw: Sequence[Any]) -> dict[str, Any]:
    return {_text(name): value for name, value in zip(raw[::2], raw[1::2], strict=True)}


def _text(raw: Any) -> str:
    return raw.decode() if isinstance(raw, bytes) else str(raw)
