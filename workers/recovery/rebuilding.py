"""The rebuilding, step by step: what there is to do, and doing it. Killed anywhere, it is begun again and goes on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from producers.contract.names import QUEUES
from producers.runtime.archive.database import Archive
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.epoch import Pin
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.operation_calls import QUEUE, Said, say
from producers.runtime.ledger.recovery_calls import drawn_epoch, refound
from workers.recovery.decide import Step, decide
from workers.recovery.diagnosis import Diagnosis
from workers.recovery.restoring import call_for
from workers.recovery.sent import Reach, SentBook
from workers.recovery.sources import Left, everything, told_to_ms, unlogged

#: Intents that are counted as made beyond the last one that is known: what a host without a log may have seen.
SEQUENCE_MARGIN: Final = 1_000_000
#: Who has paused the queues of a rebuilt ledger, and why.
BY: Final = "recover"
BECAUSE: Final = "the ledger was rebuilt: say again what is paused and called back, then resume"
#: What calls answer that have written.
_WRITTEN: Final = frozenset({"restored", "overtaken", "buried"})
#: Milliseconds beyond an attempt's window until its outcome was told and archived, where nothing was in the way.
TOLD_WITHIN_MS: Final = 60_000


@dataclass(slots=True)
class Tally:
    """How many orders take which step, and their money in minor units by currency."""

    orders: Counter[Step] = field(default_factory=Counter)
    money: defaultdict[Step, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, left: Left, step: Step) -> None:
        """One more."""
        self.orders[step] += 1
        source = left.known or left.sent
        if source is not None:
            self.money[step][source.currency] += source.amount_minor


class Rebuilding:
    """Of one ledger, from these sources. `all_hosts`: the caller says that the logs of all hosts are among them."""

    def __init__(
        self, ledger: SyncLedger, archive: Archive, sent: SentBook, diagnosis: Diagnosis, *, window_ms: int,
        all_hosts: bool,
    ) -> None:  # fmt: skip
        self._ledger = ledger
        self._archive = archive
        self._sent = sent
        self._diagnosis = diagnosis
        self._window_ms = window_ms
        self._all_hosts = all_hosts
        self.archived_to_ms = told_to_ms(archive)
        self._listed: Mapping[str, str] = {}
        self._unlogged = 0

    def hear(self, listed: Mapping[str, str]) -> None:
        """Of the gateway: accounts by the order_ids of payments on their lists. One that no log tells of says that the
        logs are not all here, whatever the caller has said.
        """
        self._listed = listed
        self._unlogged = unlogged(self._archive, self._sent, self._ledger, listed)

    @property
    def reach(self) -> Reach:
        """How far the logs tell everything."""
        return self._sent.reach

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why what is in no log may yet have been sent; empty where it was not."""
        reach = self.reach
        doubts = []
        if not self._all_hosts:
            doubts.append("nobody has said that the logs of all hosts are here")
        if self._unlogged:
            doubts.append(f"the gateway lists payments of {self._unlogged} orders that no log has")
        if reach.unwritten:
            doubts.append(f"a full disk has kept {reach.unwritten} lines from being written")
        if reach.torn:
            doubts.append(f"{reach.torn} lines are not whole")
        if reach.removed_ms and self.archived_to_ms < reach.removed_ms + self._window_ms + TOLD_WITHIN_MS:
            doubts.append("lines were removed to make room that the archive was not yet told of")
        return tuple(doubts)

    def plan(self, progress: Callable[[int], None] = lambda _: None) -> Tally:
        """Count what a run would do; changes nothing."""
        tally = Tally()
        for page in self._pages():
            for left, step in page:
                tally.add(left, step)
            progress(tally.orders.total())
        return tally

    def begin(self, memory: Pin) -> None:
        """Take the ledger: from here on nobody else can use it, until `end`. Begun before, it goes on."""
        if self._diagnosis.what != "rebuilding":
            epoch = drawn_epoch(rebuilding=True)
            ancestors = {memory.epoch, self._diagnosis.epoch} - {""}
            self._ledger.run(refound(epoch, intents=0, ancestors=ancestors))
            self._ledger.epoch = epoch

    def restore(self, progress: Callable[[int], None] = lambda _: None) -> Tally:
        """Write every order as it is known.

        Raises:
            LedgerUnavailable, ArchiveUnavailable: begin again.
        """
        tally, all_logs = Tally(), not self.doubts
        for page in self._pages():
            calls = (call_for(left, step, window_ms=self._window_ms, all_logs=all_logs) for left, step in page)
            self.take(call for call in calls if call)
            for left, step in page:
                tally.add(left, step)
            progress(tally.orders.total())
        return tally

    def take(self, calls: Iterable[Call[Any]]) -> int:
        """Run these; how many of them wrote something."""
        return sum(word in _WRITTEN for word in self._ledger.run_many(list(calls)))

    def end(self, memory: Pin) -> None:
        """Give the ledger to everybody who remembers the one that was lost, with its queues paused.

        What operators had paused and called back is lost, or is what an older copy has of it: nothing is sent before
        one has said it again and takes the pause back.
        """
        self._pause()
        seen = max(self._diagnosis.intents, memory.sequence, self.reach.last)
        self._ledger.run(refound(drawn_epoch(), intents=seen + SEQUENCE_MARGIN, ancestors=[memory.epoch]))

    def _pause(self) -> None:
        seconds, micros = self._ledger.read("TIME")
        word = Said(int(seconds) * 1000 + int(micros) // 1000, BY, BECAUSE)
        self._ledger.run_many([say(QUEUE + queue, word) for queue in QUEUES])

    def _pages(self) -> Iterator[list[tuple[Left, Step]]]:
        counted, all_logs = self._diagnosis.intents, not self.doubts
        for page in everything(self._archive, self._sent, self._ledger, self._listed):
            yield [(left, self._step(left, counted, all_logs=all_logs)) for left in page]

    @staticmethod
    def _step(left: Left, counted: int, *, all_logs: bool) -> Step:
        return decide(
            left.known,
            left.sent,
            left.row,
            counted=counted,
            all_logs=all_logs,
            went_on=left.went_on,
            listed=bool(left.listed),
        )
