"""Many accepts at once, over several connections. Of one order_id, what comes first is accepted first.

With `appendfsync always` the server waits for its disk once per turn of its loop, and in a turn it reads 16 KB of each
connection: a dozen orders. A chunk of 250 over one connection is 13 waits for the disk, over four it is 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self

from producers.acceptance import Acceptance, Order
from producers.contract.commands import Charge
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.results import Accepted, Exists

#: Orders that are accepted together: enough to share the disk, small enough to answer in tens of milliseconds.
CHUNK: Final = 250
#: Connections that share a chunk. Twice as many spare one more wait for the disk, and cost as many round trips again.
LANES: Final = 4
#: Chunks on their way at a time: while Redis writes one, the next is sealed, and one waits at the door.
UNDER_WAY_MAX: Final = 2

#: What became of the charges of a chunk, in their order; calling it waits for them.
Answers = Callable[[], list[Order | Exception]]


class Lanes:
    """Threads with a connection each. Every order_id has its lane, and a lane does one thing after another."""

    def __init__(self, ledger: SyncLedger, connections_max: int) -> None:
        self._ledger = ledger
        self._threads = [
            ThreadPoolExecutor(max_workers=1, thread_name_prefix="accept") for _ in range(min(LANES, connections_max))
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for thread in self._threads:
            thread.shutdown()

    def accept(self, acceptances: Sequence[Acceptance]) -> Answers:
        """Begin to accept these. The answers are conflicts as values; they raise when Redis gave none."""
        shares: dict[int, list[Call[Accepted | Exists]]] = {}
        for acceptance in acceptances:
            shares.setdefault(self._lane(acceptance), []).append(acceptance.call)
        under_way = {lane: self._threads[lane].submit(self._ledger.run_many, calls) for lane, calls in shares.items()}

        def answers() -> list[Order | Exception]:
            by_lane = {lane: iter(future.result()) for lane, future in under_way.items()}
            return [_told(acceptance, next(by_lane[self._lane(acceptance)])) for acceptance in acceptances]

        return answers

    def _lane(self, acceptance: Acceptance) -> int:
        return hash(acceptance.order.order_id) % len(self._threads)


def chunks(charges: Iterable[Charge]) -> Iterator[list[Charge]]:
    """The charges by so many."""
    chunk: list[Charge] = []
    for charge in charges:
        chunk.append(charge)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _told(acceptance: Acceptance, answer: Accepted | Exists) -> Order | Exception:
    try:
        return acceptance.told(answer)
    except Exception as error:  # a value here: one conflict must not stop the others
        return error
