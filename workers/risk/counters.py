"""The counters of the rules: the ledger's, which all workers share, and the same in memory for backtests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol

from producers.runtime.ledger import risk_calls
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.risk_calls import Counted, Kept
from workers.risk.asked import HISTORY_MS, MEMBERS_MAX, Asked, Entry, Seen, Volume, hour_of
from workers.risk.outcomes import CardOf, Lesson

#: Hours whose mean is what is usual, and how many must be known before anything is.
_WEEK_H, _DAY_H = 168, 24


class Counters(Protocol):
    """What rules count by. An order is counted once, whoever asks how often."""

    async def look(self, asked: Asked, entries: Mapping[str, Entry]) -> Kept | tuple[Mapping[str, Seen], Volume]:
        """The windows' answers, or what was kept of the order before."""
        ...

    async def learn(self, lessons: Iterable[Lesson | CardOf]) -> None:
        """Put in what outcomes teach. Taught again, it changes nothing."""
        ...

    async def card_of(self, payment_id: str) -> str | None:
        """The card of an earlier payment, where it is known."""
        ...


class LedgerCounters:
    """In Redis, beside the ledger. Raises as the executor."""

    def __init__(self, ledger: Executor) -> None:
        self._ledger = ledger

    async def look(self, asked: Asked, entries: Mapping[str, Entry]) -> Kept | tuple[Mapping[str, Seen], Volume]:
        call = risk_calls.look(
            asked.order_id, asked.at_ms, asked.account, list(entries.values()), members_max=MEMBERS_MAX
        )
        match await self._ledger.run(call):
            case Kept() as kept:
                return kept
            case Counted(volume, usual, windows):
                seen = {name: Seen(*answer) for name, answer in zip(entries, windows, strict=True)}
                return seen, Volume(volume, usual)

    async def learn(self, lessons: Iterable[Lesson | CardOf]) -> None:
        await self._ledger.run(note_of(lessons))

    async def card_of(self, payment_id: str) -> str | None:
        found = await self._ledger.read("GET", risk_calls.card_of(payment_id))
        return found.decode() if found else None


def note_of(lessons: Iterable[Lesson | CardOf]) -> Call[None]:
    """The call that teaches the ledger's counters."""
    windows, cards = [], []
    for lesson in lessons:
        match lesson:
            case Lesson(at_ms, entry):
                windows.append((entry.key, entry.member, entry.window_ms, at_ms))
            case CardOf(_, payment_id, card_id):
                cards.append((payment_id, card_id, HISTORY_MS))
    return risk_calls.note(windows, cards, members_max=MEMBERS_MAX)


class MemoryCounters:
    """The same in this process's memory. Time is what it is told, and must not run backwards by more than a window."""

    def __init__(self) -> None:
        self._windows: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._volumes: dict[str, tuple[int, int, float, int]] = {}
        self._cards: dict[str, str] = {}

    async def look(self, asked: Asked, entries: Mapping[str, Entry]) -> tuple[Mapping[str, Seen], Volume]:
        volume = self._volume(asked.account, hour_of(asked.at_ms))
        return {name: self._seen(entry, asked.at_ms) for name, entry in entries.items()}, volume

    async def learn(self, lessons: Iterable[Lesson | CardOf]) -> None:
        for lesson in lessons:
            match lesson:
                case Lesson(at_ms, entry):
                    self._put(entry, at_ms)
                case CardOf(_, payment_id, card_id):
                    self._cards[payment_id] = card_id

    async def card_of(self, payment_id: str) -> str | None:
        return self._cards.get(payment_id)

    def _seen(self, entry: Entry, at_ms: int) -> Seen:
        before = self._windows[entry.key].get(entry.member)
        known = before is not None and before > at_ms - entry.window_ms
        if entry.add:
            self._put(entry, at_ms)
        members = self._windows[entry.key].values()
        return Seen(sum(since > at_ms - entry.window_ms for since in members), known)

    def _put(self, entry: Entry, at_ms: int) -> None:
        members = self._windows[entry.key]
        members[entry.member] = max(at_ms, members.get(entry.member, at_ms))
        within = sorted(
            ((since, member) for member, since in members.items() if since > at_ms - entry.window_ms), reverse=True
        )
        self._windows[entry.key] = {member: since for since, member in within[:MEMBERS_MAX]}

    def _volume(self, account: str, hour: int) -> Volume:
        last, count, usual, hours = self._volumes.get(account, (hour, 0, 0.0, 0))
        for _ in range(min(hour - last, _WEEK_H)):
            hours = min(hours + 1, _WEEK_H)
            usual += (count - usual) / hours
            count = 0
        count += 1
        self._volumes[account] = (max(hour, last), count, usual, hours)
        return Volume(count, usual if hours >= _DAY_H else 0.0)
