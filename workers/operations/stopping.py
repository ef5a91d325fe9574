"""A batch that is being stopped or let go on: its word first, then a walk over the orders that nobody has taken.

The word is one write, and from then on no order of the batch is sent against it. The walk behind it is made of small
steps; died in the middle, it is simply repeated.

Many orders end in one run of a script. Redis waits for its disk once per turn, which has room for twenty runs of one
order each. Still larger runs would take longer than others can wait for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Literal

from producers.contract import states
from producers.runtime.ledger import keys
from producers.runtime.ledger.batch_calls import cancel, halt, waiting
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.record import BRIEF, Record
from producers.runtime.ledger.results import Moved, NotYours
from workers.operations.errors import NothingThere, OperationRefused
from workers.payments.endings import BATCH_CANCELLED, end

#: Orders looked at in one step: Redis is busy with it for about a millisecond.
STEP: Final = 500
#: Orders ended in one run of the script: Redis is busy with them for some ten milliseconds.
RUN: Final = 250
#: Steps on their way at a time: while Redis ends one, the next is read. Each takes a connection.
UNDER_WAY_MAX: Final = 2
#: What it takes to end an order that nobody has taken: all that its event tells, and not its card.
_FIELDS: Final = ("state", "token", *(name for name in BRIEF if name != "envelope"))

_End = Call[Moved | NotYours]


def unknown(batch: str) -> NothingThere:
    """There is no such batch."""
    return NothingThere("batch_unknown", f"the ledger knows no batch {batch}: submit it")


def over(batch: str) -> OperationRefused:
    """It cannot go on, or only rest."""
    return OperationRefused("batch_cancelled", f"batch {batch} was cancelled, and that stays")


@dataclass(frozen=True, slots=True)
class Stopping:
    """One batch; `connections_max` is how many may be open to its ledger."""

    ledger: SyncLedger
    batch: str
    connections_max: int

    def say(self, word: Literal["paused", "cancelled", ""]) -> str:
        """Say the word; answers what stopped the batch before.

        Raises:
            NothingThere: `batch_unknown`.
            OperationRefused: `batch_cancelled`.
        """
        match self.ledger.run(halt(self.batch, word)):
            case NotYours("missing"):
                raise unknown(self.batch)
            case NotYours():
                raise over(self.batch)
            case before:
                return before

    def wake(self) -> Iterator[int]:
        """Let what nobody has taken fall due; answers step by step how many that were."""
        yield from map(len, self._steps(wake=True))

    def cancel(self) -> Iterator[int]:
        """End what nobody has taken of a batch that was cancelled; answers step by step how many that were."""
        under_way: deque[Future[int]] = deque()
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="cancel") as writer:
            for found in self._steps(wake=False):
                if ends := self._ends(found):
                    under_way.append(writer.submit(self._end, ends))
                if len(under_way) == min(UNDER_WAY_MAX, self.connections_max):
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()

    def _steps(self, *, wake: bool) -> Iterator[tuple[str, ...]]:
        cursor, first = "0", True
        while first or cursor != "0":
            cursor, found = self.ledger.run(waiting(self.batch, cursor, STEP, wake=wake))
            first = False
            if found:
                yield found

    def _ends(self, found: tuple[str, ...]) -> list[_End]:
        """What would end each of them that is still accepted."""
        rows = self.ledger.read_many([("HMGET", keys.order(order_id), *_FIELDS) for order_id in found])
        records = (
            Record(order_id, {name: value for name, value in zip(_FIELDS, row, strict=True) if value is not None})
            for order_id, row in zip(found, rows, strict=True)
        )
        return [end(record, states.CANCELLED, BATCH_CANCELLED) for record in records if record.state == states.ACCEPTED]

    def _end(self, ends: list[_End]) -> int:
        """End those that nobody has taken meanwhile; answers how many that were."""
        left: set[str] = set()
        for answer in self.ledger.run_many(
            [cancel(self.batch, BATCH_CANCELLED, ends[at : at + RUN]) for at in range(0, len(ends), RUN)]
        ):
            assert not isinstance(answer, NotYours), "a batch that was cancelled stays so"
            left.update(answer)
        alone = [call for call in ends if call.args[0] in left]
        moved = self.ledger.run_many(alone) if alone else []
        return len(ends) - len(alone) + sum(isinstance(answer, Moved) and bool(answer.before) for answer in moved)
